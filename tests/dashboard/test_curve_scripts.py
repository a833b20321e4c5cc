"""What the crosshair reads of the curves, and what the file of a chart holds, without a browser."""

from __future__ import annotations

from typing import Any

from tests.support.scripts import javascript


def curve(run: str, xs: list[Any], ys: list[Any], split: str = "val", **meta: Any) -> dict[str, Any]:
    told = {"run": run, "name": run, "split": split, "metric": "loss", **meta}
    return {"meta": told, "x": xs, "y": ys, "yaxis": "y", "visible": True, "line": {"color": "#123456"}}


READ = "s.readings(traces, 'y', x, rising).map(r => [r.name, r.x, r.values])"


def test_the_crosshair_reads_the_nearest_point_of_every_run_and_split() -> None:
    traces = [
        curve("a", [0, 1, 2], [9, 8, 7], "train"),
        curve("a", [0, 1, 2], [9.5, 8.5, 7.5], raw=True),
        curve("a", [0, 1, 2], [9.4, 8.4, 7.4]),
        curve("short", [0, 1], [3, 2]),
        curve("a", [1, 2, 2, 1], [1, 1, 9, 9], marks=True, band=True),
        {**curve("hidden", [0, 1, 2], [1, 1, 1]), "visible": False},
    ]
    assert javascript("crosshair.js", READ, traces=traces, x=1.2, rising=True) == [
        ["a", 1, {"train": 8, "val": 8.5}],
        ["short", 1, {"val": 2}],
    ]
    ended = javascript("crosshair.js", READ, traces=traces, x=2.4, rising=True)
    assert [row[0] for row in ended] == ["a"], "a run that ended before the pointer says nothing there"


def test_the_crosshair_finds_a_point_of_a_curve_that_turns_back() -> None:
    traces = [curve("a", [0.5, 0.2, None, 0.9, 0.4], [1, 2, 7, 3, 4])]
    for x, near in ((0.21, [0.2, 2]), (0.85, [0.9, 3]), (0.41, [0.4, 4]), (0.05, [0.2, 2])):
        found = javascript("crosshair.js", READ, traces=traces, x=x, rising=False)
        assert found == [["a", near[0], {"val": near[1]}]], x
    assert javascript("crosshair.js", READ, traces=traces, x=3, rising=False) == []


def test_the_crosshair_reads_a_curve_that_has_no_place_everywhere() -> None:
    for xs in ([1, 2, 3, None], [None, 1, 2, 3], [1, 2, None, 3]):
        ys = [None if x is None else 10 * x for x in xs]
        found = javascript("crosshair.js", READ, traces=[curve("a", xs, ys)], x=2.1, rising=True)
        assert found == [["a", 2, {"val": 20}]], xs


def test_the_crosshair_puts_the_best_first_and_the_missing_last() -> None:
    rows = [
        {"name": "mid", "values": {"val": 2, "train": 0}},
        {"name": "none", "values": {"val": None}},
        {"name": "low", "values": {"val": 1}},
        {"name": "only train", "values": {"train": 3}},
        {"name": "zero", "values": {"": 0}},
    ]
    program = "s.sorted(rows, goal).map(r => r.name).join(' ')"
    assert javascript("crosshair.js", program, rows=rows, goal="min") == "zero low mid only train none"
    assert javascript("crosshair.js", program, rows=rows, goal="max") == "only train mid low zero none"
    program = "s.columns(rows, splits)"
    assert javascript("crosshair.js", program, rows=rows, splits=["train", "val", "test", ""]) == [
        "train",
        "val",
        "",
    ]


def test_a_chart_as_csv_holds_its_points_and_no_formula() -> None:
    traces = [
        {"meta": {"name": "=1+1", "metric": "loss", "split": "val"}, "x": [0, 1], "y": [2.5, None]},
        {"meta": {"name": "b", "marks": True}, "x": [0], "y": [1]},
        {"meta": {"name": "c", "metric": "loss", "split": "val"}, "x": [0], "y": [1], "visible": False},
    ]
    text = javascript("export.js", "s.csv(traces, {x: {title: 'Epoch'}})", traces=traces)
    assert text == "run,metric,split,drawn as,Epoch,value\r\n'=1+1,loss,val,curve,0,2.5\r\n"


def test_a_band_is_in_the_file_with_both_its_edges() -> None:
    band = curve("g", [0, 1, 1, 0, None, 3, 3], [5, 6, 2, 1, None, 7, 4], marks=True, band=True)
    found = javascript("export.js", "s.rows(traces, 'Epoch').slice(1).map(r => r.slice(3))", traces=[band])
    upper, lower = "band, upper edge", "band, lower edge"
    assert found == [
        [upper, 0, 5], [upper, 1, 6], [lower, 1, 2], [lower, 0, 1], [upper, 3, 7], [lower, 3, 4],
    ]  # fmt: skip


def test_values_that_are_smoothed_are_said_to_be() -> None:
    lone = curve("lone", [0], [2])
    twin = [curve("twin", [0], [3], raw=True), curve("twin", [0], [2.5])]
    program = "s.rows(traces, 'Epoch', smoothing).slice(1).map(r => r[0] + ': ' + r[3])"
    assert javascript("export.js", program, traces=[lone, *twin], smoothing=0.6) == [
        "lone: smoothed",
        "twin: raw behind smoothed",
        "twin: smoothed",
    ]
    assert javascript("export.js", program, traces=[lone], smoothing=0) == ["lone: curve"]
    program = "(({title, names}) => [title, ...names])(s.told(s.readings(traces, 'y', 0), smoothing))"
    for traces, smoothing, said in (
        ([lone, *twin], 0.6, ["", "lone · smoothed", "twin"]),
        ([lone], 0.6, [" · smoothed", "lone"]),
        (twin, 0.6, ["", "twin"]),
        ([lone], 0, ["", "lone"]),
    ):
        assert javascript("crosshair.js", program, traces=traces, smoothing=smoothing) == said

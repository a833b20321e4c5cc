"""Runs among their settings: scales of whatever config holds, the lines across them, and the strips of a scatter plot."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.charts.parallel import HIGHLIGHT, MOST_BUNDLES, parallel
from tracker.charts.scatter import scatter
from tracker.charts.shades import best_shade, standing_colour
from tracker.charts.trials import FOOT, Trial, column, read, said, scale, telling, varying

EVIL = "<img src=x onerror=alert(1)>%{x}\u202e"


def trial(name: str, best: float | None = None, standing: Any = "healthy", **config: Any) -> Trial:
    return Trial(name, name, 0, standing, config, {} if best is None else {"loss": best})


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        (3, 3.0),
        (0.5, 0.5),
        (True, "true"),
        (False, "false"),
        (None, None),
        (math.nan, None),
        (math.inf, None),
        ("adam", "adam"),
        ("", '""'),
        ([64, 32], "[64, 32]"),
        ({"a": 1}, '{"a": 1}'),
        (10**400, str(10**400)),
    ],
)
def test_what_a_config_value_is_read_as(value: Any, read_as: Any) -> None:
    assert read(value) == read_as


def test_numbers_among_words_are_words_too() -> None:
    runs = [trial("a", lr=0.1), trial("b", lr="auto"), trial("c"), trial("d", lr=2)]
    assert column(runs, "lr") == ["0.1", "auto", None, "2"]
    assert scale("lr", "lr", column(runs, "lr")).categories == ("0.1", "2", "auto")


def test_the_spread_chooses_the_scale() -> None:
    assert scale("lr", "lr", [1e-4, 1e-3, 0.1]).kind == "log"
    assert scale("n", "n", [10.0, 20.0, 50.0]).kind == "linear"
    assert scale("n", "n", [0.0, 1e-3, 0.1]).kind == "linear"
    assert scale("lr", "lr", [1e-4, 1e-3, 0.1], log=False).kind == "linear"
    assert scale("n", "n", [10.0, 20.0, 50.0], log=True).kind == "log"
    assert scale("n", "n", [-1.0, 20.0, 50.0], log=True).kind == "linear"


def test_where_values_stand() -> None:
    log = scale("lr", "lr", [1e-4, 1e-2, 1.0])
    assert [log.place(v) for v in (1e-4, 1e-2, 1.0, None, "adam")] == pytest.approx([0, 0.5, 1, None, None])
    some = scale("lr", "lr", [2.0, 4.0, None])
    assert (some.place(None), some.place(2.0), some.place(4.0)) == (0.0, FOOT, 1.0)
    assert some.ticks[0] == (0.0, "not set")
    one = scale("k", "k", ["a", "a"])
    assert one.place("a") == 0.5
    assert scale("k", "k", [3.0, 3.0]).place(3.0) == 0.5
    assert scale("k", "k", [None, None]).ticks == ((0.0, "not set"),)


@given(
    st.lists(
        st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
        min_size=1,
        max_size=30,
    )
)
def test_every_value_has_a_place_on_its_axis(values: list[Any]) -> None:
    runs = [trial(str(i), k=v) for i, v in enumerate(values)]
    placed = [scale("k", "k", column(runs, "k")).place(v) for v in column(runs, "k")]
    assert all(p is not None and -1e-9 <= p <= 1 + 1e-9 for p in placed)


def test_ticks_never_crowd() -> None:
    many = scale("k", "k", [f"name-{i:03d}" for i in range(200)])
    places = sorted(at for at, _ in many.ticks)
    assert 5 < len(places) <= 15
    assert all(b - a > 0.05 for a, b in pairwise(places))


def test_which_settings_are_worth_an_axis() -> None:
    runs = [
        trial(
            str(i), lr=10.0**-i, same=1, path=f"/out/{i}", seed=i, rare=i if i == 3 else None, opt="ab"[i % 2]
        )
        for i in range(8)
    ]
    assert varying(runs) == ["lr", "path", "seed", "rare", "opt"]
    assert telling(runs, varying(runs), 9) == ("lr", "opt")
    assert telling(runs, varying(runs), 1) == ("lr",)
    assert varying([trial("a", lr=1), trial("b")]) == ["lr"]
    assert varying([]) == []


def figure(runs: list[Trial], **options: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {key: column(runs, key) for key in ("lr", "opt")}
    columns["best:loss"] = [run.best.get("loss") for run in runs]
    scales = [scale(key, key, values) for key, values in columns.items()]
    drawn = parallel(runs, columns, scales, goal="min", **options)
    json.dumps(drawn)
    return drawn


def some(count: int) -> list[Trial]:
    kinds = ["healthy", "overfitting", None, "diverged"]
    return [
        trial(
            f"r{i}",
            None if i % 7 == 3 else 1 + i / count,
            kinds[i % 4],
            lr=10.0 ** -(i % 5),
            opt="xyz"[i % 3],
        )
        for i in range(count)
    ]


def drawn_lines(drawn: dict[str, Any]) -> int:
    return sum(trace["x"].count(None) for trace in drawn["data"])


@pytest.mark.parametrize("count", [0, 1, 2, 40, 1000])
def test_every_run_is_one_line_in_few_traces(count: int) -> None:
    drawn = figure(some(count))
    assert drawn_lines(drawn) == count
    assert len(drawn["data"]) <= MOST_BUNDLES + 12
    assert drawn["data"][-1]["uid"] == HIGHLIGHT
    assert len(drawn["layout"]["meta"]["lines"]) == count
    assert all(0 <= y <= 1 for t in drawn["data"] for y in t["y"] if y is not None)


def test_runs_that_a_brush_leaves_out_stay_as_a_faint_ground() -> None:
    drawn = figure(some(40), kept=frozenset({"r1", "r2"}))
    context = drawn["data"][0]
    assert context["x"].count(None) == 38
    assert context["opacity"] < 0.5
    assert [line[0] for line in drawn["layout"]["meta"]["lines"]] == ["r1", "r2"]
    assert drawn["layout"]["meta"]["lines"][0][2] == ["0.1", "y", "1.025"]


def test_lines_of_one_category_lie_side_by_side() -> None:
    runs = [trial(str(i), 1.0 + i, lr=1.0, opt="adam") for i in range(5)]
    heights = [line[1][1] for line in figure(runs)["layout"]["meta"]["lines"]]
    assert len(set(heights)) == 5
    assert max(heights) - min(heights) < 0.1


def test_the_better_the_stronger() -> None:
    assert (
        best_shade(0.0, "min", "light") == best_shade(1.0, "max", "light") != best_shade(1.0, "min", "light")
    )
    runs = [trial("a", 1.0, lr=1.0, opt="x"), trial("b", 2.0, lr=2.0, opt="y"), trial("c", lr=3.0, opt="x")]
    colours = {t["line"]["color"] for t in figure(runs, colour="metric")["data"][:-1]}
    assert colours == {
        best_shade(0.0, "min", "light"),
        best_shade(1.0, "min", "light"),
        best_shade(None, "min", "light"),
    }


def points(runs: list[Trial], key: str, **options: Any) -> dict[str, Any]:
    xs, ys = column(runs, key), [run.best.get("loss") for run in runs]
    drawn = scatter(
        runs, xs, ys, scale(key, key, xs), scale("best:loss", "best val/loss", ys), goal="min", **options
    )
    json.dumps(drawn)
    return drawn


def test_a_scatter_plot_shows_runs_that_have_both() -> None:
    runs = [*some(20), trial("bare", 1.5)]
    drawn = points(runs, "lr")
    shown = {one for t in drawn["data"] for one in t.get("customdata", ())}
    assert shown == {run.id for run in runs if run.best and "lr" in run.config}
    assert drawn["layout"]["xaxis"]["type"] == "log"
    colours = {t["marker"]["color"] for t in drawn["data"]}
    assert standing_colour("overfitting", "light") in colours


def test_categories_are_strips_with_their_medians() -> None:
    runs = [
        trial(f"{k}{i}", v, opt=k)
        for k, base in (("a", 1.0), ("b", 3.0))
        for i, v in enumerate((base, base + 1, base + 5))
    ]
    drawn = points(runs, "opt")
    medians = next(t for t in drawn["data"] if t["uid"] == "medians")
    assert [y for y in medians["y"] if y is not None] == [2.0, 2.0, 4.0, 4.0]
    across = {
        i: x for t in drawn["data"] if "customdata" in t for i, x in zip(t["customdata"], t["x"], strict=True)
    }
    assert all(-0.5 < across[f"a{i}"] < 0.5 < across[f"b{i}"] < 1.5 for i in range(3))


def test_names_of_many_categories_lean_instead_of_being_cut() -> None:
    names = ["banana", "bikeshare", "breast_cancer", "diabetes", "digits", "marketing", "optdigits"]
    few, many = (
        points([trial(name, 1.0 + i, data=name) for i, name in enumerate(some)], "data")["layout"]
        for some in (names[:3], names)
    )
    assert list(few["xaxis"]["ticktext"]) == names[:3]
    assert "tickangle" not in few["xaxis"]
    assert list(many["xaxis"]["ticktext"]) == names
    assert many["xaxis"]["tickangle"] == -30
    assert many["margin"]["b"] > few["margin"]["b"]


@pytest.mark.parametrize(
    ("runs", "drawn"),
    [([], []), ([trial("a", 1.0, lr=2.0)], [(2.0, 1.0)]), ([trial("a", lr=1.0), trial("b", lr=2.0)], [])],
)
def test_next_to_nothing_is_drawn_too(runs: list[Trial], drawn: list[tuple[float, float]]) -> None:
    found = points(runs, "lr")
    assert [pair for t in found["data"] for pair in zip(t["x"], t["y"], strict=True)] == drawn
    low, high = found["layout"]["xaxis"]["range"]
    assert low < high


def test_hostile_names_and_values_are_only_text() -> None:
    evil = Trial("id0", EVIL, 0, "healthy", {"opt": EVIL, "lr": 1.0}, {"loss": 1.0})
    runs = [evil, trial("b", 2.0, opt="x" * 5000, lr=2.0)]
    for text in (
        json.dumps(points(runs, "opt"), ensure_ascii=False),
        *(note["text"] for note in figure(runs)["layout"]["annotations"]),
    ):
        assert "<img" not in text
        assert "%{x}" not in text
    assert len(said("x" * 5000)) == 60

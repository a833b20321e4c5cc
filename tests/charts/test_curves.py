"""The figure as a reader sees it: which curves, where the marks stand, what happens to odd values."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from tests.charts.runs import curve, healthy, named, only_loss, overfit
from tracker.charts.curves import Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.charts.theme import DARK, LIGHT
from tracker.model import Diagnosis


def test_loss_stands_over_accuracy_on_one_x_axis():
    layout = loss_accuracy([overfit()])["layout"]
    assert layout["xaxis"]["anchor"] == "y2"
    assert layout["yaxis"]["domain"] == [0.43, 1.0]
    assert layout["yaxis2"]["domain"] == [0.0, 0.36]
    assert layout["xaxis"]["title"]["text"] == "Epoch"
    assert layout["yaxis"]["title"]["text"] == "Loss"
    assert layout["yaxis2"]["title"]["text"] == "Accuracy %"


@pytest.mark.parametrize(("missing", "axis"), [("accuracy", "yaxis"), ("loss", "yaxis2")])
def test_a_single_metric_has_the_whole_height(missing, axis):
    layout = loss_accuracy([dataclasses.replace(overfit(), **{missing: (None, None)})])["layout"]
    assert layout[axis]["domain"] == [0.0, 1.0]
    assert layout["xaxis"]["anchor"] == {"yaxis": "y", "yaxis2": "y2"}[axis]
    assert ({"yaxis", "yaxis2"} - {axis}).pop() not in layout


def test_no_runs_give_an_empty_figure_with_axes():
    for options in (Options(), Options(smoothing=0.6, log_y=True, compact=True, x="time")):
        figure = loss_accuracy([], options)
        assert figure["data"] == []
        assert figure["layout"]["xaxis"]["range"][0] < figure["layout"]["xaxis"]["range"][1]
        assert to_plotly(figure).layout.hovermode is False


def test_train_is_dashed_and_validation_solid_in_the_colour_of_the_run():
    figure = loss_accuracy([overfit(colour=3), healthy("other", 5)], Options(focus="rn50-baseline"))
    train, val = curve(figure, "rn50-baseline", "train"), curve(figure, "rn50-baseline")
    assert train["line"] == {"color": LIGHT.palette[3], "width": 1.9, "dash": "4px,3px"}
    assert val["line"] == {"color": LIGHT.palette[3], "width": 2.5}
    assert (train["opacity"], val["opacity"]) == (1.0, 1.0)
    other = curve(figure, "other", "train"), curve(figure, "other")
    assert [t["opacity"] for t in other] == [0.55, 0.8]
    assert [t["line"]["width"] for t in other] == [1.4, 2.0]
    dark = loss_accuracy([overfit(colour=3)], Options(theme="dark"))
    assert curve(dark, "rn50-baseline")["line"]["color"] == DARK.palette[3]
    assert dark["layout"]["paper_bgcolor"] == DARK.panel


def test_the_focused_run_is_drawn_last():
    figure = loss_accuracy([overfit(), healthy("a"), healthy("b")], Options(focus="rn50-baseline"))
    order = [t["meta"]["run"] for t in figure["data"] if "marks" not in t["meta"]]
    assert order[-4:] == ["rn50-baseline"] * 4


def test_region_and_onset_line_start_at_the_onset_and_the_region_ends_with_the_run():
    layout = loss_accuracy([overfit(), healthy("longer", n=60)], Options(focus="rn50-baseline"))["layout"]
    (region,), (line,) = named(layout["shapes"], "region:"), named(layout["shapes"], "onset:")
    assert (region["x0"], region["x1"]) == (11.0, 40.0)
    assert line["x0"] == line["x1"] == 11.0
    for shape in (region, line):
        assert (shape["yref"], shape["y0"], shape["y1"], shape["layer"]) == ("paper", 0, 1, "below")
    (title,) = named(layout["annotations"], "title:")
    assert title["text"] == "<b>Overfitting from epoch 11</b>  val loss +32\u202f%"
    assert title["font"]["color"] == LIGHT.bad


@pytest.mark.parametrize("verdict", ["healthy", "diverged", "improving", "uncertain"])
def test_only_overfitting_has_a_region(verdict):
    line = overfit()
    diagnosis = dataclasses.replace(line.diagnosis, verdict=verdict)
    layout = loss_accuracy([dataclasses.replace(line, diagnosis=diagnosis)])["layout"]
    assert not named(layout["shapes"], "region:")
    assert not named(layout["annotations"], "title:")


def test_rings_stand_at_the_raw_best_values_even_when_the_curve_is_smoothed():
    for smoothing in (0.0, 0.9):
        figure = loss_accuracy([overfit()], Options(smoothing=smoothing))
        for metric, x, y in (("loss", 10, 1.3), ("accuracy", 20, 75.7)):
            marks = curve(figure, "rn50-baseline", metric=metric, marks=True)
            at = marks["marker"]["symbol"].index("circle")
            assert marks["x"][at] == x
            assert marks["y"][at] == pytest.approx(y)
            assert marks["marker"]["color"][at] == LIGHT.panel
            assert marks["marker"]["line"]["color"] == LIGHT.palette[0]
    texts = [a["text"] for a in named(figure["layout"]["annotations"], "best:")]
    assert texts == ["best loss <b>1.300</b> · epoch 10", "best accuracy <b>75.7\u202f%</b> · epoch 20"]


def test_the_gap_bracket_spans_the_last_train_and_validation_losses():
    line = overfit()
    figure = loss_accuracy([line])
    bracket, *caps = named(figure["layout"]["shapes"], "gap:")
    ends = [float(s.value[-1]) for s in line.loss]
    assert (bracket["x0"], bracket["x1"]) == (40.0, 40.0)
    assert (bracket["y0"], bracket["y1"]) == pytest.approx((ends[0], ends[1]))
    assert [c["y0"] for c in caps] == pytest.approx(ends)
    (label,) = named(figure["layout"]["annotations"], "gap:")
    assert label["text"] == f"gap <b>{ends[1] - ends[0]:.2f}</b>"


def test_other_runs_get_a_triangle_and_a_ring_and_no_text():
    figure = loss_accuracy([overfit("a"), overfit("b", 1, best=15, scale=1.4)], Options(focus="a"))
    marks = curve(figure, "b", marks=True)
    assert set(marks["marker"]["symbol"]) == {"circle", "triangle-down"}
    assert marks["x"][marks["marker"]["symbol"].index("triangle-down")] == 16.0
    names = [a["name"] for a in figure["layout"]["annotations"]]
    assert [n for n in names if n.endswith(":b")] == ["end:loss:b", "end:accuracy:b"]


def test_annotations_can_be_switched_off_and_names_stay():
    figure = loss_accuracy([overfit()], Options(annotations=False))
    assert figure["layout"]["shapes"] == []
    assert {a["name"].split(":")[0] for a in figure["layout"]["annotations"]} == {"end"}


def test_a_diagnosis_that_is_too_early_draws_no_marks():
    line = dataclasses.replace(
        only_loss([1.5], train=[1.9]),
        diagnosis=Diagnosis("too_early", "", "step", best_epoch=1.0, best_loss=1.5, gap=-0.4),
    )
    figure = loss_accuracy([line])
    assert figure["layout"]["shapes"] == []
    assert not named(figure["layout"]["annotations"], "best:")


def test_a_single_point_gets_a_marker():
    marks = curve(loss_accuracy([only_loss([1.5])]), "run", marks=True)
    assert (marks["x"], marks["y"], marks["mode"]) == ([1.0], [1.5], "markers")


def test_nan_breaks_the_line_and_is_marked_and_named():
    values = [*np.linspace(2.3, 1.1, 30), *[math.nan] * 10]
    figure = loss_accuracy([only_loss(values)])
    assert curve(figure, "run")["y"][29:31] == [1.1, None]
    marks = curve(figure, "run", marks=True)
    at = marks["marker"]["symbol"].index("x-thin")
    assert (marks["x"][at], marks["y"][at]) == (30.0, pytest.approx(1.1))
    (label,) = named(figure["layout"]["annotations"], "broken:")
    assert label["text"] == "NaN from epoch 31"


def test_each_break_is_marked_and_one_that_heals_is_said_so():
    values = np.linspace(2.0, 1.0, 20)
    values[[5, 12]] = math.inf
    figure = loss_accuracy([only_loss(values)])
    marks = curve(figure, "run", marks=True)
    assert [x for x, s in zip(marks["x"], marks["marker"]["symbol"], strict=True) if s == "x-thin"] == [
        5.0,
        12.0,
    ]
    assert named(figure["layout"]["annotations"], "broken:")[0]["text"] == "Inf at epoch 6"


def test_a_loss_that_fell_without_end_keeps_its_sign():
    figure = loss_accuracy([only_loss([*np.linspace(2.0, 1.0, 20), -math.inf])])
    assert named(figure["layout"]["annotations"], "broken:")[0]["text"].startswith("−Inf ")


def test_a_run_that_is_nan_from_the_start_is_noticed_in_words():
    figure = loss_accuracy([only_loss([math.nan] * 5), healthy("fine")])
    assert figure["layout"]["meta"]["notices"] == ["run: val loss is NaN from epoch 1."]


def test_the_figure_is_json_without_nan_and_without_typed_arrays():
    lines = [overfit(), only_loss([2.0, math.nan, 1e308, -1e-300, 0.0, math.inf, 1.0], "odd")]
    for options in (Options(), Options(log_y=True, smoothing=0.5)):
        text = json.dumps(loss_accuracy(lines, options), allow_nan=False)
        assert "bdata" not in text


def test_numbers_are_rounded_to_six_digits():
    figure = loss_accuracy([only_loss([0.123456789, 1234.56789, 1.5e-7, 2.0])], Options(clip=False))
    assert curve(figure, "run")["y"] == [0.123457, 1234.57, 1.5e-7, 2.0]


def test_another_score_keeps_its_own_name_and_unit():
    figure = loss_accuracy([dataclasses.replace(overfit(), accuracy_name="macro_f1")])
    assert figure["layout"]["yaxis2"]["title"]["text"] == "Macro f1"
    assert max(curve(figure, "rn50-baseline", metric="accuracy")["y"]) < 1
    assert named(figure["layout"]["annotations"], "best:accuracy")[0]["text"].startswith(
        "best macro f1 <b>0.757</b>"
    )


def test_smoothing_draws_the_raw_line_faintly_below():
    noisy = only_loss(np.sin(np.arange(80)) + 3)
    figure = loss_accuracy([noisy], Options(smoothing=0.9))
    raw, drawn = curve(figure, "run", raw=True), curve(figure, "run")
    assert raw["opacity"] == 0.22
    assert np.std(drawn["y"]) < 0.5 * np.std(raw["y"])
    assert figure["data"].index(raw) < figure["data"].index(drawn)


def test_no_curve_has_more_points_than_asked_for_and_a_spike_survives():
    values = np.ones(100_000)
    values[77_777] = 9.0
    y = curve(loss_accuracy([only_loss(values)], Options(clip=False)), "run")["y"]
    assert len(y) <= 300
    assert max(y) == 9


def test_beyond_twelve_runs_only_focus_and_pinned_keep_their_colour_and_name():
    lines = [healthy(f"run-{i}", i % 12, level=0.5 + i / 50, pinned=i == 4) for i in range(40)]
    figure = loss_accuracy(lines, Options(focus="run-7"))
    colours = {
        t["meta"]["run"]
        for t in figure["data"]
        if t.get("line", {}).get("color") not in (None, LIGHT.context)
    }
    assert colours == {"run-4", "run-7"}
    assert {a["name"].split(":")[2] for a in named(figure["layout"]["annotations"], "end:")} == {
        "run-4",
        "run-7",
    }
    assert {t["meta"]["run"] for t in figure["data"]} == {f"run-{i}" for i in range(40)}


def test_user_text_cannot_bring_markup_or_templates():
    evil = '<b>x</b> & %{x} <a href="javascript:alert(1)">'
    figure = loss_accuracy([overfit(evil, id="e", loss_name="<i>l</i>", accuracy_name="<i>f</i>")])
    layout = figure["layout"]
    texts = [a["text"] for a in layout["annotations"]] + [t["name"] for t in figure["data"] if "name" in t]
    texts += [layout[a]["title"]["text"] for a in ("xaxis", "yaxis", "yaxis2")]
    for text in texts:
        bare = text.replace("<b>", "").replace("</b>", "")
        assert "<" not in bare, text
        assert "%{" not in text
    assert figure["data"][0]["meta"]["name"] == evil, (
        "meta carries the name as it is, for code that sets text only"
    )


def test_every_trace_names_its_run_and_asks_plotly_for_no_hover():
    figure = loss_accuracy([overfit(), healthy("b")], Options(smoothing=0.5))
    assert figure["layout"]["hovermode"] is False
    assert figure["layout"]["showlegend"] is False
    assert figure["layout"]["uirevision"]
    for trace in figure["data"]:
        assert trace["hoverinfo"] == "skip"
        assert {"run", "name", "split", "metric"} <= trace["meta"].keys()
    ids = [t["uid"] for t in figure["data"]]
    assert len(ids) == len(set(ids))


def test_plotly_accepts_the_figure():
    figure = loss_accuracy(
        [overfit(), healthy("b"), only_loss([1, math.nan, 2], "c")], Options(focus="b", log_y=True)
    )
    plot = to_plotly(figure)
    assert len(plot.data) == len(figure["data"])


def test_a_run_judged_by_its_score_alone_gets_its_ring_on_the_score():
    line = overfit()
    judged = Diagnosis("healthy", "", "epoch", best_epoch=20.0, best_accuracy=0.757, best_accuracy_epoch=20.0)
    figure = loss_accuracy([dataclasses.replace(line, loss=(None, None), diagnosis=judged)])
    marks = curve(figure, "rn50-baseline", metric="accuracy", marks=True)
    assert (marks["x"], marks["y"]) == ([20.0], [pytest.approx(75.7)])


def test_two_hundred_runs_have_all_points_that_were_asked_for():
    lines = [overfit(f"run-{i}", i % 12, n=300, accuracy=(None, None)) for i in range(200)]
    figure = loss_accuracy(lines, Options(focus="run-3", points=300))
    assert sum(len(t["x"]) for t in figure["data"] if "marks" not in t["meta"]) == 120_000


def test_every_spike_of_a_hundred_runs_stays_in_the_curve():
    rng = np.random.default_rng(0)
    lines, spikes = [], {}
    for i in range(100):
        values = 1 + np.exp(-np.arange(1000) / 200) + rng.normal(0, 0.01, 1000)
        at = 100 + i * 5 + np.array([0, 3, 7, 300])  # three within one pixel, one far off
        values[at] += [4, 5, -3, 6]
        spikes[f"run-{i}"] = values[at]
        lines.append(only_loss(values, f"run-{i}", i % 12))
    figure = loss_accuracy(lines, Options(focus="run-3"))
    for run, values in spikes.items():
        drawn = np.array(curve(figure, run)["y"])
        assert 75 <= len(drawn) <= 150
        assert np.abs(drawn[:, None] - values).min(axis=0).max() < 1e-4, run

"""A metric card: its splits in one panel, its best by its goal, and the same manners as the big figure."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from tests.charts.runs import curve, named, overfit, series
from tracker.charts.curves import Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.charts.metric import metric_figure
from tracker.charts.theme import LIGHT
from tracker.model import Diagnosis


def card(goal="max", values=None, name="run", **more):
    t = np.arange(1, 41, dtype=np.float64)
    val = 30 - 0.01 * (t - 25) ** 2 if values is None else np.asarray(values, np.float64)
    fields = {
        "metric": {
            "train": series("train/psnr", val + 1),
            "val": series("val/psnr", val),
            "test": series("test/psnr", val - 1),
        },
        "metric_name": "psnr",
        "goal": goal,
        "diagnosis": None,
    }
    return dataclasses.replace(overfit(name), **{**fields, **more})


def test_a_card_has_one_panel_with_all_splits_in_the_runs_colour():
    figure = metric_figure([card()])
    layout = figure["layout"]
    assert layout["yaxis"]["domain"] == [0.0, 1.0]
    assert "yaxis2" not in layout
    assert layout["yaxis"]["title"]["text"] == "psnr"
    strokes = {s: curve(figure, "run", s, "metric")["line"] for s in ("train", "val", "test")}
    assert {stroke["color"] for stroke in strokes.values()} == {LIGHT.palette[0]}
    assert [strokes[s].get("dash") for s in ("train", "val", "test")] == ["4px,3px", None, "1.5px,2.5px"]
    assert layout["meta"]["splits"] == ["train", "val", "test"]
    assert layout["meta"]["goal"] == {"y": "max"}
    assert len(to_plotly(figure).data) == len(figure["data"])


@pytest.mark.parametrize(("goal", "at"), [("max", 25.0), ("min", 1.0)])
def test_the_best_point_follows_the_goal(goal, at):
    figure = metric_figure([card(goal)])
    marks = curve(figure, "run", metric="metric", marks=True)
    assert marks["x"][marks["marker"]["symbol"].index("circle")] == at
    (label,) = named(figure["layout"]["annotations"], "best:")
    assert label["text"].startswith("best psnr <b>")
    assert label["text"].endswith(f"epoch {at:.0f}")


def test_nothing_is_best_without_a_goal_or_of_training_alone():
    for line in (card(None), card("max", metric={"train": series("train/psnr", np.arange(9.0))})):
        assert not named(metric_figure([line])["layout"]["annotations"], "best:")


def test_the_best_of_the_judged_series_is_the_diagnosis_own():
    judged = Diagnosis(
        "healthy", "", "epoch", best_epoch=12.0, best_loss=29.0, loss=("train/psnr", "val/psnr")
    )
    marks = curve(metric_figure([card(diagnosis=judged)]), "run", metric="metric", marks=True)
    assert marks["x"] == [12.0]


def test_a_series_without_a_split_is_drawn_solid():
    figure = metric_figure([card(None, metric={"": series("optim/lr", np.linspace(1, 0.1, 40))})])
    assert "dash" not in curve(figure, "run", "", "metric")["line"]
    assert figure["layout"]["meta"]["splits"] == [""]


def test_all_figures_of_a_page_show_the_same_x():
    line = card("max", metric={"val": series("val/psnr", [1.0, 2.0, 3.0], epoch=[5, 6, 7])})
    assert (
        metric_figure([line])["layout"]["xaxis"]["range"] == loss_accuracy([line])["layout"]["xaxis"]["range"]
    )
    zoomed = metric_figure([line], Options(x_range=(5.5, 6.5)))
    assert zoomed["layout"]["xaxis"]["range"] == [5.5, 6.5]


@pytest.mark.parametrize(
    ("goal", "values", "log"),
    [
        ("min", np.geomspace(10, 0.1, 40), True),
        (None, np.geomspace(10, 0.1, 40), True),
        ("max", np.linspace(1, 30, 40), False),
        ("min", np.linspace(10, -1, 40), False),
    ],
)
def test_log_is_drawn_where_it_makes_sense(goal, values, log):
    line = card(goal, metric={"val": series("val/m", values)})
    assert metric_figure([line], Options(log_y=True))["layout"]["yaxis"].get("type") == (
        "log" if log else None
    )


def test_an_accuracy_is_shown_in_percent():
    line = card("max", np.linspace(0.2, 0.9, 40), metric_name="top5_accuracy")
    line = dataclasses.replace(line, metric={"val": series("val/top5_accuracy", np.linspace(0.2, 0.9, 40))})
    layout = metric_figure([line])["layout"]
    assert layout["yaxis"]["title"]["text"] == "top5 accuracy %"
    assert layout["meta"]["percent"] is True


def test_a_spike_of_a_score_is_clipped_below_and_of_a_cost_above():
    low, high = np.full(100, 30.0), np.full(100, 1.0)
    low[60], high[60] = -500.0, 500.0
    for goal, values, symbol in (("max", low, "triangle-down"), ("min", high, "triangle-up")):
        figure = metric_figure([card(goal, metric={"val": series("v", values + np.sin(np.arange(100)))})])
        assert symbol in curve(figure, "run", metric="metric", marks=True)["marker"]["symbol"]
        (one,) = figure["layout"]["meta"]["outside"]
        assert (one["run"], one["count"], one["at"]) == ("run", 1, [61.0])


def test_the_onset_of_the_run_is_shown_without_its_title():
    line = dataclasses.replace(card(), diagnosis=overfit().diagnosis)
    layout = metric_figure([line])["layout"]
    assert named(layout["shapes"], "onset:")[0]["x0"] == 11.0
    assert not named(layout["annotations"], "title:")
    assert not named(layout["shapes"], "region:")


def test_odd_values_and_no_lines_give_json():
    odd = card(
        "min", metric={"val": series("v", [1.0, math.nan, math.inf, -1e308, 0.0]), "test": series("t", [])}
    )
    for lines in ([], [odd], [dataclasses.replace(odd, metric={})]):
        for options in (Options(), Options(log_y=True, smoothing=0.5, compact=True)):
            json.dumps(metric_figure(lines, options), allow_nan=False)


def test_a_score_that_falls_to_zero_from_where_it_started_near_its_best_stays_in_sight():
    scores = [0.99, *(math.exp(-epoch / 9) for epoch in range(40))]
    layout = metric_figure([card(metric={"val": series("val/psnr", scores)})])["layout"]
    assert layout["meta"]["clipped"] == 0

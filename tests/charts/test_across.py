"""The x axis: epochs, steps, time, progress, and any metric."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from tests.charts.runs import curve, healthy, named, only_loss, overfit, series
from tracker.charts.curves import Line, Options, loss_accuracy

TOKENS = Options(x="metric:tokens")


def over(line, values, **more):
    return dataclasses.replace(line, across=series("tokens", values, **more))


def test_a_metric_is_joined_by_step_between_its_own_points_only():
    line = over(only_loss([5.0, 4.0, 3.0, 2.0, 1.0]), [100.0, 300.0], step=[2, 4], epoch=[math.nan] * 2)
    figure = loss_accuracy([line], TOKENS)
    assert curve(figure, "run")["x"] == [None, 100, 200, 300, None]
    assert curve(figure, "run")["y"] == [None, 4, 3, 2, None]
    assert figure["layout"]["xaxis"]["title"]["text"] == "tokens"
    assert figure["layout"]["meta"]["x"] == {"kind": "metric", "title": "tokens", "rising": True}


def test_nothing_is_joined_across_what_is_not_finite():
    line = over(only_loss(np.arange(5.0)), [1.0, 2.0, math.nan, 4.0, 5.0])
    assert curve(loss_accuracy([line], TOKENS), "run")["x"] == [1, 2, None, 4, 5]


def test_a_metric_that_turns_back_is_drawn_as_a_path():
    values = [1.0, 2.0, 3.0, 2.0, 1.5]
    figure = loss_accuracy([over(only_loss([5.0, 4.0, 3.0, 2.0, 1.0]), values)], TOKENS)
    assert curve(figure, "run")["x"] == values
    assert figure["layout"]["meta"]["x"]["rising"] is False
    wave = 3 + np.sin(np.arange(5000) / 40)
    xs = curve(loss_accuracy([over(only_loss(np.linspace(2, 1, 5000)), wave)], TOKENS), "run")["x"]
    assert len(xs) <= 300
    assert (max(xs), min(xs)) == (pytest.approx(wave.max()), pytest.approx(wave.min()))


def test_no_line_parts_a_path_where_overfitting_starts():
    back = over(overfit(), np.sin(np.arange(40)))
    assert not named(loss_accuracy([back], TOKENS)["layout"]["shapes"], "onset:")
    forth = over(overfit(), np.arange(40) * 100.0)
    assert named(loss_accuracy([forth], TOKENS)["layout"]["shapes"], "onset:")[0]["x0"] == 1000.0


def test_runs_without_the_metric_are_named_and_left_out():
    figure = loss_accuracy([over(overfit(), np.arange(40.0)), healthy("b"), healthy("c")], TOKENS)
    assert figure["layout"]["meta"]["notices"] == [
        "b and 1 more did not log tokens and cannot be drawn over it."
    ]
    assert {t["meta"]["run"] for t in figure["data"]} == {"rn50-baseline"}


def test_a_metric_that_nobody_logged_gives_the_usual_axis():
    layout = loss_accuracy([healthy("b")], TOKENS)["layout"]
    assert layout["xaxis"]["title"]["text"] == "Epoch"
    assert layout["meta"]["notices"] == ["No run shown logged tokens, so the x axis shows epochs."]


def test_a_metric_that_never_meets_the_curve_draws_nothing_and_stays_json():
    line = over(only_loss([1.0, 2.0]), [1.0, 2.0], step=[900, 901])
    assert not loss_accuracy([line], TOKENS)["data"]
    odd = over(only_loss([1.0, 2.0, 3.0]), [math.inf, -math.inf, math.nan])
    for options in (TOKENS, dataclasses.replace(TOKENS, smoothing=0.7, log_y=True)):
        json.dumps(loss_accuracy([odd, line, over(healthy("c"), np.arange(40.0))], options), allow_nan=False)


def test_smoothing_over_a_metric_follows_the_steps():
    noisy = only_loss(np.random.default_rng(0).normal(size=80))
    forth = loss_accuracy([over(noisy, np.arange(80.0))], dataclasses.replace(TOKENS, smoothing=0.8))
    back = loss_accuracy([over(noisy, -np.arange(80.0))], dataclasses.replace(TOKENS, smoothing=0.8))
    assert curve(forth, "run")["y"] == curve(back, "run")["y"]


def test_a_name_of_a_metric_cannot_bring_markup():
    line = dataclasses.replace(overfit(), across=series("<b>%{x}", np.arange(40.0)))
    title = loss_accuracy([line], Options(x="metric:<b>%{x}"))["layout"]["xaxis"]["title"]["text"]
    assert "<" not in title
    assert "%{" not in title


@pytest.mark.parametrize(
    ("x", "onset", "title"),
    [
        ("epoch", 11.0, "Epoch"),
        ("step", 1100.0, "Step"),
        ("time", 600.0, "Time (min)"),
        ("relative", 1000 / 3900 * 100, "Progress (%)"),
    ],
)
def test_marks_follow_the_x_axis(x, onset, title):
    line = overfit()
    steps = np.arange(1, 41) * 100
    moved = {
        m: tuple(dataclasses.replace(s, step=steps) for s in getattr(line, m)) for m in ("loss", "accuracy")
    }
    layout = loss_accuracy([dataclasses.replace(line, **moved)], Options(x=x))["layout"]
    assert named(layout["shapes"], "onset:")[0]["x0"] == pytest.approx(onset)
    assert layout["xaxis"]["title"]["text"] == title
    assert "from epoch 11" in named(layout["annotations"], "title:")[0]["text"]


def test_a_place_in_time_is_the_same_on_every_chart_and_later():
    short, long = only_loss([3.0, 2.0, 1.0]), only_loss(np.linspace(3, 1, 300))
    for lines in ([short], [short, long]):
        figure = loss_accuracy(lines, Options(x="time"))
        assert figure["data"][0]["x"][:3] == [0, 60, 120]
        assert figure["layout"]["meta"]["x"]["title"] == "Time (s)"
        axis = loss_accuracy(lines, Options(x="time", x_range=(30.0, 90.0)))["layout"]["xaxis"]
        assert axis["range"] == [30, 90]
        assert axis["title"]["text"] == "Time (s)"
        assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True))[60] == "60"
    axis = figure["layout"]["xaxis"]
    assert axis["title"]["text"] == "Time (h)"
    assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True))[7200] == "2"


def test_a_run_without_epochs_puts_all_on_steps_and_says_so():
    bare = Line(
        "bare",
        "bare",
        1,
        (None, series("val/loss", [3.0, 2.0, 1.0], epoch=[math.nan] * 3, step=[100, 200, 300])),
    )
    figure = loss_accuracy([overfit(), bare])
    assert figure["layout"]["xaxis"]["title"]["text"] == "Step"
    assert figure["layout"]["meta"]["notices"] == ["bare logged no epochs, so the x axis shows steps."]
    alone = loss_accuracy([bare])["layout"]
    assert (alone["xaxis"]["title"]["text"], alone["meta"]["notices"]) == ("Step", [])


def test_missing_epochs_are_filled_from_the_steps_of_the_run():
    val = series("val/loss", [3.0, 2.0, 1.0], epoch=[1.0, math.nan, 3.0], step=[100, 200, 300])
    assert curve(loss_accuracy([Line("a", "a", 0, (None, val))]), "a")["x"] == [1, 2, 3]

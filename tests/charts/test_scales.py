"""Ranges: what of the curves is seen, in which unit, and what is said of the rest."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charts.runs import curve, healthy, named, only_loss, overfit, series
from tracker.charts import axes
from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.charts.reach import with_windows
from tracker.model import Diagnosis, Overview


def test_log_axis_puts_shapes_in_data_and_texts_in_log10():
    layout = loss_accuracy([overfit()], Options(log_y=True))["layout"]
    axis = layout["yaxis"]
    assert axis["type"] == "log"
    assert axis["range"][0] < math.log10(0.06) < math.log10(2.9) < axis["range"][1] + 0.3
    assert {0.1, 0.2, 0.5, 1.0, 2.0} <= set(axis["tickvals"])
    assert axis["ticktext"][axis["tickvals"].index(0.1)] == "0.1"
    (best,) = named(layout["annotations"], "best:loss")
    assert best["y"] == pytest.approx(math.log10(1.3))
    bracket = named(layout["shapes"], "gap:")[0]
    assert bracket["y1"] == pytest.approx(1.72)
    end = named(layout["annotations"], "end:loss")[0]
    assert end["y"] == pytest.approx(math.log10(1.72))
    assert "type" not in layout["yaxis2"]


def test_values_that_a_log_axis_cannot_show_are_noticed():
    figure = loss_accuracy([only_loss([2.0, 1.0, 0.0, -0.5, 0.5], "nll")], Options(log_y=True))
    assert figure["layout"]["meta"]["notices"] == [
        "2 values are zero or negative and cannot be drawn on a log axis: nll."
    ]
    assert curve(figure, "nll")["y"] == [2.0, 1.0, None, None, 0.5]


def test_a_spike_is_clipped_marked_at_the_edge_and_counted():
    values = 1 + 2 * np.exp(-np.arange(100) / 10)
    values[60] = 500.0
    figure = loss_accuracy([only_loss(values)])
    top = figure["layout"]["yaxis"]["range"][1]
    assert top < 5
    marks = curve(figure, "run", marks=True)
    at = marks["marker"]["symbol"].index("triangle-up")
    assert (marks["x"][at], marks["y"][at]) == (61.0, pytest.approx(top))
    assert figure["layout"]["meta"]["clipped"] >= 1
    assert max(curve(figure, "run")["y"]) == 500.0, "the spike itself stays in the data"
    assert figure["layout"]["meta"]["full"]["y"][1] > 500
    assert loss_accuracy([only_loss(values)], Options(clip=False))["layout"]["yaxis"]["range"][1] > 500


def test_a_start_hardly_above_the_rest_is_seen_beside_a_spike():
    slow = 2.5 * 0.975 ** np.arange(60)
    spiked = np.full(60, 2.1)
    spiked[30] = 500.0
    layout = loss_accuracy([only_loss(slow, "slow"), only_loss(spiked, "spiked")])["layout"]
    assert 2.5 < layout["yaxis"]["range"][1] < 3
    assert layout["meta"]["clipped"] == 1
    climbs = np.r_[0.705, 0.71, 0.72 + 0.003 * np.arange(58)]
    climbs[30] = 0.0
    score = Line("score", "score", 0, accuracy=(None, series("val/accuracy", climbs)))
    layout = loss_accuracy([score])["layout"]
    assert 65 < layout["yaxis2"]["range"][0] < 70.5


def test_clipping_holds_the_last_value_of_every_curve():
    rising = np.r_[np.full(95, 1.0), 2, 3, 5, 8, 12]
    layout = loss_accuracy([only_loss(rising), healthy("other")])["layout"]
    assert layout["yaxis"]["range"][1] > 12


def test_a_poor_run_among_good_ones_stays_in_sight():
    t = np.arange(40)
    poor = dataclasses.replace(
        healthy("poor"), accuracy=(None, series("val/accuracy", 0.2 + 0.02 * np.sin(t)))
    )
    layout = loss_accuracy([poor, *(healthy(f"good-{i}", n=200) for i in range(8))])["layout"]
    assert layout["yaxis2"]["range"][0] < 18.5


def test_a_run_that_explodes_does_not_flatten_the_others():
    wild = np.r_[2.3, 2.1, 2.0, 10.0 ** np.arange(1, 31)]
    layout = loss_accuracy([only_loss(wild, "wild"), healthy("a"), healthy("b")])["layout"]
    assert layout["yaxis"]["range"][1] < 50


def test_a_diverged_run_does_not_flatten_the_others_unless_it_is_looked_at():
    burst = np.concatenate([np.linspace(2.0, 1.5, 8), [4.0, 7.0], np.full(30, np.nan)])
    wild = Line("wild", "wild", 4, (None, series("val/loss", burst)), (None, None))
    wild = dataclasses.replace(wild, diagnosis=Diagnosis("diverged", "", "epoch"))
    beside = loss_accuracy([overfit(), wild], Options(focus="rn50-baseline"))["layout"]["yaxis"]["range"]
    alone = loss_accuracy([overfit(), wild], Options(focus="wild"))["layout"]["yaxis"]["range"]
    assert beside[1] < 4.0
    assert alone[1] > 7.0


def test_accuracy_in_shares_and_in_percent_meet_in_percent():
    share = healthy("share")
    percent = dataclasses.replace(
        healthy("percent", 2),
        accuracy=tuple(dataclasses.replace(s, value=s.value * 100) for s in share.accuracy),
    )
    figure = loss_accuracy([share, percent])
    assert curve(figure, "share", metric="accuracy")["y"] == curve(figure, "percent", metric="accuracy")["y"]
    assert figure["layout"]["meta"]["percent"] is True


def test_an_accuracy_with_other_values_than_shares_is_left_as_it_is():
    odd = dataclasses.replace(healthy("odd"), accuracy=(None, series("val/accuracy", [120.0, 340.0, 560.0])))
    figure = loss_accuracy([odd])
    assert figure["layout"]["yaxis2"]["title"]["text"] == "Accuracy"
    assert figure["layout"]["yaxis2"]["range"][1] > 560


def test_a_visible_range_is_kept_and_sampled_anew():
    values = np.random.default_rng(0).normal(size=50_000)
    figure = loss_accuracy([only_loss(values)], Options(x_range=(1000, 1200)))
    assert figure["layout"]["xaxis"]["range"] == [1000, 1200]
    xs = curve(figure, "run")["x"]
    assert xs == list(range(999, 1202))
    assert figure["layout"]["meta"]["full"]["x"][1] > 50_000
    fixed = loss_accuracy([only_loss(values)], Options(y_ranges=((-1, 1), None)))
    assert fixed["layout"]["yaxis"]["range"] == [-1, 1]


def test_a_run_of_another_scale_does_not_flatten_the_others_and_is_named():
    huge = only_loss(1e6 * (1 + np.exp(-np.arange(40) / 9)), "huge")
    lines = [healthy("a"), healthy("b", 2, level=1.2), huge]
    layout = loss_accuracy(lines)["layout"]
    assert layout["yaxis"]["range"][1] < 5
    assert layout["meta"]["notices"] == [
        "huge lies far above the other runs and out of sight; a log axis shows all."
    ]
    assert layout["meta"]["outside"][0]["run"] == "huge"
    for options in (Options(focus="huge"), Options(clip=False)):
        assert loss_accuracy(lines, options)["layout"]["yaxis"]["range"][1] > 1e6
    log = loss_accuracy(lines, Options(log_y=True))["layout"]
    assert log["yaxis"]["range"][1] > 6
    assert log["meta"]["notices"] == []


def test_a_training_loss_that_goes_on_to_zero_does_not_squeeze_a_log_axis():
    epochs = np.arange(60)
    validation = 0.4 + np.exp(-epochs / 8)
    line = only_loss(validation, train=10.0 ** (-8 * epochs / 59))
    layout = loss_accuracy([line], Options(log_y=True))["layout"]
    assert -2.9 < layout["yaxis"]["range"][0] < -2.3
    assert layout["meta"]["clipped"] == np.count_nonzero(
        line.loss[0].value < 10 ** layout["yaxis"]["range"][0]
    )
    whole = loss_accuracy([line], Options(log_y=True, clip=False))["layout"]
    assert whole["yaxis"]["range"][0] < -8
    training = loss_accuracy([only_loss(10.0 ** (-8 * epochs / 59))], Options(log_y=True))["layout"]
    assert training["yaxis"]["range"][0] < -7.9


def test_a_range_between_two_points_shows_the_line_between_them():
    sparse = series(
        "val/loss", np.linspace(2.0, 1.1, 10), step=np.arange(0, 1000, 100), epoch=[math.nan] * 10
    )
    dense = series("train/loss", np.linspace(2.0, 0.5, 1000), epoch=[math.nan] * 1000)
    line = Line("r", "run", 0, loss=(dense, sparse))
    figure = loss_accuracy([line], Options(x="step", x_range=(320, 380)))
    val = curve(figure, "r")
    assert {300, 400} <= set(val["x"])
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < 1.62 < high  # where it leaves the panel
    alone = dataclasses.replace(line, loss=(None, sparse))
    figure = loss_accuracy([alone], Options(x="step", x_range=(320, 380)))
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < 1.65 < high
    for beyond in ((-90.0, -10.0), (950.0, 990.0)):
        figure = loss_accuracy([alone], Options(x="step", x_range=beyond))
        assert not any(trace["x"] for trace in figure["data"])


@pytest.mark.parametrize("how", ["ema", "mean", "gaussian", "time_weighted"])
def test_a_zoom_into_a_long_series_smooths_it_as_before(how):
    n, block = 64_000, 64
    y = 1 + 0.3 * np.random.default_rng(0).standard_normal(n)
    steps = np.arange(n)

    def part(at, values):
        return series("val/loss", values, step=steps[at], epoch=[math.nan] * len(at))

    rows = y.reshape(-1, block)
    starts = np.arange(0, n, block)
    kept = np.union1d(starts + rows.argmin(axis=1), starts + rows.argmax(axis=1))
    thin = part(kept, y[kept])
    whole = Overview(
        thin.name, thin.step, thin.epoch, thin.value, thin.elapsed_ms, n, part(starts + 32, rows.mean(axis=1))
    )
    line = Line("r", "run", 0, loss=(None, whole))
    inside = np.arange(20_000, 22_001)
    zoomed = with_windows([line], {("r", "val/loss"): part(inside, y[inside])})
    options = Options(x="step", smoothing=0.9, smoother=how, points=5000)
    before = curve(loss_accuracy([line], options), "r")
    after = curve(loss_accuracy(zoomed, dataclasses.replace(options, x_range=(20_000.0, 22_000.0))), "r")
    wanted = np.interp(after["x"], before["x"], before["y"])
    assert np.allclose(after["y"], wanted, atol=0.02)


def test_curves_of_one_scale_all_set_the_range():
    lines = [healthy(f"run-{i}", i, level=4.0**i) for i in range(5)]
    layout = loss_accuracy(lines)["layout"]
    assert layout["yaxis"]["range"][1] > 256
    assert layout["meta"]["notices"] == []


def test_a_break_beyond_the_edge_is_marked_at_the_edge():
    values = np.r_[2.0, 1.5, 1.2, 1.1, 1.0, 1.0, 1.1, 900.0, [math.nan] * 4]
    figure = loss_accuracy([only_loss(values)])
    top = figure["layout"]["yaxis"]["range"][1]
    marks = curve(figure, "run", marks=True)
    at = marks["marker"]["symbol"].index("x-thin")
    assert top < 900
    assert (marks["x"][at], marks["y"][at]) == (8.0, pytest.approx(top))
    assert named(figure["layout"]["annotations"], "broken:")[0]["text"] == "NaN from epoch 9"


@given(low=st.floats(-1e300, 1e300) | st.floats(-1, 1), span=st.floats(0, 1e300) | st.floats(0, 1e-250))
def test_a_range_goes_out_to_a_grid_and_holds_what_it_held(low: float, span: float) -> None:
    high = low + span
    first, last = axes._on_grid(low, high, 50)
    slack = 1e-9 * max(abs(low), abs(high))
    assert first <= low + slack
    assert last >= high - slack
    assert last - first <= (high - low) * 1.05 + slack


def test_a_run_less_and_a_point_more_leave_the_axes_where_they_are() -> None:
    lines = [overfit(f"run-{i}", scale=1 + i / 1000) for i in range(20)]
    whole = loss_accuracy(lines)["layout"]
    without = loss_accuracy([line for i, line in enumerate(lines) if i != 7])["layout"]
    for axis in ("yaxis", "yaxis2"):
        assert without[axis]["range"] == whole[axis]["range"]


def test_the_x_axis_stays_for_most_points_that_a_curve_grows_by() -> None:
    grown = [np.arange(n) / 10 for n in range(300, 360)]
    ranges = [axes.x_range([places]) for places in grown]
    assert len(set(ranges)) <= 8
    for places, (low, high) in zip(grown, ranges, strict=True):
        assert low < places[0]
        assert places[-1] < high <= 1.06 * places[-1]

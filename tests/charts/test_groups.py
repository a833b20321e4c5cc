"""Groups in a figure: one line and one band each, under the group's name."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from tests.charts.runs import curve, healthy, named, only_loss, overfit, series
from tracker.charts.curves import Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.charts.metric import metric_figure
from tracker.charts.theme import LIGHT


def seeds(group="adam", level=0.8, colour=0, **more):
    return [healthy(f"{group}-{i}", colour + i, level=level + 0.1 * i, group=group, **more) for i in range(3)]


def bands(figure, run):
    return [t for t in figure["data"] if t["meta"]["run"] == run and t["meta"].get("band")]


def test_a_group_is_drawn_as_its_mean_with_a_band():
    figure = loss_accuracy([*seeds(), *seeds("sgd", 1.5, 4)], Options(band="std"))
    assert {t["meta"]["run"] for t in figure["data"]} == {"group:adam", "group:sgd"}
    mean = curve(figure, "group:adam")
    assert mean["y"][-1] == pytest.approx(0.9 + 3 * math.exp(-40 / 7), rel=1e-5)
    assert mean["meta"]["group"] == "adam"
    assert len(bands(figure, "group:adam")) == 4, "train and val of loss and accuracy"
    area = next(
        b for b in bands(figure, "group:adam") if (b["meta"]["split"], b["meta"]["metric"]) == ("val", "loss")
    )
    assert area["fill"] == "toself"
    at_end = [y for x, y in zip(area["x"], area["y"], strict=True) if x == 40]
    assert max(at_end) - min(at_end) == pytest.approx(0.2, abs=1e-4)
    assert figure["data"].index(area) < figure["data"].index(mean)
    ends = {
        a["text"].replace("<b>", "").replace("</b>", "")
        for a in named(figure["layout"]["annotations"], "end:loss")
    }
    assert ends == {"adam · 3 runs", "sgd · 3 runs"}
    assert len(to_plotly(figure).data) == len(figure["data"])


def test_without_a_band_and_without_a_group_runs_stand_alone():
    assert curve(loss_accuracy(seeds()), "adam-0")
    figure = loss_accuracy([*seeds()[:1], overfit()], Options(band="std"))
    assert {t["meta"]["run"] for t in figure["data"]} == {"adam-0", "rn50-baseline"}


def test_groups_have_different_colours_of_their_own_runs():
    lines = [*seeds("a", colour=0), *seeds("b", colour=0)]
    figure = loss_accuracy(lines, Options(band="minmax"))
    colours = {run: curve(figure, f"group:{run}")["line"]["color"] for run in "ab"}
    assert colours == {"a": LIGHT.palette[0], "b": LIGHT.palette[1]}


def test_a_run_in_focus_puts_its_group_in_focus():
    figure = loss_accuracy([*seeds("a"), *seeds("b")], Options(band="std", focus="b-1"))
    assert curve(figure, "group:b")["line"]["width"] > curve(figure, "group:a")["line"]["width"]
    assert figure["data"][-1]["meta"]["run"] == "group:b"


def test_where_runs_end_the_band_says_how_many_are_left():
    lines = [*seeds()[:2], healthy("adam-long", 5, level=1.2, n=60, group="adam")]
    layout = loss_accuracy(lines, Options(band="ci95"))["layout"]
    assert [a["text"] for a in named(layout["annotations"], "count:loss")] == ["n 1"]
    assert "adam: only 1 of 3 runs from 41 on." in layout["meta"]["notices"]
    assert "interval of the mean" in layout["meta"]["notices"][0]
    assert "too few runs" in layout["meta"]["notices"][0]


def test_a_run_that_breaks_leaves_the_mean_of_the_others():
    values = np.linspace(2, 1, 40)
    values[20:] = math.nan
    lines = [*seeds(), dataclasses.replace(only_loss(values, "broken"), group="adam")]
    y = curve(loss_accuracy(lines, Options(band="std")), "group:adam")["y"]
    assert None not in y
    assert y[-1] == pytest.approx(0.9 + 3 * math.exp(-40 / 7), rel=1e-5)


def test_mean_and_band_are_smoothed_alike():
    rng = np.random.default_rng(0)
    lines = [dataclasses.replace(only_loss(rng.normal(3, 1, 80), f"r{i}"), group="g") for i in range(4)]
    rough = bands(loss_accuracy(lines, Options(band="std")), "group:g")[0]["y"]
    smooth = bands(loss_accuracy(lines, Options(band="std", smoothing=0.9)), "group:g")[0]["y"]
    assert np.std(np.diff(smooth)) < np.std(np.diff(rough)) / 2


def test_the_axis_holds_the_band_but_a_wide_interval_does_not_flatten_the_means():
    close = loss_accuracy(seeds(level=0.8), Options(band="std"))["layout"]["yaxis"]["range"]
    lines = [
        dataclasses.replace(only_loss(np.linspace(2, 1, 30) + k, f"r{k}"), group="g") for k in (0.0, 5.0)
    ]
    low, high = loss_accuracy(lines, Options(band="ci95"))["layout"]["yaxis"]["range"]
    assert close[1] > 1.0
    assert high - low < 5, "the interval of two runs reaches 32 to both sides"


@pytest.mark.parametrize("kind", ["std", "minmax", "ci95"])
def test_odd_groups_are_json_on_any_axis(kind):
    nothing = dataclasses.replace(only_loss([math.nan] * 5, "none"), group="n")
    lines = [
        *seeds(),
        nothing,
        dataclasses.replace(nothing, id="none2"),
        dataclasses.replace(only_loss([-1.0, 0.0], "neg"), group="adam"),
    ]
    for options in (
        Options(band=kind),
        Options(band=kind, log_y=True, smoothing=0.5),
        Options(band=kind, x_range=(3, 9), x="step"),
    ):
        json.dumps(loss_accuracy(lines, options), allow_nan=False)
    card = [dataclasses.replace(line, metric={"val": series("f1", np.arange(9.0))}) for line in lines]
    json.dumps(metric_figure(card, Options(band=kind)), allow_nan=False)


def test_a_groups_name_cannot_bring_markup():
    figure = loss_accuracy(seeds("<b>x</b>%{y}"), Options(band="std"))
    for text in [a["text"] for a in figure["layout"]["annotations"]] + [
        t["name"] for t in figure["data"] if "name" in t
    ]:
        assert "<b>x" not in text
        assert "%{" not in text

"""Labels: none over another, none cut off, names in the order of their curves."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re

import numpy as np
import pytest

from tests.charts.runs import healthy, named, only_loss, overfit
from tracker.charts.curves import Options, loss_accuracy
from tracker.charts.frame import Box
from tracker.charts.places import Ink, Placer, relax
from tracker.charts.text import width


def boxes(figure, size):
    """Return (name, x0, y0, x1, y1, tied) of every text, from the layout alone, as plotly will place it.

    `tied` is the place that a leader ties it to, None without one.
    """
    layout, (w, h) = figure["layout"], size
    m = layout["margin"]
    plot_w, plot_h = w - m["l"] - m["r"], h - m["t"] - m["b"]
    found = []
    for a in layout["annotations"]:
        plain = re.sub("</?b>", "", a["text"]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        wide = width(plain, a["font"]["size"], a["text"].startswith("<b>")) + 2
        low, high = layout["xaxis"]["range"]
        share = a["x"] if a["xref"] == "paper" else (a["x"] - low) / (high - low)
        x = m["l"] + share * plot_w + a.get("xshift", 0) + a.get("ax", 0)
        if a["yref"] == "paper":
            up = a["y"]
        else:
            axis = layout["yaxis" if a["yref"] == "y" else "yaxis2"]
            bottom, top = axis["domain"]
            low, high = axis["range"]
            up = bottom + (a["y"] - low) / (high - low) * (top - bottom)
        y = m["t"] + (1 - up) * plot_h - a.get("yshift", 0) + a.get("ay", 0)
        x0 = x - {"left": 0, "center": wide / 2, "right": wide}[a["xanchor"]]
        y0 = y - {"top": 0, "middle": 7, "bottom": 14}[a["yanchor"]]
        tied = (x - a["ax"], y - a["ay"]) if a["showarrow"] else None
        found.append((a["name"], x0, y0, x0 + wide, y0 + 14, tied))
    return found


def check(figure, options):
    w, h = options.size
    found = boxes(figure, (w, h))
    for name, x0, y0, x1, y1, _ in found:
        assert x0 >= 0, f"{name} is cut off at the left"
        assert y0 >= 0, f"{name} is cut off at the top"
        assert x1 <= w + 0.5, f"{name} is cut off at the right"
        assert y1 <= h + 0.5, f"{name} is cut off at the bottom"
    for a, b in itertools.combinations(found, 2):
        apart = a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5 or a[4] <= b[2] + 0.5 or b[4] <= a[2] + 0.5
        assert apart, f"{a} lies over {b}"
    for drawn, (name, x0, y0, x1, y1, tied) in enumerate(found):
        if tied is None:
            continue
        t = np.linspace(0, 1, 400)
        x, y = tied[0] + t * ((x0 + x1) / 2 - tied[0]), tied[1] + t * ((y0 + y1) / 2 - tied[1])
        for other in found[:drawn]:  # those that follow are drawn over it
            struck = (x > other[1]) & (x < other[3]) & (y > other[2]) & (y < other[4])
            assert not struck.any(), f"the leader of {name} runs through {other}"
    return found


@pytest.mark.parametrize("size", [(760, 430), (1040, 476), (480, 380), (350, 400)])
@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("count", [1, 5, 12])
def test_labels_neither_overlap_nor_leave_the_figure(size, log_y, count):
    rng = np.random.default_rng(count)
    for onset in (2, 12, 20, 30, 38):
        lines = [overfit("focused-run", 0, best=min(onset, 20), scale=float(rng.uniform(0.5, 2)))]
        moved = dataclasses.replace(lines[0].diagnosis, onset_epoch=float(onset))
        lines = [dataclasses.replace(lines[0], diagnosis=moved)]
        for i in range(1, count):
            maker = overfit if i % 3 == 0 else healthy
            lines.append(maker(f"some-longer-run-name-{i}-seed-{i * 7}", i % 12))
        options = Options(
            focus="focused-run", log_y=log_y, width=size[0], height=size[1], compact=size[0] < 400
        )
        found = check(loss_accuracy(lines, options), options)
        assert {"best:loss", "best:accuracy"} <= {":".join(name.split(":")[:2]) for name, *_ in found}


def test_broken_runs_are_named_without_overlap():
    lines = [
        only_loss([*np.linspace(2, 1 + i / 50, 20 + i), *[math.nan] * 5], f"nan-{i}", i) for i in range(5)
    ]
    options = Options(focus="nan-2")
    found = check(loss_accuracy(lines, options), options)
    assert "broken:loss:nan-2" in [name for name, *_ in found]


def test_no_leader_runs_through_the_title_of_the_run_in_focus():
    for bad in range(8, 30):
        values = [*np.linspace(0.5, 0.4, bad - 4), 9.0, 60.0, 80.0, *[math.nan] * (42 - bad)]
        lines = [overfit(best=10), only_loss(values, "warm-up-too-far", 3)]
        options = Options(focus="rn50-baseline", width=810, height=430)
        order = [name for name, *_ in check(loss_accuracy(lines, options), options)]
        assert order.index("broken:loss:warm-up-too-far") < order.index("title:rn50-baseline")


def test_a_leader_goes_round_a_text_that_it_can_go_round():
    placer = Placer(Box(0, 0, 400, 200), Ink())
    placer.take(Box(100, 20, 300, 40))  # the title
    under, beside = Box(160, 50, 240, 69), Box(10, 60, 90, 79)
    assert placer.choose([(under, 0.0), (beside, 5.0)], (102.0, 5.0)) == beside
    across, away = Box(70, 25, 95, 44), Box(200, 80, 240, 99)  # the leader to `beside` runs through the first
    assert placer.choose([(across, 0.0), (away, 5.0)]) == away


def test_a_text_spares_the_ring_of_another_run():
    placer = Placer(Box(0, 0, 400, 200), Ink())
    placer.spare([(52.0, 60.0)])
    cut, beside = Box(55, 50, 120, 69), Box(60, 50, 125, 69)
    assert placer.choose([(cut, 0.0), (beside, 2.0)]) == beside


def test_names_in_the_margin_keep_the_order_of_their_curves_and_fifteen_pixels():
    lines = [healthy(f"run-{i}", i, level=0.8 + 0.001 * i) for i in range(12)]
    options = Options()
    found = [b for b in check(loss_accuracy(lines, options), options) if b[0].startswith("end:loss")]
    assert len(found) == 12
    ordered = sorted(found, key=lambda b: b[2])
    assert [b[0] for b in ordered] == [f"end:loss:run-{i}" for i in range(11, -1, -1)]
    assert min(b[2] - a[2] for a, b in itertools.pairwise(ordered)) >= 14.9


def test_when_names_do_not_fit_the_focused_and_pinned_ones_stay():
    lines = [healthy(f"run-{i}", i, level=0.8 + 0.001 * i, pinned=i == 5) for i in range(12)]
    figure = loss_accuracy(lines, Options(focus="run-3", height=200))
    kept = {a["name"].split(":")[2] for a in named(figure["layout"]["annotations"], "end:accuracy")}
    assert {"run-3", "run-5"} <= kept
    assert len(kept) < 12


def test_the_focused_name_is_bold_and_long_names_keep_both_ends():
    long = "resnet50-imagenet-augmented-with-everything-lr3e-4-seed-17"
    figure = loss_accuracy([overfit(long), healthy("b")], Options(focus=long))
    text = named(figure["layout"]["annotations"], "end:loss")[0]["text"]
    assert text.startswith("<b>resnet50")
    assert text.endswith("17</b>")
    assert "…" in text


def test_a_phone_has_short_labels_and_no_names():
    figure = loss_accuracy([overfit(), healthy("b")], Options(focus="rn50-baseline", compact=True))
    texts = {a["name"].split(":")[0]: a["text"] for a in figure["layout"]["annotations"]}
    assert "end" not in texts
    assert "val loss" not in texts["title"]
    assert named(figure["layout"]["annotations"], "best:loss")[0]["text"] == "<b>1.30</b> · ep 10"
    assert figure["layout"]["dragmode"] is False


def test_the_title_flips_to_the_left_of_a_late_onset():
    line = overfit(best=18)
    late = dataclasses.replace(line, diagnosis=dataclasses.replace(line.diagnosis, onset_epoch=38.0))
    (title,) = named(loss_accuracy([late])["layout"]["annotations"], "title:")
    assert (title["xanchor"], title["x"]) == ("right", 38.0)
    (early,) = named(loss_accuracy([line])["layout"]["annotations"], "title:")
    assert early["xanchor"] == "left"


def test_zoomed_past_the_onset_the_title_points_back():
    layout = loss_accuracy([overfit()], Options(x_range=(20, 30)))["layout"]
    (title,) = named(layout["annotations"], "title:")
    assert title["text"].startswith("<b>← Overfitting from epoch 11</b>")
    assert (title["xref"], title["x"]) == ("paper", 0)
    before = loss_accuracy([overfit()], Options(x_range=(1, 5)))["layout"]
    assert not named(before["annotations"], "title:")
    assert not named(before["annotations"], "gap:")


def test_no_settled_curve_runs_through_the_title():
    rising = np.r_[np.linspace(2, 1, 10), np.linspace(1, 3, 30)]
    line = overfit()
    val = dataclasses.replace(line.loss[1], value=rising)
    figure = loss_accuracy([dataclasses.replace(line, loss=(line.loss[0], val))])
    low, high = figure["layout"]["yaxis"]["range"]
    found = boxes(figure, (760, 430))
    title = next(b for b in found if b[0].startswith("title:"))
    m = figure["layout"]["margin"]
    tall = (430 - m["t"] - m["b"]) * (1 - 0.43)
    epoch = np.arange(1, 41)
    x0, x1 = figure["layout"]["xaxis"]["range"]
    px = m["l"] + (epoch - x0) / (x1 - x0) * (760 - m["l"] - m["r"])
    py = m["t"] + (1 - (rising - low) / (high - low)) * tall
    under = (px > title[1]) & (px < title[3]) & (epoch > 11)
    assert under.any()
    assert py[under].min() > title[4]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([50.0], [50.0]),
        ([-20.0], [0.0]),
        ([10.0, 90.0], [10.0, 90.0]),
        ([50.0, 50.0], [42.5, 57.5]),
        ([99.0, 100.0], [85.0, 100.0]),
        ([0.0, 0.0, 0.0], [0.0, 15.0, 30.0]),
    ],
)
def test_relax(wanted, expected):
    assert relax(wanted, 15, 0, 100) == pytest.approx(expected)


def test_relax_is_the_least_squares_answer():
    rng = np.random.default_rng(1)
    for _ in range(50):
        wanted = sorted(rng.uniform(0, 100, 5))
        places = relax(wanted, 15, -1000, 1000)
        assert min(np.diff(places)) >= 15 - 1e-9
        cost = sum((p - w) ** 2 for p, w in zip(places, wanted, strict=True))
        for _ in range(200):
            other = np.sort(np.array(places) + rng.normal(0, 2, 5))
            if min(np.diff(other)) >= 15:
                assert sum((other - wanted) ** 2) >= cost - 1e-9


def test_too_many_names_share_what_room_there_is():
    places = relax([50.0] * 20, 15, 0, 100)
    assert (places[0], places[-1]) == pytest.approx((0, 100))
    assert np.diff(places) == pytest.approx([100 / 19] * 19)

"""Notes at their epochs, jumps of the learning rate, and where a run diverged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.charts.runs import healthy, named, only_loss, overfit, series
from tracker.charts.curves import Options, loss_accuracy
from tracker.charts.metric import metric_figure
from tracker.model import Annotation, Diagnosis, Finding

RATE = np.r_[np.full(12, 1e-2), np.full(10, 1e-3), np.full(8, 1e-2), np.full(10, 1e-4)]


def with_rate(values=RATE, **more):
    return dataclasses.replace(overfit(), lr=series("lr", values), **more)


def test_notes_are_pinned_at_their_epoch_or_step_in_order():
    notes = (
        Annotation("note", "first", "more", epoch=7.0, author="Kim", number=4),
        Annotation("alert", "no note", epoch=8.0),
        Annotation("note", "nowhere"),
        Annotation("note", "by step", step=30, number=9),
    )
    layout = loss_accuracy([dataclasses.replace(overfit(), notes=notes), healthy("b")])["layout"]
    pins = named(layout["annotations"], "note:")
    assert [(pin["x"], pin["text"]) for pin in pins] == [(7.0, "<b>1</b>"), (30.0, "<b>2</b>")]
    assert pins[0]["hovertext"] == "Kim: first: more"
    assert [(one["run"], one["pin"], one["number"], one["x"]) for one in layout["meta"]["notes"]] == [
        ("rn50-baseline", 1, 4, 7.0),
        ("rn50-baseline", 2, 9, 30.0),
    ]


def test_pins_out_of_the_visible_range_are_left_out_and_keep_their_numbers():
    notes = tuple(Annotation("note", f"n{i}", epoch=float(i)) for i in (5, 15, 25))
    line = dataclasses.replace(overfit(), notes=notes)
    layout = loss_accuracy([line], Options(x_range=(10, 30)))["layout"]
    assert [pin["text"] for pin in named(layout["annotations"], "note:")] == ["<b>2</b>", "<b>3</b>"]
    off = loss_accuracy([line], Options(annotations=False))["layout"]
    assert (named(off["annotations"], "note:"), off["meta"]["notes"]) == ([], [])


def test_a_note_cannot_bring_markup():
    evil = Annotation("note", "<img src=x>", "%{x}<b>", epoch=5.0, author="<i>")
    (pin,) = named(
        loss_accuracy([dataclasses.replace(overfit(), notes=(evil,))])["layout"]["annotations"], "note:"
    )
    assert "<" not in pin["hovertext"]
    assert "%{" not in pin["hovertext"]


def test_many_notes_do_not_cover_the_figure():
    notes = tuple(Annotation("note", "x", epoch=float(i % 40)) for i in range(500))
    layout = loss_accuracy([dataclasses.replace(overfit(), notes=notes)])["layout"]
    assert len(named(layout["annotations"], "note:")) == 40


def test_drops_and_restarts_of_the_rate_are_ticks_with_the_new_rate():
    layout = loss_accuracy([with_rate(), healthy("b")], Options(focus="rn50-baseline"))["layout"]
    ticks = named(layout["shapes"], "rate:")
    assert [tick["x0"] for tick in ticks] == [13.0, 23.0, 31.0]
    assert [a["text"] for a in named(layout["annotations"], "rate:")] == ["lr 0.001", "lr ↑ 0.01", "lr 1e-4"]


def test_only_the_run_in_focus_shows_its_rate_and_a_smooth_schedule_shows_none():
    lines = [with_rate(), healthy("b")]
    assert not named(loss_accuracy(lines, Options(focus="b"))["layout"]["shapes"], "rate:")
    assert not named(loss_accuracy([with_rate(np.geomspace(1, 1e-3, 40))])["layout"]["shapes"], "rate:")
    card = dataclasses.replace(with_rate(), metric={"": series("lr", RATE)})
    assert not named(metric_figure([card])["layout"]["shapes"], "rate:"), "its own card shows the rate"


def test_a_rate_on_steps_of_its_own_finds_its_epoch():
    steps = np.arange(1, 41) * 100
    line = with_rate()
    moved = {
        m: tuple(dataclasses.replace(s, step=steps) for s in getattr(line, m)) for m in ("loss", "accuracy")
    }
    rate = series("lr", [1e-2, 1e-2, 1e-3, 1e-3], step=[1, 1999, 2000, 4000], epoch=[np.nan] * 4)
    layout = loss_accuracy([dataclasses.replace(line, lr=rate, **moved)])["layout"]
    assert [tick["x0"] for tick in named(layout["shapes"], "rate:")] == [pytest.approx(20.0)]


def test_many_jumps_are_marked_without_words():
    values = np.repeat(0.5 ** np.arange(10), 20)
    line = dataclasses.replace(only_loss(np.linspace(2, 1, 200)), lr=series("lr", values))
    layout = loss_accuracy([line])["layout"]
    assert len(named(layout["shapes"], "rate:")) == 9
    assert not named(layout["annotations"], "rate:")


def diverged(**more):
    finding = Finding("diverged", "strong", 8.0, None, "")
    judged = Diagnosis("diverged", "", "epoch", findings=(finding,), **more)
    return dataclasses.replace(
        only_loss(np.r_[np.linspace(2, 1.5, 7), 3, 9, 40, 90], "wild"), diagnosis=judged
    )


def test_where_a_run_diverged_is_a_line_with_a_title_and_no_region():
    layout = loss_accuracy([diverged()])["layout"]
    assert named(layout["shapes"], "onset:")[0]["x0"] == 8.0
    assert named(layout["annotations"], "title:")[0]["text"] == "<b>Diverged from epoch 8</b>"
    assert not named(layout["shapes"], "region:")


def test_a_dismissed_divergence_is_not_marked():
    assert not loss_accuracy([diverged(dismissed=("diverged",))])["layout"]["shapes"]

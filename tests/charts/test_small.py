"""The small parts: numbers, texts, colours, sparklines."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.charts.runs import overfit, series
from tracker.charts import numbers
from tracker.charts.sparkline import sparkline
from tracker.charts.text import safe, shorten, width
from tracker.charts.theme import DARK, LIGHT, contrast, css_variables
from tracker.model import PALETTE_SIZE


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.3174, "1.317"), (0.08432, "0.0843"), (0.843, "0.843"), (0.88, "0.880"), (3e-4, "3e-4"), (3.254e-4, "3.25e-4"),
        (12345.678, "12,346"), (123.456, "123.5"), (0, "0"), (-0.5, "−0.500"), (1e9, "1e9"), (None, "–"),
        (math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "−inf"), (-0.0, "0"), (0.99996, "1.00"), (9.99996, "10.00"),
    ],
)  # fmt: skip
def test_value(number, text):
    assert numbers.value(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1.6412, "1.64"), (0.1612, "0.16"), (0.0042, "0.0042"), (-0.64, "−0.64")]
)
def test_short(number, text):
    assert numbers.short(number) == text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: numbers.percent(75.71), "75.7\u202f%"),
        (lambda: numbers.percent(None), "–"),
        (lambda: numbers.percent(math.nan), "NaN"),
        (lambda: numbers.change(0.284), "+28\u202f%"),
        (lambda: numbers.change(-0.004), "−0.4\u202f%"),
        (lambda: numbers.change(12.34), "+1,234\u202f%"),
        (lambda: numbers.position(10.0), "epoch 10"),
        (lambda: numbers.position(2.5), "epoch 2.5"),
        (lambda: numbers.position(1200, "step"), "step 1,200"),
        (lambda: numbers.position(10, compact=True), "ep 10"),
        (lambda: numbers.stretch(9.0, 1200.5), "epoch 9 to 1,200.5"),
        (lambda: numbers.stretch(9.0, 9.0), "epoch 9"),
        (lambda: numbers.stretch(1200, None, "step"), "step 1,200"),
        (lambda: numbers.duration(800), "0.8\u202fs"),
        (lambda: numbers.duration(48_000), "48\u202fs"),
        (lambda: numbers.duration(31 * 60_000), "31\u202fmin"),
        (lambda: numbers.duration(125 * 60_000), "2\u202fh 05\u202fmin"),
        (lambda: numbers.duration(119.9 * 60_000), "2\u202fh"),
        (lambda: numbers.duration(76 * 3_600_000), "3\u202fd 4\u202fh"),
        (lambda: numbers.tick(0.05), "0.05"),
        (lambda: numbers.tick(-2.0), "−2"),
        (lambda: numbers.tick(2e6), "2e6"),
    ],
)
def test_words_for_numbers(call, text):
    assert call() == text


def test_safe_text_has_no_markup_template_or_control_character():
    assert safe("<b>&\n%{x}\x00") == "&lt;b&gt;&amp; %&#123;x} "


def test_shortened_text_fits_and_keeps_both_ends():
    text = "a-very-long-name-of-a-run-seed-17"
    cut = shorten(text, 90)
    assert width(cut) <= 90
    assert cut.startswith("a-v")
    assert cut.endswith("17")
    assert shorten("short", 90) == "short"
    assert shorten("日本語の実験名" * 4, 60).count("…") == 1
    assert shorten("x", 0) == "…"


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_colours_are_seen_and_names_are_read_on_the_panel(look):
    assert len(set(look.palette)) == PALETTE_SIZE
    for slot in range(PALETTE_SIZE):
        assert contrast(look.colour(slot), look.panel) >= 3
        assert contrast(look.ink(slot), look.panel) >= 4.5
    for token in (look.text, look.text2, look.text3, look.bad):
        assert contrast(token, look.panel) >= 4.5
    assert contrast(look.bad, look.shade) >= 4.5
    assert look.colour(PALETTE_SIZE) == look.colour(0)


def test_css_variables_name_every_slot():
    assert css_variables("dark").startswith("--run-0:#6ec6dc;")
    assert css_variables("light").count("--run-") == PALETTE_SIZE


def parts(svg):
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("58", "24")
    return [(e.tag.split("}")[1], e) for e in root]


def test_a_sparkline_shows_curve_region_and_ring():
    line = overfit()
    found = parts(sparkline(line.loss[1], line.diagnosis, 3))
    assert [tag for tag, _ in found] == ["rect", "polyline", "circle"]
    rect, curve, ring = (e for _, e in found)
    points = [tuple(map(float, p.split(","))) for p in curve.get("points").split()]
    assert all(0 <= x <= 58 and 0 <= y <= 24 for x, y in points)
    lowest = max(points, key=lambda p: p[1])
    assert (float(ring.get("cx")), float(ring.get("cy"))) == pytest.approx(lowest, abs=0.2)
    assert float(rect.get("x")) > float(ring.get("cx"))
    assert f"var(--run-3,{LIGHT.palette[3]})" in curve.get("style")


def test_a_sparkline_of_a_hidden_run_is_grey_and_without_ring():
    line = overfit()
    found = parts(sparkline(line.loss[1], line.diagnosis, None, "dark"))
    assert [tag for tag, _ in found] == ["rect", "polyline"]
    assert f"var(--text-3,{DARK.text3})" in found[1][1].get("style")


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ([], 0),
        ([math.nan, math.nan], 0),
        ([1.0], 1),
        ([2.0, math.nan, 1.0, 0.5], 2),
        ([5.0, 5.0], 1),
        ([1e300, 1.0, math.inf], 1),
    ],
)
def test_a_sparkline_of_odd_values_stays_well_formed_and_inside(values, lines):
    found = parts(sparkline(series("val/loss", values), None, 0))
    assert [tag for tag, _ in found] == ["polyline"] * lines
    for _, element in found:
        for pair in element.get("points").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= 58
            assert 0 <= y <= 24
    assert parts(sparkline(None, None, 0)) == []


def test_a_spike_does_not_flatten_a_sparkline():
    values = 1 + np.exp(-np.arange(200) / 20)
    values[100] = 1000.0
    ((_, curve),) = parts(sparkline(series("val/loss", values), None, 0))
    ys = [float(p.split(",")[1]) for p in curve.get("points").split()]
    assert ys[0] < 15 < ys[-1]

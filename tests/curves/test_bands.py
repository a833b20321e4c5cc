"""Bands: the formulas, where a curve has nothing to say, and how many take part."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tracker.curves.bands import band, t_quantile

X = np.arange(5.0)


def test_mean_and_sample_standard_deviation():
    values = np.array([[1.0, 2, 3, 4, 5], [3.0, 2, 1, 4, 9], [5.0, 2, 5, 4, 1]])
    made = band([(X, row) for row in values], "std")
    assert made.mean == pytest.approx(values.mean(axis=0))
    assert made.high - made.mean == pytest.approx(values.std(axis=0, ddof=1))
    assert made.mean - made.low == pytest.approx(values.std(axis=0, ddof=1))
    assert made.count.tolist() == [3] * 5


def test_minmax_reaches_from_the_lowest_to_the_highest():
    made = band([(X, X), (X, 4 - X)], "minmax")
    assert (made.low.tolist(), made.high.tolist()) == ([0, 1, 2, 1, 0], [4, 3, 2, 3, 4])


def test_the_interval_of_the_mean_is_students():
    rng = np.random.default_rng(0)
    values = rng.normal(10, 2, (5, 1))
    made = band([(X[:1], row) for row in values], "ci95")
    assert made.high[0] - made.mean[0] == pytest.approx(2.77645 * values.std(ddof=1) / math.sqrt(5), rel=1e-5)


def test_the_interval_holds_the_truth_19_times_in_20():
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 1, (3, 4000))
    made = band([(np.arange(4000.0), row) for row in samples], "ci95")
    assert ((made.low <= 0) & (made.high >= 0)).mean() == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize(
    ("degrees", "tabled"),
    [
        (1, 12.706),
        (4, 2.776),
        (10, 2.228),
        (11, 2.201),
        (20, 2.086),
        (30, 2.042),
        (120, 1.980),
        (10_000, 1.960),
    ],
)
def test_quantiles_are_the_tabled_ones(degrees, tabled):
    assert t_quantile(degrees) == pytest.approx(tabled, abs=6e-4)


def test_a_curve_says_nothing_beyond_its_ends_and_across_what_is_not_finite():
    short = (np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    broken = (X, np.array([0.0, math.nan, 2.0, 3.0, math.inf]))
    made = band([short, broken], "std")
    assert made.count.tolist() == [1, 1, 2, 1, 0]
    assert made.mean[:4].tolist() == [0.0, 10.0, 11.0, 3.0]
    assert math.isnan(made.mean[4])
    assert (made.low[[0, 1, 3]] == made.mean[[0, 1, 3]]).all(), "one run has no band"
    assert made.changes() == [2, 3]


def test_curves_of_other_places_meet_on_straight_lines():
    made = band(
        [
            (np.array([0.0, 4.0]), np.array([0.0, 4.0])),
            (np.array([0.0, 2.0, 4.0]), np.array([0.0, 0.0, 0.0])),
        ],
        "minmax",
    )
    assert made.x.tolist() == [0, 2, 4]
    assert made.high.tolist() == [0, 2, 4]


def test_many_places_are_thinned_and_keep_the_ends():
    x = np.arange(100_000.0)
    made = band([(x, x), (x + 0.5, x)], "std")
    assert len(made.x) <= 2000
    assert (made.x[0], made.x[-1]) == (0.0, 99_999.5)


@pytest.mark.parametrize("kind", ["std", "minmax", "ci95"])
def test_no_points_and_no_numbers(kind):
    assert len(band([], kind).x) == 0
    assert len(band([(np.empty(0), np.empty(0))], kind).x) == 0
    assert np.isnan(band([(X, np.full(5, math.nan))], kind).mean).all()
    alone = band([(X, X)], kind)
    assert (alone.low == alone.high).all()

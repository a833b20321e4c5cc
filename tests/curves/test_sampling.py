"""Sampling: few points, same picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.curves.sampling import sample


def test_few_points_are_all_kept():
    assert sample(np.arange(10), 300).tolist() == list(range(10))
    assert sample(np.empty(0), 300).tolist() == []


@pytest.mark.parametrize("at", [1, 4321, 50_000, 99_998])
def test_a_spike_of_one_step_is_always_kept(at):
    rng = np.random.default_rng(at)
    y = rng.normal(size=100_000)
    y[at] = 100.0
    chosen = sample(y, 300)
    assert at in chosen
    assert len(chosen) <= 300
    y[at] = -100.0
    assert at in sample(y, 300)


def test_first_and_last_are_kept():
    chosen = sample(np.sin(np.arange(5000)), 100)
    assert (chosen[0], chosen[-1]) == (0, 4999)
    assert len(chosen) <= 100


def test_lines_stay_broken_where_they_were():
    y = np.random.default_rng(0).normal(size=10_000)
    y[3000:3100] = math.nan
    y[7000] = math.inf
    chosen = sample(y, 200)
    kept = y[chosen]
    assert {2999, 3000, 3100, 6999, 7000, 7001} <= set(chosen.tolist())
    assert np.isfinite(kept).sum() <= 200
    assert (~np.isfinite(kept)).sum() == 2


def test_what_has_to_be_kept_is_kept():
    assert 777 in sample(np.arange(5000.0), 50, keep=np.array([777]))


def test_more_breaks_than_points_do_not_cost_more_points():
    y = np.random.default_rng(0).normal(size=20_000)
    y[::2] = math.nan
    assert len(sample(y, 100)) <= 100


def test_of_more_breaks_than_points_the_longest_stay():
    y = np.random.default_rng(0).normal(size=20_000)
    y[::9] = math.nan
    y[5000:9000] = math.nan
    chosen = sample(y, 100)
    broken = chosen[~np.isfinite(y[chosen])]
    assert 4 <= len(broken) <= 10
    inside = (broken >= 4990) & (broken < 9000)
    assert inside.sum() == 1
    finite = chosen[np.isfinite(y[chosen])]
    assert finite[finite < 5000][-1] >= 4990
    assert finite[finite >= 9000][0] <= 9010
    assert len(chosen) <= 100


def test_a_curve_without_numbers_keeps_one_gap():
    assert sample(np.full(1000, math.nan), 100).tolist() == [0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=400), st.integers(4, 60))
def test_the_extremes_of_any_curve_are_kept(values, points):
    y = np.array(values)
    chosen = sample(y, points)
    assert (np.diff(chosen) > 0).all()
    finite = y[np.isfinite(y)]
    if len(finite):
        kept = y[chosen][np.isfinite(y[chosen])]
        assert (kept.min(), kept.max()) == (finite.min(), finite.max())

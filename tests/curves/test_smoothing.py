"""Smoothing: the formulas, point by point, and that gaps stay gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tracker.curves.smoothing import ema, gaussian, running_mean, smooth, time_weighted

HOW = ("time_weighted", "ema", "mean", "gaussian")


def noisy(n=500, seed=0):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(0.1, 3, n)), rng.normal(size=n)


def test_time_weighted_is_the_published_recurrence():
    x, y = noisy()
    weight, last, debias, expected = min(math.sqrt(0.9), 0.999), 0.0, 0.0, []
    for i in range(len(y)):
        fade = weight ** ((x[i] - x[max(i - 1, 0)]) / (x[-1] - x[0]) * 1000)
        last, debias = last * fade + y[i], debias * fade + 1
        expected.append(last / debias)
    assert time_weighted(x, y, 0.9) == pytest.approx(np.array(expected))


def test_ema_is_tensorboards_recurrence_and_skips_what_is_not_finite():
    _, y = noisy()
    y[[0, 50, 51, 300]] = math.nan, math.inf, math.nan, -math.inf
    last, count, expected = 0.0, 0, []
    for value in y:
        if not math.isfinite(value):
            expected.append(math.nan)
            continue
        last = last * 0.6 + 0.4 * value
        count += 1
        expected.append(last / (1 - 0.6**count))
    assert ema(y, 0.6) == pytest.approx(np.array(expected), nan_ok=True)


def test_running_mean_and_gaussian_are_weighted_means_of_what_is_finite():
    _, y = noisy(60)
    y[20] = math.nan
    for i in (0, 5, 19, 21, 59):
        near = np.arange(max(0, i - 3), min(60, i + 4))
        near = near[near != 20]
        assert running_mean(y, 7)[i] == pytest.approx(y[near].mean())
        near = np.array([j for j in range(max(0, i - 6), min(60, i + 7)) if j != 20])
        weights = np.exp(-0.5 * ((near - i) / 2.0) ** 2)
        assert gaussian(y, 2.0)[i] == pytest.approx((weights * y[near]).sum() / weights.sum())


def test_runs_logged_at_different_rates_smooth_alike():
    dense = np.linspace(0, 100, 2001)
    sparse = dense[::10]
    curve = lambda x: np.sin(x / 10)  # noqa: E731
    one = time_weighted(dense, curve(dense), 0.95)[::10]
    other = time_weighted(sparse, curve(sparse), 0.95)
    assert np.abs(one - other)[20:].max() < 0.05
    assert np.abs(ema(curve(dense), 0.95)[::10] - ema(curve(sparse), 0.95))[20:].max() > 0.3


@pytest.mark.parametrize("how", HOW)
def test_gaps_stay_and_do_not_spread(how):
    x, y = noisy(100)
    y[[3, 40, 41, 99]] = math.nan, math.inf, -math.inf, math.nan
    out = smooth(x, y, 0.8, how)
    assert np.flatnonzero(~np.isfinite(out)).tolist() == [3, 40, 41, 99]


@pytest.mark.parametrize("how", HOW)
def test_more_smoothing_is_smoother_and_a_constant_stays(how):
    x, y = noisy(400)
    rough = [np.abs(np.diff(smooth(x, y, amount, how))).mean() for amount in (0.0, 0.5, 0.9, 0.99)]
    assert rough == sorted(rough, reverse=True)
    assert smooth(x, np.full(400, 3.25), 0.9, how) == pytest.approx(3.25)


@pytest.mark.parametrize("how", HOW)
def test_no_points_and_one_point(how):
    assert len(smooth(np.empty(0), np.empty(0), 0.5, how)) == 0
    assert smooth(np.array([5.0]), np.array([2.0]), 0.5, how).tolist() == [2.0]
    assert np.isnan(smooth(np.array([5.0, 6.0]), np.array([math.nan, math.inf]), 1.0, how)).all()


def test_no_smoothing_returns_the_values():
    assert smooth(np.arange(3), np.array([1.0, math.inf, 2.0]), 0) == pytest.approx(
        np.array([1.0, math.nan, 2.0]), nan_ok=True
    )


def test_the_input_is_left_as_it_is():
    x, y = noisy(50)
    before = y.copy()
    for how in HOW:
        smooth(x, y, 0.9, how)
    assert (y == before).all()

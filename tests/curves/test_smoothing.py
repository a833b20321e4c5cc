"""Smoothing: the formulas, point by point, and that gaps stay gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tracker.curves.smoothing import (
    MOST,
    SMOOTHERS,
    bucket_means,
    ema,
    gaussian,
    running_mean,
    smooth,
    time_weighted,
)

HOW = tuple(SMOOTHERS)


def noisy(n=500, seed=0):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(0.1, 3, n)), rng.normal(size=n)


def drawn(x, y, amount, how):
    return smooth(x, y, amount, how)[0]


def test_time_weighted_fades_with_the_share_of_the_way():
    x, y = noisy()
    last, debias, expected = 0.0, 0.0, []
    for i in range(len(y)):
        fade = 0.9 ** (100 * (x[i] - x[max(i - 1, 0)]) / x[i])
        last, debias = last * fade + y[i], debias * fade + 1
        expected.append(last / debias)
    assert time_weighted(x, y, 0.9) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("how", [kind for kind, words in SMOOTHERS.items() if words.causal])
@pytest.mark.parametrize("amount", [0.3, 0.9, 0.99])
def test_what_comes_later_does_not_change_the_past_of_a_causal_kind(how, amount):
    x, y = noisy(400)
    y[[7, 100, 101]] = math.nan
    whole = drawn(x, y, amount, how)
    for n in (1, 2, 50, 101, 399):
        assert drawn(x[:n], y[:n], amount, how) == pytest.approx(whole[:n], nan_ok=True)
    longer = np.concatenate([x, x[-1] + np.array([1e6, 2e6])]), np.concatenate([y, [1e9, -1e9]])
    assert drawn(*longer, amount, how)[:400] == pytest.approx(whole, nan_ok=True)


@pytest.mark.parametrize("how", [kind for kind, words in SMOOTHERS.items() if not words.causal])
def test_a_kind_that_looks_ahead_says_so(how):
    x, y = noisy(100)
    assert drawn(x[:50], y[:50], 0.9, how)[-1] != pytest.approx(drawn(x, y, 0.9, how)[49])
    assert "Looks ahead" in SMOOTHERS[how].says


def test_the_unit_of_x_does_not_matter():
    x, y = noisy(200)
    assert time_weighted(x, y, 0.9) == pytest.approx(time_weighted(x * 3600, y, 0.9))


def test_a_run_that_starts_at_zero_or_stands_still_is_smoothed_too():
    assert time_weighted(np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0]), 0.9).tolist() == [1, 2, 3, 4]
    assert np.isfinite(time_weighted(np.array([0.0, 0.0, 1.0, 1.0]), np.arange(4.0), 0.9)).all()


@pytest.mark.parametrize("how", HOW)
def test_long_series_are_smoothed_over_means_and_say_so(how):
    n = 3 * MOST
    x, rng = np.arange(1.0, n + 1), np.random.default_rng(0)
    y = np.sin(x / 20_000) + rng.normal(0, 0.1, n)
    y[1000:1010] = math.nan
    out, bucket = smooth(x, y, 0.9, how)
    assert bucket == 4
    assert len(out) == n
    assert np.flatnonzero(np.isnan(out)).tolist() == list(range(1000, 1010))
    if how != "time_weighted":  # which lags by a share of the way
        assert np.nanmax(np.abs(out - np.sin(x / 20_000))[100:]) < 0.25
    assert smooth(x[:MOST], y[:MOST], 0.9, how)[1] == 1


def test_bucket_means_read_what_is_finite():
    assert bucket_means(np.array([1.0, 3.0, math.nan, 5.0, math.nan, math.inf, 7.0]), 2) == pytest.approx(
        np.array([2.0, 5.0, math.nan, 7.0]), nan_ok=True
    )


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
        near = np.arange(max(0, i - 6), i + 1)
        near = near[near != 20]
        assert running_mean(y, 7)[i] == pytest.approx(y[near].mean())
        near = np.array([j for j in range(max(0, i - 6), min(60, i + 7)) if j != 20])
        weights = np.exp(-0.5 * ((near - i) / 2.0) ** 2)
        assert gaussian(y, 2.0)[i] == pytest.approx((weights * y[near]).sum() / weights.sum())


def test_runs_logged_at_different_rates_smooth_alike():
    dense = np.linspace(0, 100, 20_001)
    sparse = dense[::10]
    curve = lambda x: np.sin(x / 10)  # noqa: E731
    one = time_weighted(dense, curve(dense), 0.95)[::10]
    other = time_weighted(sparse, curve(sparse), 0.95)
    assert np.abs(one - other)[200:].max() < 0.02
    assert np.abs(ema(curve(dense), 0.99)[::10] - ema(curve(sparse), 0.99))[200:].max() > 0.3


@pytest.mark.parametrize("how", HOW)
def test_gaps_stay_and_do_not_spread(how):
    x, y = noisy(100)
    y[[3, 40, 41, 99]] = math.nan, math.inf, -math.inf, math.nan
    out = drawn(x, y, 0.8, how)
    assert np.flatnonzero(~np.isfinite(out)).tolist() == [3, 40, 41, 99]


@pytest.mark.parametrize("how", HOW)
def test_more_smoothing_is_smoother_and_a_constant_stays(how):
    x, y = noisy(400)
    rough = [np.abs(np.diff(drawn(x, y, amount, how))).mean() for amount in (0.0, 0.5, 0.9, 0.99)]
    assert rough == sorted(rough, reverse=True)
    assert drawn(x, np.full(400, 3.25), 0.9, how) == pytest.approx(3.25)


@pytest.mark.parametrize("how", HOW)
def test_no_points_and_one_point(how):
    assert len(drawn(np.empty(0), np.empty(0), 0.5, how)) == 0
    assert drawn(np.array([5.0]), np.array([2.0]), 0.5, how).tolist() == [2.0]
    assert np.isnan(drawn(np.array([5.0, 6.0]), np.array([math.nan, math.inf]), 1.0, how)).all()


def test_no_smoothing_returns_the_values():
    assert smooth(np.arange(3), np.array([1.0, math.inf, 2.0]), 0)[0] == pytest.approx(
        np.array([1.0, math.nan, 2.0]), nan_ok=True
    )


def test_the_input_is_left_as_it_is():
    x, y = noisy(50)
    before = y.copy()
    for how in HOW:
        drawn(x, y, 0.9, how)
    assert (y == before).all()

"""Four ways to smooth a curve for the eye. Verdicts never read what comes out of here.

Every function takes arrays of one length, skips non-finite values (they stay NaN in the result and do not spread) and
returns a float64 array of that length.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Smoother = Literal["time_weighted", "ema", "mean", "gaussian"]

SPAN = 1000.0
"""Units into which the visible x range is divided by `time_weighted`, as Weights & Biases does."""


def smooth(
    x: NDArray[Any],
    y: NDArray[Any],
    amount: float,
    how: Smoother = "time_weighted",
    *,
    x_span: float | None = None,
    span: float = SPAN,
) -> Floats:
    """Return `y` smoothed by `amount`, 0 (as it is) to 1 (as smooth as it gets).

    Args:
        x: places of the points, ascending.
        y: values; NaN and infinities are skipped.
        amount: the reader's slider. For "mean" and "gaussian" it is turned into a window as wide as an EMA's memory.
        how: the method.
        x_span: for "time_weighted": the x range common to all the curves of a figure; None: this curve's own.
        span: for "time_weighted": units into which `x_span` is divided.
    """
    if amount <= 0 or len(y) == 0:
        return np.where(np.isfinite(y), y, np.nan).astype(np.float64)
    if how == "time_weighted":
        return time_weighted(x, y, amount, x_span=x_span, span=span)
    if how == "ema":
        return ema(y, amount)
    memory = 1.0 / (1.0 - min(amount, 0.999))
    if how == "mean":
        return running_mean(y, max(1, round(memory) | 1))
    return gaussian(y, memory / 2)


def time_weighted(
    x: NDArray[Any], y: NDArray[Any], amount: float, *, x_span: float | None = None, span: float = SPAN
) -> Floats:
    """Return the debiased exponential moving average whose memory is a length of x, not a number of points.

    The weight of what came before fades by min(sqrt(amount), 0.999) ** (dx / x_span * span): runs logged at different
    rates are smoothed alike. Source: Weights & Biases, "Smooth line plots", time weighted exponential moving average.
    """
    if len(y) == 0:
        return np.empty(0)
    places = np.asarray(x, np.float64)
    whole = float(places[-1] - places[0]) if x_span is None else x_span
    if not whole > 0:
        whole = 1.0
    weight = min(math.sqrt(max(amount, 0.0)), 0.999)
    dx = np.maximum(np.diff(places, prepend=places[0]), 0.0)
    return _fading_mean(y, weight ** (dx / whole * span))


def ema(y: NDArray[Any], weight: float) -> Floats:
    """Return the debiased exponential moving average over points, `weight` 0 to 1 for the past.

    Source: TensorBoard's scalar charts (resmoothDataset): last = last * weight + (1 - weight) * next, divided by
    1 - weight ** number of points.
    """
    return _fading_mean(y, np.full(len(y), min(max(weight, 0.0), 0.9999)), fade_over_gaps=False)


def running_mean(y: NDArray[Any], window: int) -> Floats:
    """Return the centred mean over `window` points (odd), fewer at the ends."""
    return _window_mean(y, np.ones(2 * min(max(window, 1) // 2, max(len(y) - 1, 0)) + 1))


def gaussian(y: NDArray[Any], sigma: float) -> Floats:
    """Return the mean weighted by a Gaussian of `sigma` points, cut at three sigma and at the ends."""
    reach = min(math.ceil(3 * max(sigma, 0.0)), max(len(y) - 1, 0))
    return _window_mean(y, np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-9)) ** 2))


def _window_mean(y: NDArray[Any], kernel: Floats) -> Floats:
    """Return the mean of the finite points under a kernel of odd length, centred on each point."""
    values, known = _parts(y)
    if len(values) == 0:
        return values
    reach = len(kernel) // 2
    sums = np.convolve(values, kernel)[reach : reach + len(values)]
    weights = np.convolve(known, kernel)[reach : reach + len(values)]
    return np.where(known > 0, sums / np.where(weights > 0, weights, 1.0), np.nan)


def _parts(y: NDArray[Any]) -> tuple[Floats, Floats]:
    values = np.asarray(y, np.float64)
    known = np.isfinite(values)
    return np.where(known, values, 0.0), known.astype(np.float64)


def _fading_mean(y: NDArray[Any], fade: Floats, *, fade_over_gaps: bool = True) -> Floats:
    """Return sum_j w_ij y_j / sum_j w_ij where w_ij is the product of `fade` from j + 1 to i.

    Both sums obey s_i = fade_i * s_(i-1) + term_i, which composes associatively: log2(n) passes over whole arrays
    instead of a loop over points.
    """
    values, known = _parts(y)
    decay = np.array(fade, np.float64)
    if not fade_over_gaps:
        decay[known == 0] = 1.0
    sums = np.stack([values, known])
    step, n = 1, len(values)
    while step < n and decay[step:].max(initial=0.0) > 1e-15:
        sums[:, step:] += decay[step:] * sums[:, :-step]
        decay[step:] = decay[step:] * decay[:-step]
        step *= 2
    return np.where(known > 0, sums[0] / np.where(sums[1] > 0, sums[1], 1.0), np.nan)

"""Four ways to smooth a curve for the eye. Verdicts never read what comes out of here.

Every function takes arrays of one length, skips non-finite values (they stay NaN in the result and do not spread) and
returns a float64 array of that length. The causal ones give a point the same place for ever: what is logged later
changes nothing before it.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Smoother = Literal["time_weighted", "ema", "mean", "gaussian"]

MOST = 50_000
"""Above so many points a series is averaged in stretches of equal numbers first."""

SHARE = 100.0
"""Into how many parts `time_weighted` divides the x that a run has come."""


class Words(NamedTuple):
    """How a kind of smoothing is offered: its label, one line on what it does, and whether it reads the past alone."""

    label: str
    says: str
    causal: bool


SMOOTHERS: dict[Smoother, Words] = {
    "time_weighted": Words(
        "Time-weighted average",
        "Fades with the distance along the x axis, so that runs logged at different rates look alike. Reads the past alone.",
        True,
    ),
    "ema": Words(
        "Exponential average", "Fades with every point, as TensorBoard's does. Reads the past alone.", True
    ),
    "mean": Words("Running mean", "The mean of the last points. Reads the past alone.", True),
    "gaussian": Words(
        "Gaussian",
        "Weighs points on both sides, without lag. Looks ahead: the end of a live curve still changes.",
        False,
    ),
}
"""The kinds in the order of a menu."""


def smooth(
    x: NDArray[Any], y: NDArray[Any], amount: float, how: Smoother = "time_weighted"
) -> tuple[Floats, int]:
    """Return `y` smoothed by `amount`, 0 (as it is) to 1 (as smooth as it gets), and how many points were averaged first.

    Up to `MOST` points all are read. Longer series are averaged in stretches of 2, 4, 8 ... points; the means are
    smoothed and points between them lie on straight lines. Such a curve's past changes a little whenever the length
    of the stretches doubles.

    Args:
        x: places of the points, ascending.
        y: values; NaN and infinities are skipped.
        amount: the reader's slider. For "mean" and "gaussian" it is turned into a window as wide as an EMA's memory.
        how: the method.
    """
    if amount <= 0 or len(y) == 0:
        return np.where(np.isfinite(y), y, np.nan).astype(np.float64), 1
    bucket = 1
    while len(y) > MOST * bucket:
        bucket *= 2
    if bucket == 1:
        return _smooth(x, y, amount, how), 1
    places, means = bucket_means(x, bucket), bucket_means(y, bucket)
    known = np.isfinite(means) & np.isfinite(places)
    if not known.any():
        return np.full(len(y), np.nan), bucket
    drawn = np.interp(x, places[known], _smooth(places[known], means[known], amount, how))
    return np.where(np.isfinite(y), drawn, np.nan), bucket


def time_weighted(x: NDArray[Any], y: NDArray[Any], amount: float) -> Floats:
    """Return the debiased exponential moving average whose memory is a share of the x that the run has come.

    From one point to the next, what came before fades by amount ** (100 dx / x): about -1 / ln(amount) percent of the
    way so far is remembered, however densely a run was logged. Weights & Biases' time-weighted average divides dx by
    the visible range of x instead, so that its past changes as a run grows; with x alone it cannot. The unit of x
    does not matter, its zero does: it is where the run started.
    """
    places = np.asarray(x, np.float64)
    dx = np.maximum(np.diff(places, prepend=places[:1]), 0.0)
    way = np.where(places > 0, places, np.inf)
    exponent = np.where(places > 0, dx / way * SHARE, np.inf)
    weight = min(max(amount, 0.0), 0.999)
    return _fading_mean(y, np.where(np.isfinite(exponent), weight**exponent, 0.0))


def ema(y: NDArray[Any], weight: float) -> Floats:
    """Return the debiased exponential moving average over points, `weight` 0 to 1 for the past.

    Source: TensorBoard's scalar charts (resmoothDataset): last = last * weight + (1 - weight) * next, divided by
    1 - weight ** number of points.
    """
    return _fading_mean(y, np.full(len(y), min(max(weight, 0.0), 0.9999)), fade_over_gaps=False)


def running_mean(y: NDArray[Any], window: int) -> Floats:
    """Return the mean of the last `window` points, of fewer at the start."""
    reach = min(max(window, 1), max(len(y), 1)) - 1
    return _window_mean(y, np.concatenate([np.zeros(reach), np.ones(reach + 1)]))


def gaussian(y: NDArray[Any], sigma: float) -> Floats:
    """Return the mean weighted by a Gaussian of `sigma` points, cut at three sigma and at the ends."""
    reach = min(math.ceil(3 * max(sigma, 0.0)), max(len(y) - 1, 0))
    return _window_mean(y, np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-9)) ** 2))


def bucket_means(values: NDArray[Any], size: int) -> Floats:
    """Return the means of the finite values of each stretch of `size` points; NaN where there are none."""
    filled, known = _parts(values)
    starts = np.arange(0, len(filled), size)
    sums, counts = np.add.reduceat(filled, starts), np.add.reduceat(known, starts)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _smooth(x: NDArray[Any], y: NDArray[Any], amount: float, how: Smoother) -> Floats:
    if how == "time_weighted":
        return time_weighted(x, y, amount)
    if how == "ema":
        return ema(y, amount)
    memory = 1.0 / (1.0 - min(amount, 0.999))
    if how == "mean":
        return running_mean(y, round(memory))
    return gaussian(y, memory / 2)


def _window_mean(y: NDArray[Any], kernel: Floats) -> Floats:
    """Return the mean of the finite points under a kernel of odd length, centred on each point.

    `kernel[k]` weighs the point that lies `len(kernel) // 2 - k` after the one that is smoothed.
    """
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

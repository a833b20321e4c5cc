"""Fewer points that draw the same curve: the extremes of every stretch are kept."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tsdownsample import M4Downsampler

Indices = NDArray[np.int64]

_SHORT = (
    4_096  # points up to which the extremes are found here, sooner than a downsampler has looked at its input
)
_M4 = M4Downsampler()  # type: ignore[no-untyped-call]


def sample(y: NDArray[Any], points: int, keep: Indices | None = None) -> Indices:
    """Return the indices of at most `points` points whose line looks like that of all of them.

    The curve is cut into stretches of equal numbers of points, and each keeps its first, lowest, highest and last, so
    that a spike of one step is never lost. Curves are split at non-finite values; the first of each run of them is
    kept, so that the line stays broken; where there are more of them than points to draw, the longest are, since a line
    that was broken between any two points would be none.

    Args:
        y: values in the order they are drawn; NaN and infinities allowed.
        points: how many to keep, at least 4; every unbroken part keeps four, so that a curve of many parts keeps more.
        keep: indices that have to be among them.

    Returns:
        Ascending indices, int64.

    Source: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014. Stretches are of
    equal numbers, not of equal width: tsdownsample 0.1.5 panics or loses the last points on some uneven axes.
    """
    n = len(y)
    if n <= max(points, 4):
        return np.arange(n, dtype=np.int64)
    values = np.ascontiguousarray(y, np.float64)
    finite = np.isfinite(values)
    edges = np.flatnonzero(finite[1:] != finite[:-1]) + 1
    if len(edges) == 0:
        parts = [_stretch(values, 0, n, points)] if finite[0] else [np.array([0])]
    elif len(edges) > points:
        parts = _between_longest(values, finite, points)
    else:
        bounds = [0, *edges.tolist(), n]
        parts = [
            _stretch(values, a, b, max(4, points * (b - a) // n)) if finite[a] else np.array([a])
            for a, b in itertools.pairwise(bounds)
        ]
    if keep is not None:
        parts.append(keep)
    chosen = np.sort(np.concatenate(parts).astype(np.int64))
    fresh = np.ones(len(chosen), np.bool_)
    np.not_equal(chosen[1:], chosen[:-1], out=fresh[1:])
    return chosen[fresh]


def _between_longest(y: NDArray[Any], finite: NDArray[np.bool_], points: int) -> list[Indices]:
    """Return the first index of each of the longest breaks, and those kept of what lies between them."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], ~finite, [False]]).astype(np.int8)))
    starts, stops = ends[::2], ends[1::2]
    longest = np.sort(np.argsort(starts - stops, kind="stable")[: points // 10])
    parts = [starts[longest]]
    for a, b in zip([0, *stops[longest].tolist()], [*starts[longest].tolist(), len(y)], strict=True):
        known = a + np.flatnonzero(finite[a:b])
        if len(known):
            most = max(4, points * len(known) // (3 * len(y)))
            parts.append(known[_stretch(y[known], 0, len(known), most)])
    return parts


def _stretch(y: NDArray[Any], start: int, stop: int, points: int) -> Indices:
    """Return indices of the finite stretch [start, stop)."""
    if stop - start <= points:
        return np.arange(start, stop, dtype=np.int64)
    if stop - start <= _SHORT:
        return start + _lows_and_highs(y[start:stop], max(2, points - 2) // 2)
    chosen = _M4.downsample(y[start:stop], n_out=max(4, points - 2) // 4 * 4)
    return np.concatenate([[start], start + chosen.astype(np.int64), [stop - 1]])


def _lows_and_highs(y: NDArray[Any], parts: int) -> Indices:
    """Return the first and the last index, and those of the lowest and highest value of each of so many parts at most."""
    n = len(y)
    size = -(-n // parts)
    padded = np.full(-(-n // size) * size, y[-1])
    padded[:n] = y
    rows = padded.reshape(-1, size)
    starts = np.arange(0, n, size, dtype=np.int64)
    lows, highs = starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)
    chosen: Indices = np.concatenate([np.zeros(1, np.int64), lows, highs, starts[-1:] + size])
    return np.minimum(chosen, n - 1)


def spikes(y: NDArray[Any], most: int) -> Indices:
    """Return the indices of points that stand out from both neighbours, the highest first where there are too many.

    A spike is a local extreme that is at least eight times farther from its nearer neighbour than points usually are
    from one step to the next.

    Args:
        y: values in the order they are drawn; NaN and infinities allowed.
        most: how many at the most.
    """
    if len(y) < 3 or most <= 0:
        return np.empty(0, dtype=np.int64)
    values = np.asarray(y, np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = values[1:] - values[:-1]
        sizes = np.abs(steps)
        sizes[~np.isfinite(sizes)] = 0.0
        usual = float(np.partition(sizes, len(sizes) // 2)[len(sizes) // 2])
        stands_out = np.minimum(sizes[:-1], sizes[1:])
        turns = (steps[:-1] > 0) != (steps[1:] > 0)
    found = np.flatnonzero((stands_out > 8 * usual) & turns)
    if len(found) > most:
        found = found[np.argpartition(-stands_out[found], most - 1)[:most]]
    return np.sort(found + 1).astype(np.int64)

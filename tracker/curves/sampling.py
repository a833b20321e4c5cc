"""Fewer points that draw the same curve: the extremes of every stretch are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tsdownsample import M4Downsampler

Indices = NDArray[np.int64]

_M4 = M4Downsampler()


def sample(x: NDArray[Any], y: NDArray[Any], points: int, keep: Indices | None = None) -> Indices:
    """Return the indices of about `points` points whose line looks like that of all of them.

    Each stretch keeps its first, lowest, highest and last point, so that a spike of one step is never lost. Curves are
    split at non-finite values; the first of each run of them is kept, so that the line stays broken. Sampling never
    returns more than `points`, except that every finite stretch keeps its four.

    Args:
        x: places, ascending (otherwise stretches are equal numbers of points).
        y: values, same length; NaN and infinities allowed.
        points: how many to keep, at least 4.
        keep: indices that have to be among them.

    Returns:
        Ascending indices, int64.

    Source: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
    """
    n = len(y)
    if n <= max(points, 4):
        return np.arange(n, dtype=np.int64)
    values = np.ascontiguousarray(y, np.float64)
    places = np.ascontiguousarray(x, np.float64)
    finite = np.isfinite(values)
    edges = np.flatnonzero(np.diff(finite)) + 1
    if finite.all():
        parts = [_stretch(places, values, 0, n, points)]
    elif len(edges) > points:
        # More breaks than points to draw: none of them could be seen.
        known = np.flatnonzero(finite)
        parts = [known[_stretch(places[known], values[known], 0, len(known), points)]]
    else:
        bounds = [0, *edges.tolist(), n]
        parts = [
            _stretch(places, values, a, b, max(4, points * (b - a) // n)) if finite[a] else np.array([a])
            for a, b in zip(bounds, bounds[1:], strict=False)
        ]
    if keep is not None:
        parts.append(keep)
    return np.unique(np.concatenate(parts).astype(np.int64))


def _stretch(x: NDArray[Any], y: NDArray[Any], start: int, stop: int, points: int) -> Indices:
    """Return indices of the finite stretch [start, stop)."""
    if stop - start <= points:
        return np.arange(start, stop, dtype=np.int64)
    count = max(4, points - 2) // 4 * 4
    part_x, part_y = x[start:stop], y[start:stop]
    if np.isfinite(part_x).all() and (np.diff(part_x) >= 0).all() and part_x[-1] > part_x[0]:
        chosen = _M4.downsample(part_x, part_y, n_out=count)
    else:
        chosen = _M4.downsample(part_y, n_out=count)
    return np.concatenate([[start], start + chosen.astype(np.int64), [stop - 1]])

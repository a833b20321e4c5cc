"""A long series in buckets: each stands for a stretch of its points and keeps those that a picture cannot do without.

A bucket keeps the first, the last, the lowest, the highest and the first non-finite point as they were logged, and
the mean of the finite ones. Buckets of 16 points are folded into buckets of 256 and those into buckets of 4,096; what
a bucket says is always what its points say, through however many buckets it went.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.model import Overview, Series
from tracker.store.late import TOP

FACTOR = 16
LEVELS = tuple(range(1, TOP + 1))
"""A bucket of level n stands for `FACTOR` ** n points."""

BLOCK_POINTS = FACTOR ** LEVELS[-1]
"""Points whose buckets are kept together."""

_COLUMNS = (("step", "<i8"), ("epoch", "<f8"), ("elapsed_ms", "<i8"), ("value", "<f8"))
POINT = np.dtype(list(_COLUMNS))
"""One logged point; NaN and infinities are their own kind, `step` -1 says that there is none."""

KEPT = ("first", "last", "low", "high", "bad")
BUCKET = np.dtype([("count", "<i8"), ("finite", "<i8"), ("mean", "<f8"), *((k, POINT) for k in KEPT)])

Points: TypeAlias = NDArray[Any]
"""Array of `POINT`, in step order."""
Buckets: TypeAlias = NDArray[Any]
"""Array of `BUCKET`, in step order."""

NONE: Buckets = np.empty(0, BUCKET)


def points_of(series: Series) -> Points:
    """Return a series as an array of `POINT`."""
    points = np.empty(len(series), POINT)
    for name, _ in _COLUMNS:
        points[name] = getattr(series, name)
    return points


def of_points(points: Points) -> Buckets:
    """Return the buckets of level 1 of these points; the last may stand for fewer than `FACTOR`."""
    if len(points) == 0:
        return NONE
    starts = np.arange(0, len(points), FACTOR)
    out = np.empty(len(starts), BUCKET)
    value = points["value"]
    finite = np.isfinite(value)
    out["count"] = np.diff(starts, append=len(points))
    out["finite"] = np.add.reduceat(finite, starts, dtype=np.int64)
    out["first"] = points[starts]
    out["last"] = points[starts + out["count"] - 1]
    # Shares are added, not values: a sum of values near the largest number passes it.
    shares = np.where(finite, value, 0.0) / np.repeat(np.maximum(out["finite"], 1), out["count"])
    out["mean"] = np.where(out["finite"] > 0, np.add.reduceat(shares, starts), np.nan)
    _extremes(out, points, points, points, starts)
    return out


def folded(buckets: Buckets) -> Buckets:
    """Return the buckets of the next level; the last may stand for fewer than `FACTOR`."""
    if len(buckets) == 0:
        return NONE
    starts = np.arange(0, len(buckets), FACTOR)
    sizes = np.diff(starts, append=len(buckets))
    out = np.empty(len(starts), BUCKET)
    for name in ("count", "finite"):
        out[name] = np.add.reduceat(buckets[name], starts)
    out["first"] = buckets["first"][starts]
    out["last"] = buckets["last"][starts + sizes - 1]
    weight = buckets["finite"] / np.repeat(np.maximum(out["finite"], 1), sizes)
    shares = np.where(buckets["finite"] > 0, buckets["mean"], 0.0) * weight
    out["mean"] = np.where(out["finite"] > 0, np.add.reduceat(shares, starts), np.nan)
    _extremes(out, buckets["low"], buckets["high"], buckets["bad"], starts)
    return out


def pyramid(points: Points) -> dict[int, Buckets]:
    """Return the buckets of all levels."""
    levels = {LEVELS[0]: of_points(points)}
    for level in LEVELS[1:]:
        levels[level] = folded(levels[level - 1])
    return levels


def packed(buckets: Buckets) -> bytes:
    """Return buckets as bytes for the store."""
    return zlib.compress(buckets.tobytes(), 1)


def unpacked(blobs: Sequence[bytes]) -> Buckets:
    """Return the buckets that `packed` made, those of many blobs one after another."""
    return np.frombuffer(b"".join(map(zlib.decompress, blobs)), BUCKET)


def overview(name: str, buckets: Buckets) -> Overview:
    """Return a series as its buckets show it: the kept points of each, in step order, and the means."""
    kept = np.concatenate([buckets[which] for which in KEPT])
    _, places = np.unique(kept["step"], return_index=True)
    shown = kept[places[kept["step"][places] >= 0]]
    last = buckets["last"]
    # A stretch that ends in NaN or Inf has no level that a smoothed line may be drawn through.
    level = np.where(np.isfinite(last["value"]), buckets["mean"], last["value"])
    means = Series(name, _own(last["step"]), _own(last["epoch"]), _own(level), _own(last["elapsed_ms"]))
    columns = {column: _own(shown[column]) for column, _ in _COLUMNS}
    return Overview(name, **columns, points=int(buckets["count"].sum()), means=means)


def _own(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column as an array of its own, without the others that lie between its numbers."""
    return np.ascontiguousarray(column)


def _extremes(out: Buckets, lows: Points, highs: Points, bads: Points, starts: NDArray[np.intp]) -> None:
    """Choose the lowest, the highest and the first non-finite point of each stretch; of equal ones the first."""
    none = np.zeros(1, POINT)[0]
    none["step"], none["epoch"], none["value"] = -1, np.nan, np.nan
    for which, points, sign in (("low", lows, 1.0), ("high", highs, -1.0)):
        there = np.isfinite(points["value"]) & (points["step"] >= 0)
        out[which] = points[_first_least(np.where(there, points["value"] * sign, np.inf), there, starts)]
        out[which][out["finite"] == 0] = none
    bad = (bads["step"] >= 0) & ~np.isfinite(bads["value"])
    out["bad"] = bads[_first_least(np.where(bad, 0.0, np.inf), bad, starts)]
    out["bad"][out["finite"] == out["count"]] = none


def _first_least(
    value: NDArray[np.float64], there: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the place of the first least value of each stretch among those that are `there`; else its first place."""
    least = np.minimum.reduceat(value, starts)
    sizes = np.diff(starts, append=len(value))
    found = there & (value == np.repeat(least, sizes))
    places = np.where(found, np.arange(len(value)), len(value))
    first = np.minimum.reduceat(places, starts)
    return np.where(first < len(value), first, starts)

"""What the curves show, in numbers: noise, smoothed level, drop, rise, trend. Pure numpy; no verdicts here.

Every number is a share of the curve's own drop or of its own noise, so that the scale of a loss does not matter.
Curves are read with down as better: a score is turned over first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.curves.align import Aligned
from tracker.model import Axis, Goal

Floats: TypeAlias = NDArray[np.float64]

SMOOTH_SHARE = 0.1
"""Half-width of the smoothing window as a share of the place in the run: a fast early descent is not blurred."""

SMOOTH_CAP = 0.03
"""The widest half-width, as a share of the run."""

TAIL_SHARE = 0.1
"""The end level of a curve is the median of this share of its points, of three at least."""

DROP_FLOOR = 0.15
"""The drop counts as at least this share of the start: a curve that hardly fell has no fine scale of its own."""

OUTLIER = 10.0
"""Noises by which a single point must stand off both its neighbours to be left out of the smoothed curve."""

ROUND_SIZES = (10, 100, 1000)
"""Sizes that the decimals of a rounded accuracy look like."""

LARGEST = float(np.finfo(np.float64).max)
"""What is shown is finite: sums of values near it may pass it."""

NOTHING = 1e-12
"""The least drop, in units of the curve's size: rounding moves a constant curve by no more."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve, down is better, with its smoothed form.

    `value` and `smooth` are in units of `unit`, a power of two near the largest value (exact to undo); `noise` is the
    standard deviation of the epoch-to-epoch noise; `best` the index of the lowest mean of value and smoothed value; `end` the median of the
    last 10 % of the points, of three at least.
    """

    value: Floats
    smooth: Floats
    noise: float
    best: int
    end: float
    unit: float
    sign: float

    @property
    def low(self) -> float:
        """The smoothed value at the best place."""
        return float(self.smooth[self.best])

    def shown(self, value: float) -> float:
        """Return a value of this curve as it was logged: in its own unit and direction."""
        return min(max(float(value) * self.unit * self.sign, -LARGEST), LARGEST)


@dataclass(frozen=True)
class Reading:
    """A pair of curves on one axis, only the points where all logged curves are finite.

    `x` is the axis; `rows` the places of those points in the aligned curves. `drop` is what the validation curve
    gained, the unit of all margins.
    """

    axis: Axis
    x: Floats
    rows: NDArray[np.intp]
    val: Curve
    train: Curve | None
    drop: float

    def __len__(self) -> int:
        return len(self.x)

    @property
    def rise(self) -> float:
        """End level above the best level, as a share of the drop."""
        return (self.val.end - self.val.low) / self.drop

    @cached_property
    def sustained_rise(self) -> float:
        """The rise, or the typical one over the second half since the best where that is less: a share of the drop."""
        since = self.val.smooth[self.val.best :]
        typical = (float(np.median(since[len(since) // 2 :])) - self.val.low) / self.drop
        return min(self.rise, typical)

    @cached_property
    def trend_since_best(self) -> float:
        """Rank correlation of the validation curve with time since its best: 1 is a steady rise."""
        return trend(self.val.value[self.val.best :])

    @cached_property
    def given_back(self) -> float:
        """The share of the highest rise since the best that was taken back by the end: 1 is all of it."""
        peak = float(self.val.smooth[self.val.best :].max())
        return (peak - self.val.end) / (peak - self.val.low) if peak > self.val.low else 0.0

    @cached_property
    def rise_in_noise(self) -> float:
        """End level above the best level, in standard errors of the end level."""
        tail = tail_length(len(self))
        error = self.val.noise * math.sqrt(2.0 / tail)
        return (self.val.end - self.val.low) / error if error > 0 else math.inf

    @cached_property
    def train_fall_since_best(self) -> float:
        """How far the training curve fell since the validation's best, as a share of the drop; 0 without one."""
        if self.train is None:
            return 0.0
        return float(self.train.smooth[self.val.best] - self.train.end) / self.drop


def read(aligned: Aligned, goal: Goal | None) -> Reading | None:
    """Return what an aligned pair shows; None when no point is finite.

    Without a validation curve the training curve stands in its place and `train` is None.
    """
    sign = -1.0 if goal == "max" else 1.0
    held = aligned.val if aligned.val is not None else aligned.train
    if held is None:
        return None
    other = aligned.train if aligned.val is not None else None
    if other is not None and not np.isfinite(other).any():
        other = None
    good = np.isfinite(held) if other is None else np.isfinite(held) & np.isfinite(other)
    rows = np.flatnonzero(good)
    if len(rows) == 0:
        return None
    unit = power_of_two(np.abs(held[rows]).max())
    if other is not None:
        unit = max(unit, power_of_two(np.abs(other[rows]).max()))
    val = curve(held[rows], unit, sign)
    train = None if other is None else curve(other[rows], unit, sign)
    start = _start(val, train)
    drop = max(start - val.low, DROP_FLOOR * abs(start), NOTHING)
    return Reading(aligned.axis, aligned.x[rows], rows, val, train, drop)


def _start(val: Curve, train: Curve | None) -> float:
    """Return where the run began: the validation's first value, or the training's where that is higher.

    A training loss is the mean over its epoch, validation comes after it: on a model that learns fast the first
    validation hides most of what was gained. A training loss more than twice as high is an explosion, no beginning.
    """
    first = float(val.smooth[0])
    if train is None:
        return first
    other = float(train.smooth[0])
    return other if first < other <= 2 * first else first


def curve(value: Floats, unit: float, sign: float = 1.0) -> Curve:
    """Return a finite, non-empty curve in units of `unit` with its smoothed form, noise and best place."""
    scaled = value / unit * sign
    jumps = noise(scaled)
    clean = without_outliers(scaled, jumps)
    smoothed = smooth(clean)
    # A point counts for as much as all around it: noise pulls the lowest single one too late, smoothing alone blurs.
    weighed = (clean + smoothed) / 2
    # Sums round: on a constant curve the first of equal values is the best, not the one with the luckiest last digit.
    best = int(np.argmax(weighed <= weighed.min() + NOTHING))
    return Curve(scaled, smoothed, jumps, best, tail_level(scaled), unit, sign)


def power_of_two(size: float) -> float:
    """Return the power of two just above `size`: dividing by it is exact and keeps sums from overflowing."""
    if size == 0 or not math.isfinite(size):
        return 1.0
    return math.ldexp(1.0, min(math.frexp(size)[1], 1023))


def without_outliers(value: Floats, jumps: float) -> Floats:
    """Return a curve with every single point that stands ten noises off both neighbours moved to the nearer one.

    One broken evaluation would otherwise pull the smoothed curve for as far as the window reaches. A steady course is
    its own median of three and is left as it is; so is the turn of a curve without noise, which is no further from its
    neighbours than ten of the curve's usual steps.
    """
    if len(value) < 3:
        return value
    before, here, after = value[:-2], value[1:-1], value[2:]
    middle = np.maximum(np.minimum(before, after), np.minimum(np.maximum(before, after), here))
    out = value.copy()
    far = OUTLIER * max(jumps, float(np.median(np.abs(np.diff(value)))))
    out[1:-1] = np.where(np.abs(here - middle) > far, middle, here)
    return out


def smooth(value: Floats) -> Floats:
    """Return a centred mean that widens with time.

    The window's half-width is a tenth of the points so far, 3 % of the run at most, and shrinks towards the end.
    """
    n = len(value)
    place = np.arange(n)
    widest = max(1.0, SMOOTH_CAP * n)
    half = np.minimum(np.minimum(SMOOTH_SHARE * place, widest), n - 1 - place).astype(np.intp)
    sums = np.concatenate([[0.0], np.cumsum(value)])
    return np.asarray((sums[place + half + 1] - sums[place - half]) / (2 * half + 1), np.float64)


def noise(value: Floats) -> float:
    """Return the standard deviation of the epoch-to-epoch noise from second differences of the last two thirds.

    Second differences are blind to level and trend; their median absolute size, times 1.4826, over sqrt(6), is the
    standard deviation of independent normal noise, and outliers do not move it.
    """
    settled = value[len(value) // 3 :] if len(value) > 8 else value
    second = np.diff(settled, 2)
    return 1.4826 * float(np.median(np.abs(second))) / math.sqrt(6.0) if len(second) else 0.0


def last_share(value: Floats, share: float) -> Floats:
    """Return the points of the last `share` of the time, of three at least.

    The time between points is what counts, so that half as many points cover the same stretch.
    """
    n = len(value)
    return value[max(0, min(math.ceil((1 - share) * (n - 1)), n - 3)) :]


def tail_length(n: int) -> int:
    """Return how many of `n` points make the end level."""
    return min(n, max(3, round(TAIL_SHARE * n)))


def tail_level(value: Floats) -> float:
    """Return the end level: the median of the last 10 % of the points, of three at least."""
    return float(np.median(value[-tail_length(len(value)) :]))


def level_at(value: Floats, place: int, reach: float) -> float:
    """Return the mean around one place, weights falling in a straight line to 0 at `reach` points, of two at least."""
    reach = max(2.0, reach)
    first, end = max(0, place - math.ceil(reach)), min(len(value), place + math.ceil(reach) + 1)
    weight = np.maximum(0.0, 1.0 - np.abs(np.arange(first, end) - place) / reach)
    return float(weight @ value[first:end]) / float(weight.sum())


def line(value: Floats) -> tuple[float, float]:
    """Return the slope of the least-squares line, a point, and its standard error; zeros for fewer than three."""
    n = len(value)
    if n < 3:
        return 0.0, 0.0
    time = np.arange(n) - (n - 1) / 2.0
    spread = float(time @ time)
    slope = float(time @ value) / spread
    rest = value - value.mean() - slope * time
    return slope, math.sqrt(float(rest @ rest) / (n - 2) / spread)


def trend(value: Floats) -> float:
    """Return Spearman's rank correlation of a curve with time, ties sharing their mean rank; 0 when undefined."""
    n = len(value)
    if n < 3:
        return 0.0
    order = np.argsort(value)
    rising = value[order]
    first = np.concatenate([[0], np.flatnonzero(rising[1:] != rising[:-1]) + 1])
    if len(first) < 2:
        return 0.0
    counts = np.diff(first, append=n)
    ranks = np.empty(n)
    ranks[order] = np.repeat(first + (counts - 1) / 2.0, counts)
    time = np.arange(n) - (n - 1) / 2.0
    ranks = ranks - ranks.mean()
    return float((time @ ranks) / math.sqrt(float(time @ time) * float(ranks @ ranks)))


def stays_above(value: Floats, level: float, after: int) -> int | None:
    """Return the first index behind `after` from which `value` stays above `level` to the end; None if it does not."""
    below = np.flatnonzero(value[after + 1 :] <= level)
    first = after + 1 + (int(below[-1]) + 1 if len(below) else 0)
    return first if first < len(value) else None


def examples_of(accuracy: Floats) -> int | None:
    """Return how many examples an accuracy was taken over, read from its steps; None when they do not tell.

    An accuracy is a whole number of right answers over n: the smallest n up to 2,000 of which all values are whole
    shares, within the rounding of what was logged. Needs four different values; a mean over batches tells nothing, and
    neither do whole hundredths or thousandths, which rounding makes of the shares of any set.
    """
    value = np.unique(accuracy[np.isfinite(accuracy)])
    if len(value) < 4 or value[0] < 0:
        return None
    if value[-1] > 1.0:
        value = value / 100.0
    if value[-1] > 1.0:
        return None
    value = value[:: max(1, len(value) // 24)]
    sizes = np.arange(5, 2001)
    right = np.outer(sizes, value)
    misses = np.abs(right - np.rint(right)).max(axis=1)
    # Six digits logged are off by half a millionth of n answers; chance agreement of four values is then unlikely.
    fits = np.flatnonzero(misses < np.minimum(1e-6 * sizes, 0.01))
    size = int(sizes[fits[0]]) if len(fits) else None
    return None if size in ROUND_SIZES else size

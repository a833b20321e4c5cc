"""Put the train and validation series of a pair on one x axis.

The axis is the epoch when one was logged, else the step. Epochs that were not logged are interpolated from the pairs
of step and epoch that the run did log. Where one series is rarer, the common axis is the validation's: a training loss
logged per step becomes its mean since the last validation point, which is what Keras and Lightning call the epoch's
training loss. NaN and infinities stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.model import Axis, Series

Floats: TypeAlias = NDArray[np.float64]
Clock: TypeAlias = tuple[Floats, Floats]
"""Steps, rising, and the epoch at each: how a run's steps turn into epochs."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A pair on one axis: arrays of one length, `x` rising; `train` or `val` is None where it was not logged."""

    axis: Axis
    x: Floats
    train: Floats | None
    val: Floats | None

    def __len__(self) -> int:
        return len(self.x)


def clock(history: Iterable[Series]) -> Clock | None:
    """Return the run's (step, epoch) pairs from all its series; None when fewer than two epochs were logged."""
    steps: list[Floats] = []
    epochs: list[Floats] = []
    for series in history:
        known = np.isfinite(series.epoch)
        step, epoch = series.step[known].astype(np.float64), series.epoch[known]
        # Series that were logged together share their places: once is enough, and spares sorting them all.
        if not any(np.array_equal(step, other) for other in steps):
            steps.append(step)
            epochs.append(epoch)
    if not steps:
        return None
    step, epoch = np.concatenate(steps), np.concatenate(epochs)
    if len(steps) > 1 or not bool((step[1:] > step[:-1]).all()):
        step, first = np.unique(step, return_index=True)
        epoch = epoch[first]
    epoch = np.maximum.accumulate(epoch) if len(step) else epoch
    return (step, epoch) if len(step) and epoch[-1] > epoch[0] else None


def positions(series: Series, run_clock: Clock | None) -> Floats:
    """Return the x of each point of a series.

    Args:
        series: the series.
        run_clock: what `clock` returned for the run; None reads the series along its steps.

    Returns:
        Its epochs, the missing ones interpolated (and carried on at the nearest pace beyond the logged ones), else its
        steps.
    """
    steps = series.step.astype(np.float64)
    if run_clock is None:
        return steps
    known = np.isfinite(series.epoch)
    if known.all():
        return series.epoch.astype(np.float64)
    return np.where(known, series.epoch, _epoch_at(steps, run_clock))


def places(series: Series, axis: Axis, history: Iterable[Series]) -> Floats:
    """Return where each point of a series stands on the axis of its run's diagnosis, NaN where nothing tells its epoch.

    Args:
        series: the series.
        axis: what the run is read along.
        history: series of the run whose epochs tell those that this one lacks.
    """
    if axis == "step":
        return series.step.astype(np.float64)
    run_clock = clock(history)
    return series.epoch if run_clock is None else positions(series, run_clock)


def align(train: Series | None, val: Series | None, run_clock: Clock | None = None) -> Aligned:
    """Put two series of one metric on one axis.

    Args:
        train: the training series, or None.
        val: the validation series, or None; its points become the axis when there are any.
        run_clock: what `clock` returned for the whole run; None reads along steps.

    Returns:
        Both on the validation's x (the training's when there is no validation), in rising order of x.
    """
    axis: Axis = "step" if run_clock is None else "epoch"
    tx, tv = _sorted(train, run_clock)
    vx, vv = _sorted(val, run_clock)
    if vx is None or vv is None:
        return Aligned(axis, np.empty(0) if tx is None else tx, tv, None)
    if tx is None or tv is None:
        return Aligned(axis, vx, None, vv)
    if np.array_equal(tx, vx):
        return Aligned(axis, vx, tv, vv)
    return Aligned(axis, vx, _means_between(tx, tv, vx), vv)


def _sorted(series: Series | None, run_clock: Clock | None) -> tuple[Floats | None, Floats | None]:
    if series is None or len(series) == 0:
        return None, None
    x, value = positions(series, run_clock), series.value.astype(np.float64)
    if bool((x[1:] >= x[:-1]).all()):
        return x, value
    order = np.argsort(x, kind="stable")
    return x[order], value[order]


def _epoch_at(steps: Floats, run_clock: Clock) -> Floats:
    known, epochs = run_clock
    pace = (epochs[-1] - epochs[0]) / (known[-1] - known[0])
    inside = np.interp(steps, known, epochs)
    before = np.minimum(steps - known[0], 0.0) * pace
    after = np.maximum(steps - known[-1], 0.0) * pace
    return np.asarray(inside + before + after, np.float64)


def _means_between(x: Floats, value: Floats, at: Floats) -> Floats:
    """Return the mean of `value` over the points in (at[i-1], at[i]]; between rarer points a straight line."""
    ends = np.searchsorted(x, at, side="right")
    starts = np.concatenate([[0], ends[:-1]])
    count = ends - starts
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.add.reduceat(np.append(value, 0.0), np.minimum(starts, len(value)))
        means = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
        empty = count == 0
        if empty.any():
            means[empty] = np.interp(at[empty], x, value)
    if ends[-1] < len(value) and count[-1] > 0:
        # reduceat lets the last stretch run to the end of the series; what follows the last validation is not its.
        with np.errstate(over="ignore", invalid="ignore"):
            means[-1] = value[starts[-1] : ends[-1]].mean()
    return np.asarray(means, np.float64)

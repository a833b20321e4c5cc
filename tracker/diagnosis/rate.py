"""What the learning rate did: its sudden drops and restarts, as far as it was logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.curves.align import Clock, positions
from tracker.curves.names import is_metric, parse
from tracker.diagnosis.signals import Floats
from tracker.model import Series

DROP, RESTART = 0.5, 2.0
"""From one logged rate to the next: halved or more is a drop, doubled or more a restart. Schedules that fall or rise
slowly do neither."""

ENDED = 0.1
"""A rate at a tenth of its highest is the end of its schedule: what falls then falls with the rate, and stops with it."""

SAME = 0.01
"""Rates within 1 % are the same: a drop leads from one level to another, it is no part of a slope."""


MOST, MOST_SHARE = 3, 0.1
"""Jumps at more than a tenth of the points, and more than three, are no schedule but noise, or a rate of another kind."""

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Change:
    """A jump of the learning rate: `at` is the first place with the new rate."""

    at: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Rate:
    """The learning rate along the run's axis: places, rising, and positive finite values of the same length."""

    x: Floats
    value: Floats

    def drops(self) -> tuple[Change, ...]:
        """Return where the rate fell from one level to half of it or less."""
        level = np.abs(np.diff(self.value)) <= SAME * self.value[:-1]
        before = np.concatenate([[True], level[:-1]])
        after = np.concatenate([level[1:], [True]])
        return self._changes((self.value[1:] <= DROP * self.value[:-1]) & before & after)

    def restarts(self) -> tuple[Change, ...]:
        """Return where the rate, once it had fallen to half of its highest, rose to twice as much at one point."""
        highest = np.maximum.accumulate(self.value)[:-1]
        up = (self.value[1:] >= RESTART * self.value[:-1]) & (self.value[:-1] <= DROP * highest)
        return self._changes(up)

    def at(self, x: float) -> float:
        """Return the rate that held at a place."""
        return float(self.value[max(0, int(np.searchsorted(self.x, x, side="right")) - 1)])

    @property
    def has_ended(self) -> bool:
        """The rate closed at a tenth of its highest or less: a schedule that has run out."""
        return float(self.value[-1]) <= ENDED * float(self.value.max())

    def _changes(self, there: Bools) -> tuple[Change, ...]:
        """Return the changes into the points after those marked; none where so many jump that it is no schedule."""
        places = np.flatnonzero(there) + 1
        if len(places) > max(MOST, MOST_SHARE * len(self.value)):
            return ()
        return tuple(Change(float(self.x[i]), float(self.value[i - 1]), float(self.value[i])) for i in places)


def learning_rate(by_name: Mapping[str, Series], run_clock: Clock | None) -> Rate | None:
    """Return a run's learning rate: the first series named so that varies; None where there is none.

    Args:
        by_name: the run's series by name as logged.
        run_clock: what `align.clock` returned for the run.
    """
    for name, series in by_name.items():
        if is_metric(name) or not is_rate(parse(name).metric):
            continue
        x = positions(series, run_clock)
        good = np.isfinite(series.value) & (series.value > 0) & np.isfinite(x)
        order = np.argsort(x[good], kind="stable")
        value = series.value[good][order].astype(np.float64)
        if len(value) and value.max() > value.min():
            return Rate(x[good][order], value)
    return None


def is_rate(metric: str) -> bool:
    """Tell whether a name, parsed to its metric, is that of a learning rate."""
    words = metric.split("_")
    return "lr" in words or "lrs" in words or "learning_rate" in metric or "learn_rate" in metric

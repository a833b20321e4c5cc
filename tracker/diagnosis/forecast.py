"""What training longer would bring, said with care."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tracker.diagnosis.signals import Floats, line

AHEAD = 0.2
"""How far ahead is looked, as a share of the run: over more, a schedule or overfitting decides, not the pace so far."""

RECENT = 0.3
"""The pace is that of the last 30 % of the run, where `improving` looks for it too."""

LEAST = 0.25
"""A pace that halves twice: real runs that still fell and then levelled off kept about so much of what was likely."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How much lower a curve would be after `points` more points: at least, likely and at most, in the curve's units.

    No promise: a run may also level off or overfit before.
    """

    points: int
    least: float
    likely: float
    most: float


def forecast(value: Floats) -> Forecast | None:
    """Return what a fifth of the run's length more would bring to a curve that still falls, down is better.

    `most` follows the least-squares line through the last 30 %: training curves are convex towards their end, so that
    the present pace is hardly ever exceeded. `likely` is the least-squares fit of a + b / sqrt(t) to the same points,
    the rate at which stochastic gradient descent converges; its one shape leaves nothing to search for.

    Args:
        value: the curve, one value a point, finite.

    Returns:
        The forecast; None when there are fewer than ten points or the curve does not fall.
    """
    n = len(value)
    if n < 10:
        return None
    ahead = max(1, round(AHEAD * n))
    last = value[n - max(4, round(RECENT * n)) :]
    slope, _ = line(last)
    most = -slope * ahead
    time = 1.0 / np.sqrt(np.arange(n - len(last), n) + 1.0)
    centred = time - time.mean()
    factor = float(centred @ last) / float(centred @ centred)
    likely = factor * (1 / math.sqrt(n) - 1 / math.sqrt(n + ahead))
    if not 0 < likely <= most:
        return None
    return Forecast(ahead, LEAST * likely, likely, most)

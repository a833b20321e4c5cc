"""Several curves as one: their mean with what lies around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["std", "minmax", "ci95"]

_MOST = 2_000  # places at which a band is computed
_T = (12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814)
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Band:
    """The mean of several curves and the band around it: arrays of one length, `x` rising.

    `count` is how many curves have a value there; `low` and `high` are the mean itself where a single one has, and
    all three are NaN where none has.
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    count: NDArray[np.int64]

    def changes(self) -> list[int]:
        """Return the indices from which another number of curves takes part, leaving out gaps without any."""
        held = np.flatnonzero(self.count > 0)
        return [int(b) for a, b in itertools.pairwise(held) if self.count[a] != self.count[b]]


def band(members: Sequence[tuple[Floats, Floats]], kind: Kind) -> Band:
    """Return the mean of curves on all their places together.

    A curve is read on straight lines between its own finite points: never beyond its first or last one, and never
    across a value that is not finite.

    Args:
        members: (x, y) of each curve, x rising.
        kind: "std" is one sample standard deviation to both sides, "minmax" reaches from the lowest to the highest
            curve, "ci95" is the 95 % confidence interval of the mean: mean ± t s / sqrt(n), where s is the sample
            standard deviation of the n curves and t the 97.5 % quantile of Student's distribution with n - 1 degrees
            of freedom. Source: "Student", "The probable error of a mean", Biometrika 6, 1908. The interval takes the
            curves for independent, as runs of different seeds are, and is wide for few: t is 12.7 for two, 2.8 for
            five.
    """
    places = np.unique(np.concatenate([x[np.isfinite(x)] for x, _ in members] or [np.empty(0)]))
    if len(places) > _MOST:
        places = places[np.linspace(0, len(places) - 1, _MOST).round().astype(np.int64)]
    if len(places) == 0:
        none = np.empty(0)
        return Band(none, none, none, none, np.empty(0, np.int64))
    values = np.stack([_at(places, x, y) for x, y in members])
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = np.where(count > 0, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    if kind == "minmax":
        low = np.where(known, values, np.inf).min(axis=0)
        high = np.where(known, values, -np.inf).max(axis=0)
    else:
        spread = np.where(known, values - mean, 0.0)
        reach = np.sqrt((spread**2).sum(axis=0) / np.maximum(count - 1, 1))
        if kind == "ci95":
            t = np.array([0.0, 0.0, *(t_quantile(n - 1) for n in range(2, len(members) + 1))])
            reach = reach * t[count] / np.sqrt(np.maximum(count, 1))
        low, high = mean - reach, mean + reach
    single = count < 2
    return Band(places, mean, np.where(single, mean, low), np.where(single, mean, high), count)


def t_quantile(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t distribution with `degrees` of freedom, to four digits.

    Tabled to ten; above, the expansion in powers of 1 / degrees round the normal quantile. Source: M. Abramowitz and
    I. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.5.
    """
    if degrees <= len(_T):
        return _T[max(degrees, 1) - 1]
    z, n = _Z, degrees
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def _at(places: Floats, x: Floats, y: Floats) -> Floats:
    """Return a curve at these places, NaN where it says nothing."""
    placed = np.isfinite(x)
    x, y = x[placed], y[placed]
    finite = np.isfinite(y)
    known = np.flatnonzero(finite)
    if len(known) == 0:
        return np.full(len(places), math.nan)
    out = np.interp(places, x[known], y[known], left=math.nan, right=math.nan)
    if not finite.all():
        near_bad = np.interp(places, x, np.where(finite, 0.0, 1.0)) > 0
        out = np.where(near_bad, math.nan, out)
    return np.asarray(out, np.float64)

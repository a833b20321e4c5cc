"""Which settings go together with a metric over several runs: rank correlations with intervals, never a cause.

Ranks and not values are compared, since a setting may act on any scale and one diverged run may end anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

import numpy as np
from numpy.typing import NDArray

from tracker.diagnosis.advice import number
from tracker.model import Goal

FEWEST = 6
"""Runs below which a rank correlation says nothing: of five, one order in sixty is perfect by chance."""

CONFIDENCE = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Association:
    """How one setting goes together with a metric.

    `n` runs have both. `rho` is Spearman's rank correlation, -1 to 1, with its interval `low` to `high`; of a setting
    with more than two `levels` that have no order it is None and `strength` (0 to 1) alone tells how far they differ.
    `levels` are the categories with their medians of the metric and their counts, the lowest median first; empty for
    numbers. `apart`: the interval leaves out zero even when it is widened for all settings that were compared.
    `bend` is the correlation, with its interval, of the metric with how far a value is from the middle of the runs;
    None unless it is clear and stronger than `rho`.
    """

    key: str
    n: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None
    strength: float = 0.0
    levels: tuple[tuple[str, float, int], ...] = ()
    apart: bool = False
    bend: tuple[float, float, float] | None = None

    @property
    def clear(self) -> bool:
        """True when the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return the rank correlation of two sequences of the same length; None when either is constant or shorter than two.

    Pearson's correlation of the ranks, equal values sharing the mean of theirs (C. Spearman, "The proof and
    measurement of association between two things", American Journal of Psychology 15, 1904).
    """
    if len(x) < 2:
        return None
    a, b = ranks(np.asarray(x, float)), ranks(np.asarray(y, float))
    a, b = a - a.mean(), b - b.mean()
    spread = math.sqrt(float(a @ a) * float(b @ b))
    return None if spread == 0 else max(-1.0, min(1.0, float(a @ b) / spread))


def interval(rho: float, n: int, comparisons: int = 1) -> tuple[float, float]:
    """Return the 95 % interval of a rank correlation of `n` (at least 4) pairs.

    Fisher's z with the standard error sqrt((1 + rho^2 / 2) / (n - 3)) of D. Bonett and T. Wright, "Sample size
    requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65, 2000. A perfect order is
    taken for half a step below it, 1 - 6 / (n (n^2 - 1)), since z has no value there.

    Args:
        rho: the correlation.
        n: how many pairs it was found in.
        comparisons: how many intervals shall hold together; each is widened by Bonferroni's rule.
    """
    most = 1 - 6 / (n * (n * n - 1))
    kept = max(-most, min(most, rho))
    z = math.atanh(kept)
    wide = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(1, comparisons)))
    half = wide * math.sqrt((1 + kept * kept / 2) / (n - 3))
    return math.tanh(z - half), math.tanh(z + half)


def numeric(key: str, x: Sequence[float], y: Sequence[float], comparisons: int = 1) -> Association:
    """Return how a setting of numbers goes together with a metric; x and y belong to the same runs, in order."""
    n, rho = len(x), spearman(x, y)
    if rho is None or n < FEWEST:
        return Association(key, n)
    low, high = interval(rho, n, 1)
    widest = interval(rho, n, comparisons)
    apart, bend = widest[0] > 0 or widest[1] < 0, _bend(x, y, rho)
    if bend is not None:
        widest = interval(bend[0], n, 2 * comparisons)
        return Association(
            key, n, rho, low, high, abs(bend[0]), apart=apart or widest[0] > 0 or widest[1] < 0, bend=bend
        )
    return Association(key, n, rho, low, high, abs(rho), apart=apart)


def categorical(key: str, x: Sequence[str], y: Sequence[float], comparisons: int = 1) -> Association:
    """Return how a setting of categories goes together with a metric.

    Two categories are an order: they get the rank correlation with the second, by alphabet, as the higher. More get
    the root of Kruskal and Wallis' epsilon squared, (H - k + 1) / (n - k), which for chance alone is about zero
    (W. Kruskal and W. Wallis, "Use of ranks in one-criterion variance analysis", JASA 47, 1952; bounded by 0 and 1).
    """
    names = sorted(set(x))
    levels = tuple(sorted(((c, *_middle(c, x, y)) for c in names), key=lambda level: level[1]))
    if len(names) == 2:
        found = numeric(key, [float(one == names[1]) for one in x], y, comparisons)
        return Association(
            key, found.n, found.rho, found.low, found.high, found.strength, levels, found.apart
        )
    n = len(x)
    if n < FEWEST or len(names) < 2 or n <= len(names):
        return Association(key, n, levels=levels)
    r = ranks(np.asarray(y, float))
    total = float(((r - r.mean()) ** 2).sum())
    if total == 0:
        return Association(key, n, levels=levels)
    at = np.asarray(x, dtype=object)
    between = sum(float((at == c).sum()) * (float(r[at == c].mean()) - float(r.mean())) ** 2 for c in names)
    h = (n - 1) * between / total
    share = (h - len(names) + 1) / (n - len(names))
    return Association(key, n, strength=math.sqrt(min(1.0, max(0.0, share))), levels=levels)


def ranked(found: Sequence[Association]) -> list[Association]:
    """Return associations with the strongest first; those of too few runs come last."""
    return sorted(found, key=lambda one: (one.n < FEWEST, -one.strength, -one.n, one.key))


def sentence(found: Association, metric: str, goal: Goal | None) -> str:
    """Say in one sentence what was seen together, with its numbers; never that one makes the other."""
    runs = f"{found.n:,} run{'' if found.n == 1 else 's'}"
    if found.n < FEWEST:
        return f"Only {runs} {'has' if found.n == 1 else 'have'} both {found.key} and {metric}: too few to say whether they go together. {FEWEST} are the fewest."
    if len(found.levels) > 2:
        return _levels(found, metric, runs)
    if found.rho is None or found.low is None or found.high is None:
        return f"Across {runs}, {found.key} or {metric} is the same in all: there is nothing to compare."
    numbers = (
        f"(rank correlation {correlation(found.rho)}, {correlation(found.low)} to {correlation(found.high)})"
    )
    what = (
        f"{found.key} = {sorted(level[0] for level in found.levels)[1]}"
        if found.levels
        else f"higher {found.key}"
    )
    if found.bend is not None:
        middle, low, high = found.bend
        side, worth = _side(middle > 0, goal)
        between = f"(rank correlation {correlation(middle)} with the distance from the middle, {correlation(low)} to {correlation(high)})"
        return f"Across {runs}, values of {found.key} in the middle go with {side}{worth} {metric} than those at the ends {between}."
    if not found.clear:
        return f"Across {runs}, no clear association of {found.key} with {metric} {numbers}."
    side, worth = _side(found.rho < 0, goal)
    return f"Across {runs}, {what} goes with {side}{worth} {metric} {numbers}."


def caution(compared: int) -> str:
    """Return what a reader of many correlations has to know; empty for one."""
    if compared < 2:
        return ""
    by_chance = compared * (1 - CONFIDENCE)
    about = "one in twenty" if compared < 20 else f"about {by_chance:.0f}"
    return (
        f"{compared} settings were compared: by chance alone {about} would look associated. "
        f"A dot marks those whose interval leaves out zero even when it is widened for all {compared}."
    )


def correlation(value: float) -> str:
    """Return a correlation as statisticians write it: .61, −.30, 1."""
    text = f"{abs(value):.2f}"
    return ("−" if value < 0 and text != "0.00" else "") + (text[1:] if text.startswith("0") else text)


def ranks(values: Floats) -> Floats:
    """Return the ranks of values from 1 on; equal values share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Floats = (ends - (counts - 1) / 2).astype(float)
    return means[places]


def _side(lower: bool, goal: Goal | None) -> tuple[str, str]:
    worth = "" if goal is None else " (better)" if lower == (goal == "min") else " (worse)"
    return "lower" if lower else "higher", worth


def _bend(x: Sequence[float], y: Sequence[float], rho: float) -> tuple[float, float, float] | None:
    """Return the correlation with the distance from the middle rank: a learning rate is often best in between."""
    if len(set(x)) < 5:
        return None
    r = ranks(np.asarray(x, float))
    found = spearman(list(np.abs(r - r.mean())), y)
    if found is None or abs(found) <= abs(rho) + 0.1:
        return None
    low, high = interval(found, len(x), 2)  # two are tried: along the values, and from their middle
    return (found, low, high) if low > 0 or high < 0 else None


def _middle(category: str, x: Sequence[str], y: Sequence[float]) -> tuple[float, int]:
    values = [value for one, value in zip(x, y, strict=True) if one == category]
    return median(values), len(values)


def _levels(found: Association, metric: str, runs: str) -> str:
    low, high = found.levels[0], found.levels[-1]
    spread = (
        f"the median {metric} is lowest with {found.key} = {low[0]} ({number(low[1])}, {low[2]} of them) "
        f"and highest with {high[0]} ({number(high[1])}, {high[2]})"
    )
    tail = "" if found.strength >= 0.3 else "; the categories differ little beside the spread inside each"
    return f"Across {runs}, {spread}{tail}."

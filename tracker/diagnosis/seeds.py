"""Groups of runs that differ only in their seed: what they have in common, and when two groups differ beyond it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from tracker.diagnosis.advice import measured, number, place
from tracker.model import Diagnosis, Goal, Severity

CHANCE = 0.05
"""How often, over all pairs of groups together, a difference may be called one where there is none."""

MOST_GROUPS = 8
"""Groups that the best one is held against, the nearest first: more would fill a page."""

Evidence = dict[str, float | int | str | bool | None]


@dataclass(frozen=True, slots=True)
class Bests:
    """The best value of each run of a group: of which metric, in which direction."""

    metric: str
    goal: Goal
    values: tuple[float, ...]


def seed_group(
    name: str, diagnoses: Sequence[Diagnosis], bests: Bests | None, broke_off: int = 0
) -> tuple[Severity, str, Evidence]:
    """Say what the runs of a group have in common: "4 of 5 overfit, onset epoch 18 to 24", and how far they spread.

    `broke_off` of them failed, were interrupted or lost: their curves tell of a part of a training.
    """
    n = len(diagnoses)
    overfit = [d for d in diagnoses if d.overfitting]
    evidence: Evidence = {"runs": n, "overfit": len(overfit)}
    if overfit:
        onsets = sorted(d.onset_epoch for d in overfit if d.onset_epoch is not None)
        said = f"{_of(len(overfit), n)} overfit{_onset(overfit[0].axis, onsets)}"
        evidence |= {"first_onset": onsets[0], "last_onset": onsets[-1]} if onsets else {}
    else:
        verdict, count = Counter(d.verdict for d in diagnoses).most_common(1)[0]
        said = f"{_of(count, n)} {_ARE.get(verdict, 'are ' + verdict)}"
        evidence |= {verdict: count}
    text = f"{name}: {said}"
    if broke_off:
        text += f"; {_of(broke_off, n)} broke off before {'its' if broke_off == 1 else 'their'} end"
        evidence |= {"broke_off": broke_off}
    if bests is not None:
        mean, spread = fmean(bests.values), stdev(bests.values)
        text += f"; best {bests.metric} {measured(mean, spread)} (mean and standard deviation)"
        evidence |= {"mean": mean, "standard_deviation": spread}
    return ("likely" if 2 * len(overfit) > n else "note"), f"{text}.", evidence


def beyond_seeds(groups: Mapping[str, Bests]) -> Iterator[tuple[tuple[str, str], Severity, str, Evidence]]:
    """Say of the best group, by its mean, against each other one whether they differ beyond seed noise.

    Welch's t-test on the best values (B. L. Welch, 1947), two-sided, at 5 % shared by all pairs (Bonferroni): the best
    of many groups is ahead of some by chance, so that all pairs count, not only those that are told.

    Args:
        groups: two or more groups of one metric, by name.

    Returns:
        For each pair the two names, the better first, then severity, text and evidence.
    """
    goal = next(iter(groups.values())).goal
    ranked = sorted(groups, key=lambda name: fmean(groups[name].values), reverse=goal == "max")
    pairs = len(groups) * (len(groups) - 1) / 2
    better = "lower" if goal == "min" else "higher"
    for ahead, behind in ((ranked[0], name) for name in ranked[1 : MOST_GROUPS + 1]):
        a, b = groups[ahead], groups[behind]
        error = math.sqrt(_variance_of_mean(a) + _variance_of_mean(b))
        apart = abs(fmean(a.values) - fmean(b.values))
        if error == 0:
            continue  # no seed changes anything, so that there is no noise to hold a difference against
        times, limit = apart / error, t_quantile(1 - CHANCE / pairs / 2, _freedom(a, b))
        said = f"best {a.metric} {number(fmean(a.values))} against {number(fmean(b.values))}"
        evidence: Evidence = {"difference": apart, "standard_errors": times, "needed": limit}
        if times > limit:
            text = f"{ahead} is ahead of {behind} beyond seed noise: {said}, {_times(times)} {better}."
            yield (ahead, behind), "likely", text, evidence
        else:
            text = f"{ahead} and {behind} do not differ beyond seed noise: {said}, {_times(times)} apart."
            yield (ahead, behind), "note", text, evidence


def t_quantile(chance: float, freedom: float) -> float:
    """Return the quantile of Student's t, by its expansion around the normal one (R. A. Fisher and E. A. Cornish)."""
    z, v = NormalDist().inv_cdf(chance), freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


_ARE = {
    "underfitting": "underfit",
    "improving": "are still improving",
    "diverged": "diverged",
}


def _of(count: int, n: int) -> str:
    return f"all {n}" if count == n else f"{count} of {n}"


def _onset(axis: str, onsets: Sequence[float]) -> str:
    if not onsets:
        return ""
    first, last = place(onsets[0]), place(onsets[-1])
    return f", onset {axis} {first}" if first == last else f", onset {axis} {first} to {last}"


def _times(times: float) -> str:
    return f"{times:.1f} standard errors"


def _variance_of_mean(group: Bests) -> float:
    return stdev(group.values) ** 2 / len(group.values)


def _freedom(a: Bests, b: Bests) -> float:
    """Return the Welch-Satterthwaite degrees of freedom."""
    va, vb = _variance_of_mean(a), _variance_of_mean(b)
    spread = va**2 / (len(a.values) - 1) + vb**2 / (len(b.values) - 1)
    return (va + vb) ** 2 / spread if spread > 0 else 1.0

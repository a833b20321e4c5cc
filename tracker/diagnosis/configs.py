"""Configs of runs held against each other: which keys differ, and which values go with overfitting."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from tracker.diagnosis.advice import number
from tracker.model import Severity

NAMED_KEYS = 4
"""Keys named in a sentence; of more only the count is told."""

SIDE = 3
"""Runs on each side below which a split says nothing."""

CHANCE, SURELY = 0.1, 0.01
"""How likely, over all keys tried, such a split may be by chance: at most 10 % for a note, 1 % for `likely`."""

MOST_SAID = 3

_SEED = re.compile(
    r"(^|[._-])(random_?)?(seed|random_?state|fold|run_?id|rank|trial|repeat)s?($|[._-]|\d)", re.IGNORECASE
)

Evidence = dict[str, float | int | str | bool | None]


class Split(NamedTuple):
    """A way to part runs by one key: `where` says which, (overfitting, all) of those and of the rest."""

    key: str
    where: str
    rest: str
    inside: tuple[int, int]
    outside: tuple[int, int]
    chance: float


def flat(config: Mapping[str, Any], *, seeds: bool = True, before: str = "") -> dict[str, Any]:
    """Return a config with nested keys joined by dots; without what only tells seeds apart when `seeds` is False."""
    out: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            out.update(flat(value, seeds=seeds, before=f"{name}."))
        elif seeds or not is_seed(name):
            out[name] = value
    return out


def differing(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the keys that differ with both values as text, the seed only when nothing else does."""
    for seeds in (False, True):
        a, b = flat(first, seeds=seeds), flat(other, seeds=seeds)
        keys = {
            key: (_shown(a.get(key, _ABSENT)), _shown(b.get(key, _ABSENT)))
            for key in sorted({*a, *b})
            if a.get(key, _ABSENT) != b.get(key, _ABSENT)
        }
        if keys:
            return keys
    return {}


def config_difference(keys: Mapping[str, tuple[str, str]]) -> str:
    """Say how two configs differ, as an observation."""
    if not keys:
        return "Their configs are the same: seed or order of the data may do this."
    if all(is_seed(key) for key in keys):
        key, (a, b) = next(iter(keys.items()))
        return f"Only {key} differs ({a} against {b})."
    named = [f"{key} ({a} against {b})" for key, (a, b) in list(keys.items())[:NAMED_KEYS]]
    if len(keys) > NAMED_KEYS:
        return f"They differ in {', '.join(named)} and {len(keys) - NAMED_KEYS} more: an observation, not a cause."
    joined = " and ".join(named) if len(named) < 3 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"They differ in {joined}: an observation, not a cause."


def separating(
    bad: Sequence[Mapping[str, Any]], good: Sequence[Mapping[str, Any]]
) -> list[tuple[Severity, str, Evidence]]:
    """Say which keys part overfitting runs from healthy ones.

    Each key is split once, at its best threshold or value, and judged by Fisher's exact test, two-sided, times the
    number of splits that were tried (Bonferroni). A clean split by one threshold counts as one try: the two-sided test
    holds both directions, and no other threshold could part as well.

    Args:
        bad: configs of the runs that overfit.
        good: configs of the healthy and improving ones.

    Returns:
        At most three, the surest first: severity, text and evidence.
    """
    if min(len(bad), len(good)) < SIDE:
        return []
    a, b = [flat(one, seeds=False) for one in bad], [flat(one, seeds=False) for one in good]
    keys = sorted(set.intersection(*(set(one) for one in (*a, *b))))
    varying = [key for key in keys if len({repr(one[key]) for one in (*a, *b)}) > 1]
    splits = [
        split for key in varying if (split := _best_split(key, [x[key] for x in a], [x[key] for x in b]))
    ]
    splits = [split._replace(chance=min(1.0, split.chance * len(varying))) for split in splits]
    kept = sorted(
        (split for split in splits if split.chance <= CHANCE), key=lambda split: (split.chance, split.key)
    )
    return [_told(split) for split in kept[:MOST_SAID]]


_ABSENT = object()


@lru_cache(maxsize=4096)  # the same keys stand in every run of a project
def is_seed(key: str) -> bool:
    """Tell whether a config key only tells repetitions of a run apart, as a seed or a fold does."""
    return _SEED.search(key) is not None


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "not set"
    if isinstance(value, float):
        return number(value)
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _best_split(key: str, bad: Sequence[Any], good: Sequence[Any]) -> Split | None:
    """Return the split that parts best; its chance times the splits tried unless it is clean."""
    numeric = all(_is_number(value) for value in (*bad, *good))
    ill, all_of = (Counter(values if numeric else map(_shown, values)) for values in (bad, (*bad, *good)))
    values = sorted(all_of)
    insides = _below(values, ill, all_of) if numeric else _single(values, ill, all_of)
    total = len(bad), len(bad) + len(good)
    tried = [(i, inside, (total[0] - inside[0], total[1] - inside[1])) for i, inside in insides]
    if not tried:
        return None
    i, inside, outside = max(tried, key=lambda one: abs(_apart(one[1], one[2])))
    (a, n), (c, m) = inside, outside
    clean = (a, c) in ((n, 0), (0, m))
    chance = fisher(a, n - a, c, m - c) * (1 if clean else len(tried))
    if numeric:
        where = f"{key} {number(values[i])}" + (" or less" if i > 0 else "")
        rest = number(values[i + 1]) + (" or more" if i + 1 < len(values) - 1 else "")
    else:
        where, rest = f"{key} {values[i]}", values[1 - i] if len(values) == 2 else "another"
    return Split(key, where, rest, inside, outside, chance)


def _below(values: list[Any], ill: Counter[Any], all_of: Counter[Any]) -> list[tuple[int, tuple[int, int]]]:
    """Return (overfitting, all) of the runs up to each value but the last, with the value's index."""
    bad, runs = accumulate(ill[v] for v in values), accumulate(all_of[v] for v in values)
    return list(enumerate(zip(bad, runs, strict=True)))[:-1]


def _single(values: list[Any], ill: Counter[Any], all_of: Counter[Any]) -> list[tuple[int, tuple[int, int]]]:
    """Return (overfitting, all) of the runs with each value that three have and three have not, with its index."""
    total = sum(all_of.values())
    kept = [i for i, v in enumerate(values) if SIDE <= all_of[v] <= total - SIDE]
    return [(i, (ill[values[i]], all_of[values[i]])) for i in (kept[:1] if len(values) == 2 else kept)]


def _apart(inside: tuple[int, int], outside: tuple[int, int]) -> float:
    """Return how far apart the shares are, in the units of a chi-square test (all splits of a key have one total)."""
    (a, n), (c, m) = inside, outside
    return (a / n - c / m) * math.sqrt(n * m)


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Return the chance of a table [[a, b], [c, d]] at least as uneven, its margins given (Fisher's exact test)."""
    row, column, n = a + b, a + c, a + b + c + d

    def ways(k: int) -> float:
        return _log_choose(column, k) + _log_choose(n - column, row - k)

    possible = [ways(k) for k in range(max(0, row + column - n), min(row, column) + 1)]
    total, here = _log_choose(n, row), ways(a) + 1e-9
    return min(1.0, sum(math.exp(way - total) for way in possible if way <= here))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _told(split: Split) -> tuple[Severity, str, Evidence]:
    first, second = (split.where, split.inside), (split.rest, split.outside)
    (words, (bad, n)), (others, (bad_there, n_there)) = first, second
    text = f"{bad} of {n} runs with {words} overfit, {bad_there} of {n_there} with {others}: an observation, not a cause."
    evidence: Evidence = {
        "key": split.key,
        "overfit": bad,
        "runs": n,
        "overfit_elsewhere": bad_there,
        "runs_elsewhere": n_there,
        "chance": split.chance,
    }
    return ("likely" if split.chance <= SURELY else "note"), text, evidence


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

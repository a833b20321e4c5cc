"""Configs of runs held against each other: which keys differ, and which values go with overfitting."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
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
        elif seeds or not _SEED.search(name):
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
    if all(_SEED.search(key) for key in keys):
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


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "not set"
    if isinstance(value, float):
        return number(value)
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _best_split(key: str, bad: Sequence[Any], good: Sequence[Any]) -> Split | None:
    splits = (
        _numeric(key, bad, good) if all(_is_number(v) for v in (*bad, *good)) else _by_value(key, bad, good)
    )
    if not splits:
        return None
    best = min(splits, key=lambda split: (split.chance, split.where))
    clean = len({best.inside[0] / best.inside[1], best.outside[0] / best.outside[1]} & {0.0, 1.0}) == 2
    return best if clean else best._replace(chance=best.chance * len(splits))


def _numeric(key: str, bad: Sequence[float], good: Sequence[float]) -> list[Split]:
    values = sorted({*bad, *good})
    out = []
    for low, high in pairwise(values):
        inside = (sum(v <= low for v in bad), sum(v <= low for v in (*bad, *good)))
        where = f"{key} {number(low)}" + (" or less" if low > values[0] else "")
        rest = number(high) + (" or more" if high < values[-1] else "")
        out.append(_split(key, where, rest, inside, len(bad), len(good)))
    return out


def _by_value(key: str, bad: Sequence[Any], good: Sequence[Any]) -> list[Split]:
    texts = sorted({_shown(v) for v in (*bad, *good)})
    out = []
    for text in texts[: 1 if len(texts) == 2 else None]:
        inside = (sum(_shown(v) == text for v in bad), sum(_shown(v) == text for v in (*bad, *good)))
        rest = texts[1] if len(texts) == 2 else "another"
        out.append(_split(key, f"{key} {text}", rest, inside, len(bad), len(good)))
    return [split for split in out if min(split.inside[1], split.outside[1]) >= SIDE]


def _split(key: str, where: str, rest: str, inside: tuple[int, int], bad: int, good: int) -> Split:
    outside = (bad - inside[0], bad + good - inside[1])
    return Split(key, where, rest, inside, outside, fisher(inside[0], inside[1] - inside[0], *_rest(outside)))


def _rest(outside: tuple[int, int]) -> tuple[int, int]:
    return outside[0], outside[1] - outside[0]


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Return the chance of a table [[a, b], [c, d]] at least as uneven, its margins given (Fisher's exact test)."""
    row, column, n = a + b, a + c, a + b + c + d
    ways = [
        math.comb(column, k) * math.comb(n - column, row - k)
        for k in range(max(0, row + column - n), min(row, column) + 1)
    ]
    here = math.comb(column, a) * math.comb(n - column, b)
    return sum(way for way in ways if way <= here) / math.comb(n, row)


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

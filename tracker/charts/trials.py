"""Runs as points among their settings, and the scales of settings and metrics: what the pictures of this sort share.

A setting is whatever config holds: numbers get a linear or a logarithmic scale by their spread, everything else is a
category, and runs without a value stand on a tick of their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tracker.charts.axes import round_ticks
from tracker.charts.numbers import tick
from tracker.diagnosis.configs import flat
from tracker.model import Goal, Standing

Kind = Literal["linear", "log", "category"]
Value = float | str | None

UNSET = ""
"""The category of a run without a value; no value is written like this."""

LOG_FROM = 20.0
"""Largest over smallest value from which a setting is seen on a logarithmic scale unless the reader says otherwise."""

FOOT = 0.14
"""Where the values of a scale begin that has a tick for runs without one at its foot."""

ROOM = 0.04
"""What is left free above and below the categories of a scale, where their lines lie side by side."""

OWN_TICKS = 6
"""Up to so many different numbers stand as ticks themselves; of more there are round ticks."""

MOST_TICKS = 14
_LEAST_APART = 0.055


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: its id, name, palette slot and standing, its flat config, and its best value of each metric by key."""

    id: str
    name: str
    colour: int
    standing: Standing | None
    config: Mapping[str, Any] = field(default_factory=dict)
    best: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric to hold settings against: its key, how it is called in a sentence, and which direction is better.

    `percent`: its values are percent in every run, however they were logged.
    """

    key: str
    title: str
    goal: Goal | None
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values of one setting or metric stand on an axis from 0 (foot) to 1 (top).

    `low` and `high` bound the numbers, in data units; `categories` are the texts of everything else, from the foot
    up. `unset` tells that some runs have no value.
    """

    key: str
    title: str
    kind: Kind
    low: float = 0.0
    high: float = 1.0
    categories: tuple[str, ...] = ()
    unset: bool = False
    ticks: tuple[tuple[float, str], ...] = ()

    @property
    def foot(self) -> float:
        """The lowest place of a value."""
        return FOOT if self.unset else 0.0

    def place(self, value: Value) -> float | None:
        """Return where a value stands, 0 to 1; None: it has no place on this scale."""
        if value is None or value == UNSET:
            return 0.0 if self.unset else None
        if isinstance(value, str):
            if value not in self.categories:
                return None
            at, last = self.categories.index(value), len(self.categories) - 1
            share = ROOM + (at / last if last else 0.5) * (1 - 2 * ROOM)
        elif self.kind == "category" or (self.kind == "log" and value <= 0):
            return None
        elif self.high == self.low:
            share = 0.5
        elif self.kind == "log":
            share = self._share(math.log(self.low), math.log(value), math.log(self.high))
        else:
            share = self._share(self.low, value, self.high)
        return self.foot + share * (1 - self.foot)

    @staticmethod
    def _share(low: float, value: float, high: float) -> float:
        """Return how far a value is on the way; two ends may be further apart than a float can say, or touch."""
        span = high - low
        if math.isinf(span):
            return (value / 2 - low / 2) / (high / 2 - low / 2)
        return (value - low) / span if span else 0.5


def text_of(value: Any) -> str:
    """Return how a config value is called as a category; a value that is empty is still called something."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if value.strip() else json.dumps(value)
    return json.dumps(value, default=str, ensure_ascii=False)


def said(value: Value) -> str:
    """Return a value of a column as a reader sees it, at most 60 characters of it."""
    if value is None:
        return "not set"
    if isinstance(value, str):
        return value if len(value) <= 60 else f"{value[:40]}…{value[-19:]}"
    return tick(float(f"{value:.4g}"))


def read(value: Any) -> Value:
    """Return a config value as a number, as the text of a category, or None where a run has none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return text_of(value)
    return text_of(value)


def column(trials: Sequence[Trial], key: str) -> list[Value]:
    """Return a setting's value of each run: all numbers, or all texts where one run's value is not a number."""
    values = [read(trial.config.get(key)) for trial in trials]
    if any(isinstance(value, str) for value in values):
        return [
            text_of(trial.config[key]) if isinstance(value, float) else value
            for trial, value in zip(trials, values, strict=True)
        ]
    return values


def varying(trials: Sequence[Trial]) -> list[str]:
    """Return the settings in which runs differ, in the order of the newest run that has them (the first given)."""
    first: dict[str, Any] = {}
    differ: dict[str, None] = {}
    for at, trial in enumerate(trials):
        for key, value in trial.config.items():
            if key not in first:
                first[key] = value
                if at:
                    differ[key] = None
            elif key not in differ and first[key] != value:
                differ[key] = None
    for key in first:
        if key not in differ and any(key not in trial.config for trial in trials):
            differ[key] = None
    return [key for key in first if key in differ]


def telling(trials: Sequence[Trial], keys: Iterable[str], most: int) -> tuple[str, ...]:
    """Return up to `most` keys worth an axis of their own: no seed, no text that differs in most runs, no rare key."""
    kept = []
    for key in flat(dict.fromkeys(keys), seeds=False):
        values = [value for value in column(trials, key) if value is not None]
        words = isinstance(values[0], str) if values else True
        if 2 * len(values) >= len(trials) and not (words and len(set(values)) > max(6, len(values) // 3)):
            kept.append(key)
        if len(kept) == most:
            break
    return tuple(kept)


def scale(key: str, title: str, values: Sequence[Value], log: bool | None = None) -> Scale:
    """Return the scale of a setting or a metric.

    Args:
        key: what it is asked for by.
        title: what it is called.
        values: of every run, as `column` gives them.
        log: whether the scale is logarithmic; None: by the spread. Values at or below 0 keep it linear.
    """
    unset = any(value is None for value in values)
    texts = [value for value in values if isinstance(value, str)]
    if texts:
        names = tuple(sorted(set(texts), key=_order))
        made = Scale(key, title, "category", categories=names, unset=unset)
        return _with_ticks(made, [(name, name) for name in _thinned(names)])
    numbers = sorted({float(value) for value in values if value is not None})
    if not numbers:
        return _with_ticks(Scale(key, title, "linear", unset=unset), [])
    low, high = numbers[0], numbers[-1]
    if log is None:
        log = len(numbers) > 2 and low > 0 and high / low >= LOG_FROM
    made = Scale(key, title, "log" if log and low > 0 else "linear", low, high, unset=unset)
    chosen = numbers if len(numbers) <= OWN_TICKS else _round(made)
    return _with_ticks(made, [(at, tick(float(f"{at:.4g}"))) for at in chosen])


def _with_ticks(made: Scale, named: Sequence[tuple[float | str, str]]) -> Scale:
    ticks: list[tuple[float, str]] = [(0.0, "not set")] if made.unset else []
    for value, text in named:
        at = made.place(value)
        if at is not None and all(abs(at - other) >= _LEAST_APART for other, _ in ticks):
            ticks.append((at, text))
    return replace(made, ticks=tuple(ticks))


def _round(made: Scale) -> list[float]:
    if made.kind == "linear":
        inner = [t for t in round_ticks(made.low, made.high, 5) if made.low <= t <= made.high]
        return [made.low, made.high, *inner]
    first, last = math.floor(math.log10(made.low)), math.floor(math.log10(made.high))
    steps = (1,) if last - first > 3 else (1, 2, 5)
    decades = [m * 10.0**e for e in range(first, last + 1) for m in steps]
    return [made.low, made.high, *(d for d in decades if made.low <= d <= made.high)]


def _thinned(names: Sequence[str]) -> list[str]:
    """Return at most `MOST_TICKS` of many categories, evenly chosen, with the first and the last among them."""
    if len(names) <= MOST_TICKS:
        return list(names)
    return [names[round(i * (len(names) - 1) / (MOST_TICKS - 1))] for i in range(MOST_TICKS)]


def _order(text: str) -> tuple[int, float, str]:
    """Numbers that stand among texts come first, by size."""
    try:
        number = float(text)
    except ValueError:
        return 1, 0.0, text
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)

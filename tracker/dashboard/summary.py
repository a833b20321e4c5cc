"""What the first page says of each project: verdicts, its best run, and the time trained past the best epoch."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracker.charts.numbers import as_share
from tracker.curves.names import parse
from tracker.dashboard.listing import Line, Tables
from tracker.dashboard.lru import Lru
from tracker.dashboard.table import accuracy_scale
from tracker.diagnosis.across import Told, time_past_best
from tracker.model import ProjectRecord, Standing

BUDGET_S = 0.4
RELOOK_S = 15.0
"""How long what is said of a project stands when nothing new was logged: a person may have dismissed a finding."""


class Best(NamedTuple):
    """The best run of a project: its id and name, its best value as text, and the metric that it is of."""

    id: str
    name: str
    text: str
    metric: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What is said of a project's runs.

    `counts` are its verdicts, the most frequent first; `unread` how many runs have none yet. `past_ms` is the training
    time spent past the best epoch by runs that overfit, `total_ms` that of all runs.
    """

    counts: tuple[tuple[Standing, int], ...]
    unread: int
    best: Best | None
    past_ms: float
    total_ms: float


def summarise(lines: Iterable[Line]) -> Summary:
    """Say what the lines of a table say together."""
    every = list(lines)
    judged = [(one, one.diagnosis) for one in every if one.diagnosis is not None]
    counts = Counter(diagnosis.standing for _, diagnosis in judged)
    told = [
        Told(one.record.id, one.record.name, diagnosis, duration_ms=one.record.duration_ms)
        for one, diagnosis in judged
    ]
    seen = time_past_best(told)
    hours = seen.evidence.get("hours") if seen is not None else None
    return Summary(
        counts=tuple(counts.most_common()),
        unread=len(every) - len(judged),
        best=_best(every),
        past_ms=float(hours) * 3_600_000 if isinstance(hours, int | float) else 0.0,
        total_ms=float(sum(one.record.duration_ms for one in every)),
    )


class Summaries:
    """The summaries of projects, made anew only for those that changed.

    Args:
        tables: The runs of each project.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: Lru[str, tuple[tuple[int, int, int], float, Summary]] = Lru(2_000)

    def of(self, projects: Sequence[ProjectRecord], budget_s: float = BUDGET_S) -> dict[str, Summary]:
        """Return the summary of each project; those that the time does not reach follow with the next call."""
        until = time.monotonic() + budget_s
        found: dict[str, Summary] = {}
        for project in projects:
            kept = self._kept.get(project.name)
            if kept is not None:
                found[project.name] = kept[2]
            if time.monotonic() < until and self._stale(project, kept):
                found[project.name] = self._make(project, max(0.0, until - time.monotonic()))
        return found

    def _stale(
        self, project: ProjectRecord, kept: tuple[tuple[int, int, int], float, Summary] | None
    ) -> bool:
        if kept is None or kept[0] != _state(project) or kept[2].unread:
            return True
        return time.monotonic() - kept[1] > RELOOK_S and self._tables.holds(project.name)

    def _make(self, project: ProjectRecord, budget_s: float) -> Summary:
        table = self._tables.of(project.name)
        with table.lock:
            table.look(budget_s)
            summary = summarise(table.lines.values())
        self._kept.put(project.name, (_state(project), time.monotonic(), summary))
        return summary


def _best(lines: Sequence[Line]) -> Best | None:
    """Return the best run by the loss that most runs were judged by; by their accuracy where there is no loss."""
    for which in ("loss", "accuracy"):
        found = [
            (one, number, names[1], accuracy_scale(one.diagnosis, one.series) if which == "accuracy" else 0)
            for one in lines
            if one.diagnosis is not None and one.record.archived_ms is None
            if (number := getattr(one.diagnosis, f"best_{which}")) is not None
            if (names := getattr(one.diagnosis, which))[1] is not None
        ]
        if not found:
            continue
        name = Counter(name for _, _, name, _ in found).most_common(1)[0][0]
        sign = -1 if (parse(name).goal or ("min" if which == "loss" else "max")) == "max" else 1
        one, number, _, share = min(
            (f for f in found if f[2] == name), key=lambda f: (sign * f[1] * (f[3] or 1), f[0].record.id)
        )
        return Best(one.record.id, one.record.name, as_share(share)(number), name)
    return None


def _state(project: ProjectRecord) -> tuple[int, int, int]:
    return project.runs, project.live, project.changed_ms

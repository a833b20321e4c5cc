"""The runs of a project as one table that follows the store, kept here so that a page is told only what changed.

A table of 10,000 runs is read once, the newest runs first, as far as one answer's time goes; the next answer goes on.
Afterwards each look asks for the versions of the runs and reads again only those that changed. All pages of a project
share one table; where a page stands is a number that grows with every change.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tracker import verdicts
from tracker.charts.sparkline import sparkline
from tracker.dashboard.lru import Lru
from tracker.dashboard.table import (
    MOST_READ,
    at_best,
    best_place,
    drawn_name,
    judged_names,
    line,
    test_series,
)
from tracker.model import Diagnosis, RunRecord, SeriesRecord, id_number, id_text
from tracker.store.base import Store

BUDGET_S = 0.4
"""How long one answer may go on reading."""

MOST_LINES = 4_000
"""Lines that one answer holds at most: the browser shows them while the next are on their way."""

MOST_SPARKS = 100
FRESH_S = 0.3
"""How old the versions may be that an answer rests on: pages that ask at the same moment share one look."""

UNTOLD = 0
"""The place of a line that nobody has looked at yet."""

_AT_ONCE = 500
_KEYS_S = 10.0


class Judged(Protocol):
    """The curves of a run as far as a table needs them."""

    @property
    def diagnosis(self) -> Diagnosis:
        """What they say."""

    @property
    def series(self) -> tuple[SeriesRecord, ...]:
        """What the store keeps about them."""


Judge = Callable[[Sequence[RunRecord]], Mapping[int, Judged]]


@dataclass(slots=True)
class Line:
    """One run of a table: what is known of it, and since which change (`at`)."""

    record: RunRecord
    at: int
    diagnosis: Diagnosis | None = None
    series: tuple[SeriesRecord, ...] = ()
    tested: tuple[SeriesRecord, float | None, float | None] | None = None

    def cells(self) -> list[Any]:
        """Return the run in the order of `table.FIELDS`."""
        return line(self.record, self.diagnosis, self.series, self.tested)


@dataclass(slots=True)
class Answer:
    """What a page is told: lines that changed since its cursor, ids that went, and where it stands now.

    `whole` says that the page's cursor means nothing any more: what is not told again is gone. `more` says that there
    is more to tell at once, `unread` how many runs have no verdict yet.
    """

    lines: list[list[Any]]
    gone: list[str]
    cursor: str
    whole: bool
    more: bool
    total: int
    unread: int
    live: int

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass
class Table:
    """The table of one project; shared by the threads of the server.

    Attributes:
        lines: The runs by their ids.
        at: The number of the newest change.
    """

    store: Store
    judge: Judge
    project: str
    lines: dict[int, Line] = field(default_factory=dict)
    at: int = 0
    _gone: dict[int, int] = field(default_factory=dict)
    _unread: dict[int, None] = field(default_factory=dict)
    _unjudged: dict[int, None] = field(default_factory=dict)
    _looked: float = -1e9
    _keys: tuple[int, float, dict[str, tuple[int, int]]] = (-1, -1e9, {})
    _seen: int = 0
    _name: str = field(default_factory=lambda: secrets.token_hex(4))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(
        self, cursor: str | None = None, *, most: int = MOST_LINES, budget_s: float = BUDGET_S
    ) -> Answer:
        """Return what changed since `cursor` (None: everything), after a look at the store."""
        with self.lock:
            self.look(budget_s)
            name, _, told = (cursor or "").partition(".")
            whole = name != self._name or not told.isdecimal()
            since = 0 if whole else int(told)
            news = sorted((one for one in self.lines.values() if one.at > since), key=lambda one: one.at)
            at = news[most - 1].at if len(news) > most else self.at
            return Answer(
                lines=[one.cells() for one in news[:most]],
                gone=[id_text(i) for i, when in self._gone.items() if since < when] if not whole else [],
                cursor=f"{self._name}.{at}",
                whole=whole,
                more=len(news) > most or bool(self._unread or self._unjudged),
                total=len(self.lines),
                unread=len(self._unread) + len(self._unjudged),
                live=sum(one.record.status == "running" for one in self.lines.values()),
            )

    def look(self, budget_s: float = BUDGET_S) -> None:
        """Follow the store: read what changed, and go on with what is unread until the time is up."""
        with self.lock:
            if time.monotonic() - self._looked > FRESH_S:
                self._follow()
                self._looked = time.monotonic()
            self._read_on(time.monotonic() + budget_s)

    def keys(self) -> dict[str, tuple[int, int]]:
        """Return the config keys of the project, see `Lists.config_keys`; read again when runs have changed."""
        with self.lock:
            seen, read_at, found = self._keys
            now = time.monotonic()
            if seen != self._seen and now - read_at > _KEYS_S:
                found = self.store.config_keys(self.project)
                self._keys = self._seen, now, found
            return found

    def values(self, keys: Collection[str], ids: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
        """Return the values of config keys by run id, of all runs of the table or of those with these ids."""
        some = list(self.lines) if ids is None else [id_number(i) for i in ids]
        found = self.store.config_values(some, keys) if keys and some else {}
        return {key: {id_text(i): value for i, value in by.items()} for key, by in found.items()}

    # ------------------------------------------------------------------------------------------------------- inside

    def _follow(self) -> None:
        now = self.store.versions(self.project)
        for run_id in self.lines.keys() - now.keys():
            self.at += 1
            self._seen += 1
            self._gone[run_id] = self.at
            self._forget(run_id)
            del self.lines[run_id]
        changed = [
            i for i, state in now.items() if i not in self.lines or _state(self.lines[i].record) != state
        ]
        if not changed:
            return
        self._seen += 1
        many = len(changed) > len(now) // 2
        for record in self.store.brief(self.project) if many else self.store.brief(run_ids=changed):
            run_id, known = record.run_id, self.lines.get(record.run_id)
            if known is not None and _state(known.record) == _state(record):
                continue
            self._gone.pop(run_id, None)
            self._unread[run_id] = None
            self._unjudged.pop(run_id, None)
            if known is None:
                self.lines[run_id] = Line(record, UNTOLD)
            else:  # what was said of it stands until it has been read anew
                known.record = record

    def _read_on(self, until: float) -> None:
        while self._unread:
            self._look_up(list(self._unread)[:_AT_ONCE])
            if time.monotonic() > until:
                return
        if self._unjudged:
            self._judge(list(self._unjudged)[:_AT_ONCE], until)

    def _look_up(self, ids: list[int]) -> None:
        """Take the kept diagnoses of these runs; the others are told as runs that are still being read."""
        kept = verdicts.kept(self.store, [self.lines[i].record for i in ids], heads=True)
        notes = self.store.annotations(list(kept)) if kept else {}
        kept = {i: verdicts.dismissed(d, notes.get(i, ())) for i, d in kept.items()}
        names = {name for d in kept.values() for name in judged_names(d)}
        outlines = self.store.outlines(list(kept), names) if kept else {}
        self._tell([(i, kept[i], outlines.get(i, ())) for i in ids if i in kept])
        for run_id in ids:
            self._unread.pop(run_id, None)
            if run_id not in kept:
                self.at += 1
                self.lines[run_id].at = self.at
                self._unjudged[run_id] = None

    def _judge(self, ids: list[int], until: float) -> None:
        """Diagnose runs anew until the time is up, one bundle at least."""
        described = self.store.series(ids)
        for bundle in verdicts.bundles([self.lines[i].record for i in ids], described):
            whole = self.store.runs(run_ids=[record.run_id for record in bundle])
            found = self.judge(whole)
            self._tell([(i, found[i].diagnosis, found[i].series) for i in found])
            for record in bundle:  # also one that was deleted a moment ago: the next look sees it
                self._forget(record.run_id)
            if time.monotonic() > until:
                return

    def _forget(self, run_id: int) -> None:
        self._unread.pop(run_id, None)
        self._unjudged.pop(run_id, None)

    def _tell(self, found: Sequence[tuple[int, Diagnosis, tuple[SeriesRecord, ...]]]) -> None:
        tests = {
            i: one for i, diagnosis, series in found if (one := test_series(diagnosis, series)) is not None
        }
        asked = [
            (i, tests[i].name)
            for i, diagnosis, _ in found
            if i in tests and 1 < tests[i].count <= MOST_READ and best_place(diagnosis) is not None
        ]
        points = self.store.points(asked) if asked else {}
        for run_id, diagnosis, series in found:
            told, test = self.lines[run_id], tests.get(run_id)
            self.at += 1
            told.at, told.diagnosis = self.at, diagnosis
            told.series = tuple(s for s in series if s.name in judged_names(diagnosis))
            told.tested = None
            if test is not None:
                told.tested = test, *at_best(test, points.get((run_id, test.name)), diagnosis)


class Tables:
    """The tables of all projects that somebody looked at lately.

    Args:
        store: The store to read.
        judge: Gives curves with their diagnosis, for runs whose diagnosis is not kept.
    """

    def __init__(self, store: Store, judge: Judge) -> None:
        self._store = store
        self._judge = judge
        self._tables: Lru[str, Table] = Lru(50_000, lambda table: len(table.lines) + 100)
        self._sparks: Lru[tuple[int, int], str] = Lru(20_000)
        self._making = threading.Lock()

    def of(self, project: str) -> Table:
        """Return the table of a project."""
        with self._making:
            table = self._tables.get(project)
            if table is None:
                table = Table(self._store, self._judge, project)
            self._tables.put(project, table)  # weighed anew: it may have grown
            return table

    def holds(self, project: str) -> bool:
        """Tell whether the table of a project has been read and is still kept."""
        return self._tables.get(project) is not None

    def deleted(self, project: str) -> list[list[Any]]:
        """Return the deleted runs of a project as lines, the last deleted first; what was said of them is kept."""
        records = sorted(self._store.deleted(project), key=lambda r: -(r.deleted_ms or 0))
        kept = {i: d for i, (_, d) in self._store.heads([r.run_id for r in records]).items()}
        names = {name for d in kept.values() for name in judged_names(d)}
        series = self._store.outlines(list(kept), names) if kept else {}
        return [line(r, kept.get(r.run_id), series.get(r.run_id, ())) for r in records]

    def sparks(self, project: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the sparklines of runs of a project by id, as SVG text: "" for a run without curves.

        Runs without a verdict have none yet and are left out; a page asks again for what it was not told.
        """
        table = self.of(project)
        out: dict[str, str] = {}
        missing: dict[tuple[int, str], Line] = {}
        for run_id in [id_number(i) for i in ids[:MOST_SPARKS]]:
            one = table.lines.get(run_id)
            if one is None or one.diagnosis is None:
                continue
            name = drawn_name(one.diagnosis)
            drawn = "" if name is None else self._sparks.get((run_id, one.at))
            if name is not None and drawn is None:
                missing[run_id, name] = one
            else:
                out[one.record.id] = drawn or ""
        points = self._store.points(list(missing)) if missing else {}
        for key, one in missing.items():
            svg = sparkline(points.get(key), one.diagnosis, one.record.colour)
            self._sparks.put((key[0], one.at), svg)
            out[one.record.id] = svg
        return out


def _state(record: RunRecord) -> tuple[int, str]:
    return record.version, record.status

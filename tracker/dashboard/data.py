"""What the pages ask the store for: curves with their diagnosis, and one row a run for the lists.

Curves of a run change only when its version does, so everything is cached by (run, version). Diagnoses of runs that
have ended are kept in the store too, so that a list of old runs reads no more than what its sparklines draw.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker import verdicts
from tracker.charts.sparkline import sparkline
from tracker.curves.names import Pair
from tracker.dashboard.listing import Tables
from tracker.dashboard.lru import Lru, Newest
from tracker.dashboard.rows import Digest, main_pairs, row, spark_name
from tracker.dashboard.series import Described, SeriesReads, names_of, state
from tracker.dashboard.summary import Summaries
from tracker.errors import NotFound, TrackerError
from tracker.model import (
    Annotation,
    Diagnosis,
    ProjectRecord,
    RunRecord,
    Series,
    SeriesRecord,
    Status,
    id_number,
    id_text,
    is_id,
)
from tracker.store.base import Store

BUDGET_S = 0.5
"""How long one answer may spend on runs that are only listed; the rest follows with the next ticks."""

MOST_SINGLE = 200
"""Changed runs that are read one by one; beyond that the whole project is read."""

_INCOMPLETE = "~"
_log = logging.getLogger("tracker.dashboard")

Drawn = tuple[Series | None, Series | None]


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of one run that pages draw, (train, val) each, and what they say."""

    loss: Drawn
    accuracy: Drawn
    loss_pair: Pair | None
    accuracy_pair: Pair | None
    series: tuple[SeriesRecord, ...]
    diagnosis: Diagnosis

    @property
    def logged(self) -> list[Series]:
        """The series that there are."""
        return [s for s in (*self.loss, *self.accuracy) if s is not None]

    @property
    def points(self) -> int:
        """How many points are held."""
        return sum(map(len, self.logged))


@dataclass(frozen=True, slots=True)
class Standing:
    """Which runs a project has at one moment.

    Attributes:
        states: Version and status of each run.
        ids: The ids in the order of the lists, the newest run first.
        archived: The ids of the archived runs.
    """

    states: Mapping[int, tuple[int, Status]]
    ids: Sequence[str]
    archived: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """What a run's place in the lists follows from."""

    version: int
    created_ms: int
    archived: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a list has to change: new rows, ids of runs that are gone, and the marks to ask with next time.

    `moved` are the runs that are gone or in another state than before; the row of any other was only completed.
    """

    rows: list[dict[str, Any]]
    gone: list[str]
    marks: dict[str, str]
    moved: frozenset[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the changes as the browser works them in, ready for JSON."""
        return {"rows": self.rows, "gone": self.gone, "marks": self.marks}


class Data(SeriesReads):
    """The pages' way to the store. Shared by the threads of the server.

    Args:
        store: The store to read.

    Attributes:
        tables: The runs of each project as one table that follows the store.
        summaries: What the first page says of each project.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.tables = Tables(store, self.curves)
        self.summaries = Summaries(self.tables)
        self._curves: Newest[int, Curves] = Newest(4_000_000, lambda c: c.points + 100)
        self._digests: Newest[int, Digest] = Newest(20_000)
        self._records: Newest[int, RunRecord] = Newest(5_000)
        self._places: Lru[str, tuple[dict[int, _Place], list[str]]] = Lru(100)
        self._unkept: queue.Queue[tuple[int, int, Diagnosis]] = queue.Queue(maxsize=2_000)
        self._keeper: threading.Thread | None = None
        self._starting = threading.Lock()

    # ------------------------------------------------------------------------------------------------ what there is

    def projects(self) -> list[ProjectRecord]:
        """Return all projects, the most recently changed first."""
        return self.store.projects()

    def runs(self, project: str) -> list[RunRecord]:
        """Return a project's runs, newest first.

        Raises:
            NotFound: there is no such project.
        """
        records = self.store.runs(project)
        if not records and all(p.name != project for p in self.store.projects()):
            raise NotFound(f"There is no project named “{project}”.")
        return records

    def standing(self, project: str) -> Standing:
        """Return which runs a project has now; only those that changed since the last call are read."""
        states = self.store.versions(project)
        places, ids = self._places.get(project) or ({}, [])
        changed = [i for i, (version, _) in states.items() if i not in places or places[i].version != version]
        if changed or places.keys() != states.keys():
            many = len(changed) > MOST_SINGLE
            read = self.store.runs(project) if many else self.records(changed, states)
            before = places
            places = {i: place for i, place in before.items() if i in states} | {
                r.run_id: _Place(r.version, r.created_ms, r.archived_ms is not None) for r in read
            }
            if places.keys() != before.keys():
                order = sorted(places, key=lambda i: (-places[i].created_ms, i))
                ids = [id_text(i) for i in order]
            self._places.put(project, (places, ids))
        return Standing(states, ids, frozenset(id_text(i) for i, place in places.items() if place.archived))

    def records(self, run_ids: Sequence[int], states: Mapping[int, tuple[int, Status]]) -> list[RunRecord]:
        """Return runs in the order given, of those in another state than `states` says the newest; gone ones are left out."""
        found = {i: kept for i in run_ids if i in states and (kept := self._records.get(i, states[i]))}
        missing = [i for i in run_ids if i not in found]
        for record in self.store.runs(run_ids=missing) if missing else ():
            found[record.run_id] = record
            self._records.put(record.run_id, (record.version, record.status), record)
        return [found[i] for i in run_ids if i in found]

    def run(self, project: str, run: str) -> RunRecord:
        """Return one run of a project by its id.

        Raises:
            NotFound: the project has no such run.
        """
        found = self.store.runs(run_ids=[id_number(run)]) if is_id(run) else []
        if not found or found[0].project != project:
            raise NotFound(f"Project “{project}” has no run with the id “{run}”.")
        return found[0]

    def notes(self, record: RunRecord) -> tuple[Annotation, ...]:
        """Return the notes, alerts and dismissals of a run, oldest first."""
        return self.store.annotations([record.run_id]).get(record.run_id, ())

    def dismiss(self, record: RunRecord, kind: str, reason: str = "") -> None:
        """Take a finding out of what is said about a run, for everybody who looks at the store."""
        now_ms = time.time_ns() // 1_000_000
        self.store.annotate(record.run_id, Annotation("dismissal", kind, reason, at_ms=now_ms))

    def restore(self, record: RunRecord, kind: str) -> None:
        """Take a dismissal back."""
        self.store.retract(record.run_id, "dismissal", kind)

    # --------------------------------------------------------------------------------------------------- the curves

    def curves(self, records: Sequence[RunRecord]) -> dict[int, Curves]:
        """Return the curves and the diagnosis of each run, read in one bundle where they are not cached."""
        found = {r.run_id: kept for r in records if (kept := self._curves.get(r.run_id, state(r)))}
        missing = [r for r in records if r.run_id not in found]
        if missing:
            found |= self._read(missing, self.described(missing))
        return found

    def rows(
        self, records: Sequence[RunRecord], *, budget_s: float = BUDGET_S
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Return a row for each run, and the marks to ask `changes` with.

        Rows that the budget (seconds) does not reach come without a verdict; the next `changes` completes them.
        """
        digests = {r.run_id: kept for r in records if (kept := self._digests.get(r.run_id, state(r)))}
        missing = [r for r in records if r.run_id not in digests]
        if missing:
            digests |= self._digest(missing, time.monotonic() + budget_s)
        rows, marks = [], {}
        for record in records:
            digest = digests.get(record.run_id)
            rows.append(row(record, digest))
            marks[record.id] = mark(record.version, record.status, complete=digest is not None)
        return rows, marks

    def changes(
        self, standing: Standing, marks: Mapping[str, str], *, budget_s: float = BUDGET_S
    ) -> Changes | None:
        """Return what changed in a project's list since `marks`, None when nothing did."""
        now = {id_text(run_id): state for run_id, state in standing.states.items()}
        changed = [i for i, (version, status) in now.items() if marks.get(i) != mark(version, status)]
        gone = [i for i in marks if i not in now]
        if not changed and not gone:
            return None
        records = self.records([id_number(i) for i in changed], standing.states)
        rows, fresh = self.rows(records, budget_s=budget_s)
        moved = frozenset(gone) | {
            i for i in changed if marks.get(i, "").rstrip(_INCOMPLETE) != mark(*now[i])
        }
        return Changes(rows, gone, {i: m for i, m in marks.items() if i in now} | fresh, moved)

    # ------------------------------------------------------------------------------------------------------- inside

    def _digest(self, records: Sequence[RunRecord], deadline: float) -> dict[int, Digest]:
        """Digest runs bundle by bundle until the time is up; the first bundle is always done."""
        described = self.described(records)
        kept = self._marked(verdicts.kept(self.store, records))
        out: dict[int, Digest] = {}
        for bundle in verdicts.bundles(records, described):
            judged = [r for r in bundle if r.run_id in kept]
            out |= self._digest_kept(judged, kept, described)
            fresh = [r for r in bundle if r.run_id not in kept]
            curves = self._read(fresh, described)
            for record in fresh:
                c = curves[record.run_id]
                drawn = c.loss[1] if c.loss[1] is not None else c.loss[0]
                spark = sparkline(drawn, c.diagnosis, record.colour)
                out[record.run_id] = Digest(c.diagnosis, c.loss_pair, c.accuracy_pair, c.series, spark)
            for record in bundle:
                self._digests.put(record.run_id, state(record), out[record.run_id])
            if time.monotonic() > deadline:
                break
        return out

    def _digest_kept(
        self, records: Sequence[RunRecord], kept: Mapping[int, Diagnosis], described: Described
    ) -> dict[int, Digest]:
        out = {}
        found = {r.run_id: main_pairs(described.get(r.run_id, ())) for r in records}
        names = {run_id: name for run_id, (loss, _) in found.items() if (name := spark_name(loss))}
        points = self._drawn(names.items(), described)
        for record in records:
            run_id, diagnosis = record.run_id, kept[record.run_id]
            spark = sparkline(points.get((run_id, names.get(run_id, ""))), diagnosis, record.colour)
            out[run_id] = Digest(diagnosis, *found[run_id], described.get(run_id, ()), spark)
        return out

    def _read(self, records: Sequence[RunRecord], described: Described) -> dict[int, Curves]:
        found = {r.run_id: main_pairs(described.get(r.run_id, ())) for r in records}
        judged = verdicts.kept(self.store, records)
        fresh = [record for record in records if record.run_id not in judged]
        histories = verdicts.histories(self.store, fresh, described, self._whole)
        shown = [(i, n) for i, both in found.items() for pair in both for n in names_of(pair) if n]
        ready = {(i, s.name): s for i, history in histories.items() for s in history}
        points = self._drawn(shown, described, ready)
        for record in fresh:
            run_id = record.run_id
            judged[run_id] = verdicts.judge(record, histories[run_id], described.get(run_id, ()))
            self._keep(record, judged[run_id])
        judged = self._marked(judged)
        out = {}
        for record in records:
            loss, accuracy = found[record.run_id]
            series = described.get(record.run_id, ())
            drawn = [
                points.get((record.run_id, name or "")) for p in (loss, accuracy) for name in names_of(p)
            ]
            diagnosis = judged[record.run_id]
            curves = Curves((drawn[0], drawn[1]), (drawn[2], drawn[3]), loss, accuracy, series, diagnosis)
            out[record.run_id] = curves
            self._curves.put(record.run_id, state(record), curves)
        return out

    def _marked(self, found: Mapping[int, Diagnosis]) -> dict[int, Diagnosis]:
        """Return diagnoses that know what people dismissed of them."""
        notes = self.store.annotations(list(found)) if found else {}
        return {run_id: verdicts.dismissed(d, notes.get(run_id, ())) for run_id, d in found.items()}

    def _keep(self, record: RunRecord, diagnosis: Diagnosis) -> None:
        """Keep the diagnosis of a run that has ended, behind the page's back: no page waits for a write."""
        if record.status == "running":
            return
        with self._starting:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep_all, name="tracker-keeper", daemon=True)
                self._keeper.start()
        try:
            self._unkept.put_nowait((record.run_id, record.version, diagnosis))
        except queue.Full:
            pass  # a diagnosis that is not kept costs the time to make it again after the next start, nothing else

    def _keep_all(self) -> None:
        while True:
            run_id, version, diagnosis = self._unkept.get()
            try:
                self.store.keep_diagnosis(run_id, version, diagnosis)
            except TrackerError as error:
                _log.debug("the diagnosis of run %s was not kept: %s", id_text(run_id), error)


def mark(version: int, status: Status, *, complete: bool = True) -> str:
    """Return what tells one state of a run from another; a row that is not complete never counts as up to date."""
    return f"{version}{status[0]}" + ("" if complete else _INCOMPLETE)

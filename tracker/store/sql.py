"""What both engines share: every call of `Store` in terms of a reading and a writing transaction.

An engine supplies the transactions, the lock of a run, and how rows travel in bulk. Rows of points and config are
fetched by the driver's own cursor: Core builds the statement and never sees them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Select, and_, case, func, or_, select
from sqlalchemy.engine import Row

from tracker.errors import NotFound
from tracker.model import (
    LOST_AFTER_MS,
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
from tracker.store import curating, naming
from tracker.store import schema as schemas
from tracker.store import tables as t
from tracker.store.base import Batch, Offset, Schema, Shipped
from tracker.store.beside import Clock
from tracker.store.bulk import Bulk, insert_or_update
from tracker.store.encoding import as_json, check_annotation, checked, from_json
from tracker.store.fetching import chunks, fetch, status_of
from tracker.store.listing import ListReads
from tracker.store.shipping import AlreadyMade, Shipment, draw_colour
from tracker.store.tally import record_of

T = TypeVar("T")
Work = Callable[[Connection], T]


class SqlStore(ListReads, ABC):
    """A store in a SQL database; see `Store` for what each call promises."""

    url: str
    durable: bool
    _bulk: Bulk
    """How rows travel in bulk."""

    def __init__(self) -> None:
        self._checked = False
        self._met: set[tuple[int, int]] = set()
        """Sessions that have shipped through this object: their run stands, so its project need not be touched."""

    # --------------------------------------------------------------------------------------- what an engine supplies

    @abstractmethod
    def schema(self) -> Schema:
        """See `Store`."""

    @abstractmethod
    def _write(self, work: Work[T]) -> T:
        """Run `work` in one writing transaction, which is committed if it returns; errors come out as `StoreError`."""

    @abstractmethod
    def _read(self, work: Work[T]) -> T:
        """Run `work` on one unchanging state of the store; errors come out as `StoreError`."""

    @abstractmethod
    def _enter_run(self, connection: Connection, run_id: int, beat_ms: int = 0) -> Clock:
        """Take the run's lock until the transaction ends, and say what time it is; `beat_ms` is the sender's."""

    @abstractmethod
    def _now_ms(self, connection: Connection) -> int:
        """Return the time by the clock that heartbeats are kept by."""

    @abstractmethod
    def _points(
        self, connection: Connection, keys: dict[tuple[int, int], str]
    ) -> dict[tuple[int, str], Series]:
        """Return the points of the series with these (run id, series number)."""

    # -------------------------------------------------------------------------------------------------------- writing

    def ship(self, batch: Batch) -> Shipped:
        """See `Store`."""
        points = checked(batch)
        self._check_schema()
        identity = batch.identity
        session = (identity.run_id, identity.session_id)
        fresh = session not in self._met and not self._read(lambda c: _stands(c, identity.run_id))

        def work(connection: Connection) -> Shipped:
            # A reference table comes before distributed ones in a transaction, hence the look ahead.
            colour = draw_colour(connection, identity.project, identity.created_ms) if fresh else None
            clock = self._enter_run(connection, identity.run_id, batch.beat_ms)
            return Shipment(connection, batch, points, colour, clock, self._bulk).store()

        try:
            shipped = self._write(work)
        except AlreadyMade:
            fresh = False
            shipped = self._write(work)
        self._met.add(session)
        return shipped

    def shipped(self, run_id: int, session_id: int) -> Shipped | None:
        """See `Store`."""
        w = t.writer.c
        query = select(w.segment, w.byte, w.step_base).where(w.run_id == run_id, w.session_id == session_id)
        last = select(func.max(t.series.c.last_step)).where(t.series.c.run_id == run_id)
        self._check_schema()

        def work(connection: Connection) -> Shipped | None:
            row = connection.execute(query).first()
            if row is None:
                return None
            base = row.step_base
            if base is None:  # it is settled with the session's first points; until then it is foretold
                highest = connection.execute(last).scalar()
                base = 0 if highest is None else highest + 1
            return Shipped(Offset(row.segment, row.byte), int(base))

        return self._read(work)

    def keep_diagnosis(self, run_id: int, version: int, diagnosis: Diagnosis) -> None:
        """See `Store`."""
        self._check_schema()

        def work(connection: Connection) -> None:
            if not _stands(connection, run_id):
                raise NotFound(f"there is no run {id_text(run_id)}: its diagnosis cannot be kept")
            statement = insert_or_update(connection, t.diagnosis).values(
                run_id=run_id,
                version=version,
                rules_version=diagnosis.rules_version,
                body=as_json(diagnosis.to_dict()),
            )
            new, old = statement.excluded, t.diagnosis.c
            newer = or_(
                new.rules_version > old.rules_version,
                and_(new.rules_version == old.rules_version, new.version >= old.version),
            )
            changes = {name: new[name] for name in ("version", "rules_version", "body")}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["run_id"], set_=changes, where=newer)
            )

        self._write(work)

    def annotate(self, run_id: int, note: Annotation) -> None:
        """See `Store`."""
        check_annotation(note)
        self._change(run_id, lambda connection: curating.annotate(connection, run_id, note))

    def retract(self, run_id: int, kind: str, title: str) -> int:
        """See `Store`."""
        return self._change(run_id, lambda connection: curating.retract(connection, run_id, kind, title))

    # -------------------------------------------------------------------------------------------------------- reading

    def projects(self) -> list[ProjectRecord]:
        """See `Store`."""
        self._check_schema()

        def work(connection: Connection) -> list[ProjectRecord]:
            r, p = t.run.c, t.project.c
            beating = and_(r.status == "running", r.beat_ms >= self._now_ms(connection) - LOST_AFTER_MS)
            counts = (
                select(
                    r.project,
                    func.count().label("runs"),
                    func.sum(case((beating, 1), else_=0)).label("live"),
                    func.max(r.changed_ms).label("changed_ms"),
                )
                .group_by(r.project)
                .subquery()
            )
            query = select(
                p.name, p.created_ms, counts.c.runs, counts.c.live, counts.c.changed_ms
            ).select_from(t.project.outerjoin(counts, counts.c.project == p.name))
            return [
                ProjectRecord(x.name, x.runs or 0, int(x.live or 0), x.changed_ms or x.created_ms)
                for x in connection.execute(query)
            ]

        return sorted(self._read(work), key=lambda p: (-p.changed_ms, p.name))

    def runs(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """See `Store`."""
        self._check_schema()
        ids = None if run_ids is None else sorted(set(run_ids))
        found = self._read(lambda c: self._read_runs(c, project, ids))
        return sorted(found, key=lambda r: (-r.created_ms, r.run_id))

    def find_run(self, reference: str) -> RunRecord:
        """See `Store`."""
        if is_id(reference):
            found = self.runs(run_ids=[id_number(reference)])
            if found:
                return found[0]
        self._check_schema()
        query = select(t.run.c.created_ms, t.run.c.run_id).where(naming.fits(reference))
        rows = self._read(lambda c: fetch(c, query))
        if len(rows) > 1:
            raise NotFound(naming.ambiguous(reference, cast("list[tuple[int, int]]", rows)))
        ids = [run_id for _, run_id in rows]
        found = self.runs(run_ids=ids)
        if not found:
            raise NotFound(
                f"there is no run {reference!r}: name it by its id (13 characters) or as project/name"
            )
        return found[0]

    def versions(self, project: str) -> dict[int, tuple[int, Status]]:
        """See `Store`."""
        self._check_schema()
        r = t.run.c
        query = select(r.run_id, r.version, r.status, r.beat_ms).where(r.project == project)

        def work(connection: Connection) -> dict[int, tuple[int, Status]]:
            rows = fetch(connection, query)
            now = self._now_ms(connection)
            return {run_id: (version, status_of(status, beat, now)) for run_id, version, status, beat in rows}

        return self._read(work)

    def series(self, run_ids: Iterable[int]) -> dict[int, tuple[SeriesRecord, ...]]:
        """See `Store`."""
        self._check_schema()
        s = t.series.c
        query = select(t.series).where(s.count > 0).order_by(s.run_id, s.series_no)
        ids = list(run_ids)
        found: dict[int, list[SeriesRecord]] = {i: [] for i in ids}

        def work(connection: Connection) -> None:
            for chunk in chunks(ids):
                for row in connection.execute(query.where(s.run_id.in_(chunk))):
                    found[row.run_id].append(record_of(row))

        self._read(work)
        return {run_id: tuple(records) for run_id, records in found.items() if records}

    def points(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Series]:
        """See `Store`."""
        self._check_schema()
        wanted = set(keys)
        s = t.series.c

        def work(connection: Connection) -> dict[tuple[int, str], Series]:
            numbers: dict[tuple[int, int], str] = {}
            names = sorted({name for _, name in wanted})
            for runs in chunks(sorted({run_id for run_id, _ in wanted})):
                for some in chunks(names):
                    query = select(s.run_id, s.series_no, s.name).where(
                        s.run_id.in_(runs), s.name.in_(some), s.count > 0
                    )
                    for row in connection.execute(query):
                        if (row.run_id, row.name) in wanted:
                            numbers[row.run_id, row.series_no] = row.name
            return self._points(connection, numbers) if numbers else {}

        return self._read(work)

    def annotations(self, run_ids: Iterable[int]) -> dict[int, tuple[Annotation, ...]]:
        """See `Store`."""
        self._check_schema()
        a = t.annotation.c
        query = select(t.annotation).order_by(a.run_id, a.at_ms, a.annotation_no)
        found: dict[int, list[Annotation]] = defaultdict(list)

        def work(connection: Connection) -> None:
            for chunk in chunks(list(run_ids)):
                for x in connection.execute(query.where(a.run_id.in_(chunk))):
                    note = Annotation(x.kind, x.title, x.text, x.step, x.epoch, x.at_ms)
                    found[x.run_id].append(note)

        self._read(work)
        return {run_id: tuple(notes) for run_id, notes in found.items()}

    def diagnoses(self, run_ids: Iterable[int]) -> dict[int, tuple[int, Diagnosis]]:
        """See `Store`."""
        self._check_schema()
        d = t.diagnosis.c
        found: dict[int, tuple[int, Diagnosis]] = {}

        def work(connection: Connection) -> None:
            for chunk in chunks(list(run_ids)):
                for x in connection.execute(select(t.diagnosis).where(d.run_id.in_(chunk))):
                    found[x.run_id] = (x.version, Diagnosis.from_dict(json.loads(x.body)))

        self._read(work)
        return found

    # -------------------------------------------------------------------------------------------------------- helpers

    def _change(self, run_id: int, work: Work[T]) -> T:
        """Do what a person asks of a run, while nobody else changes it."""
        self._check_schema()

        def locked(connection: Connection) -> T:
            self._enter_run(connection, run_id)
            return work(connection)

        return self._write(locked)

    def _check_schema(self) -> None:
        """Look once, at first use, whether this version can work with the store."""
        if not self._checked:
            schemas.check_usable(self.schema(), self.url)
            self._checked = True

    def _read_runs(
        self, connection: Connection, project: str | None, ids: list[int] | None
    ) -> list[RunRecord]:
        rows: list[Row[*tuple[Any, ...]]] = []
        details: list[dict[int, dict[str, Any]]] = [defaultdict(dict), defaultdict(dict)]
        tags: dict[int, list[str]] = defaultdict(list)
        narrow = [] if project is None else [t.run.c.project == project]
        for chunk in [None] if ids is None else chunks(ids):
            here = narrow if chunk is None else [*narrow, t.run.c.run_id.in_(chunk)]
            rows += connection.execute(select(t.run).where(*here)).all()
            for table, into in zip((t.config, t.summary), details, strict=True):
                query: Select[Any] = select(table.c.run_id, table.c.key, table.c.text)
                for run_id, key, text in fetch(connection, _of_runs(query, table, here)):
                    into[run_id][key] = from_json(text)
            tagged = select(t.tag.c.run_id, t.tag.c.tag).order_by(t.tag.c.run_id, t.tag.c.position)
            for run_id, tag in fetch(connection, _of_runs(tagged, t.tag, here)):
                tags[run_id].append(tag)
        now = self._now_ms(connection)
        config, summary = details
        return [
            _run_record(x, now, config.get(x.run_id, {}), summary.get(x.run_id, {}), tags.get(x.run_id, ()))
            for x in rows
        ]


def _of_runs(query: Select[Any], table: Any, conditions: list[Any]) -> Select[Any]:
    return query.join(t.run, t.run.c.run_id == table.c.run_id).where(*conditions) if conditions else query


def _run_record(
    row: Row[*tuple[Any, ...]],
    now_ms: int,
    config: dict[str, Any],
    summary: dict[str, Any],
    tags: Iterable[str],
) -> RunRecord:
    return RunRecord(
        run_id=row.run_id,
        project=row.project,
        name=row.name,
        group=row.group_name,
        status=status_of(row.status, row.beat_ms, now_ms),
        exception=row.exception,
        notes=row.notes,
        tags=tuple(tags),
        colour=row.colour,
        created_ms=row.created_ms,
        changed_ms=row.changed_ms,
        duration_ms=row.duration_ms,
        version=row.version,
        config=config,
        summary=summary,
        environment=json.loads(row.environment),
    )


def _stands(connection: Connection, run_id: int) -> bool:
    return connection.execute(select(t.run.c.run_id).where(t.run.c.run_id == run_id)).first() is not None

"""What both engines share: every call of `Store` in terms of a reading and a writing transaction.

An engine supplies the transactions, the lock of a run, and how rows travel in bulk. Rows of points and config are
fetched by the driver's own cursor: Core builds the statement and never sees them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import Connection, and_, case, func, or_, select

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
    VerdictChange,
    id_number,
    id_text,
    is_id,
)
from tracker.store import curating, naming, ranges
from tracker.store import tables as t
from tracker.store.base import START, Batch, Offset, Shipped
from tracker.store.bulk import Bulk, insert_or_update
from tracker.store.editing import Editing
from tracker.store.encoding import as_json, check_annotation, checked
from tracker.store.excerpting import ExcerptReads
from tracker.store.fetching import chunks, fetch, status_of
from tracker.store.listing import ListReads
from tracker.store.records import THERE, read_runs, stands
from tracker.store.shipping import AlreadyMade, Shipment, draw_colour
from tracker.store.tally import record_of
from tracker.store.views import SavedViews
from tracker.store.windowing import WindowReads, numbered


class SqlStore(Editing, SavedViews, ListReads, ExcerptReads, WindowReads):
    """A store in a SQL database; see `Store` for what each call promises."""

    durable: bool
    _bulk: Bulk
    """How rows travel in bulk."""

    def __init__(self) -> None:
        super().__init__()
        self._met: set[tuple[int, int]] = set()
        """Sessions that have shipped through this object: their run stands, so its project need not be touched."""

    # -------------------------------------------------------------------------------------------------------- writing

    def ship(self, batch: Batch) -> Shipped:
        """See `Store`."""
        points = checked(batch)
        self._check_schema()
        identity = batch.identity
        session = (identity.run_id, identity.session_id)
        # A batch from the middle of a journal begins no run.
        may_begin = batch.start == START and session not in self._met
        fresh = may_begin and not self._read(lambda c: stands(c, identity.run_id))

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
        if shipped.offset == batch.end:
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

        def work(connection: Connection, now_ms: int) -> None:
            if not stands(connection, run_id):
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
            keep = statement.on_conflict_do_update(index_elements=["run_id"], set_=changes, where=newer)
            if connection.execute(keep.returning(t.diagnosis.c.run_id)).first() is not None:
                curating.note_verdict(connection, run_id, version, diagnosis, now_ms)

        self._change(run_id, work)

    def annotate(self, run_id: int, note: Annotation) -> None:
        """See `Store`."""
        check_annotation(note)
        self._change(run_id, lambda connection, _: curating.annotate(connection, run_id, note))

    def retract(self, run_id: int, kind: str, title: str) -> int:
        """See `Store`."""
        return self._change(run_id, lambda connection, _: curating.retract(connection, run_id, kind, title))

    def retract_note(self, run_id: int, number: int, at_ms: int) -> int:
        """See `Store`."""
        return self._change(run_id, lambda c, _: curating.retract_note(c, run_id, number, at_ms))

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
                .where(THERE)
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
        narrow = [THERE] if project is None else [THERE, t.run.c.project == project]
        found = self._read(lambda c: read_runs(c, self._now_ms(c), narrow, ids))
        return sorted(found, key=lambda r: (-r.created_ms, r.run_id))

    def find_run(self, reference: str) -> RunRecord:
        """See `Store`."""
        if is_id(reference):
            this = [id_number(reference)]
            for record in self.runs(run_ids=this):
                return record
            for record in self.deleted(run_ids=this):
                raise NotFound(naming.gone(record))
        self._check_schema()
        query = select(t.run.c.created_ms, t.run.c.run_id).where(naming.fits(reference), THERE)
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
        query = select(r.run_id, r.version, r.status, r.beat_ms).where(r.project == project, THERE)

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

        def work(connection: Connection) -> dict[tuple[int, str], Series]:
            found = numbered(connection, keys)
            numbers = {(run_id, one.number): name for (run_id, name), one in found.items()}
            return ranges.all_of(connection, numbers) if numbers else {}

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
                    said = (x.kind, x.title, x.text, x.step, x.epoch, x.at_ms, x.author or "")
                    note = Annotation(*said, number=x.annotation_no)
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

    def verdict_history(self, run_id: int) -> tuple[VerdictChange, ...]:
        """See `Store`."""
        self._check_schema()
        v = t.verdict_change.c
        columns = (v.at_ms, v.version, v.rules_version, v.verdict, v.onset_epoch, v.best_epoch, v.sentence)
        query = select(*columns).where(v.run_id == run_id).order_by(v.change_no)
        return tuple(VerdictChange(*row) for row in self._read(lambda c: fetch(c, query)))

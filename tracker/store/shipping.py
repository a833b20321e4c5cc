"""The transaction of one batch: what `Store.ship` promises, the same on every engine.

The engine opens the transaction and takes the run's lock; everything below then happens alone in that run. Points
have a module of their own, `arriving.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from tracker.errors import RunClash, RunMissing, RunPurged
from tracker.model import PALETTE_SIZE, id_text
from tracker.store import tables as t
from tracker.store.arriving import write_points
from tracker.store.base import START, Batch, Offset, Points, Shipped
from tracker.store.beside import Clock, Found, alive, beside, since
from tracker.store.bulk import (
    ANNOTATIONS,
    CONFIG,
    NEW_CONFIG,
    NEW_SUMMARY,
    SUMMARY,
    TAGS,
    Bulk,
    Upsert,
    insert_or_update,
)
from tracker.store.curating import following
from tracker.store.encoding import as_json, number_of


class AlreadyMade(Exception):
    """The run stands already, so that the colour drawn for it must be given back."""


def draw_colour(connection: Connection, project: str, now_ms: int) -> int:
    """Count one more run of `project`, making the project if needed, and return how many there were before."""
    statement = insert_or_update(connection, t.project).values(name=project, created_ms=now_ms, runs_made=1)
    made = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"runs_made": t.project.c.runs_made + 1}
        ).returning(t.project.c.runs_made)
    ).scalar_one()
    return int(made) - 1


class Shipment:
    """One batch, whose checked points are `points`, on a connection that holds the run's lock.

    `colour` is the run's number among its project's runs if one was drawn already.
    """

    def __init__(
        self,
        connection: Connection,
        batch: Batch,
        points: Points,
        colour: int | None,
        clock: Clock,
        bulk: Bulk,
    ) -> None:
        self.connection = connection
        self.batch = batch
        self.identity = batch.identity
        self.run_id = batch.identity.run_id
        self.points = points
        self.highest_ms = max(points.elapsed_ms, default=-1)
        self.colour = colour
        self.clock = clock
        self.bulk = bulk
        self.run: Found | None = connection.execute(_READ_RUN, {"this_run": self.run_id}).first()
        writers = connection.execute(_READ_WRITERS, {"this_run": self.run_id})
        self.others: dict[int, Found] = {w.session_id: w for w in writers}
        self.mine = self.others.pop(self.identity.session_id, None)
        self.first = self.mine is None
        self.started = self._started()
        self.newest = self.run is None or (not self.identity.helper and self.started >= self.run.newest_ms)

    def store(self) -> Shipped:
        """Store the batch and return what is kept of its session then.

        Raises:
            RunClash, RunMissing: see `Store.ship`.
            AlreadyMade: a colour was drawn for a run that another process made at the same moment.
        """
        if self.run is not None and self.colour is not None:
            raise AlreadyMade
        kept = START if self.mine is None else Offset(self.mine.segment, self.mine.byte)
        base = self._step_base()
        if self.batch.start != kept:
            return Shipped(kept, base, self.run.version if self.run else 0, len(self.others))
        if self.run is None:
            self._check_purged()
        if self.first:
            self._check_resume()
        if self.run is None:
            self._create_run()
        self._write_session(base)
        self._write_details()
        living = [] if self.identity.helper else alive(self.others.values(), self.clock)
        met = -1
        if self.points or self.batch.metrics:
            others = max((w.elapsed_ms for w in self.others.values()), default=-1)
            begun = since(self.run, living)
            met = write_points(self.connection, self.batch, self.points, base, others, self.bulk, begun)
        version = self._write_run()
        return Shipped(self.batch.end, base, version, len(self.others), beside(self.run, living, met))

    # -------------------------------------------------------------------------------------------------- the session

    def _check_resume(self) -> None:
        if self.run is not None and self.identity.resume == "never":
            raise RunClash(
                f"the run {id_text(self.run_id)} exists already in project {self.run.project!r}: "
                'give resume="allow" to continue it, or leave out the id for a new run'
            )
        if self.run is None and self.identity.resume == "must":
            raise RunMissing(
                f'there is no run {id_text(self.run_id)} to resume: check the id, or give resume="allow"'
            )

    def _check_purged(self) -> None:
        if self.connection.execute(_READ_PURGED, {"this_run": self.run_id}).first() is not None:
            raise RunPurged(
                f"the run {id_text(self.run_id)} was deleted for good, and its id is not used again: "
                "leave out the id for a new run"
            )

    def _started(self) -> int:
        """Return when the session started, for the order of sessions; a helper comes before all.

        `elapsed_ms` never goes back between sessions, the wall clock may: the first points correct it.
        """
        if self.identity.helper:
            return 0
        started = int(self.mine.started_ms) if self.mine is not None else self.identity.created_ms
        if self.points and self.run is not None and (self.mine is None or self.mine.elapsed_ms < 0):
            started = max(started, self.run.created_ms + min(self.points.elapsed_ms))
        return started

    def _step_base(self) -> int:
        """Return what this session's counted steps are moved by: settled with its first points, foretold before."""
        if self.mine is not None and self.mine.step_base is not None:
            return int(self.mine.step_base)
        if not self.others or self.identity.resume == "never":  # the session that began the run counts from 0
            return 0
        last = self.connection.execute(_LAST_STEP, {"this_run": self.run_id}).scalar()
        return 0 if last is None else int(last) + 1

    def _write_session(self, base: int) -> None:
        batch, mine = self.batch, self.mine
        settled = base if self.points else None
        row: dict[str, Any] = {
            "segment": batch.end.segment,
            "byte": batch.end.byte,
            "started_ms": self.started,
            "beat_ms": self.clock.beat_ms,
            "elapsed_ms": self.highest_ms,
            "step_base": settled,
        }
        if mine is None:
            state = {"status": batch.status or "running", "exception": batch.exception}
            key = {"run_id": self.run_id, "session_id": self.identity.session_id}
            self.connection.execute(_NEW_WRITER, {**key, **row, **state})
            return
        row["beat_ms"] = 0 if batch.dead else max(mine.beat_ms, self.clock.beat_ms)
        row["elapsed_ms"] = max(mine.elapsed_ms, self.highest_ms)
        row["step_base"] = settled if mine.step_base is None else mine.step_base
        if batch.status is not None:
            row.update(status=batch.status, exception=batch.exception)
        key = {"this_run": self.run_id, "this_session": self.identity.session_id}
        self.connection.execute(_WRITER, {**key, **row})

    # ------------------------------------------------------------------------------------------------------ the run

    def _create_run(self) -> None:
        identity = self.identity
        colour = self.colour
        if colour is None:
            colour = draw_colour(self.connection, identity.project, self.clock.now_ms)
        self.connection.execute(
            _NEW_RUN,
            {
                "run_id": self.run_id,
                "project": identity.project,
                "name": identity.name,
                "group_name": identity.group,
                "notes": identity.notes,
                "status": "running",
                "exception": None,
                "colour": colour % PALETTE_SIZE,
                "created_ms": identity.created_ms,
                "changed_ms": self.clock.now_ms,
                "duration_ms": 0,
                "version": 0,
                "beat_ms": 0,
                "newest_ms": self.started,
                "environment": as_json(dict(identity.environment)),
            },
        )

    def _write_run(self) -> int:
        """Bring the run's row up to date and return its version."""
        run, batch = self.run, self.batch
        version = run.version if run else 0
        change: dict[str, Any] = {}
        change["duration_ms"] = max(self.highest_ms, batch.elapsed_ms or 0, run.duration_ms if run else 0)
        change["beat_ms"] = max(self.clock.beat_ms, self._last_beat())
        if self.first or _has_content(batch):
            change["version"] = version = version + 1
            change["changed_ms"] = max(self.clock.now_ms, run.changed_ms if run else 0)
        if self.newest:
            change.update(self._newest_changes())
        self.connection.execute(_RUN, {"this_run": self.run_id, **change})
        return version

    def _last_beat(self) -> int:
        """Return when the run gave its last sign of life before this batch."""
        if not self.batch.dead:
            return int(self.run.beat_ms) if self.run else 0
        return max((int(w.beat_ms) for w in self.others.values() if w.status == "running"), default=0)

    def _newest_changes(self) -> dict[str, Any]:
        """Return what only the newest session says of the run."""
        run, batch, identity = self.run, self.batch, self.identity
        change: dict[str, Any] = {"newest_ms": self.started}
        if not identity.helper and (self.first or batch.status is not None):
            change.update(status=batch.status or "running", exception=batch.exception)
        elif self.mine is not None and run is not None and self.started > run.newest_ms:
            change.update(status=self.mine.status, exception=self.mine.exception)
        if self.first and run is not None:
            begun = identity.created_ms
            if identity.group and begun >= (run.group_edited_ms or 0):
                change["group_name"] = identity.group
            if identity.notes and begun >= (run.notes_edited_ms or 0):
                change["notes"] = identity.notes
            if identity.environment:
                change["environment"] = as_json(dict(identity.environment))
        for what, text in (("name", batch.name), ("notes", batch.notes)):
            edited_ms = (run and run._mapping[f"{what}_edited_ms"]) or 0
            if text is not None and batch.said_ms.get(what, identity.created_ms) >= edited_ms:
                change[what] = text
        return change

    # -------------------------------------------------------------------------------------------------- its details

    def _write_details(self) -> None:
        batch, identity = self.batch, self.identity
        config = {**identity.config, **batch.config} if self.first else batch.config
        # What an older session says late fills gaps and undoes nothing.
        self._write_keys(CONFIG if self.newest else NEW_CONFIG, config)
        self._write_keys(SUMMARY if self.newest else NEW_SUMMARY, batch.summary)
        if batch.tags is not None and self.newest:
            self.connection.execute(t.tag.delete().where(t.tag.c.run_id == self.run_id))
            self._write_tags(batch.tags, 0)
        elif self.first and identity.tags:
            self._write_tags(identity.tags, following(self.connection, self.run_id, t.tag.c.position))
        if batch.annotations:
            numbered = enumerate(
                batch.annotations, following(self.connection, self.run_id, t.annotation.c.annotation_no)
            )
            rows = [
                (self.run_id, n, a.kind, a.title, a.text, a.step, a.epoch, a.at_ms, a.author)
                for n, a in numbered
            ]
            self.bulk.rows(self.connection, ANNOTATIONS, rows)

    def _write_keys(self, what: Upsert, items: Mapping[str, Any]) -> None:
        rows = [(self.run_id, key, as_json(value), number_of(value)) for key, value in sorted(items.items())]
        self.bulk.rows(self.connection, what, rows)

    def _write_tags(self, tags: Iterable[str], after: int) -> None:
        edits = self.connection.execute(_READ_TAG_EDITS, {"this_run": self.run_id}) if self.run else ()
        by_people = {edit.tag: bool(edit.added) for edit in edits}
        kept = dict.fromkeys(tag for tag in (*tags, *by_people) if by_people.get(tag, True))
        rows = [(self.run_id, tag, after + i) for i, tag in enumerate(kept)]
        self.bulk.rows(self.connection, TAGS, rows)


def _has_content(batch: Batch) -> bool:
    things = (batch.points, batch.config, batch.summary, batch.metrics, batch.annotations)
    said = (batch.name, batch.notes, batch.tags, batch.status)
    return any(things) or any(s is not None for s in said)


# Built once: in a training process the time to build a statement is taken from the training.
_this_run: BindParameter[int] = bindparam("this_run")
_READ_RUN = select(t.run).where(t.run.c.run_id == _this_run)
_READ_WRITERS = select(t.writer).where(t.writer.c.run_id == _this_run)
_READ_PURGED = select(t.purged.c.run_id).where(t.purged.c.run_id == _this_run)
_READ_TAG_EDITS = select(t.tag_edit).where(t.tag_edit.c.run_id == _this_run)
_LAST_STEP = select(func.max(t.series.c.last_step)).where(t.series.c.run_id == _this_run)
_NEW_RUN = insert(t.run)
_NEW_WRITER = insert(t.writer)
_RUN = update(t.run).where(t.run.c.run_id == _this_run)
_WRITER = update(t.writer).where(
    t.writer.c.run_id == _this_run, t.writer.c.session_id == bindparam("this_session")
)

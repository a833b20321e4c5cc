"""The transaction of one batch: what `Store.ship` promises, the same on every engine.

The engine opens the transaction and takes the run's lock; everything below then happens alone in that run. Points
have a module of their own, `arriving.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.engine import Row

from tracker.errors import RunClash, RunMissing
from tracker.model import PALETTE_SIZE, id_text
from tracker.store import tables as t
from tracker.store.arriving import write_points
from tracker.store.base import START, Batch, Offset, PointRow, Shipped
from tracker.store.bulk import (
    ANNOTATIONS,
    CONFIG,
    NEW_CONFIG,
    NEW_SUMMARY,
    SUMMARY,
    TAGS,
    Upsert,
    Upserter,
    insert_or_update,
)
from tracker.store.encoding import as_json, number_of


class Clock(NamedTuple):
    """The store's idea of now, and the beat of this batch (0: what is sent is left over and no sign of life)."""

    now_ms: int
    beat_ms: int


class AlreadyMade(Exception):
    """The run stands already, so that the colour drawn for it must be given back."""


@dataclass(slots=True)
class _Run:
    """What the store holds of the run when the batch arrives."""

    row: Row[*tuple[Any, ...]] | None
    writers: dict[int, Row[*tuple[Any, ...]]]


def ship(
    connection: Connection,
    batch: Batch,
    values: list[PointRow],
    colour: int | None,
    clock: Clock,
    upsert: Upserter,
) -> Shipped:
    """Store `batch`, whose points are `values`, on a connection that holds the run's lock.

    `colour` is the run's number among its project's runs if one was drawn already.

    Raises:
        RunClash, RunMissing: see `Store.ship`.
        AlreadyMade: a colour was drawn for a run that another process made at the same moment.
    """
    identity = batch.identity
    known = _read(connection, identity.run_id)
    if known.row is not None and colour is not None:
        raise AlreadyMade
    mine = known.writers.get(identity.session_id)
    kept = START if mine is None else Offset(mine.segment, mine.byte)
    if batch.start != kept:
        return Shipped(kept, _step_base(connection, batch, known, mine))
    if mine is None:
        _check_resume(batch, known)
    base = _step_base(connection, batch, known, mine)
    started = _started(batch, known, mine, values)
    newest = known.row is None or started >= known.row.newest_ms
    if known.row is None:
        _create_run(connection, batch, colour, clock, started)
    _write_session(connection, batch, mine, clock, started, base if values else None, values)
    _write_details(
        connection, batch, first=mine is None, newest=newest, fresh=known.row is None, upsert=upsert
    )
    if values or batch.metrics:
        others = max((w.elapsed_ms for n, w in known.writers.items() if n != identity.session_id), default=-1)
        write_points(connection, batch, values, base, others, upsert)
    _write_run(connection, batch, known, clock, started, newest, first=mine is None, values=values)
    return Shipped(batch.end, base)


def draw_colour(connection: Connection, project: str, now_ms: int) -> int:
    """Count one more run of `project`, making the project if needed, and return how many there were before."""
    statement = insert_or_update(connection, t.project).values(name=project, created_ms=now_ms, runs_made=1)
    made = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"runs_made": t.project.c.runs_made + 1}
        ).returning(t.project.c.runs_made)
    ).scalar_one()
    return int(made) - 1


def _read(connection: Connection, run_id: int) -> _Run:
    row = connection.execute(select(t.run).where(t.run.c.run_id == run_id)).first()
    if row is None:
        return _Run(None, {})
    writers = connection.execute(select(t.writer).where(t.writer.c.run_id == run_id))
    return _Run(row, {w.session_id: w for w in writers})


def _check_resume(batch: Batch, known: _Run) -> None:
    identity = batch.identity
    if known.row is not None and identity.resume == "never":
        raise RunClash(
            f"the run {id_text(identity.run_id)} exists already in project {known.row.project!r}: "
            'give resume="allow" to continue it, or leave out the id for a new run'
        )
    if known.row is None and identity.resume == "must":
        raise RunMissing(
            f'there is no run {id_text(identity.run_id)} to resume: check the id, or give resume="allow"'
        )


# ------------------------------------------------------------------------------------------------------------ sessions


def _step_base(connection: Connection, batch: Batch, known: _Run, mine: Row[*tuple[Any, ...]] | None) -> int:
    """Return what this session's counted steps are moved by: settled with its first points, foretold before."""
    if mine is not None and mine.step_base is not None:
        return int(mine.step_base)
    if not known.writers.keys() - {batch.identity.session_id}:
        return 0
    last = connection.execute(
        select(func.max(t.series.c.last_step)).where(t.series.c.run_id == batch.identity.run_id)
    ).scalar()
    return 0 if last is None else int(last) + 1


def _started(batch: Batch, known: _Run, mine: Row[*tuple[Any, ...]] | None, values: list[PointRow]) -> int:
    """Return when the session started, for the order of sessions.

    `elapsed_ms` never goes back between sessions, the wall clock may: the first points correct it.
    """
    started = int(mine.started_ms) if mine is not None else batch.identity.created_ms
    corrects = values and not batch.identity.helper
    if corrects and known.row is not None and (mine is None or mine.elapsed_ms < 0):
        started = max(started, known.row.created_ms + min(v.elapsed_ms for v in values))
    return started


def _write_session(
    connection: Connection,
    batch: Batch,
    mine: Row[*tuple[Any, ...]] | None,
    clock: Clock,
    started: int,
    base: int | None,
    values: list[PointRow],
) -> None:
    key = {"run_id": batch.identity.run_id, "session_id": batch.identity.session_id}
    highest = max((v.elapsed_ms for v in values), default=-1)
    row = {"segment": batch.end.segment, "byte": batch.end.byte, "started_ms": started}
    if mine is None:
        fresh = {"beat_ms": clock.beat_ms, "elapsed_ms": highest, "step_base": base}
        state = {"status": batch.status or "running", "exception": batch.exception}
        connection.execute(insert(t.writer).values(**key, **row, **fresh, **state))
        return
    grown = {
        "beat_ms": max(mine.beat_ms, clock.beat_ms),
        "elapsed_ms": max(mine.elapsed_ms, highest),
        "step_base": mine.step_base if mine.step_base is not None else base,
    }
    state = {} if batch.status is None else {"status": batch.status, "exception": batch.exception}
    connection.execute(
        update(t.writer)
        .where(t.writer.c.run_id == key["run_id"], t.writer.c.session_id == key["session_id"])
        .values(**row, **grown, **state)
    )


# ------------------------------------------------------------------------------------------------------------- the run


def _create_run(connection: Connection, batch: Batch, colour: int | None, clock: Clock, started: int) -> None:
    identity = batch.identity
    if colour is None:
        colour = draw_colour(connection, identity.project, clock.now_ms)
    connection.execute(
        insert(t.run).values(
            run_id=identity.run_id,
            project=identity.project,
            name=identity.name,
            group_name=identity.group,
            notes=identity.notes,
            status="running",
            exception=None,
            colour=colour % PALETTE_SIZE,
            created_ms=identity.created_ms,
            changed_ms=clock.now_ms,
            duration_ms=0,
            version=0,
            beat_ms=0,
            newest_ms=started,
            environment=as_json(dict(identity.environment)),
        )
    )


def _write_run(
    connection: Connection,
    batch: Batch,
    known: _Run,
    clock: Clock,
    started: int,
    newest: bool,
    *,
    first: bool,
    values: list[PointRow],
) -> None:
    change: dict[str, Any] = {}
    old = known.row
    elapsed = max((v.elapsed_ms for v in values), default=batch.elapsed_ms or 0)
    if old is None or max(elapsed, batch.elapsed_ms or 0) > old.duration_ms:
        change["duration_ms"] = max(elapsed, batch.elapsed_ms or 0)
    if clock.beat_ms > (old.beat_ms if old is not None else 0):
        change["beat_ms"] = clock.beat_ms
    if first or _has_content(batch):
        change["version"] = t.run.c.version + 1
        change["changed_ms"] = max(clock.now_ms, old.changed_ms if old is not None else 0)
    if newest:
        change["newest_ms"] = started
        if first or batch.status is not None:
            change.update(status=batch.status or "running", exception=batch.exception)
        elif old is not None and started > old.newest_ms:
            mine = known.writers[batch.identity.session_id]
            change.update(status=mine.status, exception=mine.exception)
        if first and batch.identity.environment:
            change["environment"] = as_json(dict(batch.identity.environment))
        if first and old is not None and old.group_name is None and batch.identity.group is not None:
            change["group_name"] = batch.identity.group
        if batch.name is not None:
            change["name"] = batch.name
        if batch.notes is not None:
            change["notes"] = batch.notes
        elif first and batch.identity.notes:
            change["notes"] = batch.identity.notes
    if change:
        connection.execute(update(t.run).where(t.run.c.run_id == batch.identity.run_id).values(**change))


def _has_content(batch: Batch) -> bool:
    things = (batch.points, batch.config, batch.summary, batch.metrics, batch.annotations)
    said = (batch.name, batch.notes, batch.tags, batch.status)
    return any(things) or any(s is not None for s in said)


def _write_details(
    connection: Connection, batch: Batch, *, first: bool, newest: bool, fresh: bool, upsert: Upserter
) -> None:
    identity = batch.identity
    run_id = identity.run_id
    config = {**identity.config, **batch.config} if first else batch.config
    # What an older session says late fills gaps and undoes nothing.
    _write_keys(connection, CONFIG if newest else NEW_CONFIG, run_id, config, upsert)
    _write_keys(connection, SUMMARY if newest else NEW_SUMMARY, run_id, batch.summary, upsert)
    if batch.tags is not None and newest:
        connection.execute(t.tag.delete().where(t.tag.c.run_id == run_id))
        upsert(connection, TAGS, _numbered(run_id, batch.tags))
    elif first and identity.tags:
        after = 0 if fresh else _next(connection, t.tag, t.tag.c.position, run_id)
        upsert(connection, TAGS, _numbered(run_id, identity.tags, after))
    if batch.annotations:
        after = _next(connection, t.annotation, t.annotation.c.annotation_no, run_id)
        notes = enumerate(batch.annotations, after)
        upsert(
            connection,
            ANNOTATIONS,
            [(run_id, n, a.kind, a.title, a.text, a.step, a.epoch, a.at_ms) for n, a in notes],
        )


def _write_keys(
    connection: Connection, what: Upsert, run_id: int, items: dict[str, Any], upsert: Upserter
) -> None:
    if items:
        rows = [(run_id, key, as_json(value), number_of(value)) for key, value in sorted(items.items())]
        upsert(connection, what, rows)


def _numbered(run_id: int, tags: Iterable[str], after: int = 0) -> list[tuple[int, str, int]]:
    return [(run_id, tag, after + i) for i, tag in enumerate(dict.fromkeys(tags))]


def _next(connection: Connection, table: Any, column: Any, run_id: int) -> int:
    highest = connection.execute(select(func.max(column)).where(table.c.run_id == run_id)).scalar()
    return 0 if highest is None else int(highest) + 1

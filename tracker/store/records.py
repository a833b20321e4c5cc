"""Rows of the run table and what belongs to them, as `RunRecord`s."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select
from sqlalchemy.engine import Row

from tracker.model import RunRecord
from tracker.store import tables as t
from tracker.store.encoding import from_json
from tracker.store.fetching import chunks, fetch, status_of

THERE = t.run.c.deleted_ms.is_(None)
"""The condition that nobody deleted a run."""
DELETED = t.run.c.deleted_ms.is_not(None)


def read_runs(
    connection: Connection,
    now_ms: int,
    conditions: Sequence[ColumnElement[bool]],
    run_ids: list[int] | None = None,
) -> list[RunRecord]:
    """Return the runs that meet all conditions, in any order; `run_ids` narrows them down."""
    rows: list[Row[*tuple[Any, ...]]] = []
    details: list[dict[int, dict[str, Any]]] = [defaultdict(dict), defaultdict(dict)]
    tags: dict[int, list[str]] = defaultdict(list)
    for chunk in [None] if run_ids is None else chunks(run_ids):
        here = list(conditions) if chunk is None else [*conditions, t.run.c.run_id.in_(chunk)]
        rows += connection.execute(select(t.run).where(*here)).all()
        for table, into in zip((t.config, t.summary), details, strict=True):
            query: Select[Any] = select(table.c.run_id, table.c.key, table.c.text)
            for run_id, key, text in fetch(connection, _of_runs(query, table, here)):
                into[run_id][key] = from_json(text)
        tagged = select(t.tag.c.run_id, t.tag.c.tag).order_by(t.tag.c.run_id, t.tag.c.position)
        for run_id, tag in fetch(connection, _of_runs(tagged, t.tag, here)):
            tags[run_id].append(tag)
    config, summary = details
    return [
        _record(x, now_ms, config.get(x.run_id, {}), summary.get(x.run_id, {}), tags.get(x.run_id, ()))
        for x in rows
    ]


def stands(connection: Connection, run_id: int) -> bool:
    """Tell whether the store holds a run, deleted or not."""
    return connection.execute(select(t.run.c.run_id).where(t.run.c.run_id == run_id)).first() is not None


def _of_runs(query: Select[Any], table: Any, conditions: list[Any]) -> Select[Any]:
    return query.join(t.run, t.run.c.run_id == table.c.run_id).where(*conditions)


def _record(
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
        archived_ms=row.archived_ms,
        deleted_ms=row.deleted_ms,
    )

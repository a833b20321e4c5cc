"""How rows come out of a database in bulk: as the driver's own tuples, a thousand runs a statement."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Select

from tracker.model import LOST_AFTER_MS, Status

T = TypeVar("T")

IN_CHUNK = 1000


def fetch(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a query as the driver's own tuples."""
    result = connection.execute(query)
    try:
        return cast("list[tuple[Any, ...]]", result.cursor.fetchall() if result.cursor else [])
    finally:
        result.close()


def chunks(ids: list[T]) -> list[list[T]]:
    """Return a list in pieces that one statement takes."""
    return [ids[i : i + IN_CHUNK] for i in range(0, len(ids), IN_CHUNK)]


def status_of(kept: str, beat_ms: int, now_ms: int) -> Status:
    """Return a run's status as readers see it: running without a sign of life for long is lost."""
    lost = kept == "running" and beat_ms < now_ms - LOST_AFTER_MS
    return "lost" if lost else cast(Status, kept)

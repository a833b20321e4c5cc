"""Rows in bulk: Core builds each statement once, then the driver takes the rows as they are.

Here is what SQLite takes, one INSERT and its rows by executemany, points many to a statement; what PostgreSQL takes
is in `unnesting.py`. A key must not come twice in one call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, count, repeat
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, literal_column
from sqlalchemy.dialects import sqlite

from tracker.store import tables as t
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE

NUMBERED = not (3, 12) <= sys.version_info < (3, 12, 4)
"""Python 3.12.0 to 3.12.3 take a numbered parameter for a named one and warn of it with every row."""

ROWS = (100, 10) if NUMBERED else ()
"""Points in one statement on SQLite, as many as there are: 100 cost less than half of 100 statements, more gain nothing."""


class Upsert(NamedTuple):
    """Rows of `columns` into `table`; where `key` exists already, `replace` is overwritten (nothing when empty).

    `latest` names a column whose value must not be lower than the kept one for the row to be overwritten.
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    replace: tuple[str, ...]
    latest: str | None = None


class Arrival(NamedTuple):
    """Points of one series on their way; `fresh`: no point stands at any of their steps, as the run's lock warrants."""

    series_no: int
    stretch: Stretch
    fresh: bool


class Bulk(NamedTuple):
    """How an engine sends rows of any table in bulk, and the points of a run."""

    rows: Callable[[Connection, Upsert, Sequence[tuple[Any, ...]]], None]
    points: Callable[[Connection, int, Sequence[Arrival]], None]


def _upsert(table: Table, key: str, *, latest: str | None = None, replace: bool = True) -> Upsert:
    columns = tuple(c.name for c in table.columns)
    keys = tuple(key.split())
    return Upsert(table, columns, keys, tuple(c for c in columns if c not in keys) if replace else (), latest)


POINTS = _upsert(t.point, "run_id series_no step", latest="elapsed_ms")
SERIES = _upsert(t.series, "run_id name")
CONFIG = _upsert(t.config, "run_id key")
SUMMARY = _upsert(t.summary, "run_id key")
NEW_CONFIG = _upsert(t.config, "run_id key", replace=False)
NEW_SUMMARY = _upsert(t.summary, "run_id key", replace=False)
TAGS = _upsert(t.tag, "run_id tag", replace=False)
ANNOTATIONS = _upsert(t.annotation, "run_id annotation_no", replace=False)


def executemany(connection: Connection, what: Upsert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows on SQLite: one statement, the driver's own loop over the rows."""
    if rows:
        connection.exec_driver_sql(_sqlite_statement(what), list(rows))


def executemany_points(connection: Connection, run_id: int, arrivals: Sequence[Arrival]) -> None:
    """Store points on SQLite, many of one series to a statement."""
    # Not through Core, which would make a list of the rows first.
    cursor: Any = connection.connection.cursor()
    single: dict[tuple[bool, bool], list[tuple[Any, ...]]] = {}
    for series_no, stretch, _ in arrivals:
        step, value, kind, epoch, elapsed_ms = stretch
        columns = [c for c in (step, value, kind, epoch, elapsed_ms) if c is not None]
        given = (kind is not None, epoch is not None)
        start = 0
        for rows in ROWS:
            end = len(step) - (len(step) - start) % rows
            if start < end:
                flat = chain.from_iterable(zip(*(c[start:end] for c in columns), strict=True))
                places = zip(repeat(run_id), repeat(series_no), *[flat] * (rows * len(columns)), strict=False)
                cursor.executemany(_sqlite_points(rows, *given), places)
            start = end
        rest = zip(*(c[start:] for c in columns), strict=True)
        single.setdefault(given, []).extend((run_id, series_no, *point) for point in rest)
    for given, points in single.items():
        cursor.executemany(_sqlite_points(1, *given), points)
    cursor.close()


SQLITE = Bulk(executemany, executemany_points)


def insert_or_update(connection: Connection, table: Table) -> Any:
    """Return the engine's own INSERT, which knows `on_conflict_do_update`; both engines spell it alike."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # a training process that writes to SQLite never needs it

    return postgresql.insert(table)


def on_conflict(insert: Any, what: Upsert) -> Any:
    """Return an engine's INSERT with what `what` says of keys that stand already; both engines spell it alike."""
    if not what.replace:
        return insert.on_conflict_do_nothing(index_elements=list(what.key))
    where = None
    if what.latest is not None:
        where = insert.excluded[what.latest] >= what.table.c[what.latest]
    changes = {name: insert.excluded[name] for name in what.replace}
    return insert.on_conflict_do_update(index_elements=list(what.key), set_=changes, where=where)


@cache
def _sqlite_statement(what: Upsert) -> str:
    insert = sqlite.insert(what.table).values({name: bindparam(name) for name in what.columns})
    compiled = on_conflict(insert, what).compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert list(compiled.positiontup or ()) == list(what.columns)
    return str(compiled)


@cache
def _sqlite_points(rows: int, kinds: bool, epochs: bool) -> str:
    """Return the statement for `rows` points of one series: run and series come once, then each point's own columns.

    Without `kinds` all are finite, without `epochs` none has one: the driver takes 0.4 us to bind a None.
    """
    own = ["step", "value", *["kind"] * kinds, *["epoch"] * epochs, "elapsed_ms"]
    number = count(3)

    def place(at: int) -> Any:
        return literal_column(f"?{at}" if rows > 1 else "?")  # a single point needs no parameter twice

    def point() -> dict[str, Any]:
        return {
            "kind": literal_column(str(FINITE)),
            "epoch": literal_column("NULL"),
            "run_id": place(1),
            "series_no": place(2),
            **{name: place(next(number)) for name in own},
        }

    insert = sqlite.insert(t.point).values([point() for _ in range(rows)])
    return str(on_conflict(insert, POINTS).compile(dialect=sqlite.dialect()))

"""Rows in bulk: Core builds each statement once, then the driver takes the rows as they are.

SQLite gets one INSERT and its rows by executemany, points many to a statement. PostgreSQL gets one INSERT ... SELECT
FROM unnest(arrays), which runs alike on plain, partitioned, distributed and pooled databases; points travel as binary
arrays. A key must not come twice in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain, count, repeat
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, Table, bindparam, column, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tracker.store import tables as t
from tracker.store.arrays import binary_array
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE

ROWS = 50
"""Points in one statement on SQLite; more gain nothing."""


class Upsert(NamedTuple):
    """Rows of `columns` into `table`; where `key` exists already, `replace` is overwritten (nothing when empty).

    `latest` names a column whose value must not be lower than the kept one for the row to be overwritten.
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    replace: tuple[str, ...]
    latest: str | None = None


class Bulk(NamedTuple):
    """How an engine sends rows of any table in bulk, and the points of a run: its series' numbers and stretches."""

    rows: Callable[[Connection, Upsert, Sequence[tuple[Any, ...]]], None]
    points: Callable[[Connection, int, Sequence[tuple[int, Stretch]]], None]


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


def executemany_points(connection: Connection, run_id: int, series: Sequence[tuple[int, Stretch]]) -> None:
    """Store points on SQLite: `ROWS` of one series to a statement, which costs less than half of a statement a row."""
    # Not through Core, which would make a list of the rows first.
    cursor: Any = connection.connection.cursor()
    for series_no, stretch in series:
        step, value, kind, epoch, elapsed_ms = stretch
        columns = [c for c in (step, value, kind, epoch, elapsed_ms) if c is not None]
        together = len(step) // ROWS * ROWS
        for rows, start, end in ((ROWS, 0, together), (1, together, len(step))):
            if start < end:
                flat = chain.from_iterable(zip(*(c[start:end] for c in columns), strict=True))
                places = zip(repeat(run_id), repeat(series_no), *[flat] * (rows * len(columns)), strict=False)
                cursor.executemany(_sqlite_points(rows, finite=kind is None), places)
    cursor.close()


def unnest(connection: Connection, what: Upsert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows on PostgreSQL: one statement, one array a column."""
    if not rows:
        return
    arrays = {name: list(values) for name, values in zip(what.columns, zip(*rows, strict=True), strict=True)}
    connection.exec_driver_sql(_postgres_statement(what), arrays)


def unnest_points(connection: Connection, run_id: int, series: Sequence[tuple[int, Stretch]]) -> None:
    """Store points on PostgreSQL: one statement, one binary array a column."""
    series = [(number, stretch) for number, stretch in series if stretch.step]
    if not series:
        return
    stretches = [stretch for _, stretch in series]
    sizes = [len(stretch.step) for stretch in stretches]
    columns: dict[str, Iterable[Any]] = {
        "run_id": repeat(run_id, sum(sizes)),
        "series_no": chain.from_iterable(repeat(n, size) for (n, _), size in zip(series, sizes, strict=True)),
        "step": chain.from_iterable(s.step for s in stretches),
        "value": chain.from_iterable(s.value for s in stretches),
        "kind": chain.from_iterable(s.kind or repeat(FINITE, len(s.step)) for s in stretches),
        "epoch": chain.from_iterable(s.epoch for s in stretches),
        "elapsed_ms": chain.from_iterable(s.elapsed_ms for s in stretches),
    }
    arrays = {name: binary_array(t.point.c[name].type, list(columns[name])) for name in POINTS.columns}
    connection.exec_driver_sql(_postgres_statement(POINTS), arrays)


SQLITE = Bulk(executemany, executemany_points)
POSTGRES = Bulk(unnest, unnest_points)


def insert_or_update(connection: Connection, table: Table) -> Any:
    """Return the engine's own INSERT, which knows `on_conflict_do_update`; both engines spell it alike."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


@cache
def _sqlite_statement(what: Upsert) -> str:
    insert = sqlite.insert(what.table).values({name: bindparam(name) for name in what.columns})
    compiled = _on_conflict(insert, what).compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert list(compiled.positiontup or ()) == list(what.columns)
    return str(compiled)


@cache
def _sqlite_points(rows: int, *, finite: bool) -> str:
    """Return the statement for `rows` points of one series: run and series come once, then each point's own columns."""
    own = [c for c in POINTS.columns if c not in ("run_id", "series_no") and not (finite and c == "kind")]
    number = count(3)

    def point() -> dict[str, Any]:
        shared: dict[str, Any] = {"run_id": literal_column("?1"), "series_no": literal_column("?2")}
        return {
            "kind": literal_column(str(FINITE)),
            **shared,
            **{name: literal_column(f"?{next(number)}") for name in own},
        }

    insert = sqlite.insert(t.point).values([point() for _ in range(rows)])
    return str(_on_conflict(insert, POINTS).compile(dialect=sqlite.dialect()))


@cache
def _postgres_statement(what: Upsert) -> str:
    arrays = [bindparam(name, type_=ARRAY(what.table.c[name].type)) for name in what.columns]
    rows = func.unnest(*arrays).table_valued(*(column(name) for name in what.columns), name="new_rows")
    rows = rows.render_derived()
    insert = postgresql.insert(what.table).from_select(
        list(what.columns), select(*(rows.c[name] for name in what.columns))
    )
    dialect: Any = PGDialect_psycopg  # its constructor is not typed
    return str(_on_conflict(insert, what).compile(dialect=dialect()))


def _on_conflict(insert: Any, what: Upsert) -> Any:
    if not what.replace:
        return insert.on_conflict_do_nothing(index_elements=list(what.key))
    where = None
    if what.latest is not None:
        where = insert.excluded[what.latest] >= what.table.c[what.latest]
    changes = {name: insert.excluded[name] for name in what.replace}
    return insert.on_conflict_do_update(index_elements=list(what.key), set_=changes, where=where)

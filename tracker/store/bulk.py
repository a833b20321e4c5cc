"""Rows in bulk: Core builds each statement once, then the driver takes the rows as they are.

SQLite gets one INSERT and its rows by executemany. PostgreSQL gets one INSERT ... SELECT FROM unnest(arrays), which
runs alike on plain, partitioned, distributed and pooled databases. A key must not come twice in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tracker.store import tables as t


class Upsert(NamedTuple):
    """Rows of `columns` into `table`; where `key` exists already, `replace` is overwritten (nothing when empty).

    `latest` names a column whose value must not be lower than the kept one for the row to be overwritten.
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    replace: tuple[str, ...]
    latest: str | None = None


Upserter = Callable[[Connection, Upsert, Sequence[tuple[Any, ...]]], None]
"""How an engine sends rows in bulk."""


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


def unnest(connection: Connection, what: Upsert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows on PostgreSQL: one statement, one array a column."""
    if not rows:
        return
    arrays = {name: list(values) for name, values in zip(what.columns, zip(*rows, strict=True), strict=True)}
    connection.exec_driver_sql(_postgres_statement(what), arrays)


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

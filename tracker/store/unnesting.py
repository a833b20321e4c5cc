"""Rows in bulk for PostgreSQL: one INSERT ... SELECT FROM unnest(arrays), many fresh points by a binary COPY.

The statement runs alike on plain, partitioned, distributed and pooled databases; where a server takes no COPY, it
takes over. A key must not come twice in one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any

from sqlalchemy import ARRAY, Connection, bindparam, column, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tracker.store import rowcopy
from tracker.store import tables as t
from tracker.store.arrays import binary_array
from tracker.store.bulk import POINTS, Arrival, Bulk, Upsert, on_conflict
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE

LEAST_COPIED = 1_000
"""Points from which on a COPY saves more than its savepoint costs, which takes three more round trips."""

NOT_COPIED = ("0A", "23", "42", "XX")
"""Classes of sqlstate after which the statement is tried: a server that has no COPY, and a key that stands after all,
which distributed tables report as an internal error."""


def unnest(connection: Connection, what: Upsert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows: one statement, one array a column."""
    if not rows:
        return
    arrays = {name: list(values) for name, values in zip(what.columns, zip(*rows, strict=True), strict=True)}
    connection.exec_driver_sql(_postgres_statement(what), arrays)


def send_points(connection: Connection, run_id: int, arrivals: Sequence[Arrival]) -> None:
    """Store points: many fresh ones by COPY, which takes the server a third of the time, the others by `unnest`."""
    fresh = [(n, stretch) for n, stretch, fresh in arrivals if fresh and rowcopy.fits(stretch)]
    if sum(len(stretch.step) for _, stretch in fresh) < LEAST_COPIED or not _copied(
        connection, run_id, fresh
    ):
        fresh = []
    sent = {number for number, _ in fresh}
    _unnest_points(connection, run_id, [(n, stretch) for n, stretch, _ in arrivals if n not in sent])


def _copied(connection: Connection, run_id: int, series: Sequence[tuple[int, Stretch]]) -> bool:
    """Copy points into the table; tell whether the server took them, else nothing has happened."""
    driver: Any = connection.connection.driver_connection
    rows = [rowcopy.rows_of(run_id, number, stretch) for number, stretch in series]
    point = connection.begin_nested()
    try:
        with driver.cursor() as cursor, cursor.copy(rowcopy.STATEMENT) as copy:
            copy.write(b"".join([rowcopy.HEAD, *rows, rowcopy.END]))
    except Exception as error:
        state = getattr(error, "sqlstate", None) or ""
        if not state.startswith(NOT_COPIED):
            raise
        point.rollback()
        return False
    point.commit()
    return True


def _unnest_points(connection: Connection, run_id: int, series: Sequence[tuple[int, Stretch]]) -> None:
    """Store points: one statement, one binary array a column."""
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
        "epoch": chain.from_iterable(s.epoch or repeat(None, len(s.step)) for s in stretches),
        "elapsed_ms": chain.from_iterable(s.elapsed_ms for s in stretches),
    }
    arrays = {name: binary_array(t.point.c[name].type, list(columns[name])) for name in POINTS.columns}
    connection.exec_driver_sql(_postgres_statement(POINTS), arrays)


POSTGRES = Bulk(unnest, send_points)


@cache
def _postgres_statement(what: Upsert) -> str:
    arrays = [bindparam(name, type_=ARRAY(what.table.c[name].type)) for name in what.columns]
    rows = func.unnest(*arrays).table_valued(*(column(name) for name in what.columns), name="new_rows")
    rows = rows.render_derived()
    insert = postgresql.insert(what.table).from_select(
        list(what.columns), select(*(rows.c[name] for name in what.columns))
    )
    dialect: Any = PGDialect_psycopg  # its constructor is not typed
    return str(on_conflict(insert, what).compile(dialect=dialect()))

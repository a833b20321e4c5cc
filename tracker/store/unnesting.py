"""Rows in bulk for PostgreSQL: one INSERT ... SELECT FROM unnest(arrays), points as binary arrays.

It runs alike on plain, partitioned, distributed and pooled databases. A key must not come twice in one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any

from sqlalchemy import ARRAY, Connection, bindparam, column, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tracker.store import tables as t
from tracker.store.arrays import binary_array
from tracker.store.bulk import POINTS, Bulk, Upsert, on_conflict
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE


def unnest(connection: Connection, what: Upsert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows: one statement, one array a column."""
    if not rows:
        return
    arrays = {name: list(values) for name, values in zip(what.columns, zip(*rows, strict=True), strict=True)}
    connection.exec_driver_sql(_postgres_statement(what), arrays)


def unnest_points(connection: Connection, run_id: int, series: Sequence[tuple[int, Stretch]]) -> None:
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


POSTGRES = Bulk(unnest, unnest_points)


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

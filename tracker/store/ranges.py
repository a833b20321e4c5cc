"""Points of a series by their steps: those of a range, and those behind a step of many series at once.

A series may hold millions: a range is read in pieces, so that no statement of PostgreSQL runs into its timeout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
)

from tracker.store import tables as t

if TYPE_CHECKING:
    from tracker.model import Series

LAST = 2**63 - 1
"""No step lies behind it."""

PIECE = 262_144
"""Points that one statement returns at most."""

_KEYS = 1000
_p = t.point.c


def stretch(
    connection: Connection, run_id: int, number: int, name: str, low: int, high: int, most: int | None = None
) -> Series:
    """Return the first `most` points (None: a piece) of a series with low <= step <= high."""
    places = {
        "run_id": run_id,
        "number": number,
        "low": low,
        "high": high,
        "most": PIECE if most is None else most,
    }
    if connection.dialect.name == "sqlite":
        from tracker.store.columns import series_from_rows

        return series_from_rows(name, _driver(connection).execute(_sqlite_range(), places))
    from tracker.store.columns import series_from_columns

    found = _copied(connection, _postgres_range(), places, {(run_id, number): name})
    return found.get((run_id, name)) or series_from_columns(name, *_nothing())


def pieces(
    connection: Connection, run_id: int, number: int, name: str, low: int = 0, high: int = LAST
) -> Iterator[Series]:
    """Yield the points of a series with low <= step <= high, piece by piece in step order."""
    while True:
        piece = stretch(connection, run_id, number, name, low, high)
        if len(piece):
            yield piece
        if len(piece) < PIECE:
            return
        low = int(piece.step[-1]) + 1


def whole(
    connection: Connection, run_id: int, number: int, name: str, low: int = 0, high: int = LAST
) -> Series:
    """Return all points of a series with low <= step <= high, however many."""
    return joined(name, list(pieces(connection, run_id, number, name, low, high)))


def joined(name: str, parts: list[Series]) -> Series:
    """Return parts of a series, one behind the other, as one."""
    import numpy as np

    from tracker.model import Series
    from tracker.store.columns import series_from_columns

    if len(parts) == 1:
        return parts[0]
    if not parts:
        return series_from_columns(name, *_nothing())
    columns = ("step", "epoch", "value", "elapsed_ms")
    return Series(name, *(np.concatenate([getattr(part, c) for part in parts]) for c in columns))


def all_of(connection: Connection, keys: Mapping[tuple[int, int], str]) -> dict[tuple[int, str], Series]:
    """Return all points of many series, no more than `PIECE` with one statement; a series without any is left out."""
    s = t.series.c
    sizes: dict[tuple[int, int], int] = {}
    runs = sorted({run_id for run_id, _ in keys})
    for start in range(0, len(runs), _KEYS):
        query = select(s.run_id, s.series_no, s["count"]).where(s.run_id.in_(runs[start : start + _KEYS]))
        sizes.update(((run_id, number), size) for run_id, number, size in connection.execute(query))
    found: dict[tuple[int, str], Series] = {}
    bundle: dict[tuple[int, int], tuple[str, int]] = {}
    points = 0
    for key, name in keys.items():
        if sizes[key] > PIECE:
            found[key[0], name] = whole(connection, *key, name)
            continue
        if points + sizes[key] > PIECE:
            found |= behind(connection, bundle)
            bundle, points = {}, 0
        bundle[key] = (name, -1)
        points += sizes[key]
    return found | behind(connection, bundle)


def behind(
    connection: Connection, keys: Mapping[tuple[int, int], tuple[str, int]]
) -> dict[tuple[int, str], Series]:
    """Return the points of many series behind a step of each; a series without any is left out.

    Args:
        connection: reads one unchanging state.
        keys: the name and the step by (run id, series number); -1 is before all.
    """
    if connection.dialect.name == "sqlite":
        from tracker.store import abreast
        from tracker.store.columns import series_from_rows

        driver = _driver(connection)
        found = abreast.read(connection, {key: name for key, (name, step) in keys.items() if step < 0})
        for (run_id, number), (name, step) in keys.items():
            if (run_id, name) in found:
                continue
            places = {"run_id": run_id, "number": number, "low": step + 1, "high": LAST, "most": -1}
            series = series_from_rows(name, driver.execute(_sqlite_range(), places))
            if len(series):
                found[run_id, name] = series
        return found
    out: dict[tuple[int, str], Series] = {}
    listed = list(keys.items())
    names = {key: name for key, (name, _) in listed}
    for start in range(0, len(listed), _KEYS):
        bundle = listed[start : start + _KEYS]
        arrays = {
            "runs": [run_id for (run_id, _), _ in bundle],
            "numbers": [number for (_, number), _ in bundle],
            "steps": [step for _, (_, step) in bundle],
        }
        out |= _copied(connection, _postgres_behind(), arrays, names)
    return out


def _copied(
    connection: Connection, statement: str, places: dict[str, Any], names: Mapping[tuple[int, int], str]
) -> dict[tuple[int, str], Series]:
    from tracker.store.columns import series_from_binary_copy

    driver = _driver(connection)
    connection.exec_driver_sql(_BY_KEY)
    with driver.cursor() as cursor, cursor.copy(statement, places) as copy:
        return series_from_binary_copy(copy, names)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _nothing() -> list[Any]:
    import numpy as np

    return [np.empty(0, kind) for kind in (np.int64, np.float64, np.int8, np.float64, np.int64)]


# By the key whatever the planner thinks: for 20 series among two million points it chose to read the whole table,
# 0.4 s instead of 4 ms.
_BY_KEY = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true)"
)


@cache
def _sqlite_range() -> str:
    from sqlalchemy.dialects import sqlite

    from tracker.store.abreast import logged

    columns = (_p.step, _p.epoch, logged(_p.value, _p.kind), _p.elapsed_ms)
    query = select(*columns).where(*_in_range()).order_by(_p.step)
    # Core would add an offset of 0 as a parameter of its own.
    return f"{query.compile(dialect=sqlite.dialect(paramstyle='named'))} LIMIT :most"


@cache
def _postgres_range() -> str:
    return _copy(
        _fixed_width().where(*_in_range()).order_by(_p.step).limit(bindparam("most", type_=BigInteger))
    )


@cache
def _postgres_behind() -> str:
    wanted = (
        func.unnest(
            bindparam("runs", type_=ARRAY(BigInteger)),
            bindparam("numbers", type_=ARRAY(Integer)),
            bindparam("steps", type_=ARRAY(BigInteger)),
        )
        .table_valued(column("run_id"), column("series_no"), column("step"), name="wanted")
        .render_derived()
    )
    same = and_(_p.run_id == wanted.c.run_id, _p.series_no == wanted.c.series_no, _p.step > wanted.c.step)
    return _copy(_fixed_width().select_from(wanted.join(t.point, same)))


def _in_range() -> tuple[Any, ...]:
    return (
        _p.run_id == bindparam("run_id"),
        _p.series_no == bindparam("number"),
        _p.step.between(bindparam("low"), bindparam("high")),
    )


def _fixed_width() -> Select[Any]:
    """Return a query of points whose every column has a fixed width: NULL comes as NaN."""
    nan: Any = literal_column("'NaN'::double precision")
    return select(
        _p.run_id,
        _p.series_no,
        _p.step,
        func.coalesce(_p.value, nan),
        _p.kind,
        func.coalesce(_p.epoch, nan),
        _p.elapsed_ms,
    )


def _copy(query: Select[Any]) -> str:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    dialect: Any = PGDialect_psycopg  # its constructor is not typed
    return f"COPY ({query.compile(dialect=dialect())}) TO STDOUT (FORMAT BINARY)"

"""Series that were logged together, read side by side from SQLite: one row a step instead of one a point.

Most runs log their metrics with one call, so that these share every step, epoch and time. The driver makes a Python
object of each number: to read what is shared once leaves half of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, bindparam, case, func, literal_column, select
from sqlalchemy.dialects import sqlite

from tracker.model import Series
from tracker.store import tables as t
from tracker.store.columns import Cursor, columns_from_rows
from tracker.store.fetching import chunks

Key = tuple[int, int]
"""A run's id and the number of a series in it."""

MOST = 8
"""Series in one statement."""


def logged(value: Any, kind: Any) -> Any:
    """Return a value as it was logged, in SQLite's SQL: NULL stands for NaN alone."""
    kinds: list[Any] = [literal_column(str(one)) for one in (t.INFINITE, t.MINUS_INFINITE)]
    infinities: list[Any] = [literal_column(one) for one in ("9e999", "-9e999")]
    return func.coalesce(
        value, case(*((kind == one, sign) for one, sign in zip(kinds, infinities, strict=True)))
    )


def read(connection: Connection, keys: Mapping[Key, str]) -> dict[tuple[int, str], Series]:
    """Return the points of those series that share all steps, epochs and times with another; the others are left out.

    Args:
        connection: reads one unchanging state of a SQLite file.
        keys: the names of the series.
    """
    found: dict[tuple[int, str], Series] = {}
    driver: Any = connection.connection.driver_connection
    for run_id, numbers, count in _alike(connection, keys):
        places = {"run_id": run_id, **{f"number{i}": number for i, number in enumerate(numbers)}}
        cursor: Cursor = driver.execute(_side_by_side(len(numbers)), places)
        step, epoch, elapsed_ms, *values = columns_from_rows(
            cursor, (np.int64, np.float64, np.int64, *[np.float64] * len(numbers))
        )
        if len(step) < count:
            continue  # they end alike and are not
        for number, value in zip(numbers, values, strict=True):
            name = keys[run_id, number]
            # Each its own arrays: who reads may write into them.
            found[run_id, name] = Series(name, step.copy(), epoch.copy(), value, elapsed_ms.copy())
    return found


def _alike(connection: Connection, keys: Mapping[Key, str]) -> Iterator[tuple[int, list[int], int]]:
    """Yield a run, some of its series that have as many points and end with the same one, and how many points."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for runs in chunks(sorted({run_id for run_id, _ in keys})):
        for run_id, number, *end in connection.execute(_ENDS, {"runs": runs}):
            if (run_id, number) in keys:
                groups.setdefault((run_id, *end), []).append(number)
    for (run_id, count, *_), numbers in groups.items():
        for start in range(0, len(numbers), MOST):
            some = numbers[start : start + MOST]
            if len(some) > 1:
                yield run_id, some, count


def _last(column: Any) -> Any:
    # A subquery for each series: with a join SQLite walks all points and looks for the series of each.
    last = and_(_p.run_id == _s.run_id, _p.series_no == _s.series_no, _p.step == _s.last_step)
    return select(column).where(last).correlate(t.series).scalar_subquery()


_s, _p = t.series.c, t.point.c
_ENDS = select(
    _s.run_id, _s.series_no, _s["count"], _s.last_step, _last(_p.elapsed_ms), _last(_p.epoch)
).where(_s.run_id.in_(bindparam("runs", expanding=True)))


@cache
def _side_by_side(count: int) -> str:
    """Return the statement for the points of `count` series that share step, epoch and time."""
    first, *others = [t.point.alias(f"p{i}") for i in range(count)]
    values = [logged(one.c.value, one.c.kind) for one in (first, *others)]
    query = select(first.c.step, first.c.epoch, first.c.elapsed_ms, *values)
    query = query.where(first.c.run_id == bindparam("run_id"), first.c.series_no == bindparam("number0"))
    for i, other in enumerate(others, 1):
        shared = [
            other.c.run_id == first.c.run_id,
            other.c.series_no == bindparam(f"number{i}"),
            other.c.step == first.c.step,
            other.c.elapsed_ms == first.c.elapsed_ms,
            other.c.epoch.is_not_distinct_from(first.c.epoch),
        ]
        query = query.where(*shared)
    return str(query.order_by(first.c.step).compile(dialect=sqlite.dialect(paramstyle="named")))

"""What a write at or below a series' last step leaves behind for those who keep something derived from its points.

Whoever holds points of a series sees by its token whether only later ones have come since; the buckets of a long
series that a late point falls into are marked and made again when somebody reads them. Here is no numpy: this runs in
the training process.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from tracker.store import tables as t
from tracker.store.bulk import Bulk, Upsert

MARKS = 0
"""Level of the rows that mark a block of buckets as out of date; its own step is the mark's."""

TOP = 3
"""The highest level of buckets: every block has some."""

TOKEN = -1
"""Block of the mark that holds the series' token."""

_KEY = ("run_id", "series_no", "level", "block")
_COLUMNS = (*_KEY, "buckets")
_MARKED = Upsert(t.preview, _COLUMNS, _KEY, ())
_TOKENS = Upsert(t.preview, _COLUMNS, _KEY, ("buckets",))

_p = t.preview.c
_run: BindParameter[int] = bindparam("this_run")
_here = (_p.run_id == _run, _p.series_no == bindparam("number"), _p.level == bindparam("level"))
_FIRST = select(func.min(_p.block)).where(*_here)
_BEFORE = select(func.max(_p.block)).where(*_here, _p.block <= bindparam("step"))
_BLOCKS = (
    select(_p.block).where(*_here, _p.block.between(bindparam("low"), bindparam("high"))).order_by(_p.block)
)


def mark(connection: Connection, run_id: int, late: Sequence[tuple[int, Sequence[int]]], bulk: Bulk) -> None:
    """Say that points were written at these steps, the first of which is not behind all that stood before.

    Args:
        connection: holds the run's lock.
        run_id: the run.
        late: (series number, steps, rising).
        bulk: how rows travel.
    """
    if not late:
        return
    token = os.urandom(8)
    bulk.rows(connection, _TOKENS, [(run_id, number, MARKS, TOKEN, token) for number, _ in late])
    marked = [
        (run_id, number, MARKS, block, b"")
        for number, steps in late
        for block in _touched(connection, run_id, number, steps)
    ]
    bulk.rows(connection, _MARKED, marked)


def _touched(connection: Connection, run_id: int, number: int, steps: Sequence[int]) -> list[int]:
    """Return the blocks into which the steps fall; what lies before the first one is its."""
    here = {"this_run": run_id, "number": number, "level": TOP}
    lowest: int | None = connection.execute(_FIRST, here).scalar()
    if lowest is None:
        return []
    first = connection.execute(_BEFORE, {**here, "step": max(steps[0], lowest)}).scalar()
    around = {**here, "low": first, "high": max(steps[-1], lowest)}
    blocks = [int(block) for (block,) in connection.execute(_BLOCKS, around)]
    return sorted({blocks[max(bisect_right(blocks, step) - 1, 0)] for step in steps})

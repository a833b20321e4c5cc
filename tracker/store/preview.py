"""Long series without their rows: buckets that are folded forward on read, by one process at a time.

A series of more than `LONG` points has blocks of buckets in the table `preview`, one row a level; a block stands for
all points from its first step up to the next block's. Points behind the last block, fewer than one block's once it
is folded, are read as rows. A late write marks the blocks that it falls into (`late.py`), in its own transaction, and
a marked block is read from its rows until it is folded again: what is returned always says what the points say, also
where nothing can be written. Everything here can be dropped and is made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, select

from tracker.model import Series
from tracker.store import buckets as b
from tracker.store import tables as t
from tracker.store.bulk import Bulk, Upsert
from tracker.store.late import MARKS, TOKEN, TOP
from tracker.store.ranges import LAST, pieces, stretch, whole

BLOCKS_AT_ONCE = 4
"""Blocks that one transaction folds: writers of the run wait for it, a few hundredths of a second."""

Place = tuple[int, int, str]
"""A series: run id, series number, name."""
_KEY = ("run_id", "series_no", "level", "block")
_BLOCKS = Upsert(t.preview, (*_KEY, "buckets"), _KEY, ("buckets",))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of a series: the first step of each block, its buckets of the top level, and the marked blocks.

    `end` is the last step that the blocks stand for, -1 without any; `rest` how many points lie behind it, less than
    nothing when the blocks say more than there is.
    """

    blocks: NDArray[np.int64]
    tops: tuple[b.Buckets, ...]
    marked: tuple[int, ...]
    end: int
    rest: int

    @property
    def sound(self) -> bool:
        """Whether the blocks can be what the points say."""
        return self.rest >= 0

    @property
    def due(self) -> bool:
        """Whether there is something to fold."""
        return not self.sound or bool(self.marked) or self.rest >= b.BLOCK_POINTS


def standing(connection: Connection, place: Place, count: int) -> Standing:
    """Return what is kept of a series that has `count` points."""
    run_id, number, _ = place
    here = {"this_run": run_id, "number": number}
    rows = connection.execute(_READ, {**here, "level": TOP, "low": 0, "high": LAST}).all()
    marks = connection.execute(_READ_MARKS, here).all()
    starts = np.array([row.block for row in rows], np.int64)
    tops = tuple(b.unpacked([bytes(row.buckets)]) for row in rows)
    known = set(starts.tolist())
    marked = tuple(sorted(int(row.block) for row in marks if row.block in known))
    end = int(tops[-1]["last"]["step"][-1]) if tops else -1
    # What a marked block says is out of date: how many points it stands for is not known, so neither is the rest.
    rest = count - sum(int(top["count"].sum()) for top in tops)
    return Standing(starts, tops, marked, end, max(rest, 0) if marked else rest)


class Folded(NamedTuple):
    """Where one transaction stopped folding, for the next to go on from without reading all blocks again.

    `last` is the last block, `end` the last step and `points` the number of points that the blocks stand for; they hold
    as long as that block is the last and the series has this token.
    """

    token: bytes
    last: int
    end: int
    points: int


ANEW = Folded(b"", -1, -1, 0)
"""The next transaction has to look at all blocks."""


def fold(connection: Connection, place: Place, count: int, bulk: Bulk, done: Folded = ANEW) -> Folded | None:
    """Fold one stretch of what is due, while the caller holds the run's lock.

    Args:
        connection: writes.
        place: the series.
        count: how many points it has.
        bulk: how rows travel.
        done: what the call before returned.

    Returns:
        Where the next call goes on; None: nothing more is due.
    """
    token = _token(connection, place)
    end, points = done.end, done.points
    if done is ANEW or (token, _last_block(connection, place)) != (done.token, done.last):
        now = standing(connection, place, count)
        if not now.sound:
            drop(connection, place)
            now = standing(connection, place, count)
        if now.marked:
            for block in now.marked[:BLOCKS_AT_ONCE]:
                _fold_again(connection, place, now, block, bulk)
            return ANEW
        end, points = now.end, count - now.rest
    rest = count - points
    if rest < b.BLOCK_POINTS:
        return None
    most = b.BLOCK_POINTS * BLOCKS_AT_ONCE
    taken = stretch(connection, *place, end + 1, LAST, most)
    if len(taken) < min(rest, most):
        # Points are missing behind the blocks: a version without marks wrote them before.
        drop(connection, place)
        return ANEW
    full = len(taken) // b.BLOCK_POINTS * b.BLOCK_POINTS
    _write(connection, place, b.points_of(taken)[:full], bulk)
    if rest - full < b.BLOCK_POINTS:
        return None
    return Folded(token, int(taken.step[full - b.BLOCK_POINTS]), int(taken.step[full - 1]), points + full)


def drop(connection: Connection, place: Place) -> None:
    """Forget the buckets of a series; they are made again when somebody reads them."""
    run_id, number, _ = place
    connection.execute(_DROP, {"this_run": run_id, "number": number})


def read(
    connection: Connection, place: Place, count: int, low: int, high: int, rows: int, most: int
) -> Series:
    """Return a long series between two steps: as its rows when there are few, else by its buckets.

    Args:
        connection: reads one unchanging state.
        place: the series.
        count: how many points it has.
        low: the first step.
        high: the last step.
        rows: the most points that are returned as they are.
        most: the most buckets, about.
    """
    now = standing(connection, place, count)
    if not now.sound:
        now = Standing(np.empty(0, np.int64), (), (), -1, count)
    first = max(int(np.searchsorted(now.blocks, low, "right")) - 1, 0)
    last = int(np.searchsorted(now.blocks, high, "right"))
    inside = _points_within(now, first, last, low, high)
    if high > now.end:
        inside += min(now.rest, _count(connection, place, max(low, now.end + 1), high))
    if inside <= rows:
        return whole(connection, *place, low, high)
    level = next((n for n in b.LEVELS if inside <= most * b.FACTOR**n), TOP)
    parts = _kept(connection, place, now, first, last, level)
    if high > now.end:
        parts += [
            b.pyramid(b.points_of(p))[level] for p in pieces(connection, *place, max(now.end + 1, low), high)
        ]
    found = np.concatenate([b.NONE, *parts])
    return b.overview(place[2], _within(connection, place, found, low, high, level))


def _count(connection: Connection, place: Place, low: int, high: int) -> int:
    run_id, number, _ = place
    return int(
        connection.execute(_COUNT, {"this_run": run_id, "number": number, "low": low, "high": high}).scalar()
        or 0
    )


def _token(connection: Connection, place: Place) -> bytes:
    run_id, number, _ = place
    return bytes(connection.execute(_READ_TOKEN, {"this_run": run_id, "number": number}).scalar() or b"")


def _last_block(connection: Connection, place: Place) -> int | None:
    run_id, number, _ = place
    return connection.execute(_LAST_BLOCK, {"this_run": run_id, "number": number}).scalar()


def _points_within(now: Standing, first: int, last: int, low: int, high: int) -> int:
    """Return about how many points of some blocks lie between two steps, from the buckets of the top level."""
    found = 0.0
    for top in now.tops[first:last]:
        start, end = top["first"]["step"], top["last"]["step"]
        share = (np.minimum(end, high) - np.maximum(start, low) + 1) / (end - start + 1)
        found += float((np.clip(share, 0, 1) * top["count"]).sum())
    return round(found)


def _kept(
    connection: Connection, place: Place, now: Standing, first: int, last: int, level: int
) -> list[b.Buckets]:
    """Return the buckets of some blocks at a level, those of marked blocks from their rows."""
    if first >= last:
        return []
    run_id, number, _ = place
    blocks = now.blocks[first:last]
    wanted = {"low": int(blocks[0]), "high": int(blocks[-1]), "level": level}
    rows = connection.execute(_READ, {"this_run": run_id, "number": number, **wanted}).all()
    marked = set(now.marked)
    if not marked.intersection(blocks.tolist()):
        return [b.unpacked([bytes(row.buckets) for row in rows])]
    out = []
    for row in rows:
        if row.block in marked:
            points = whole(connection, *place, *_reach(now, row.block))
            out.append(b.pyramid(b.points_of(points))[level])
        else:
            out.append(b.unpacked([bytes(row.buckets)]))
    return out


def _within(
    connection: Connection, place: Place, found: b.Buckets, low: int, high: int, level: int
) -> b.Buckets:
    """Return the buckets between two steps, the first and the last of them anew where they reach beyond."""
    first, last = found["first"]["step"], found["last"]["step"]
    inside = (last >= low) & (first <= high)
    early, late = inside & (first < low), inside & (first >= low) & (last > high)

    def cut(some: b.Buckets) -> list[b.Buckets]:
        # An extreme that lies outside would hide the one inside.
        ends = [(max(low, int(one["first"]["step"])), min(high, int(one["last"]["step"]))) for one in some]
        return [b.pyramid(b.points_of(whole(connection, *place, *steps)))[level] for steps in ends]

    kept = found[inside & ~early & ~late]
    return np.concatenate([b.NONE, *cut(found[early]), kept, *cut(found[late])])


def _reach(now: Standing, block: int) -> tuple[int, int]:
    """Return the first and last step that belong to a block; what lies before the first block is its."""
    at = int(np.searchsorted(now.blocks, block))
    low = 0 if at == 0 else block
    return low, int(now.blocks[at + 1]) - 1 if at + 1 < len(now.blocks) else now.end


def _fold_again(connection: Connection, place: Place, now: Standing, block: int, bulk: Bulk) -> None:
    run_id, number, _ = place
    low, high = _reach(now, block)
    points = b.points_of(whole(connection, *place, low, high))
    connection.execute(_DROP_BLOCK, {"this_run": run_id, "number": number, "at": block})
    _write(connection, place, points, bulk)


def _write(connection: Connection, place: Place, points: b.Points, bulk: Bulk) -> None:
    """Write the blocks of these points; the last takes what is left over."""
    run_id, number, _ = place
    written: list[tuple[Any, ...]] = []
    starts = [i * b.BLOCK_POINTS for i in range(max(1, len(points) // b.BLOCK_POINTS))]
    for start, end in zip(starts, [*starts[1:], len(points)], strict=True):
        first = int(points["step"][start])
        for level, found in b.pyramid(points[start:end]).items():
            written.append((run_id, number, level, first, b.packed(found)))
    bulk.rows(connection, _BLOCKS, written)


_p = t.preview.c
_here = (_p.run_id == bindparam("this_run"), _p.series_no == bindparam("number"))
_READ = (
    select(_p.block, _p.buckets)
    .where(*_here, _p.level == bindparam("level"), _p.block.between(bindparam("low"), bindparam("high")))
    .order_by(_p.block)
)
_READ_MARKS = select(_p.block).where(*_here, _p.level == MARKS, _p.block > TOKEN)
_READ_TOKEN = select(_p.buckets).where(*_here, _p.level == MARKS, _p.block == TOKEN)
_LAST_BLOCK = select(func.max(_p.block)).where(*_here, _p.level == TOP)
_COUNT = select(func.count()).where(
    t.point.c.run_id == bindparam("this_run"),
    t.point.c.series_no == bindparam("number"),
    t.point.c.step.between(bindparam("low"), bindparam("high")),
)
_DROP = delete(t.preview).where(*_here, _p.block > TOKEN)
_DROP_BLOCK = delete(t.preview).where(*_here, _p.block == bindparam("at"))

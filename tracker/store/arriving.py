"""The points of one batch on their way into the tables, inside the transaction that `shipping.py` describes.

Whether a point stands already, and which of two stays, is decided here under the run's lock, because the tallies
must count exactly what the table holds; the guard in the statement itself says the same once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from tracker.store import tables as t
from tracker.store.base import Batch, PointRow
from tracker.store.bulk import POINTS, SERIES, Upserter
from tracker.store.encoding import kind_of
from tracker.store.tally import Tally

IN_CHUNK = 500


def write_points(
    connection: Connection, batch: Batch, values: list[PointRow], base: int, others: int, upsert: Upserter
) -> None:
    """Store a batch's points and definitions, and bring the tallies of their series up to date.

    `values` are the batch's points in journal order, `base` is what counted steps are moved by, and `others` is the
    highest `elapsed_ms` of other sessions' points (-1: there are none).
    """
    latest = _latest(values, base)
    tallies = _tallies(connection, batch, latest)
    rows: list[tuple[Any, ...]] = []
    for name, points in latest.items():
        rows += _rows(connection, tallies[name], points, others)
    upsert(connection, POINTS, rows)
    for tally in tallies.values():
        if tally.stale:
            _recount_extremes(connection, tally)
    upsert(connection, SERIES, [tally.row() for tally in tallies.values()])


def _latest(values: list[PointRow], base: int) -> dict[str, dict[int, PointRow]]:
    """Reduce a batch to the last value of each (series, step), counted steps moved behind the earlier sessions'."""
    latest: dict[str, dict[int, PointRow]] = {}
    for value in values:
        step = value.step + base if value.counted else value.step
        latest.setdefault(value.name, {})[step] = value
    return latest


def _tallies(
    connection: Connection, batch: Batch, latest: dict[str, dict[int, PointRow]]
) -> dict[str, Tally]:
    """Return the tallies of all series that the batch touches, numbers allotted to the new ones."""
    run_id = batch.identity.run_id
    names = [*latest, *(name for name in batch.metrics if name not in latest)]
    tallies = _read_tallies(connection, run_id, names)
    new = any(name not in tallies or tallies[name].count == 0 for name in names)
    highest = connection.execute(_HIGHEST_NUMBER, {"this_run": run_id}).scalar() if new else None
    number = 0 if highest is None else int(highest) + 1
    for name in names:
        tally = tallies.get(name)
        # A defined metric gets its final number with its first point: series stand in the order of first logs.
        if tally is None or (tally.count == 0 and name in latest):
            tallies[name] = Tally(run_id, number, name, tally.definition if tally else None)
            number += 1
        if name in batch.metrics:
            tallies[name].define(batch.metrics[name])
    return tallies


def _rows(
    connection: Connection, tally: Tally, points: dict[int, PointRow], others: int
) -> list[tuple[Any, ...]]:
    """Return the rows of one series that shall stand, in step order, and count them."""
    old = {} if tally.all_after(points) else _read_points(connection, tally, points)
    rows: list[tuple[Any, ...]] = []
    for step in sorted(points):
        point, before = points[step], old.get(step)
        elapsed = point.elapsed_ms
        if before is not None and before > elapsed:
            if before <= others:
                continue
            # Its own session logged it, in another thread and a moment earlier: the journal's order decides.
            elapsed = before
        tally.add(step, point, replaced=before is not None)
        rows.append((tally.run_id, tally.series_no, step, *kind_of(point.value), point.epoch, elapsed))
    return rows


def _read_tallies(connection: Connection, run_id: int, names: list[str]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for start in range(0, len(names), IN_CHUNK):
        some = {"this_run": run_id, "names": names[start : start + IN_CHUNK]}
        found.update((row.name, Tally.read(row)) for row in connection.execute(_READ_SERIES, some))
    return found


def _read_points(connection: Connection, tally: Tally, points: Iterable[int]) -> dict[int, int]:
    """Return the `elapsed_ms` of the points that stand at these steps already."""
    steps = sorted(points)
    key = {"this_run": tally.run_id, "number": tally.series_no}
    found: dict[int, int] = {}
    for start in range(0, len(steps), IN_CHUNK):
        some = {**key, "steps": steps[start : start + IN_CHUNK]}
        found.update((row.step, row.elapsed_ms) for row in connection.execute(_READ_POINTS, some))
    return found


def _recount_extremes(connection: Connection, tally: Tally) -> None:
    """Find min and max again from the points: the one that was the extreme has been logged anew."""
    p = t.point.c
    query = (
        select(p.value, p.step, p.epoch)
        .where(p.run_id == tally.run_id, p.series_no == tally.series_no, p.kind == t.FINITE)
        .limit(1)
    )
    low = connection.execute(query.order_by(p.value, p.step)).first()
    high = connection.execute(query.order_by(p.value.desc(), p.step)).first()
    tally.set_extremes(low, high)


# Built once: in a training process the time to build a statement is taken from the training.
_this_run: BindParameter[int] = bindparam("this_run")
_HIGHEST_NUMBER = select(func.max(t.series.c.series_no)).where(t.series.c.run_id == _this_run)
_READ_SERIES = select(t.series).where(
    t.series.c.run_id == _this_run, t.series.c.name.in_(bindparam("names", expanding=True))
)
_READ_POINTS = select(t.point.c.step, t.point.c.elapsed_ms).where(
    t.point.c.run_id == _this_run,
    t.point.c.series_no == bindparam("number"),
    t.point.c.step.in_(bindparam("steps", expanding=True)),
)

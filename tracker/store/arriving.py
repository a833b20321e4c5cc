"""The points of one batch on their way into the tables, inside the transaction that `shipping.py` describes.

Whether a point stands already, and which of two stays, is decided here under the run's lock, because the tallies
must count exactly what the table holds; the guard in the statement itself says the same once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from tracker.store import tables as t
from tracker.store.base import Batch, Points
from tracker.store.bulk import SERIES, Arrival, Bulk
from tracker.store.late import mark
from tracker.store.stretches import Stretch, stretches
from tracker.store.tables import FINITE
from tracker.store.tally import Tally

IN_CHUNK = 500


def write_points(
    connection: Connection,
    batch: Batch,
    points: Points,
    base: int,
    others: int,
    bulk: Bulk,
    since: int | None = None,
) -> int:
    """Store a batch's points and definitions, and bring the tallies of their series up to date.

    Args:
        connection: holds the run's lock.
        batch: the batch.
        points: its points, checked.
        base: what counted steps are moved by.
        others: the highest `elapsed_ms` of other sessions' points; -1: there are none.
        bulk: how rows travel.
        since: the `elapsed_ms` from which on standing points are looked at for the answer; None: none are.

    Returns:
        The highest step at which a point from `since` or later stood already; -1: there was none.
    """
    met = -1
    latest = stretches(points, base)
    tallies = _tallies(connection, batch, latest)
    arrivals: list[Arrival] = []
    behind: list[tuple[int, Sequence[int]]] = []
    for name, stretch in latest.items():
        tally = tallies[name]
        late = not tally.all_after(stretch.step[0])
        old = _read_points(connection, tally, stretch.step) if late else {}
        if late:
            behind.append((tally.series_no, stretch.step))
        if old:
            if since is not None:
                met = max(met, *(step for step, elapsed in old.items() if elapsed >= since), -1)
            stretch = _beside_old(tally, stretch, old, others)
        else:
            tally.extend(stretch)
        arrivals.append(Arrival(tally.series_no, stretch, fresh=not old))
    bulk.points(connection, batch.identity.run_id, arrivals)
    mark(connection, batch.identity.run_id, behind, bulk)
    for tally in tallies.values():
        if tally.stale:
            _recount_extremes(connection, tally)
    bulk.rows(connection, SERIES, [tally.row() for tally in tallies.values()])
    return met


def _tallies(connection: Connection, batch: Batch, latest: Mapping[str, Stretch]) -> dict[str, Tally]:
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


def _beside_old(tally: Tally, new: Stretch, old: dict[int, int], others: int) -> Stretch:
    """Return the points that shall stand, some of them where `old` ones (step: `elapsed_ms`) stand, and count them."""
    fresh = [place for place, step in enumerate(new.step) if step not in old]
    if fresh:
        tally.extend(new.taken(fresh))
    times = list(new.elapsed_ms)
    kept = []
    for place, step in enumerate(new.step):
        if step in old:
            if old[step] > times[place]:
                if old[step] <= others:
                    continue
                # Its own session logged it, in another thread and a moment earlier: the journal's order decides.
                times[place] = old[step]
            kind = FINITE if new.kind is None else new.kind[place]
            epoch = None if new.epoch is None else new.epoch[place]
            tally.replace(step, new.value[place], kind, epoch)
        kept.append(place)
    return new._replace(elapsed_ms=times).taken(kept)


def _read_tallies(connection: Connection, run_id: int, names: list[str]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for start in range(0, len(names), IN_CHUNK):
        some = {"this_run": run_id, "names": names[start : start + IN_CHUNK]}
        found.update((row.name, Tally.read(row)) for row in connection.execute(_READ_SERIES, some))
    return found


def _read_points(connection: Connection, tally: Tally, steps: Sequence[int]) -> dict[int, int]:
    """Return the `elapsed_ms` of the points that stand at these steps already."""
    key = {"this_run": tally.run_id, "number": tally.series_no}
    found: dict[int, int] = {}
    for start in range(0, len(steps), IN_CHUNK):
        some = {**key, "steps": list(steps[start : start + IN_CHUNK])}
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

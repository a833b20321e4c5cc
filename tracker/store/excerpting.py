"""The reads of `Excerpts` for both engines; rows come as the driver's own tuples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, select

from tracker.model import Series
from tracker.store import tables as t
from tracker.store.excerpts import SessionRecord
from tracker.store.fetching import chunks, fetch, status_of
from tracker.store.transactions import Transactions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ExcerptReads(Transactions):
    """The part of an engine that `Excerpts` speaks of."""

    def steps(self, run_id: int, names: Sequence[str]) -> NDArray[np.int64]:
        """See `Excerpts`."""
        import numpy as np  # loaded by who reads: a training process that only writes does without

        from tracker.store.columns import ROWS, Cursor

        self._check_schema()
        p = t.point.c

        def work(connection: Connection) -> NDArray[np.int64]:
            found = np.empty(0, np.int64)
            for number in _numbers(connection, run_id, names):
                query = select(p.step).where(p.run_id == run_id, p.series_no == number).order_by(p.step)
                pieces = [np.empty(0, np.int64)]
                with connection.execute(query) as result:
                    cursor = cast(Cursor, result.cursor)
                    while rows := cursor.fetchmany(ROWS):
                        pieces.append(np.array(rows, np.int64).ravel())
                steps = np.concatenate(pieces)
                found = steps if not len(found) or np.array_equal(found, steps) else np.union1d(found, steps)
            return found

        return self._read(work)

    def excerpt(self, run_id: int, names: Sequence[str], first: int, last: int) -> dict[str, Series]:
        """See `Excerpts`."""
        import numpy as np

        from tracker.store.columns import series_from_columns

        self._check_schema()
        p = t.point.c
        columns = select(p.step, p.value, p.kind, p.epoch, p.elapsed_ms).order_by(p.step)

        def work(connection: Connection) -> dict[str, Series]:
            out = {}
            for number, name in _numbers(connection, run_id, names).items():
                rows = fetch(
                    connection,
                    columns.where(p.run_id == run_id, p.series_no == number, p.step.between(first, last)),
                )
                if rows:
                    step, value, kind, epoch, elapsed = zip(*rows, strict=True)
                    out[name] = series_from_columns(
                        name,
                        np.array(step, np.int64),
                        np.array(value, np.float64),
                        np.array(kind, np.int8),
                        np.array(epoch, np.float64),
                        np.array(elapsed, np.int64),
                    )
            return out

        return self._read(work)

    def sessions(self, run_id: int) -> tuple[SessionRecord, ...]:
        """See `Excerpts`."""
        self._check_schema()
        w = t.writer.c
        query = (
            select(w.session_id, w.started_ms, w.beat_ms, w.elapsed_ms, w.status, w.exception)
            .where(w.run_id == run_id, w.started_ms > 0)
            .order_by(w.started_ms, w.session_id)
        )

        def work(connection: Connection) -> tuple[SessionRecord, ...]:
            now = self._now_ms(connection)
            return tuple(
                SessionRecord(number, started, beat, reached, status_of(status, beat, now), exception)
                for number, started, beat, reached, status, exception in fetch(connection, query)
            )

        return self._read(work)


def _numbers(connection: Connection, run_id: int, names: Sequence[str]) -> dict[int, str]:
    """Return the series of a run with these names by their number, in the order of their first log."""
    s = t.series.c
    found: dict[int, str] = {}
    for some in chunks(list(dict.fromkeys(names))):
        query = select(s.series_no, s.name).where(s.run_id == run_id, s.name.in_(some), s.count > 0)
        found |= dict(fetch(connection, query))
    return dict(sorted(found.items()))

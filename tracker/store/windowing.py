"""The reads of `Windows` for both engines: long series as far as a picture needs them, growing ones by what is new."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select

from tracker.errors import StoreError
from tracker.store import ranges
from tracker.store import tables as t
from tracker.store.bulk import Bulk
from tracker.store.fetching import chunks
from tracker.store.late import MARKS, TOKEN
from tracker.store.transactions import Transactions
from tracker.store.windows import LONG, Held, Key, Steps

if TYPE_CHECKING:
    from tracker.model import Series
    from tracker.store.preview import Folded

_log = logging.getLogger("tracker.store")


class Numbered(NamedTuple):
    """A series' number in its run and how many points it has."""

    number: int
    size: int


class WindowReads(Transactions):
    """The part of an engine that `Windows` speaks of."""

    _bulk: Bulk

    def window(
        self, wanted: Mapping[Key, Steps | None], *, rows: int = LONG, buckets: int = 8192
    ) -> dict[Key, Series]:
        """See `Windows`."""
        self._check_schema()
        short: dict[Key, Series] = {}

        def work(connection: Connection) -> dict[Key, Numbered]:
            found = numbered(connection, wanted)
            few = {key: f for key, f in found.items() if f.size <= max(rows, LONG)}
            names = {(run_id, f.number): (name, -1) for (run_id, name), f in few.items()}
            short.update(ranges.behind(connection, names) if names else {})
            return {key: f for key, f in found.items() if key not in few}

        long = self._read(work)
        out = {key: _between(series, wanted[key]) for key, series in short.items()}
        for key, found in long.items():
            self._fold(key, found.number)
            series = self._read_long(key, wanted[key], rows, buckets)
            if series is not None:
                out[key] = series
        return out

    def grown(self, held: Mapping[Key, Held | None]) -> dict[Key, Held]:
        """See `Windows`."""
        self._check_schema()

        def work(connection: Connection) -> dict[Key, Held]:
            found = numbered(connection, held)
            tokens = _tokens(connection, {key: f.number for key, f in found.items()})
            known: dict[Key, Series] = {}
            for key in found:
                had = held[key]
                if had is not None and had.token == tokens[key] and len(had.series):
                    known[key] = had.series
            steps = {
                (key[0], f.number): (key[1], int(known[key].step[-1]) if key in known else -1)
                for key, f in found.items()
            }
            new = ranges.behind(connection, steps) if steps else {}
            out = {}
            for key in found:
                parts = [part for part in (known.get(key), new.get(key)) if part is not None]
                out[key] = Held(ranges.joined(key[1], parts), tokens[key])
            return out

        return self._read(work)

    def fold_long(self) -> int:
        """See `Windows`."""
        self._check_schema()
        s = t.series.c
        query = select(s.run_id, s.name, s.series_no).where(s["count"] > LONG)
        found = self._read(lambda connection: connection.execute(query).all())
        for run_id, name, number in found:
            self._fold((run_id, name), number)
        return len(found)

    # -------------------------------------------------------------------------------------------------------- inside

    def _fold(self, key: Key, number: int) -> None:
        """Bring the buckets of a long series up to date, if nobody else does and something can be written."""
        from tracker.store import preview

        run_id, name = key

        def due(connection: Connection) -> bool:
            count = _count(connection, run_id, number)
            return preview.standing(connection, (run_id, number, name), count).due

        try:
            done: preview.Folded | None = preview.ANEW if self._read(due) else None
            while done is not None:
                done = self._fold_one(run_id, number, name, done)
        except StoreError as error:
            # A store that is read-only, or whose lock somebody else holds for long: the rows say the same.
            _log.debug("the buckets of %r were not folded: %s", name, error)

    def _fold_one(self, run_id: int, number: int, name: str, done: Folded) -> Folded | None:
        from tracker.store import preview

        def work(connection: Connection) -> Folded | None:
            self._enter_run(connection, run_id)
            place = (run_id, number, name)
            return preview.fold(connection, place, _count(connection, run_id, number), self._bulk, done)

        return self._write(work)

    def _read_long(self, key: Key, steps: Steps | None, rows: int, buckets: int) -> Series | None:
        """Return a long series, None when its run was purged since it was found."""
        from tracker.store import preview

        low, high = steps or (0, ranges.LAST)

        def work(connection: Connection) -> Series | None:
            found = numbered(connection, {key: None}).get(key)
            if found is None:
                return None
            place = (key[0], found.number, key[1])
            return preview.read(connection, place, found.size, low, high, rows, buckets)

        return self._read(work)


def numbered(connection: Connection, keys: Iterable[Key]) -> dict[Key, Numbered]:
    """Return the number and the size of each series that there is."""
    wanted = set(keys)
    s = t.series.c
    found: dict[Key, Numbered] = {}
    names = sorted({name for _, name in wanted})
    for runs in chunks(sorted({run_id for run_id, _ in wanted})):
        for some in chunks(names):
            query = select(s.run_id, s.series_no, s.name, s["count"]).where(
                s.run_id.in_(runs), s.name.in_(some), s["count"] > 0
            )
            for run_id, number, name, count in connection.execute(query):
                if (run_id, name) in wanted:
                    found[run_id, name] = Numbered(number, count)
    return found


def _count(connection: Connection, run_id: int, number: int) -> int:
    s = t.series.c
    query = select(s["count"]).where(s.run_id == run_id, s.series_no == number)
    return int(connection.execute(query).scalar() or 0)


def _tokens(connection: Connection, numbers: Mapping[Key, int]) -> dict[Key, bytes]:
    p = t.preview.c
    found: dict[tuple[int, int], bytes] = {}
    for runs in chunks(sorted({run_id for run_id, _ in numbers})):
        query = select(p.run_id, p.series_no, p.buckets).where(
            p.run_id.in_(runs), p.level == MARKS, p.block == TOKEN
        )
        found.update(((run_id, number), bytes(token)) for run_id, number, token in connection.execute(query))
    return {key: found.get((key[0], number), b"") for key, number in numbers.items()}


def _between(series: Series, steps: Steps | None) -> Series:
    """Return the points of a series between two steps."""
    if steps is None:
        return series
    from tracker.model import Series

    first, last = series.step.searchsorted(steps[0], "left"), series.step.searchsorted(steps[1], "right")
    inside = slice(first, last)
    return Series(
        series.name,
        series.step[inside],
        series.epoch[inside],
        series.value[inside],
        series.elapsed_ms[inside],
    )

"""The points that pages draw: read once, brought up to date by what is new, and of long series only what is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tracker.charts.lines import Line, Options
from tracker.charts.reach import steps_seen, with_windows
from tracker.curves.align import Clock, clock, positions
from tracker.curves.cards import Card, cards
from tracker.curves.names import Pair
from tracker.curves.sampling import sample
from tracker.dashboard.lru import Lru, Newest
from tracker.dashboard.rows import main_pairs
from tracker.errors import NotFound
from tracker.model import MetricDefinition, RunRecord, Series, SeriesRecord, id_number
from tracker.store.base import Store
from tracker.store.windows import LONG, Held, Key, Steps

Described = Mapping[int, tuple[SeriesRecord, ...]]
State = tuple[int, int, bool]
"""One state of a run: its id, its version, and whether it runs."""

ZOOMED = 8_192
"""Points of a zoomed range up to which they are read one by one; of more, buckets of 16 fill every column of pixels."""

_UNSAID = MetricDefinition()


class SeriesReads:
    """The part of `Data` that knows the series of runs.

    Args:
        store: The store to read.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._described: Newest[int, tuple[SeriesRecord, ...]] = Newest(200_000, len)
        self._cards: Lru[tuple[Any, ...], tuple[Card, ...]] = Lru(200)
        self._lines: Newest[Key, Series] = Newest(4_000_000, lambda s: len(s) + 100)
        self._held: Lru[Key, Held] = Lru(8_000_000, lambda h: len(h.series) + 100)
        self._windows: Lru[tuple[int, Steps], tuple[Series, Series]] = Lru(
            2_000_000, lambda w: len(w[1]) + 100
        )

    def described(self, records: Sequence[RunRecord]) -> dict[int, tuple[SeriesRecord, ...]]:
        """Return what the store keeps about every series of each run, in the order of their first log."""
        found = {
            r.run_id: kept for r in records if (kept := self._described.get(r.run_id, state(r))) is not None
        }
        missing = [r for r in records if r.run_id not in found]
        if missing:
            read = self.store.series([r.run_id for r in missing])
            for record in missing:
                found[record.run_id] = read.get(record.run_id, ())
                self._described.put(record.run_id, state(record), found[record.run_id])
        return found

    def cards(self, records: Sequence[RunRecord], *, main: bool = False) -> tuple[Card, ...]:
        """Return all metrics of these runs as cards; the loss and accuracy that every page shows only with `main`."""
        described = self.described(records)
        names: dict[str, MetricDefinition] = {}
        shown: set[str] = set()
        for record in records:
            series = described[record.run_id]
            for one in series:
                if names.get(one.name, _UNSAID) == _UNSAID:
                    names[one.name] = one.definition
            if not main:
                shown.update(name for pair in main_pairs(series) for name in names_of(pair) if name)
        asked = (tuple(names.items()), frozenset(shown))
        found = self._cards.get(asked)
        if found is None:
            found = cards(tuple(names), names, without=shown)
            self._cards.put(asked, found)
        return found

    def metric_lines(
        self, records: Sequence[RunRecord], names: Sequence[str]
    ) -> dict[int, dict[str, Series]]:
        """Return series of each run by their names as logged; a name that a run did not log is left out.

        Only what changed since it was asked for last is read from the store. A series of more than `LONG` points comes
        as an `Overview`; `in_range` completes it where a page zooms.
        """
        described = self.described(records)
        found: dict[int, dict[str, Series]] = {record.run_id: {} for record in records}
        missing: list[Key] = []
        for record in records:
            logged = {one.name for one in described[record.run_id]}
            for name in dict.fromkeys(n for n in names if n in logged):
                kept = self._lines.get((record.run_id, name), state(record))
                if kept is None:
                    missing.append((record.run_id, name))
                else:
                    found[record.run_id][name] = kept
        states = {record.run_id: state(record) for record in records}
        for (run_id, name), series in self._drawn(missing, described).items():
            found[run_id][name] = series
            self._lines.put((run_id, name), states[run_id], series)
        return found

    def in_range(self, lines: Sequence[Line], options: Options) -> list[Line]:
        """Return lines whose long series are as dense as the zoomed range of a figure can show them."""
        wanted = steps_seen(lines, options)
        if not wanted:
            return list(lines)
        overviews = {(line.id, series.name): series for line in lines for series in line.logged}
        windows: dict[tuple[str, str], Series] = {}
        for place, steps in wanted.items():
            kept = self._windows.get((id(overviews[place]), steps))
            if kept is not None and kept[0] is overviews[place]:
                windows[place] = kept[1]
        missing = {place: steps for place, steps in wanted.items() if place not in windows}
        if missing:
            keys = {(id_number(run), name): (run, name) for run, name in missing}
            read = self.store.window({key: missing[place] for key, place in keys.items()}, rows=ZOOMED)
            for key, series in read.items():
                place = keys[key]
                windows[place] = series
                # One state of a series is one object: as long as it is kept here, its id is nobody else's.
                self._windows.put((id(overviews[place]), missing[place]), (overviews[place], series))
        return with_windows(lines, windows)

    def stretch(
        self, record: RunRecord, name: str, x: str, x0: float | None, x1: float | None, n: int | None
    ) -> Series:
        """Return a part of a series of a run as a figure of that range could draw it.

        Args:
            record: the run.
            name: the series' name as logged.
            x: what the range is in, "step" or "epoch".
            x0: where it begins; None: with the first point.
            x1: where it ends; None: with the last.
            n: how many points are kept, the extremes of every stretch among them; None: all that were read, which of
                a range of more than `ZOOMED` points are extremes as well.

        Raises:
            NotFound: the run has no such series.
        """
        found = self.metric_lines([record], [name])[record.run_id].get(name)
        if found is None:
            raise NotFound(f"run {record.id} has no series {name!r}")
        run_clock = self._clock(record, found) if x == "epoch" else None
        if run_clock is not None:
            found = replace(found, epoch=positions(found, run_clock))
        seen = (-np.inf if x0 is None else x0, np.inf if x1 is None else x1)
        [line] = self.in_range(
            [Line(record.id, record.name, 0, metric={"": found})], Options(x=x, x_range=seen)
        )
        part = line.metric[""]
        at = part.step if x == "step" else part.epoch if run_clock is None else positions(part, run_clock)
        whole = x0 is None and x1 is None
        places = np.flatnonzero(whole | ((at >= seen[0]) & (at <= seen[1])))
        if n is not None and len(places) > n:
            places = places[sample(part.value[places], n)]
        return Series(
            name, part.step[places], part.epoch[places], part.value[places], part.elapsed_ms[places]
        )

    def _clock(self, record: RunRecord, series: Series) -> Clock | None:
        """Return how steps turn into epochs for a series that lacks some, from what its run is judged by."""
        if np.isfinite(series.epoch).all():
            return None
        main = main_pairs(self.described([record])[record.run_id])
        names = [name for pair in main for name in names_of(pair) if name]
        return clock([series, *self.metric_lines([record], names)[record.run_id].values()])

    def _drawn(
        self, keys: Iterable[Key], described: Described, ready: Mapping[Key, Series] | None = None
    ) -> dict[Key, Series]:
        """Return series as figures take them: whole, of long ones an overview; `ready` are whole ones read just now."""
        listed = dict.fromkeys(keys)
        sizes = {
            (run_id, one.name): one.count
            for run_id in {r for r, _ in listed}
            for one in described.get(run_id, ())
        }
        long = [key for key in listed if sizes.get(key, 0) > LONG]
        short = [key for key in listed if sizes.get(key, 0) <= LONG]
        found = {key: ready[key] for key in short if ready and key in ready}
        found |= self._whole([key for key in short if key not in found])
        return found | (self.store.window(dict.fromkeys(long)) if long else {})

    def _whole(self, keys: Sequence[Key]) -> dict[Key, Series]:
        """Return whole series, reading only what is new of those that are held."""
        if not keys:
            return {}
        grown = self.store.grown({key: self._held.get(key) for key in keys})
        for key, held in grown.items():
            self._held.put(key, held)
        return {key: held.series for key, held in grown.items()}


def state(record: RunRecord) -> State:
    """Return what tells one state of a run from every other."""
    return record.run_id, record.version, record.status == "running"


def names_of(pair: Pair | None) -> tuple[str | None, str | None]:
    """Return the names of a pair's training and validation series."""
    return (None, None) if pair is None else (pair.train, pair.val)

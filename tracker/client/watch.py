"""What a run's curves say while it trains: the diagnosis of what was logged so far, from the run's own journal.

The journal holds every value that `log` has taken, also while the store is away or the run is offline, so that the
answer is about the last epoch and never waits for a database. The shipper's thread asks after each batch and puts an
alert on the run when it starts to overfit; `run.should_stop` asks in the training loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tracker.errors import JournalError
from tracker.journal.frames import Call, Kind
from tracker.journal.reader import JournalReader
from tracker.journal.writer import Journal
from tracker.model import MetricDefinition
from tracker.store.base import START

if TYPE_CHECKING:
    from tracker.diagnosis.online import Alarm, Watcher
    from tracker.model import Diagnosis, Series

MOST_POINTS = 20_000
"""Points that are kept for it, in about 5 MB; a longer run is diagnosed at its end and by the dashboard."""

MOST_NAMES = 1_000
"""Names that are told apart for it: telling what a name means takes some tenths of a millisecond each."""

FEWEST = 5
"""Points of one name before anything is asked: a run of fewer says nothing and need not load numpy."""

SHARE = 0.02
"""Part of the time that the background may spend on it."""

_Column = list[tuple[int, bool, float | None, float, int]]
"""Points of one name in journal order: step, counted, epoch, value, elapsed_ms."""


class Watch:
    """Follows one session's journal. May be asked by several threads.

    Args:
        journal: the session's journal; what is still in memory because the disk is full is not seen.
        whole: False when the run has earlier sessions: half a curve is judged by nobody, so that nothing is said before
            `resumed` has brought the rest.
    """

    def __init__(self, journal: Journal, *, whole: bool) -> None:
        self.over = False
        """True when the run has logged more than is kept or told apart: nothing is said any more."""
        self._journal = journal
        self._whole = whole
        self._before: Sequence[Series] = ()
        self._base = 0
        self._reader: JournalReader | None = None
        self._position = START
        self._columns: dict[str, _Column] = {}
        self._order: list[str] = []  # all names, those that were dropped too
        self._dropped: set[str] = set()
        self._kept = 0
        self._seen = 0
        self._config: dict[str, Any] = dict(journal.opening.identity.config)
        self._definitions: dict[str, MetricDefinition] = {}
        self._names = 0
        self._known = False
        self._watcher: Watcher | None = None
        self._fresh = False
        self._next = 0.0
        self._cost = 0.0
        self._lock = threading.Lock()

    def resumed(self, series: Sequence[Series], base: int) -> None:
        """Take in what earlier sessions of the run left in the store.

        Args:
            series: the run's series as the store holds them.
            base: the step that this session's first call without a step has.
        """
        with self._lock:
            self._before, self._base = series, base
            self._whole = self._fresh = True
            self._kept += sum(map(len, series))

    def look(self, *, ended: bool = False) -> Alarm | None:
        """Take in what is new, at a cost that the training does not notice; return an alarm that starts now.

        Args:
            ended: the run has ended, and its journal may be deleted next: it is read and not judged.
        """
        if self.over or (not ended and time.monotonic() < self._next):
            return None
        with self._lock:
            if ended:
                self._read()
                return None
            alarm = self._update()
            self._next = time.monotonic() + self._cost / SHARE
            return alarm

    def should_stop(self, patience: int) -> tuple[bool, Alarm | None]:
        """Tell whether to stop now, by everything that was logged, and the alarm that starts now, if one does.

        Args:
            patience: judged points that the best one must be ago.
        """
        with self._lock:
            alarm = None if self.over else self._update()
            if self._watcher is None:
                return False, None
            self._watcher.patience = patience
            return self._watcher.stop, alarm

    def diagnosis(self, *, finished: bool) -> Diagnosis | None:
        """Return the diagnosis of everything logged so far; None when that is more than is kept, or nothing."""
        with self._lock:
            self._read()
            judged = self._whole and not self.over and self._columns
            return self._diagnose(finished) if judged else None

    def last(self, points: int) -> Diagnosis | None:
        """Return the diagnosis of the ended run; None unless it saw all `points` and kept all that they are judged by."""
        with self._lock:
            self._read()
            if self.over or not self._whole or self._seen != points or not self._columns:
                return None
            if self._dropped and not self._dropped.isdisjoint(self._needed()):
                return None
            return self._diagnose(finished=True)

    # ---------------------------------------------------------------------------------------------------- the journal

    def _update(self) -> Alarm | None:
        self._read()
        if not (self._whole and self._fresh and not self.over and self._says_something()):
            return None
        from tracker.diagnosis.online import Watcher

        began = time.monotonic()
        self._fresh = False
        if self._watcher is None:
            self._watcher = Watcher()
        alarm = self._watcher.update(self._diagnose(finished=False))
        self._cost = time.monotonic() - began
        return alarm

    def _says_something(self) -> bool:
        """Tell whether enough of a known metric was logged; without one there is no need to load numpy."""
        if max(map(len, self._columns.values()), default=0) < FEWEST:
            return False
        if len(self._columns) != self._names:
            from tracker.curves.names import pairs, resolve

            self._names = len(self._columns)
            found = pairs(resolve(self._columns, self._definitions))
            self._known = any(pair.goal is not None for pair in found)
        return self._known

    def _read(self) -> None:
        """Take in the journal from where it was read last."""
        end = self._journal.end
        try:
            if self._reader is None:
                self._reader = JournalReader(self._journal.folder, self._journal.session_id)
            while self._position < end and not self.over:
                piece = self._reader.read(self._position, end)
                if piece.end == self._position:
                    return
                self._position = piece.end
                for frame, _ in piece.frames:
                    self._take(frame)
                    if self.over:
                        return
        except JournalError:
            self.over = True  # its first segment was sent and deleted before it was read

    def _take(self, frame: Call | list[Any]) -> None:
        if isinstance(frame, Call):
            for name, value in frame.values.items():
                if name not in self._dropped:
                    if name not in self._columns:
                        self._columns[name] = []
                        self._order.append(name)
                        if len(self._order) > MOST_NAMES:
                            self._give_up()
                            return
                    point = (frame.step, frame.counted, frame.epoch, value, frame.elapsed_ms)
                    self._columns[name].append(point)
                    self._kept += 1
            self._seen += len(frame.values)
            self._fresh = True
            if self._kept > MOST_POINTS:
                self._make_room()
            return
        kind, *parts = frame
        if kind == Kind.CONFIG:
            self._config.update(parts[0])
        elif kind == Kind.METRIC:
            name, goal, split, metric = parts
            self._definitions[name] = MetricDefinition(goal, split, metric)
            self._names, self._fresh = 0, True

    def _make_room(self) -> None:
        """Keep only what the verdict rests on; when that is too much as well, leave the run to the dashboard."""
        needed = self._needed() if self._says_something() else frozenset()
        for name in list(self._columns):
            if name not in needed:
                self._dropped.add(name)
                del self._columns[name]
        self._before = [series for series in self._before if series.name in needed]
        self._kept = sum(map(len, self._columns.values())) + sum(map(len, self._before))
        if self._kept > MOST_POINTS // 2:
            self._give_up()

    def _give_up(self) -> None:
        self.over = True
        self._columns.clear()
        self._before = ()

    def _needed(self) -> frozenset[str]:
        """Return the names that a diagnosis looks at, of all that were logged."""
        from tracker.diagnosis.reads import series_read

        counts = {name: len(column) for name, column in self._columns.items()}
        names = (*(series.name for series in self._before), *self._order)
        return frozenset(series_read(names, self._definitions, counts))

    # ---------------------------------------------------------------------------------------------------- the diagnosis

    def _diagnose(self, finished: bool) -> Diagnosis:
        from tracker.diagnosis import diagnose, hints

        told = hints(self._config)
        return diagnose(
            self._series(),
            definitions=self._definitions,
            n_val=told.n_val,
            class_counts=told.class_counts,
            finished=finished,
        )

    def _series(self) -> list[Series]:
        """Return what is kept as series in step order: of one step the later log counts."""
        import numpy as np

        from tracker.model import Series

        earlier = {series.name: series for series in self._before}
        base = self._base
        found = []
        for name in dict.fromkeys((*earlier, *self._columns)):
            column = self._columns.get(name, [])
            step = np.array([p[0] + base if p[1] else p[0] for p in column], np.int64)
            epoch = np.array([np.nan if p[2] is None else p[2] for p in column], np.float64)
            value = np.array([p[3] for p in column], np.float64)
            elapsed = np.array([p[4] for p in column], np.int64)
            if name in earlier:
                old = earlier[name]
                step, epoch = np.concatenate([old.step, step]), np.concatenate([old.epoch, epoch])
                value = np.concatenate([old.value, value])
                elapsed = np.concatenate([old.elapsed_ms, elapsed])
            # The last of equal steps: the first one in the reversed order.
            steps, index = np.unique(step[::-1], return_index=True)
            last = len(step) - 1 - index
            found.append(Series(name, steps, epoch[last], value[last], elapsed[last]))
        return found

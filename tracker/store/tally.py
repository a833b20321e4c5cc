"""What a series is known by without its points: count, last, min and max, kept up to date point by point.

Among equal values the extreme at the lowest step counts, so that any order of arrival gives the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.engine import Row

from tracker.model import MetricDefinition, SeriesRecord
from tracker.store.bulk import SERIES
from tracker.store.encoding import value_of
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE

Extreme = tuple[float, int, float | None]
"""A finite value with its step and epoch."""


class Tally:
    """The `series` row of one series while a batch is being stored."""

    def __init__(
        self, run_id: int, series_no: int, name: str, definition: MetricDefinition | None = None
    ) -> None:
        self.run_id = run_id
        self.series_no = series_no
        self.name = name
        self.definition = definition or MetricDefinition()
        self.count = 0
        self.last: tuple[int, float | None, float | None, int] | None = None
        self.low: Extreme | None = None
        self.high: Extreme | None = None
        self.stale = False
        """An extreme was logged anew as something less extreme: the points have to be asked for the new one."""

    @classmethod
    def read(cls, row: Row[*tuple[Any, ...]]) -> Tally:
        """Return the tally that a `series` row holds."""
        tally = cls(row.run_id, row.series_no, row.name, definition_of(row))
        tally.count = row._mapping["count"]
        if tally.count:
            tally.last = (row.last_step, row.last_epoch, row.last_value, row.last_kind)
        if row.min_step is not None:
            tally.low = (row.min_value, row.min_step, row.min_epoch)
            tally.high = (row.max_value, row.max_step, row.max_epoch)
        return tally

    def row(self) -> tuple[Any, ...]:
        """Return the tally as a `series` row, in the order of `bulk.SERIES`."""
        d = self.definition
        low, high = self.low or (None,) * 3, self.high or (None,) * 3
        last = self.last or (None,) * 4
        named = (self.run_id, self.series_no, self.name, self.count)
        row = (*named, *last, *low, *high, d.goal, d.split, d.metric)
        assert len(row) == len(SERIES.columns)
        return row

    def all_after(self, step: int) -> bool:
        """Tell whether `step` lies behind the series' last: then nothing from there on can stand there already."""
        return self.last is None or step > self.last[0]

    def define(self, said: MetricDefinition) -> None:
        """Take over what a user said about the metric; what was left unsaid stays as it was."""
        d = self.definition
        self.definition = MetricDefinition(
            said.goal or d.goal, said.split or d.split, said.metric or d.metric
        )

    def extend(self, new: Stretch) -> None:
        """Count points at steps where none stand."""
        step, value, kind, epoch, _ = new
        self.count += len(step)
        if self.last is None or step[-1] >= self.last[0]:
            self.last = (
                step[-1],
                None if epoch is None else epoch[-1],
                value[-1],
                FINITE if kind is None else kind[-1],
            )
        if kind is not None:
            finite = [place for place, k in enumerate(kind) if k == FINITE]
            if not finite:
                return
            step, value, _, epoch, _ = new.taken(finite)
        numbers = cast(Sequence[float], value)
        for low, furthest in ((True, min(numbers)), (False, max(numbers))):
            place = numbers.index(furthest)  # the first: the lowest step counts
            self._reach((furthest, step[place], None if epoch is None else epoch[place]), low)

    def replace(self, step: int, value: float | None, kind: int, epoch: float | None) -> None:
        """Take note of a point that is logged anew at `step`."""
        if self.last is None or step >= self.last[0]:
            self.last = (step, epoch, value, kind)
        for low in (True, False):
            kept = self.low if low else self.high
            reached = value is not None and self._reach((value, step, epoch), low)
            if not reached and kept is not None and kept[1] == step:
                self.stale = True

    def _reach(self, here: Extreme, low: bool) -> bool:
        """Make `here` the extreme if it lies further out than the kept one; tell whether it does."""
        kept = self.low if low else self.high
        if kept is not None and not _further(here, kept, low):
            return False
        if low:
            self.low = here
        else:
            self.high = here
        return True

    def set_extremes(self, low: Row[*tuple[Any, ...]] | None, high: Row[*tuple[Any, ...]] | None) -> None:
        """Take over extremes that were read from the points: rows of value, step and epoch."""
        self.low = None if low is None else (low[0], low[1], low[2])
        self.high = None if high is None else (high[0], high[1], high[2])
        self.stale = False


def definition_of(row: Row[*tuple[Any, ...]]) -> MetricDefinition:
    """Return what a user said about the metric of a `series` row."""
    return MetricDefinition(goal=row.goal, split=row.split, metric=row.metric)


def record_of(row: Row[*tuple[Any, ...]]) -> SeriesRecord:
    """Return a `series` row with points as readers see it."""
    return SeriesRecord(
        run_id=row.run_id,
        series_no=row.series_no,
        name=row.name,
        count=row._mapping["count"],
        last_step=row.last_step,
        last_epoch=row.last_epoch,
        last_value=value_of(row.last_value, row.last_kind),
        min_value=row.min_value,
        min_step=row.min_step,
        min_epoch=row.min_epoch,
        max_value=row.max_value,
        max_step=row.max_step,
        max_epoch=row.max_epoch,
        definition=definition_of(row),
    )


def _further(here: Extreme, kept: Extreme, low: bool) -> bool:
    """Tell whether `here` takes the place of `kept`: further out, at a lower step, or the same point logged anew."""
    if here[0] == kept[0]:
        return here[1] <= kept[1]
    return here[0] < kept[0] if low else here[0] > kept[0]

"""The points of a run as one table: a row a step, a column a series, read in stretches however long the run is.

The table of a run with a million steps is never held: what is kept of it is every `STRIDE`-th step, so that any rows
are found by reading one stretch of the store.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts.numbers import number
from tracker.curves.align import places
from tracker.dashboard.data import Curves, Data
from tracker.dashboard.lru import Lru
from tracker.exporting import guarded
from tracker.model import RunRecord, Series

STRIDE = 500
"""Rows between two steps that are kept."""

MOST_NEW = 50_000
"""New points from which on the table of a run is read anew."""

_FAR = 2**62
_CSV_STRIDES = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the rows of a run's table lie: how many there are, the names of its series, and the kept steps.

    `marks` holds the step of every `STRIDE`-th row; `last` is the highest step. `points` is how many points all series
    have, `at_last` how many of them stand at the last step.
    """

    rows: int
    names: tuple[str, ...]
    marks: NDArray[np.int64]
    last: int
    points: int
    at_last: int


def best_step(curves: Curves) -> int | None:
    """Return the step of the best epoch, by the series that was judged; rows of other series need not have an epoch."""
    found = curves.diagnosis
    if found.best_epoch is None:
        return None
    for series in (curves.loss[1], curves.accuracy[1], curves.loss[0], curves.accuracy[0]):
        if series is not None and len(series):
            far = np.abs(places(series, found.axis, curves.logged) - found.best_epoch)
            if np.isfinite(far).any():
                return int(series.step[np.nanargmin(far)])
    return None


class RawData:
    """The tables of runs, for pages and downloads. Shared by the threads of the server.

    Args:
        data: The pages' way to the store.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._shapes: Lru[int, tuple[int, Shape]] = Lru(50)

    def shape(self, record: RunRecord) -> Shape:
        """Return where the rows of a run's table lie; of a run that grew only what is new is read."""
        version, known = self._shapes.get(record.run_id) or (None, None)
        if known is not None and version == record.version:
            return known
        series = self._data.store.series([record.run_id]).get(record.run_id, ())
        names, points = tuple(s.name for s in series), sum(s.count for s in series)
        found = None if known is None else self._grown(record.run_id, known, names, points)
        found = found or self._whole(record.run_id, names, points)
        self._shapes.put(record.run_id, (record.version, found))
        return found

    def rows(
        self, record: RunRecord, first: int, end: int, best: int | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Return the rows from `first` to before `end` as the page's grid takes them, and how many there are in all.

        A row has `step`, `epoch`, `time`, and `s0`, `s1`, ... for the series in their order; `best` is the step
        of the row that is marked.
        """
        shape = self.shape(record)
        first, end = max(0, first), min(end, shape.rows)
        if first >= end:
            return [], shape.rows
        at = first // STRIDE
        block = self._block(record, shape, at, -(-end // STRIDE))
        lines = block.lines[first - at * STRIDE : end - at * STRIDE]
        return [_row(line, best) for line in lines], shape.rows

    def place(self, record: RunRecord, step: int) -> int | None:
        """Return the number of the row of a step, or of the nearest in its stretch; None when the table is empty."""
        shape = self.shape(record)
        if not shape.rows:
            return None
        at = max(0, int(np.searchsorted(shape.marks, step, "right")) - 1)
        far = [abs(line.step - step) for line in self._block(record, shape, at, at + 1).lines]
        return at * STRIDE + far.index(min(far))

    def csv(self, record: RunRecord) -> Iterator[str]:
        """Yield the whole table as CSV, stretch by stretch: step, epoch, seconds and each series as logged."""
        shape = self.shape(record)
        yield _csv_line(["step", "epoch", "seconds", *map(guarded, shape.names)])
        for at in range(0, len(shape.marks), _CSV_STRIDES):
            block = self._block(record, shape, at, at + _CSV_STRIDES)
            yield "".join(_csv_line(_cells(line)) for line in block.lines)

    def _whole(self, run_id: int, names: tuple[str, ...], points: int) -> Shape:
        steps = self._data.store.steps(run_id, names)
        if not len(steps):
            return Shape(0, names, steps, -1, points, 0)
        last = int(steps[-1])
        ending = self._data.store.excerpt(run_id, names, last, last)
        return Shape(len(steps), names, steps[::STRIDE].copy(), last, points, len(ending))

    def _grown(self, run_id: int, known: Shape, names: tuple[str, ...], points: int) -> Shape | None:
        """Return a shape with the rows that came since; None where some may have come between the known ones."""
        if not known.rows or points - known.points > MOST_NEW:
            return None
        found = self._data.store.excerpt(run_id, names, known.last, _FAR)
        if not found or sum(map(len, found.values())) - known.at_last != points - known.points:
            return None
        steps = np.unique(np.concatenate([s.step for s in found.values()]))
        fresh = steps[steps > known.last]
        marks = np.concatenate([known.marks, fresh[-known.rows % STRIDE :: STRIDE]])
        last = int(steps[-1])
        ending = sum(int(s.step[-1]) == last for s in found.values())
        return Shape(known.rows + len(fresh), names, marks, last, points, ending)

    def _block(self, record: RunRecord, shape: Shape, at: int, end: int) -> _Block:
        first = int(shape.marks[at])
        last = int(shape.marks[end]) - 1 if end < len(shape.marks) else shape.last
        found = self._data.store.excerpt(record.run_id, shape.names, first, last)
        return _block(found, shape.names)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: `values` holds None where a series has no point."""

    step: int
    epoch: float
    elapsed_ms: int
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    lines: list[_Line]


def _block(found: dict[str, Series], names: Sequence[str]) -> _Block:
    """Return a stretch's series laid side by side."""
    if not found:
        return _Block([])
    steps = np.unique(np.concatenate([s.step for s in found.values()]))
    epoch, elapsed = np.full(len(steps), np.nan), np.zeros(len(steps), np.int64)
    columns: list[list[float | None]] = []
    for name in names:
        column: list[float | None] = [None] * len(steps)
        series = found.get(name)
        if series is not None:
            places = np.searchsorted(steps, series.step)
            for place, v in zip(places.tolist(), series.value.tolist(), strict=True):
                column[place] = v
            epoch[places] = np.where(np.isnan(epoch[places]), series.epoch, epoch[places])
            elapsed[places] = np.maximum(elapsed[places], series.elapsed_ms)
        columns.append(column)
    rows = zip(steps.tolist(), epoch.tolist(), elapsed.tolist(), zip(*columns, strict=True), strict=True)
    return _Block([_Line(*row) for row in rows])


def _row(line: _Line, best: int | None) -> dict[str, Any]:
    out: dict[str, Any] = {
        "step": f"{line.step:,}",
        "epoch": "" if math.isnan(line.epoch) else number(line.epoch),
        "time": _clock(line.elapsed_ms),
        "best": line.step == best,
    }
    for index, v in enumerate(line.values):
        if v is not None:
            out[f"s{index}"] = _text(v)
    return out


def _text(v: float) -> str:
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "∞" if v > 0 else "−∞"
    return f"{v:.8g}"


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _cells(line: _Line) -> list[str]:
    epoch = "" if math.isnan(line.epoch) else _plain(line.epoch)
    return [
        str(line.step),
        epoch,
        _plain(line.elapsed_ms / 1000),
        *("" if v is None else _plain(v) for v in line.values),
    ]


def _plain(v: float) -> str:
    return "NaN" if math.isnan(v) else repr(v).removesuffix(".0")


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()

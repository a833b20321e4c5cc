"""Any table with one row a step or epoch; the caller names the columns that are not metrics where they are not obvious."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.errors import BadInput
from tracker.foreign import EPOCHS, STEPS
from tracker.imports import table
from tracker.imports.found import Asked, FoundRun, Row, each, files, state_of
from tracker.imports.writing import trouble

TIMES = ("time", "timestamp", "_timestamp", "wall_time", "date", "datetime")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a tool writes its tables: which columns are no metrics, and from where it counts epochs.

    `epoch_from` is what is added to a logged epoch, so that the first is 1; None: 1 where the first epoch is 0. Columns
    whose names begin with `own` are the tool's own and no metrics.
    """

    epoch: str | None = None
    step: str | None = None
    time: str | None = None
    columns: tuple[str, ...] = ()
    epoch_from: int | None = 0
    own: str = "\0"
    config: dict[str, Any] = field(default_factory=dict)


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield a run for each table at or below `path`.

    Raises:
        BadInput: the one table at `path` has no header, or not the columns that were asked for.
    """

    def build(file: Path) -> FoundRun:
        shape = Shape(asked.epoch, asked.step, asked.time, asked.columns)
        return found(file, shape, name=file.stem, project=file.resolve().parent.name or "default")

    yield from each(files(path, "*.csv", "*.tsv", "*.parquet"), build, asked, troubles, path)


def found(path: Path, shape: Shape, *, name: str, project: str) -> FoundRun:
    """Return the run of one table."""
    troubles: list[str] = []
    run = FoundRun(
        key=str(path.resolve()),
        state=state_of(path),
        name=name,
        project=project,
        created_ms=int(path.stat().st_mtime * 1000),
        rows=(),
        config=shape.config,
        troubles=troubles,
    )
    first = next(table.lines(path, []), None)
    if first is not None:
        times = shape.time or _one(first, TIMES)
        if times is not None and (began := table.time_ms(first.cells.get(times, ""))) and began > 10**11:
            run.created_ms = began
        shape = Shape(
            _column(first, shape.epoch, EPOCHS, path),
            _column(first, shape.step, STEPS, path),
            times if times is None else _column(first, times, TIMES, path),
            tuple(_column(first, c, (), path) or c for c in shape.columns),
            shape.epoch_from,
            shape.own,
        )
        run.rows = _rows(path, shape, run.created_ms, troubles)
    return run


def _rows(path: Path, shape: Shape, began_ms: int, troubles: list[str]) -> Iterator[Row]:
    axes = [c for c in (shape.epoch, shape.step, shape.time) if c]
    shift, count = shape.epoch_from, 0
    for line in table.lines(path, troubles):
        try:
            epoch = line.value(shape.epoch) if shape.epoch else None
            step = line.value(shape.step) if shape.step else None
        except ValueError:
            trouble(troubles, f"{path.name}, line {line.number}: its epoch or step is no number")
            continue
        if shift is None and epoch is not None:
            shift = 1 if epoch == 0 else 0
        values = table.numbers(line, axes, path, troubles)
        values = {name: value for name, value in values.items() if not name.startswith(shape.own)}
        if shape.columns:
            values = {name: value for name, value in values.items() if name in shape.columns}
        epoch = None if epoch is None else epoch + (shift or 0)
        if step is None:
            step = epoch if epoch is not None and epoch.is_integer() else float(count)
        if not step.is_integer():
            trouble(troubles, f"{path.name}, line {line.number}: the step {step} is no whole number")
            continue
        count += 1
        at = table.time_ms(line.cells.get(shape.time, "")) if shape.time else None
        elapsed = 0 if at is None else at - began_ms if at > 10**11 else at
        yield Row(elapsed, int(step), epoch, values)


def _one(line: table.Line, known: tuple[str, ...]) -> str | None:
    return next((name for name in line.cells if name.lower() in known), None)


def _column(line: table.Line, asked: str | None, known: tuple[str, ...], path: Path) -> str | None:
    if asked is None:
        return _one(line, known)
    if asked not in line.cells:
        raise BadInput(
            f"the file {str(path)!r} has no column {asked!r}: it has {', '.join(line.cells)[:300]}"
        )
    return asked

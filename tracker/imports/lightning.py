"""What Lightning's CSVLogger leaves in a version's folder: metrics.csv, sparse rows by step, and hparams.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tracker.imports import table
from tracker.imports.found import Asked, FoundRun, Row, each, files, state_of, whole
from tracker.imports.writing import trouble


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield a run for each metrics.csv at or below `path`, named after its version's folder.

    Lightning counts epochs from 0 and writes a value into the row of the epoch it was logged in. What is logged once an
    epoch belongs to that epoch's end, so 1 is added; what is logged several times within one keeps its step alone.
    """
    yield from each(files(path, "metrics.csv"), _found, asked, troubles, path)


def _found(file: Path) -> FoundRun:
    troubles: list[str] = []
    folder = file.resolve().parent
    above = folder.parent
    project = above.parent.name if above.name == "lightning_logs" else above.name
    return FoundRun(
        key=str(folder),
        state=state_of(file),
        name=folder.name,
        project=project or "default",
        created_ms=int(file.stat().st_mtime * 1000),
        rows=_rows(file, troubles),
        config=table.settings(file.with_name("hparams.yaml"), troubles),
        troubles=troubles,
    )


def _rows(file: Path, troubles: list[str]) -> Iterator[Row]:
    within = _logged_within(file)
    count = 0
    for line in table.lines(file, troubles):
        try:
            epoch, step = line.value("epoch"), line.value("step")
        except ValueError:
            trouble(troubles, f"{file.name}, line {line.number}: its epoch or step is no number")
            continue
        values = table.numbers(line, ("epoch", "step"), file, troubles)
        at = count if step is None else whole(step)
        if at is None:
            trouble(troubles, f"{file.name}, line {line.number}: the step {step} is no whole number")
            continue
        count += 1
        often = {name: value for name, value in values.items() if name in within}
        once = {name: value for name, value in values.items() if name not in within}
        if often:
            yield Row(0, at, None, often)
        if once:
            yield Row(0, at, None if epoch is None else epoch + 1, once)


def _logged_within(file: Path) -> set[str]:
    """Return the columns that hold more than one value in some epoch."""
    last: dict[str, str] = defaultdict(str)
    found = set()
    for line in table.lines(file, []):
        epoch = line.cells.get("epoch", "")
        for name, text in line.cells.items():
            if name not in ("epoch", "step") and text.strip():
                if last[name] == epoch and epoch:
                    found.add(name)
                last[name] = epoch
    return found

"""What Keras' CSVLogger writes: one row an epoch, epochs counted from 0, which Keras itself prints from 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracker.imports.csv import Shape, found
from tracker.imports.found import Asked, FoundRun, each, files


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield a run for each log at or below `path`."""

    def build(file: Path) -> FoundRun:
        project = file.resolve().parent.name or "default"
        return found(file, Shape(epoch="epoch", epoch_from=1), name=file.stem, project=project)

    yield from each(files(path, "*.csv", "*.log", "*.tsv"), build, asked, troubles, path)

"""What Keras' CSVLogger writes: one row an epoch, epochs counted from 0, which Keras itself prints from 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracker.imports.csv import Shape, found
from tracker.imports.found import Asked, FoundRun, files


def runs(path: Path, asked: Asked) -> Iterator[FoundRun]:
    """Yield a run for each log at or below `path`."""
    for file in files(path, "*.csv", "*.log", "*.tsv"):
        project = file.resolve().parent.name or "default"
        yield found(file, Shape(epoch="epoch", epoch_from=1), name=file.stem, project=project).asked(asked)

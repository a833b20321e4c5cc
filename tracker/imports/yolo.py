"""What Ultralytics YOLO leaves in a run's folder: results.csv, one row an epoch, and args.yaml with its settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracker.imports.csv import Shape, found
from tracker.imports.found import Asked, FoundRun, each, files
from tracker.imports.table import settings


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield a run for each results.csv at or below `path`, named after its folder; its epochs count from 1."""
    yield from each(files(path, "results.csv"), _found, asked, troubles, path)


def _found(file: Path) -> FoundRun:
    troubles: list[str] = []
    config = next((c for n in ("args.yaml", "opt.yaml") if (c := settings(file.with_name(n), troubles))), {})
    folder = file.resolve().parent
    project = config.get("project")
    project = Path(project).name if isinstance(project, str) and project else folder.parent.name
    run = found(file, Shape(epoch="epoch", epoch_from=None), name=folder.name, project=project or "default")
    run.config = config
    run.troubles.extend(troubles)
    return run

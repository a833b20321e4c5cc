"""TensorBoard's log folders: one run a folder, but for folders that are only a part of the one above.

Parts are joined: `train/` and `validation/` beside each other (Keras), `Loss_train/` and `Loss_val/` below the run
(PyTorch's `add_scalars`), and a folder of settings (`add_hparams`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from tracker.imports.events import Scalar, Settings, read
from tracker.imports.found import Asked, FoundRun, Row, each, state_of

SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "eval": "val",
    "evaluation": "val", "dev": "val", "test": "test",
}  # fmt: skip
"""Folders that hold one split of the run above them, and the split."""

_EVENTS = "*tfevents*"


@dataclass(slots=True)
class _Folder:
    """One folder's event files, what its names begin with in the run, and what a first look at them gave."""

    path: Path
    files: list[Path]
    prefix: str = ""
    suffix: str = ""
    tags: set[str] = field(default_factory=set)
    config: dict[str, Any] = field(default_factory=dict)
    first: float | None = None


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield the runs at or below a log folder (or of one event file), named by their folders."""
    root = path.resolve() if path.is_dir() else path.resolve().parent
    files = [path] if path.is_file() else [f for f in path.rglob(_EVENTS) if f.is_file()]
    folders: dict[Path, _Folder] = {}
    for file in sorted({file.resolve() for file in files}):
        folders.setdefault(file.parent, _Folder(file.parent, [])).files.append(file)
    joined = _joined(folders, root)
    yield from each(joined, lambda home: _found(home, joined[home], root), asked, troubles, path)


def _joined(folders: dict[Path, _Folder], root: Path) -> dict[Path, list[_Folder]]:
    """Return the folders of each run, by the run's own."""
    found: dict[Path, list[_Folder]] = {}
    for path, folder in sorted(folders.items()):
        run = next((above for above in path.parents if above in folders), None) if path != root else None
        if run is not None:
            _look(folder)
            inside = path.relative_to(run).as_posix()
            tag = next(iter(folder.tags), "")
            stems = (f"{tag}/", f"{tag.replace('/', '_').replace(' ', '_')}_")
            stem = next((s for s in stems if len(folder.tags) == 1 and inside.startswith(s)), None)
            if stem is not None:
                folder.suffix = "/" + inside[len(stem) :]
            if stem is not None or (folder.config and inside.replace(".", "").isdigit()):
                found.setdefault(run, []).append(folder)
                continue
        split = SPLITS.get(path.name.lower())
        if split is not None and path != root:
            folder.prefix = f"{split}/"
        found.setdefault(path.parent if folder.prefix else path, []).append(folder)
    return found


def _found(home: Path, parts: list[_Folder], root: Path) -> FoundRun | None:
    troubles: list[str] = []
    config: dict[str, Any] = {}
    first: float | None = None
    for part in parts:
        _look(part)
        config |= part.config
        if part.first is not None:
            first = part.first if first is None else min(first, part.first)
    if first is None:
        return None
    inside = home.relative_to(root).as_posix() if home != root and home.is_relative_to(root) else ""
    began_ms = int(first * 1000)
    return FoundRun(
        key=str(home),
        state=state_of(*(f for part in parts for f in part.files)),
        name=inside or home.name or "run",
        project=(root.name if inside else root.parent.name) or "default",
        created_ms=began_ms,
        rows=_rows(parts, began_ms, troubles),
        config=config,
        troubles=troubles,
    )


def _look(folder: _Folder) -> None:
    """Read as much of a folder's beginning as tells what it is."""
    if folder.first is not None:
        return
    seen = 0
    for file in folder.files:
        for item in read(file, []):
            if isinstance(item, Settings):
                folder.config |= item.values
                continue
            at = item.seconds or file.stat().st_mtime
            folder.first = at if folder.first is None else min(folder.first, at)
            folder.tags.add(item.tag)
            seen += 1
            if seen > 1_000:
                return


def _rows(parts: list[_Folder], began_ms: int, troubles: list[str]) -> Iterator[Row]:
    """Yield the rows of all parts, in the order in which they were logged."""
    streams = [_part(part, began_ms, troubles) for part in parts]
    yield from merge(*streams, key=attrgetter("elapsed_ms")) if len(streams) > 1 else streams[0]


def _part(part: _Folder, began_ms: int, troubles: list[str]) -> Iterator[Row]:
    scalars = (item for file in part.files for item in read(file, troubles) if isinstance(item, Scalar))
    for step, group in groupby(scalars, key=attrgetter("step")):
        keras: dict[str, float] = {}
        values: dict[str, float] = {}
        seconds, epoch = 0.0, None
        for scalar in group:
            seconds = scalar.seconds or began_ms / 1000
            if scalar.tag == "epoch":
                epoch = scalar.value + 1  # Lightning's own, counted from 0
            elif part.prefix and scalar.tag.startswith("epoch_"):
                keras[f"{part.prefix}{scalar.tag[6:]}"] = scalar.value
            else:
                values[f"{part.prefix}{scalar.tag}{part.suffix}"] = scalar.value
        elapsed = int(seconds * 1000) - began_ms
        once = {name: value for name, value in values.items() if epoch is not None and _ends_epoch(name)}
        if keras:  # whose steps are epochs, counted from 0
            yield Row(elapsed, step, step + 1.0, keras)
        if once:
            yield Row(elapsed, step, epoch, once)
        if len(once) < len(values):
            yield Row(elapsed, step, None, {n: v for n, v in values.items() if n not in once})


def _ends_epoch(name: str) -> bool:
    """Tell whether a name says that its values were logged at an epoch's end."""
    return name.endswith("_epoch") or name.startswith(("val_", "val/", "valid"))

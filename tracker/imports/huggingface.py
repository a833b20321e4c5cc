"""What Hugging Face's Trainer leaves in each checkpoint: trainer_state.json with the whole log history so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from tracker.errors import BadInput
from tracker.imports.found import Asked, FoundRun, Row, each, files, number, state_of
from tracker.imports.table import settings
from tracker.imports.writing import trouble

MOST_BYTES = 256_000_000
"""Size of a state that is read; its history is one JSON text."""

_STATE = (
    "best_metric",
    "best_global_step",
    "num_train_epochs",
    "max_steps",
    "total_flos",
    "train_batch_size",
)


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield a run for each training: of several checkpoints of one, the longest history.

    Raises:
        BadInput: `path` is a file that is no trainer state.
    """
    trainings: dict[Path, list[Path]] = {}
    for file in files(path, "trainer_state.json"):
        folder = file.resolve().parent
        root = folder.parent if folder.name.startswith("checkpoint-") else folder
        trainings.setdefault(root, []).append(file)

    def build(root: Path) -> FoundRun:
        problems: list[str] = []
        read = []
        for file in trainings[root]:
            try:
                read.append((_steps(state := _state(file)), file, state))
            except (BadInput, OSError) as error:
                problems.append(str(error))
        if not read:
            raise BadInput("; ".join(problems))
        _, file, state = max(read, key=itemgetter(0))
        return _found(root, file, state, problems)

    only = next(iter(trainings)) if path.is_file() else path
    yield from each(trainings, build, asked, troubles, only)


def _found(root: Path, file: Path, state: Mapping[str, Any], problems: list[str]) -> FoundRun:
    run = FoundRun(
        key=str(root),
        state=state_of(file),
        name=root.name or "run",
        project=root.parent.name or "default",
        created_ms=int(file.stat().st_mtime * 1000),
        rows=(),
        config=settings(file.with_name("config.json"), problems),
        summary={name: state[name] for name in _STATE if state.get(name) is not None},
        troubles=problems,
    )
    run.rows = _rows(state["log_history"], file, problems)
    return run


def _rows(history: list[Any], file: Path, troubles: list[str]) -> Iterator[Row]:
    for place, row in enumerate(history):
        step = row.get("step") if isinstance(row, Mapping) else None
        if not isinstance(step, int):
            trouble(troubles, f"{file.name}: entry {place} of the log history has no step")
            continue
        epoch = row.get("epoch")
        values = {
            str(name): read
            for name, value in row.items()
            if name not in ("step", "epoch")
            and not isinstance(value, bool)
            and (read := number(value)) is not None
        }
        yield Row(0, step, number(epoch), values)


def _state(file: Path) -> dict[str, Any]:
    if file.stat().st_size > MOST_BYTES:
        raise BadInput(f"the file {str(file)!r} is larger than {MOST_BYTES // 10**6} MB")
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the file {str(file)!r} is not valid JSON: {str(error)[:100]}") from None
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        raise BadInput(f"the file {str(file)!r} holds no log_history: expected a trainer_state.json")
    return state


def _steps(state: Mapping[str, Any]) -> tuple[int, int]:
    step = state.get("global_step")
    return (step if isinstance(step, int) else 0, len(state["log_history"]))

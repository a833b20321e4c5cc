"""Runs that other tools left behind, brought into a store: one source a file, all through the same door.

A source reads a path and yields `FoundRun`s, without a store; `writing.bring` puts one into a store, and may do so any
number of times. Nothing read here is trusted: no pickle is loaded, no archive unpacked, and sizes are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tracker.errors import BadInput
from tracker.imports.found import Asked, FoundRun, Row

__all__ = ["SOURCES", "Asked", "FoundRun", "Row", "read"]

SOURCES = {
    "csv": "any CSV, TSV or Parquet table, one row a step or epoch (--step, --epoch, --time name its columns)",
    "huggingface": "trainer_state.json of Hugging Face Transformers",
    "keras": "the CSV file of Keras' CSVLogger",
    "lightning": "metrics.csv of Lightning's CSVLogger, with its hparams.yaml",
    "mlflow": "MLflow: mlruns/, its database file, or its URL (sqlite:///..., postgresql://...)",
    "tensorboard": "event files of TensorBoard, one run a folder; train/ and validation/ beside each other are joined",
    "trackio": "Trackio's folder, or the database of one of its projects",
    "wandb": "Weights & Biases: a wandb/ folder, a .wandb file, or a history exported as CSV, Parquet or JSON Lines",
    "yolo": "results.csv of Ultralytics YOLO, with its args.yaml",
}
"""The sources by the name that `tracker import` takes, and what each reads."""


def read(
    source: str,
    path: str | Path,
    asked: Asked = Asked(),  # noqa: B008
    troubles: list[str] | None = None,
) -> Iterator[FoundRun]:
    """Yield the runs that a source finds at a path.

    Args:
        source: one of `SOURCES`.
        path: a file, or a folder that is searched for files of this source; a URL where the source is a database.
        asked: what the caller says about the runs.
        troubles: grows by a sentence for each file or run that could not be read and was passed over.

    Raises:
        BadInput: there is no such source or path, or nothing of the source is there.
    """
    if source not in SOURCES:
        raise BadInput(f"there is no source {source!r}: there are {', '.join(SOURCES)}")
    troubles = [] if troubles is None else troubles
    room = import_module(f"tracker.imports.{source}")
    if "://" in str(path):
        if not hasattr(room, "runs_of_database"):
            raise BadInput(f"{source} reads files, not {str(path).split('://')[0]}://...: give a path")
        found = room.runs_of_database(str(path), asked, troubles)
    else:
        if not Path(path).exists():
            raise BadInput(f"there is nothing at {str(path)!r}: check the path")
        found = room.runs(Path(path), asked, troubles)
    first = next(found, None)
    if first is None:
        first_trouble = f"; {troubles[0]}" if troubles else ""
        raise BadInput(f"no run was found at {str(path)!r}: {source} reads {SOURCES[source]}{first_trouble}")
    yield first
    yield from found

"""The runs that are looked at: the same numbers in a store of ours and in TensorBoard's event files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.support.sessions import Session, now_ms
from tracker import verdicts
from tracker.store import open_store
from tracker.store.base import Points, Store

METRICS = ("train/loss", "val/loss", "train/accuracy", "val/accuracy")
SPIKE = 0.5
"""A one-step spike in every curve, upwards; each curve has it at another step."""

Columns = dict[str, list[float]]


def curves(run: int, steps: int) -> Columns:
    """Return the values of one run: a fit that overfits more or less, with noise and one spike in each curve."""
    draw = np.random.default_rng(run)
    at = np.arange(steps) / steps
    fall = np.exp(-(4 + run % 7) * at)
    rise = 0.4 * np.maximum(0, at - 0.3 - 0.05 * (run % 5))
    noise = 0.01 * draw.standard_normal((len(METRICS), steps))
    found = [2 * fall + 0.1, 2 * fall + 0.4 + rise, 0.95 - 0.8 * fall, 0.8 - 0.7 * fall - rise / 4]
    for number, values in enumerate(found):
        values += noise[number]
        values[spike_at(run, number, steps)] += SPIKE
    return {name: values.tolist() for name, values in zip(METRICS, found, strict=True)}


def spike_at(run: int, metric: int, steps: int) -> int:
    """Return the step of a curve's spike."""
    return steps // 3 + (run * 37 + metric * 101) % (steps // 2)


def log(session: Session, columns: Columns, first: int = 0, per_epoch: int = 10) -> None:
    """Ship a stretch of a run as a logger would."""
    values = list(columns.values())
    for start in range(0, len(values[0]), 5_000):
        calls = [
            dict(zip(columns, some, strict=True))
            for some in zip(*(v[start : start + 5_000] for v in values), strict=True)
        ]
        steps = range(first + start, first + start + len(calls))
        session.ship(
            Points(
                [s * 500 for s in steps],
                list(steps),
                [False] * len(steps),
                [s / per_epoch for s in steps],
                calls,
            ),
            elapsed_ms=(first + start + len(calls)) * 500,
        )


def fill(url: str, project: str, runs: Sequence[Columns], *, running: bool = False) -> list[Session]:
    """Store runs whose diagnosis is kept, as it is after their training; the last may still be running."""
    store = open_store(url)
    store.prepare()
    end = now_ms()
    sessions = []
    for number, columns in enumerate(runs):
        session = Session(
            store, project=project, name=f"run-{number:03}", created_ms=end - (len(runs) - number) * 1000
        )
        log(session, columns)
        if not running:
            session.ship(status="finished")
        sessions.append(session)
    _keep(store, project)
    return sessions


def write_events(python: str, folder: Path, runs: Sequence[Columns]) -> None:
    """Write the same runs as event files, with TensorBoard's own writer in its own environment."""
    folder.mkdir(parents=True)
    given = folder.with_suffix(".json")
    given.write_text(json.dumps(runs))
    subprocess.run([python, "-c", _WRITE, str(given), str(folder)], check=True)


def _keep(store: Store, project: str) -> None:
    records = {record.run_id: record for record in store.runs(project)}
    for run_id, diagnosis in verdicts.of_runs(store, list(records.values())).items():
        store.keep_diagnosis(run_id, records[run_id].version, diagnosis)


_WRITE = """
import json, sys
from pathlib import Path
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
for number, columns in enumerate(json.loads(Path(sys.argv[1]).read_text())):
    writer = EventFileWriter(str(Path(sys.argv[2]) / f"run-{number:03}"))
    for step in range(len(next(iter(columns.values())))):
        for tag, values in columns.items():
            one = Summary(value=[Summary.Value(tag=tag, simple_value=values[step])])
            writer.add_event(Event(wall_time=1.7e9 + step, step=step, summary=one))
    writer.close()
"""

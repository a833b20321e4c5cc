"""Runs in a store for tests that look at them: whole ones and ones that grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.sessions import Session, row
from tracker.model import RunRecord, Status
from tracker.store.base import Store

OVERFIT = {
    "train/loss": [2.0 * 0.86**e + 0.02 for e in range(60)],
    "val/loss": [2.0 * 0.86**e + 0.6 + 0.02 * max(0, e - 18) for e in range(60)],
    "train/accuracy": [1 - 0.8 * 0.9**e for e in range(60)],
    "val/accuracy": [0.75 - 0.55 * 0.85**e for e in range(60)],
}
"""Curves of a run whose validation loss rises from epoch 19 on."""

HEALTHY = {
    "train/loss": [1.5 * 0.9**e + 0.30 for e in range(60)],
    "val/loss": [1.5 * 0.9**e + 0.35 for e in range(60)],
}
"""Curves of a run that settles, without accuracies."""


def log(session: Session, curves: Mapping[str, Sequence[float]], start: int = 0, pace_ms: int = 1000) -> None:
    """Log each curve's values for the epochs from `start` on."""
    points = [
        row(start + i, value, name, epoch=float(start + i), elapsed_ms=(start + i) * pace_ms)
        for name, values in curves.items()
        for i, value in enumerate(values)
    ]
    longest = max((len(values) for values in curves.values()), default=0)
    session.ship(points, elapsed_ms=(start + longest) * pace_ms, status="running")


def finished_run(
    store: Store,
    project: str,
    name: str,
    curves: Mapping[str, Sequence[float]],
    status: Status = "finished",
    **identity: Any,
) -> RunRecord:
    """Store a run to its end and return its record."""
    session = Session(store, project=project, name=name, **identity)
    log(session, curves)
    session.ship(status=status)
    return store.runs(run_ids=[session.run_id])[0]

"""A training process as the store sees it: a session whose batches follow one another."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from tracker.model import new_id
from tracker.store import Store
from tracker.store.base import START, Batch, Identity, Offset, PointRow, Points, Shipped


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def row(
    step: int,
    value: float,
    name: str = "loss",
    *,
    epoch: float | None = None,
    elapsed_ms: int | None = None,
    counted: bool = False,
) -> PointRow:
    return PointRow(name, step, counted, value, epoch, step if elapsed_ms is None else elapsed_ms)


def rows(values: Iterable[float], name: str = "loss", *, first: int = 0, **more: Any) -> list[PointRow]:
    return [row(first + i, v, name, **more) for i, v in enumerate(values)]


class Session:
    """One session: makes its batches, keeps its offset, ships them."""

    def __init__(self, store: Store, run_id: int | None = None, **identity: Any) -> None:
        self.store = store
        given = {"project": "digits", "name": "run", "created_ms": now_ms(), **identity}
        self.identity = Identity(run_id=new_id() if run_id is None else run_id, session_id=new_id(), **given)
        self.offset = START

    @property
    def run_id(self) -> int:
        return self.identity.run_id

    def batch(self, points: list[PointRow] | Points | None = None, **content: Any) -> Batch:
        end = Offset(self.offset.segment, self.offset.byte + 100)
        content.setdefault("beat_ms", now_ms())
        if not isinstance(points, Points):
            points = Points.of(points or [])
        return Batch(self.identity, self.offset, end, points=points, **content)

    def beat(self, **content: Any) -> Shipped:
        """Ship a heartbeat: a batch from the kept offset to the kept offset."""
        content.setdefault("beat_ms", now_ms())
        return self.store.ship(Batch(self.identity, self.offset, self.offset, **content))

    def ship(self, points: list[PointRow] | Points | None = None, **content: Any) -> Shipped:
        shipped = self.store.ship(self.batch(points, **content))
        self.offset = shipped.offset
        return shipped


def values(store: Store, run_id: int, name: str = "loss") -> dict[int, float]:
    """Return step -> value of one series as the store has it, empty when it has none."""
    series = store.points([(run_id, name)]).get((run_id, name))
    return {} if series is None else dict(zip(series.step.tolist(), series.value.tolist(), strict=True))

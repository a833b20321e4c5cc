"""One of many processes that find a store for the first time and write to it at once."""

from __future__ import annotations

import multiprocessing
import random
import time
from typing import Any

# Loaded before the processes part, so that the race is about the store.
import alembic.command  # noqa: F401
import psycopg  # noqa: F401

from tracker.errors import StoreUnavailable
from tracker.store import Store, open_store, postgres, sqlite  # noqa: F401
from tracker.store.base import START, Batch, Identity, Offset, PointRow, Points

POINTS = 5
TURNS = 3


def race(url: str, run_id: int, processes: int) -> list[int]:
    """Let `processes` processes make and write the store at the same moment; return their exit codes.

    Each writes a run of its own, `run_id` + 1 + its number, and all of them write the run `run_id`.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    start = context.Barrier(processes)
    workers = [context.Process(target=create, args=(url, run_id, n, start)) for n in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    return [worker.exitcode if worker.exitcode is not None else -1 for worker in workers]


def create(url: str, run_id: int, worker: int, start: Any) -> None:
    start.wait(120)
    store = open_store(url)
    store.prepare()
    now = int(time.time() * 1000)
    own = Identity(run_id + worker + 1, worker + 1, "race", f"own {worker}", now, config={"worker": worker})
    shared = Identity(run_id, worker + 1, "race", "shared", now, resume="allow")
    offset = START
    for turn in range(TURNS):
        end = Offset(0, (turn + 1) * 10)
        for identity, prefix in ((own, ""), (shared, f"worker{worker}/")):
            points = [
                PointRow(f"{prefix}m{i}", turn, False, float(worker), None, turn) for i in range(POINTS)
            ]
            ship(store, Batch(identity, offset, end, now, points=Points.of(points)))
        offset = end
    store.close()


def ship(store: Store, batch: Batch) -> None:
    """Ship as a shipper does: what is locked now is tried again."""
    for _ in range(20):
        try:
            store.ship(batch)
            return
        except StoreUnavailable:
            time.sleep(random.uniform(0.1, 0.5))
    raise SystemExit("the store stayed locked")

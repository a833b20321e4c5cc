"""One of many processes that find a store for the first time: `python creator.py URL RUN_ID WORKER`."""

from __future__ import annotations

import random
import sys
import time

from tracker.errors import StoreUnavailable
from tracker.store import Store, open_store
from tracker.store.base import START, Batch, Identity, Offset, PointRow


def main(url: str, run_id: int, worker: int, begin: float) -> None:
    time.sleep(max(0.0, begin - time.time()))
    store = open_store(url)
    store.prepare()
    now = int(time.time() * 1000)
    own = Identity(run_id + worker + 1, worker + 1, "race", f"own {worker}", now, config={"worker": worker})
    shared = Identity(run_id, worker + 1, "race", "shared", now, resume="allow")
    offset = START
    for turn in range(3):
        end = Offset(0, (turn + 1) * 10)
        points = [PointRow(f"m{i}", turn, False, float(worker), None, turn) for i in range(5)]
        ship(store, Batch(own, offset, end, now, points=points))
        points = [PointRow(f"worker{worker}/m{i}", turn, False, float(worker), None, turn) for i in range(5)]
        ship(store, Batch(shared, offset, end, now, points=points))
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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))

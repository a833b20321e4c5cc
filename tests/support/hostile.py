"""A project in which every text that a person or a program can choose looks like something else."""

from __future__ import annotations

import time

from tests.support.corpus import CORPUS
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard import sharing
from tracker.dashboard.data import Data
from tracker.model import Annotation, SavedView
from tracker.store.base import Store

PROJECT = CORPUS[1]


def fill(store: Store) -> dict[str, str]:
    """Fill a store with forty runs, each named by the next texts, and one that holds all of them in all its places.

    Returns:
        The ids of the run that holds all, of another run, of a saved view and of a frozen one.
    """
    now, n = int(time.time() * 1000), len(CORPUS)

    def text(i: int) -> str:
        return CORPUS[i % n]

    for i in range(n):
        short = {name: values[:20] for name, values in (HEALTHY if i % 2 else OVERFIT).items()}
        finished_run(
            store, PROJECT, text(i), short, created_ms=now - 1000 * i, tags=(text(i + 1),), group=text(i + 2),
            notes=text(i + 3), config={text(i + 4): text(i + 5), "lr": 0.1 * i},
        )  # fmt: skip
        if i and i % 4 == 0:
            finished_run(store, text(i), text(i + 7), {"loss": [1.0, 0.5]}, created_ms=now - 1000 * i)
    every = finished_run(
        store, PROJECT, "all of them", {**OVERFIT, **{name: [1.0, 0.5, 0.4] for name in CORPUS}}, created_ms=now,
        tags=CORPUS, group=CORPUS[0], notes="\n\n".join(CORPUS), config={name: name for name in CORPUS},
    )  # fmt: skip
    for i, said in enumerate(CORPUS):
        kind = "alert" if i % 2 else "note"
        store.annotate(every.run_id, Annotation(kind, said, said, epoch=float(i), at_ms=now + i))
    views = [
        store.save_view(SavedView("", PROJECT, said[:200], text(i + 1)[:200], text(i + 2), query=""))
        for i, said in enumerate(CORPUS)
    ]
    frozen = sharing.save(
        Data(store), PROJECT, "", title=CORPUS[1], author=CORPUS[12], description=CORPUS[6], frozen=True
    )
    other = next(record for record in store.runs(PROJECT) if record.name == CORPUS[5])
    return {"run": every.id, "other": other.id, "view": views[9].id, "frozen": frozen.id}

"""`tracker` as a contender, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from calls.contender import WATCHED, Contender, Logger

START_S = 60.0
STORED_S = 600.0


def log(url: str, name: str) -> Logger:
    """`tracker.log`, and everything behind it until `finish` returned; the start is over when the store has the run."""
    import tracker

    run = tracker.init(project=name, name=name, store=where(url))

    def call(step: int, values: dict[str, float]) -> None:
        tracker.log(values)

    def ready() -> None:
        if not run.flush(START_S):
            raise SystemExit(f"the store did not take the run within {START_S:.0f} s")

    def finish() -> str:
        # finish waits for 10 s at most; a rate is that of points that are stored.
        run.flush(STORED_S)
        tracker.finish()
        stats = run.stats()
        return "" if stats.stored == stats.logged else f"{stats.stored:,} of {stats.logged:,} stored in time"

    return Logger(call, finish, ready)


def where(url: str) -> str:
    """Return the URL of the store: a file in the working folder unless another is given."""
    return url or f"sqlite:///{Path.cwd()}/tracker.db"


def read(url: str, name: str) -> dict[int, float]:
    """Send what journals of dead processes hold, as the next start, the server and `tracker sync` do, then read."""
    from tracker.journal.recovery import recover
    from tracker.store import open_store

    store = open_store(where(url))
    store.prepare()
    recovered = recover(store, where(url))
    if recovered.failed:
        raise SystemExit("; ".join(recovered.failed))
    run = store.runs(project=name)[0]
    series = store.points([(run.run_id, WATCHED)]).get((run.run_id, WATCHED))
    store.close()
    return {} if series is None else dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


_READING = "recovery of the journal left over, then the store"

SQLITE = Contender("tracker, SQLite", log, read, _READING, kind="tracker", imports="tracker")
POSTGRES = Contender("tracker, PostgreSQL", log, read, _READING, kind="tracker", engine="postgres")

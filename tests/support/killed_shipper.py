"""Kills what ships a journal before each of its system calls, replays, and compares the store with an undisturbed one.

A process of its own, without threads, so that it can fork: `python -m tests.support.killed_shipper URL FOLDER WHO COUNT`.
WHO is `recovery` (the thread that sends left-over journals) or `live` (the shipper's thread of a process that logs),
COUNT how many of the system calls are taken, evenly spaced, or `all`. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine

import tracker
from tests.support.ptrace import be_traced, kill_before
from tracker.journal import delivery, writer
from tracker.journal.recovery import left_over, recover
from tracker.journal.shipper import Shipper
from tracker.store import open_store, tables

RUN = "0123456789abc"
NEVER = 10**9
VOLATILE = {"changed_ms", "beat_ms", "version"}
"""What says when a batch arrived, or in how many pieces."""
SESSIONS = {"session_id", "segment", "byte", "started_ms", "environment"}
TIMES = {"elapsed_ms", "created_ms", "newest_ms", "duration_ms", "at_ms"}
"""What differs between two runs of the same script, too."""
DERIVED = {"diagnosis", "preview", "verdict_change"}


def first_session() -> None:
    """Leave a journal of several segments behind: every kind of frame, steps in any order and twice, NaN."""
    run = tracker.init("kill", "one", id=RUN, mode="offline", config={"lr": 0.1}, tags=["a"])
    run.define_metric("wer", goal="min")
    for i in range(90):
        run.log({"loss": 1.0 / (i + 1), "wer": float("nan") if i % 7 == 0 else float(i)}, step=(i * 37) % 60)
    run.summary["best"] = 1
    run.alert("half", "way")
    run.tags += ("b",)
    run.finish("failed")


def second_session(mode: str) -> tracker.Run:
    """Go on with the run; steps are counted, and some of the first session's are logged anew."""
    run = tracker.init("kill", id=RUN, resume="allow", mode=mode, config={"lr": 0.2})
    for i in range(60):
        run.log(loss=float(i))
        run.log({"wer": float(i)}, step=i)
    run.name = "two"
    return run


class Killer:
    """One store and one folder, brought back to where they were before each kill."""

    def __init__(self, url: str, folder: Path, who: str) -> None:
        self.url = url
        self.folder = folder
        self.who = who
        self.before = folder / "before"
        os.environ.update(TRACKER_URL=url, TRACKER_HOME=str(folder / "home"))
        self._prepare()

    def _prepare(self) -> None:
        """Make the store, empty, and the journals that the child finds."""
        store = open_store(self.url)
        store.prepare()
        store.sync()
        store.close()
        first_session()
        if self.who == "recovery":
            second_session("offline").finish()
        shutil.copytree(self.folder / "home", self.before)

    def reset(self) -> None:
        shutil.rmtree(self.folder / "home")
        shutil.copytree(self.before, self.folder / "home")
        if self.url.startswith("postgresql"):
            engine = create_engine(self.url)
            with engine.begin() as connection:
                for table in reversed(tables.metadata.sorted_tables):
                    connection.execute(table.delete())
            engine.dispose()

    def kill(self, call: int) -> int | None:
        self.reset()
        return kill_before(call, self._recover) if self.who == "recovery" else self._kill_live(call)

    def _recover(self) -> None:
        be_traced()
        store = open_store(self.url)
        store.prepare()
        recover(store, self.url)
        store.close()

    def _kill_live(self, call: int) -> int | None:
        """The whole of the second session is in its journal before the shipper may begin."""
        begin, begun = os.pipe()

        def child() -> None:
            real = Shipper._run

            def traced(shipper: Shipper) -> None:
                be_traced()
                real(shipper)

            Shipper._run = traced  # type: ignore[method-assign]
            run = second_session("online")
            run._logger.end("finished", None)
            os.write(begun, b".")
            run.finish()

        try:
            return kill_before(call, child, lambda: os.read(begin, 1) and None)
        finally:
            os.close(begin)
            os.close(begun)

    def replay(self) -> dict[str, Any]:
        """Do what the next start does, and return what the store holds then."""
        store = open_store(self.url)
        store.prepare()
        done = recover(store, self.url)
        again = recover(store, self.url)
        store.close()
        journals = self.folder / "home" / "journals"
        return {
            "failed": done.failed,
            "sent twice": again.points,
            "left": [str(left) for left in left_over(self.url)],
            # An empty lock file and the note of a session may stay: a later start sweeps them away.
            "files": sorted(
                path.name for path in journals.iterdir() if path.suffix not in (".lock", ".shipment")
            ),
            **self._rows(),
        }

    def _rows(self) -> dict[str, Any]:
        hidden = VOLATILE if self.who == "recovery" else VOLATILE | SESSIONS | TIMES
        engine = create_engine(self.url)
        found = {}
        with engine.connect() as connection:
            metadata = MetaData()
            metadata.reflect(connection)
            for name, table in metadata.tables.items():
                if name in DERIVED:
                    continue
                columns = [c for c in table.columns if c.name not in hidden]
                rows = connection.execute(table.select().with_only_columns(*columns)).all()
                found[name] = sorted(repr(tuple(row)) for row in rows)
        engine.dispose()
        return found


def main(url: str, folder: str, who: str, count: str) -> None:
    delivery.BATCH_POINTS, writer.SEGMENT_BYTES = 40, 2_000
    killer = Killer(url, Path(folder), who)
    calls = killer.kill(NEVER)
    assert calls is not None
    expected = killer.replay()
    chosen = range(1, calls + 1)
    if count != "all":
        step = max(1, calls // int(count))
        chosen = range(1 + step // 2, calls + 1, step)
    differ = []
    killed = 0
    for call in chosen:
        killed += killer.kill(call) is None
        found = killer.replay()
        if found != expected:
            differ.append(
                {"call": call, **{k: [found.get(k), v] for k, v in expected.items() if found.get(k) != v}}
            )
    points = len(expected["point"])
    print(
        json.dumps(
            {
                "calls": calls,
                "killed": killed,
                "points": points,
                "files": expected["files"],
                "differ": differ[:5],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

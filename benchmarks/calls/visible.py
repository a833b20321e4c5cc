"""How soon a point of an idle training is in the store."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from calls import own_process
from calls.bench import Bench
from calls.contender import Contender
from calls.own_process import Failed
from calls.report import Cell

CALLS = 40
PAUSE_MS = 400
LOOK_S = 0.002
NEWEST = "SELECT max(step) FROM point"


def until_visible(bench: Bench) -> None:
    """Log after pauses of 0.4 to 0.8 s and look from another process when each point can be read."""
    rows: list[dict[str, Cell]] = []
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        try:
            waits = _waits(bench, contender)
        except Failed as error:
            bench.report.say(f"{contender.name} failed: {error}")
            continue
        rows.append(
            {
                "until visible": contender.name,
                "calls": len(waits),
                "p50 ms": statistics.median(waits),
                "p95 ms": sorted(waits)[len(waits) * 95 // 100],
                "max ms": max(waits),
            }
        )
        bench.report.at_most(f"{contender.name}: in the store after, at worst", max(waits), 300.0, "ms")
    bench.report.table(
        "Until a point can be read",
        f"From the moment an idle training calls log() until another process reads the point, which looks each "
        f"{LOOK_S * 1000:.0f} ms; after the first batch.",
        rows,
    )


def _waits(bench: Bench, contender: Contender) -> list[float]:
    """Return the waits in ms; the clocks of both processes are the same monotonic one."""
    home, url = bench.home(), bench.url(contender)
    calls = bench.sized(CALLS, 3)
    process = own_process.start(
        bench.peers.python(contender),
        contender,
        "idle",
        "one",
        home,
        url,
        calls=calls,
        pause_ms=bench.sized(PAUSE_MS, 50),
    )
    seen: dict[int, float] = {}
    newest = _reader(home, url)
    while process.poll() is None:
        step = newest()
        if step is not None and step not in seen:
            seen[step] = time.monotonic()
        time.sleep(LOOK_S)
    began = own_process.answer(process, home, "one")["began"]
    bench.drop(home)
    # A point that was first seen together with its successor was visible no later than that one.
    return [
        1000 * (min(at for step, at in seen.items() if step >= number) - began[number - 1])
        for number in range(1, calls + 1)
    ]


def _reader(home: Path, url: str) -> Callable[[], int | None]:
    if url:
        import psycopg

        connection: Any = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

        def from_postgres() -> int | None:
            try:
                return connection.execute(NEWEST).fetchone()[0]  # type: ignore[no-any-return]
            except psycopg.errors.UndefinedTable:
                return None

        return from_postgres

    def from_sqlite() -> int | None:
        if not (home / "tracker.db").exists():
            return None
        with closing(sqlite3.connect(f"file:{home}/tracker.db?mode=ro", uri=True, timeout=1)) as store:
            try:
                return store.execute(NEWEST).fetchone()[0]  # type: ignore[no-any-return]
            except sqlite3.OperationalError:
                return None  # it is still being made

    return from_sqlite

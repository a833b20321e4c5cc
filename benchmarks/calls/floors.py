"""Floors: as little as can be done for a call, with the standard library and the drivers alone."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from calls.contender import WATCHED, Contender, Logger

Rows = list[tuple[Any, ...]]

BATCH_ROWS = 5_000
EVERY_S = 0.25
TABLE = (
    "CREATE TABLE IF NOT EXISTS point (run_id TEXT, series_no INTEGER, step BIGINT, value DOUBLE PRECISION, "
    "elapsed_ms BIGINT, PRIMARY KEY (run_id, series_no, step))"
)
UNNEST = (
    "INSERT INTO point SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::float8[], %s::bigint[])"
)


def nothing(_url: str, _name: str) -> Logger:
    """Take the call and forget it: what the measuring loop itself costs."""
    return Logger(lambda step, values: None, str)


def json_line(_url: str, name: str) -> Logger:
    """Write and flush one JSON line a call: in the kernel's hands when the call returns."""
    return _lines(name, lambda file: None)


def synced_line(_url: str, name: str) -> Logger:
    """The same on the disk when the call returns: not even loss of power takes it."""
    return _lines(name, os.fdatasync if hasattr(os, "fdatasync") else os.fsync)


def _lines(name: str, sync: Callable[[int], None]) -> Logger:
    file = open(f"{name}.jsonl", "w")  # noqa: SIM115 - closed by finish

    def call(step: int, values: dict[str, float]) -> None:
        file.write(json.dumps({"step": step, **values}) + "\n")
        file.flush()
        sync(file.fileno())

    def finish() -> str:
        file.close()
        return ""

    return Logger(call, finish)


def executemany(_url: str, name: str) -> Logger:
    """Keep rows in memory and give 5,000 at a time to the driver's executemany, in the caller's thread."""
    connection = _sqlite()
    return _in_batches(name, lambda rows: _insert(connection, rows))


def buffered(_url: str, name: str) -> Logger:
    """Keep rows in memory and let a thread commit what is there each quarter of a second."""
    rows: Rows = []
    over = threading.Event()

    def write() -> None:
        connection = _sqlite()
        while True:
            last = over.wait(EVERY_S)
            taken = rows[:]
            del rows[: len(taken)]
            if taken:
                _insert(connection, taken)
            if last:
                return

    thread = threading.Thread(target=write)
    thread.start()

    def call(step: int, values: dict[str, float]) -> None:
        rows.extend([(name, number, step, value, step) for number, value in enumerate(values.values())])

    def finish() -> str:
        over.set()
        thread.join()
        return ""

    return Logger(call, finish)


def unnest(url: str, name: str) -> Logger:
    """Keep rows in memory and give 5,000 at a time to one INSERT ... SELECT FROM unnest, in the caller's thread."""
    connection = _postgres(url)
    connection.execute(TABLE)
    connection.commit()

    def store(rows: Rows) -> None:
        connection.execute(UNNEST, [list(column) for column in zip(*rows, strict=True)])
        connection.commit()

    return _in_batches(name, store)


def _in_batches(name: str, store: Callable[[Rows], None]) -> Logger:
    rows: Rows = []

    def call(step: int, values: dict[str, float]) -> None:
        rows.extend([(name, number, step, value, step) for number, value in enumerate(values.values())])
        if len(rows) >= BATCH_ROWS:
            store(rows)
            rows.clear()

    def finish() -> str:
        if rows:
            store(rows)
        return ""

    return Logger(call, finish)


def _sqlite() -> sqlite3.Connection:
    connection = sqlite3.connect("bare.db", isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"{TABLE} WITHOUT ROWID")
    return connection


def _insert(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


def _postgres(url: str) -> Any:
    import psycopg

    return psycopg.connect(url.replace("+psycopg", ""))


# -------------------------------------------------------------------------------------------------------- read them back


def _nothing_read(_url: str, _name: str) -> dict[int, float]:
    return {}


def _lines_read(_url: str, name: str) -> dict[int, float]:
    found = {}
    with open(f"{name}.jsonl") as file:
        for line in file:
            if line.endswith("\n"):
                kept = json.loads(line)
                found[kept["step"]] = kept[WATCHED]
    return found


def _sqlite_read(_url: str, name: str) -> dict[int, float]:
    return dict(
        _sqlite().execute("SELECT step, value FROM point WHERE run_id = ? AND series_no = 0", (name,))
    )


def _postgres_read(url: str, name: str) -> dict[int, float]:
    query = "SELECT step, value FROM point WHERE run_id = %s AND series_no = 0"
    return dict(_postgres(url).execute(query, (name,)).fetchall())


NOTHING = Contender("loop alone", nothing, _nothing_read, "", kind="floor")
LINE = Contender("JSON line, flushed", json_line, _lines_read, "each line that ends, parsed", kind="floor")
SYNCED = Contender(
    "JSON line, synced", synced_line, _lines_read, "each line that ends, parsed", kind="floor", calls=1_000
)
EXECUTEMANY = Contender("sqlite3 executemany", executemany, _sqlite_read, "sqlite3", kind="floor")
BUFFERED = Contender("sqlite3, a thread", buffered, _sqlite_read, "sqlite3", kind="floor")
UNNESTED = Contender("psycopg unnest", unnest, _postgres_read, "psycopg", kind="floor", engine="postgres")

"""What logging four metrics a call costs, beside floors that do as little as can be done, in the same run.

    python benchmarks/log_calls.py [--calls 200000] [--pause-ms 10] [--postgres]

Each row is a process of its own, one after the other, on the same disk. `cpu us` is the CPU of the whole process a
call, all threads, from the first call until everything is stored, less what the measuring loop takes by itself;
start-up is told apart. `points/s` counts from the first call until everything is stored, on the clock.
`--pause-ms 10` is per-epoch use. `--postgres` starts a server of its own, which shares the machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 2_000
VALUES = {"train/loss": 0.4137, "train/accuracy": 0.9123, "val/loss": 0.5271, "val/accuracy": 0.8807}
BATCH = 5_000
TABLE = (
    "CREATE TABLE point (run_id BIGINT, series_no INTEGER, step BIGINT, value DOUBLE PRECISION, "
    "elapsed_ms BIGINT, PRIMARY KEY (run_id, series_no, step))"
)

Call = Callable[[int, dict[str, float]], None]
Finish = Callable[[], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=200_000, help="how often each logs")
    parser.add_argument("--pause-ms", type=float, default=0.0, help="sleep between calls")
    parser.add_argument("--folder", default=None, help="where everything is written; else a temporary folder")
    parser.add_argument("--postgres", action="store_true", help="measure with PostgreSQL, too")
    parser.add_argument("--row", choices=ROWS, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(json.dumps(measure(options.row, options.url, options.calls, options.pause_ms)))
        return
    rows = ["loop", "JSON line, flushed", "sqlite3 executemany", "tracker, SQLite"]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found = {row: in_own_process(row, folder, "", options) for row in rows}
        if options.postgres:
            sys.path.insert(0, str(ROOT))
            from tests.support.postgres import PostgresServer

            server = PostgresServer()
            for row in ("psycopg unnest", "tracker, PostgreSQL"):
                found[row] = in_own_process(row, folder, server.new_database(), options)
            server.stop()
    report(found, options.calls, 4 * options.calls)


def report(found: dict[str, dict[str, Any]], calls: int, points: int) -> None:
    """Print the table and the ratios to the floors."""
    loop = found.pop("loop")
    print(
        f"{calls:,} calls of 4 metrics; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print(
        f"{'':22}{'p50 us':>9}{'p99 us':>9}{'max ms':>9}{'cpu us':>9}{'points/s':>12}{'start s':>9}{'peak MB':>9}"
    )
    for name, row in found.items():
        row["cpu"] -= loop["cpu"]
        row["rate"] = points / row["wall"]
        print(
            f"{name:22}{row['p50']:>9.2f}{row['p99']:>9.2f}{row['max'] / 1000:>9.2f}{row['cpu']:>9.2f}"
            f"{row['rate']:>12,.0f}{row['start']:>9.2f}{row['peak']:>9.0f}  {row['said']}"
        )
    line = found["JSON line, flushed"]
    floors = {"tracker, SQLite": "sqlite3 executemany", "tracker, PostgreSQL": "psycopg unnest"}
    for name, floor in floors.items():
        if name in found:
            ours, bare = found[name], found[floor]
            print(
                f"{name}: p50 {ours['p50'] / line['p50']:.2f} of the JSON line's, p99 {ours['p99'] / line['p99']:.2f}; "
                f"{ours['rate'] / bare['rate']:.2f} of the points/s of {floor}, at {ours['cpu'] / bare['cpu']:.1f} "
                "times its CPU"
            )


def in_own_process(row: str, folder: str, url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one row in a new interpreter."""
    command = [sys.executable, __file__, "--row", row, "--url", url]
    command += ["--calls", str(options.calls), "--pause-ms", str(options.pause_ms)]
    unset = ("TRACKER_MODE", "TRACKER_URL", "TRACKER_RUN_ID", "WORLD_SIZE")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    home = Path(folder) / row.replace(" ", "-").replace(",", "")
    home.mkdir()
    environment["TRACKER_HOME"] = str(home)
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{row} failed:\n{done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def measure(row: str, url: str, calls: int, pause_ms: float) -> dict[str, Any]:
    """Return percentiles in us, CPU in us a call, wall and start-up CPU in s, and the peak memory in MB."""
    begin = time.process_time()
    call, finish = ROWS[row](url)
    begin = time.process_time() - begin
    clock = time.perf_counter_ns
    times = array("q", bytes(8 * calls))
    values = dict(VALUES)
    for i in range(min(WARM_UP, calls)):
        call(i, values)
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    for i in range(calls):
        values["train/loss"] = 1.0 / (i + 1)
        before = clock()
        call(WARM_UP + i, values)
        times[i] = clock() - before
        if pause_ms:
            time.sleep(pause_ms / 1000)
    said = finish()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ordered = sorted(times)
    return {
        "p50": ordered[calls // 2] / 1000,
        "p99": ordered[calls * 99 // 100] / 1000,
        "max": ordered[-1] / 1000,
        "cpu": cpu / calls * 1e6,
        "wall": wall,
        "start": begin,
        "peak": peak,
        "said": said,
    }


# ------------------------------------------------------------------------------------------------------------- the rows


def nothing(_url: str) -> tuple[Call, Finish]:
    """The measuring loop by itself."""
    return lambda i, values: None, str


def json_line(_url: str) -> tuple[Call, Finish]:
    """The floor of `log()`: one JSON line, written and flushed."""
    file = open("lines.jsonl", "w")  # noqa: SIM115 - closed by finish

    def call(i: int, values: dict[str, float]) -> None:
        file.write(json.dumps({"step": i, **values}) + "\n")
        file.flush()

    def finish() -> str:
        file.close()
        return ""

    return call, finish


def bare_sqlite(_url: str) -> tuple[Call, Finish]:
    """The floor of storing in SQLite: rows kept in memory, and lost with the process, then the driver's executemany."""
    connection = sqlite3.connect("bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"{TABLE} WITHOUT ROWID")

    def store(rows: list[tuple[Any, ...]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    return buffered(store)


def bare_postgres(url: str) -> tuple[Call, Finish]:
    """The floor of storing in PostgreSQL: rows kept in memory, then one INSERT ... SELECT FROM unnest a batch."""
    import psycopg

    connection = psycopg.connect(url.replace("+psycopg", ""))
    connection.execute(TABLE)
    connection.commit()
    statement = "INSERT INTO point SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::float8[], %s::bigint[])"

    def store(rows: list[tuple[Any, ...]]) -> None:
        connection.execute(statement, [list(column) for column in zip(*rows, strict=True)])
        connection.commit()

    return buffered(store)


def buffered(store: Callable[[list[tuple[Any, ...]]], None]) -> tuple[Call, Finish]:
    rows: list[tuple[Any, ...]] = []

    def call(i: int, values: dict[str, float]) -> None:
        rows.extend([(1, number, i, value, i) for number, value in enumerate(values.values())])
        if len(rows) >= BATCH:
            store(rows)
            rows.clear()

    def finish() -> str:
        if rows:
            store(rows)
        return ""

    return call, finish


def tracker_log(url: str) -> tuple[Call, Finish]:
    """`tracker.log`, and everything behind it until `finish` returned; start-up is done when the run stands."""
    sys.path.insert(0, str(ROOT))
    import tracker

    run = tracker.init(project="benchmark", store=url or None)
    if not run.flush(60):
        sys.exit("the store did not take the run within 60 s")

    def call(i: int, values: dict[str, float]) -> None:
        tracker.log(values)

    def finish() -> str:
        tracker.finish()
        stats = run.stats()
        return "" if stats.stored == stats.logged else f"{stats.stored:,} of {stats.logged:,} stored in time"

    return call, finish


ROWS: dict[str, Callable[[str], tuple[Call, Finish]]] = {
    "loop": nothing,
    "JSON line, flushed": json_line,
    "sqlite3 executemany": bare_sqlite,
    "tracker, SQLite": tracker_log,
    "psycopg unnest": bare_postgres,
    "tracker, PostgreSQL": tracker_log,
}


if __name__ == "__main__":
    main()

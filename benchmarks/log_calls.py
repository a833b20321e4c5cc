"""What a call of `log` with four metrics costs, beside one JSON line written and flushed per call, in the same run.

    python benchmarks/log_calls.py [--calls 200000] [--store sqlite:///PATH]

Both floors and tracker write to the same folder. Times are microseconds a call; ratios are to the JSON line.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument(
        "--pause-ms", type=float, default=0.0, help="sleep between calls: 10 is per-epoch use"
    )
    parser.add_argument(
        "--folder", default=None, help="where everything is written; a temporary folder when absent"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        os.environ["TRACKER_HOME"] = str(Path(folder) / "home")
        os.environ.pop("TRACKER_MODE", None)
        line = json_line(Path(folder) / "lines.jsonl", options.calls, options.pause_ms)
        ours = tracker_log(options.calls, options.pause_ms)
    print(f"{'':24}{'p50 us':>10}{'p99 us':>10}{'max ms':>10}{'cpu us/call':>14}")
    for name, row in (("JSON line, flushed", line), ("tracker.log", ours)):
        print(f"{name:24}{row['p50']:>10.2f}{row['p99']:>10.2f}{row['max'] / 1000:>10.2f}{row['cpu']:>14.2f}")
    print(f"ratio of the medians: {ours['p50'] / line['p50']:.2f}")
    rate = 4 * options.calls / ours["wall"]
    print(
        f"first log until finish() returned: {ours['wall']:.2f} s, {rate:,.0f} points/s, all in SQLite: {ours['all']}"
    )
    print(
        f"peak memory of the whole process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def json_line(path: Path, calls: int, pause_ms: float) -> dict[str, float]:
    """Time the floor: one JSON line, written and flushed."""
    with path.open("w") as file:

        def call(i: int, values: dict[str, float]) -> None:
            file.write(json.dumps({"step": i, **values}) + "\n")
            file.flush()

        return timed(call, calls, pause_ms)


def tracker_log(calls: int, pause_ms: float) -> dict[str, float]:
    """Time `tracker.log`, and everything behind it until `finish` returned."""
    import tracker

    run = tracker.init(project="benchmark")
    run.flush(30)

    def call(i: int, values: dict[str, float]) -> None:
        tracker.log(values)

    cpu, start = time.process_time(), time.perf_counter()
    row = timed(call, calls, pause_ms)
    tracker.finish()
    row["wall"] = time.perf_counter() - start
    row["cpu"] = (time.process_time() - cpu) / calls * 1e6
    stats = run.stats()
    row["all"] = float(stats.stored == stats.logged)
    return row


def timed(call: Callable[[int, dict[str, float]], None], calls: int, pause_ms: float) -> dict[str, float]:
    """Return percentiles in microseconds and the CPU of the whole process a call."""
    clock = time.perf_counter_ns
    times = [0] * calls
    values = {"train/loss": 0.4137, "train/accuracy": 0.9123, "val/loss": 0.5271, "val/accuracy": 0.8807}
    for i in range(min(WARM_UP, calls)):
        call(i, values)
    gc.collect()
    cpu = time.process_time()
    for i in range(calls):
        values["train/loss"] = 1.0 / (i + 1)
        before = clock()
        call(i, values)
        times[i] = clock() - before
        if pause_ms:
            time.sleep(pause_ms / 1000)
    cpu = time.process_time() - cpu
    times.sort()
    return {
        "p50": times[calls // 2] / 1000,
        "p99": times[calls * 99 // 100] / 1000,
        "max": times[-1] / 1000,
        "cpu": cpu / calls * 1e6,
    }


if __name__ == "__main__":
    sys.exit(main())

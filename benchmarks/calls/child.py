"""What runs in a contender's own interpreter: `python -m calls.child TASK CONTENDER NAME URL OPTIONS`.

The last line of its output is the answer, as JSON; whatever the contender itself prints goes to standard error.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from calls import meters
from calls.contender import VALUES, WATCHED, Contender, value
from calls.contenders import CONTENDERS

Answer = dict[str, Any]
COUNTER = "acknowledged"


def main() -> None:
    task, contender, name, url, options = sys.argv[1:]
    answer_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answer = TASKS[task](CONTENDERS[contender], name, url, **json.loads(options))
    print(json.dumps(answer), file=answer_to, flush=True)


def loop(contender: Contender, name: str, url: str, calls: int, pause_ms: float, seconds: float) -> Answer:
    """Log `calls` times, or for `seconds`; percentiles in us, CPU in us a call, the start and the rest in s and MB."""
    cpu, wall = meters.cpu_s(), time.perf_counter()
    logger = contender.open(url, name)
    opened = time.perf_counter() - wall
    logger.ready()
    start_cpu = meters.cpu_s() - cpu
    warm = min(2_000, calls // 10)
    values = dict(VALUES)
    for i in range(warm):
        values[WATCHED] = value(i)
        logger.call(i, values)
    gc.collect()
    clock, times = time.perf_counter_ns, array("q")
    cpu, wall = meters.cpu_s(), time.perf_counter()
    until = clock() + int(seconds * 1e9)
    for i in range(warm, warm + calls):
        values[WATCHED] = value(i)
        before = clock()
        logger.call(i, values)
        times.append(clock() - before)
        if pause_ms:
            time.sleep(pause_ms / 1000)
        if before > until:
            break
    said = logger.finish()
    cpu, wall = meters.cpu_s() - cpu, time.perf_counter() - wall
    peak = meters.peak_mb()
    ordered = sorted(times)
    return {
        "calls": len(times),
        "warm": warm,
        "p50": ordered[len(times) // 2] / 1000,
        "p99": ordered[len(times) * 99 // 100] / 1000,
        "max_ms": ordered[-1] / 1e6,
        "cpu": cpu / len(times) * 1e6,
        "rate": len(VALUES) * len(times) / wall,
        "start_cpu": start_cpu,
        "start": opened,
        "peak": peak,
        "said": said,
    }


def log_until_killed(contender: Contender, name: str, url: str, pause_ms: float) -> Answer:
    """Log for ever; how many calls have returned stands in a file mapped into memory, which outlives a SIGKILL."""
    with open(COUNTER, "w+b") as file:
        file.truncate(8)
        # One aligned store of 8 bytes, which a SIGKILL cannot cut in two as it can struct.pack_into.
        counter = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")
    logger = contender.open(url, name)
    values = dict(VALUES)
    for i in range(1 << 62):
        values[WATCHED] = value(i)
        logger.call(i, values)
        counter[0] = i + 1
        if pause_ms:
            time.sleep(pause_ms / 1000)
    return {}


def write_together(contender: Contender, name: str, url: str, calls: int) -> Answer:
    """Say that the run stands, wait for the word to go, log, finish, and tell when it began and ended."""
    logger = contender.open(url, name)
    logger.ready()
    Path(f"{name}.ready").touch()
    sys.stdin.readline()
    values = dict(VALUES)
    begin = time.monotonic()
    for i in range(calls):
        values[WATCHED] = value(i)
        logger.call(i, values)
    said = logger.finish()
    return {"begin": begin, "end": time.monotonic(), "said": said}


def log_now_and_then(contender: Contender, name: str, url: str, calls: int, pause_ms: float) -> Answer:
    """Log after pauses that differ, so that no timer can be met; tell when each call began."""
    logger = contender.open(url, name)
    values, began = dict(VALUES), []
    logger.call(0, values)
    logger.ready()
    for i in range(1, calls + 1):
        time.sleep(pause_ms / 1000 * (1 + i * 0.618 % 1))
        began.append(time.monotonic())
        logger.call(i, values)
    time.sleep(1)
    logger.finish()
    return {"began": began}


def grow(contender: Contender, name: str, url: str, calls: int, marks: list[int]) -> Answer:
    """Log as fast as it goes and tell what is resident after each of `marks` calls; for the tracker alone."""
    import tracker

    logger = contender.open(url, name)
    logger.ready()
    run = tracker.run
    assert run is not None
    values, resident = dict(VALUES), []
    begin = time.perf_counter()
    for i in range(calls):
        values[WATCHED] = value(i)
        logger.call(i, values)
        if i + 1 in marks:
            resident.append(meters.resident_mb())
    logger.finish()
    rate = len(VALUES) * calls / (time.perf_counter() - begin)
    return {"resident": resident, "peak": meters.peak_mb(), "rate": rate, "stored": run.stats().stored}


def fill(contender: Contender, name: str, url: str, calls: int, epoch: str) -> Answer:
    """Log with epochs that are whole, fractional, or none; for the tracker alone."""
    import tracker

    logger = contender.open(url, name)
    logger.ready()
    values = dict(VALUES)
    for i in range(calls):
        values[WATCHED] = value(i)
        if epoch == "none":
            tracker.log(values)
        else:
            tracker.log(values, step=i, epoch=i if epoch == "whole" else (i + 0.5) / 100)
    return {"said": logger.finish()}


def diagnose(contender: Contender, name: str, url: str, calls: int) -> Answer:
    """Log epochs, then read the curves in the same process; for the tracker alone."""
    import tracker

    bare = meters.resident_mb()
    logger = contender.open(url, name)
    values = dict(VALUES)
    for i in range(calls):
        values[WATCHED] = value(i)
        tracker.log(values, epoch=i)
    logger.ready()
    logged = meters.peak_mb()
    assert tracker.run is not None
    verdict = tracker.run.diagnosis().verdict
    diagnosed = meters.peak_mb()
    logger.finish()
    return {"bare MB": bare, "logged MB": logged, "diagnosed MB": diagnosed, "verdict": verdict}


def read(contender: Contender, name: str, url: str, calls: int) -> Answer:
    """Read a run back: how many of its first `calls` steps are missing, how many are wrong and how many are beyond."""
    found = contender.read(url, name)
    # Some keep 32-bit floats.
    wrong = sum(abs(found[i] - value(i)) > 1e-6 * value(i) for i in range(calls) if i in found)
    return {
        "missing": sum(i not in found for i in range(calls)),
        "wrong": wrong,
        "beyond": len(found) - calls,
    }


TASKS: dict[str, Callable[..., Answer]] = {
    "loop": loop,
    "kill": log_until_killed,
    "write": write_together,
    "idle": log_now_and_then,
    "grow": grow,
    "fill": fill,
    "diagnose": diagnose,
    "read": read,
}

if __name__ == "__main__":
    main()

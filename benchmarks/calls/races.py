"""Eight processes that log into one store at the same moment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from calls import floors, ours, own_process
from calls.bench import Bench, median, ratio, stored
from calls.contender import METRICS, Contender
from calls.own_process import Failed, Found
from calls.report import Cell

WRITERS = 8


def eight_writers(bench: Bench) -> None:
    """Let eight runs start, log at the word go, finish, and be read back."""
    alone = (floors.NOTHING, floors.LINE, floors.SYNCED, floors.BUFFERED)
    chosen = [one for one in bench.contenders if one not in alone]
    writers = bench.sized(WRITERS, 2)
    found = bench.interleaved(
        chosen, min(bench.rounds, 3), lambda contender: _race(bench, contender, writers)
    )
    bare = found[floors.EXECUTEMANY.name]
    rows: list[dict[str, Cell]] = [
        {
            "8 writers": name,
            "calls each": answers[0]["calls"],
            "points/s": median(answers, "rate"),
            "points/s : 8 bare": ratio(answers, bare, "rate"),
            "read back": stored(answers),
        }
        for name, answers in found.items()
    ]
    bench.report.table(
        "Eight writers of one store",
        "All processes have started before the clock does; it stops when the last finish has returned. TensorBoard "
        "has a file for each writer, W&B a folder.",
        rows,
    )
    if ours.SQLITE.name in found:
        mine = found[ours.SQLITE.name]
        lost = sum(answer["missing"] + answer["wrong"] for answer in mine)
        bench.report.at_least("8 writers: stored, of 8 bare ones", ratio(mine, bare, "rate"), 1 / 3, "x")
        bench.report.at_most("8 writers: lost", lost, 0, "calls")


def _race(bench: Bench, contender: Contender, writers: int) -> Found:
    home, url = bench.home(), bench.url(contender)
    calls = bench.sized(min(contender.calls // 10, 20_000), 10)
    # Who makes the store is not part of the race.
    bench.run(contender, "loop", "first", home, url, calls=10, pause_ms=0, seconds=60)
    python = bench.peers.python(contender)
    names = [f"writer{i}" for i in range(writers)]
    options: dict[str, Any] = {"calls": calls}
    processes = [own_process.start(python, contender, "write", name, home, url, **options) for name in names]
    try:
        _wait(home, names, processes)
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [
            own_process.answer(process, home, name) for process, name in zip(processes, names, strict=True)
        ]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
    wall = max(answer["end"] for answer in answers) - min(answer["begin"] for answer in answers)
    kept = [bench.run(contender, "read", name, home, url, calls=calls) for name in names]
    bench.drop(home)
    return {
        "calls": calls,
        "rate": writers * METRICS * calls / wall,
        "missing": sum(answer["missing"] for answer in kept),
        "wrong": sum(answer["wrong"] for answer in kept),
        "said": ", ".join({answer["said"] for answer in answers if answer["said"]}),
    }


def _wait(home: Path, names: list[str], processes: list[Any]) -> None:
    until = time.monotonic() + 120
    while not all((home / f"{name}.ready").exists() for name in names):
        for name, process in zip(names, processes, strict=True):
            if process.poll() not in (None, 0):
                errors = (home / f"{name}.stderr").read_text(errors="replace").strip().splitlines()
                raise Failed(f"one of eight: {(errors or ['it ended'])[-1][:250]}")
        if time.monotonic() > until:
            raise Failed("eight processes were not ready after 120 s")
        time.sleep(0.02)

"""SIGKILL at a random moment: what calls that had returned are worth afterwards."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from calls import floors, own_process
from calls.bench import Bench
from calls.child import COUNTER
from calls.contender import Contender
from calls.own_process import Failed, Found
from calls.report import Cell

HELPERS_END_S = 5.0
"""How long helpers of a killed process may go on storing before what they stored is read."""
PEER_ROUNDS, SLOW_ROUNDS = 20, 5
SLOW_CALLS = 5_000


def kill_ours(bench: Bench, rounds: int) -> None:
    """Kill the tracker, at full speed within half a second and at 5,000 calls a second within three."""
    rows = []
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        url = bench.url(contender)
        found = []
        for number in range(rounds):
            speed = (0.0, 0.5) if number % 2 else (0.2, 3.0)
            found.append(_one(bench, contender, f"kill{number}", url, *speed))
        rows.append(_row(contender, found))
        lost = sum(answer["missing"] + answer["wrong"] for answer in found)
        never = sum(_never_logged(answer) for answer in found)
        bench.report.at_most(f"{contender.name}: lost in {rounds} SIGKILLs", lost, 0, "calls")
        bench.report.at_most(f"{contender.name}: stored and never logged", never, 0, "calls")
    bench.report.table(
        "SIGKILL, the tracker",
        "At a random moment after the first call, every other time in the middle of a tight loop. Lost: calls that had "
        "returned and were not in the store, or not with their value, after recovery.",
        rows,
    )


def kill_all(bench: Bench) -> None:
    """Kill everyone at one call a millisecond."""
    rows = []
    for contender in [one for one in bench.contenders if one is not floors.NOTHING]:
        rounds = bench.sized(SLOW_ROUNDS if contender.calls <= SLOW_CALLS else PEER_ROUNDS)
        url = bench.url(contender)
        try:
            found = [_one(bench, contender, f"kill{i}", url, 1.0, 2.0) for i in range(rounds)]
        except Failed as error:
            bench.report.say(f"{contender.name} failed: {error}")
            continue
        rows.append(_row(contender, found))
    bench.report.table(
        "SIGKILL, side by side",
        "One call a millisecond, killed at a random moment of the first two seconds. Helpers of the killed process are "
        f"let live for up to {HELPERS_END_S:.0f} s, since they may still store.",
        rows,
    )


def _row(contender: Contender, found: list[Found]) -> dict[str, Cell]:
    lost = [answer["missing"] for answer in found]
    return {
        "killed": contender.name,
        "kills": len(found),
        "calls returned": sum(answer["returned"] for answer in found),
        "lost": sum(lost),
        "lost, median": statistics.median(lost),
        "lost, most": max(lost),
        "wrong": sum(answer["wrong"] for answer in found),
        "never logged": sum(_never_logged(answer) for answer in found),
        "read back": contender.reading,
    }


def _never_logged(answer: Found) -> int:
    """Count steps beyond the calls that had returned; one may be there, of the call that was cut off."""
    return max(int(answer["beyond"] + answer["missing"]) - 1, 0)


def _one(bench: Bench, contender: Contender, name: str, url: str, pause_ms: float, within_s: float) -> Found:
    home = bench.home()
    home.mkdir(parents=True)
    python = bench.peers.python(contender)
    process = own_process.start(python, contender, "kill", name, home, url, pause_ms=pause_ms)
    try:
        _wait_for_a_call(process, home, name)
        time.sleep(random.uniform(0, within_s))
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    returned = _returned(home)
    _wait_for_helpers(process.pid)
    answer = bench.run(contender, "read", name, home, url, calls=returned)
    bench.drop(home)
    return {**answer, "returned": returned}


def _wait_for_a_call(process: subprocess.Popen[str], home: Path, name: str) -> None:
    until = time.monotonic() + 120
    while not _returned(home):
        if process.poll() is not None or time.monotonic() > until:
            errors = (home / f"{name}.stderr").read_text(errors="replace").strip().splitlines()
            raise Failed((errors or ["no call returned within 120 s"])[-1][:300])
        time.sleep(0.005)


def _returned(home: Path) -> int:
    try:
        data = (home / COUNTER).read_bytes()
    except FileNotFoundError:
        return 0
    return int.from_bytes(data, sys.byteorder)


def _wait_for_helpers(group: int) -> None:
    """Wait until the process group of the killed one is empty; end what does not go by itself."""
    until = time.monotonic() + HELPERS_END_S
    try:
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return

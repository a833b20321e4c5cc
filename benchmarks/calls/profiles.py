"""Where the time of a logged call goes: a sampled profile of our process, and what the server takes beside it."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from calls import meters
from calls.bench import Bench, median
from calls.contender import METRICS, Contender
from calls.own_process import Failed
from calls.report import Cell

SAMPLER = ("py-spy==0.4.3",)
PER_SECOND = 500
CALLS = 200_000
SECONDS = 60.0

START = "start: imports and init"
REST = "the rest"
# What the innermost frame of ours, or one around it, says of a sample; the first that fits counts.
STAGES = {
    "log(): one write to the journal": ("tracker/journal/writer.py",),
    "log(): coerce and encode": ("tracker/client/recorder.py", "tracker/client/current.py"),
    "the loop that measures": ("calls/",),
    "read the journal back": ("tracker/journal/reader.py", "tracker/journal/batches.py"),
    "the driver, and its wait for the server": ("psycopg", "tracker/store/patience.py"),
    "hand the rows to the driver": (
        "tracker/store/bulk.py",
        "tracker/store/unnesting.py",
        "tracker/store/rowcopy.py",
        "tracker/store/arrays.py",
    ),
    "sort, check and count the points": (
        "tracker/store/stretches.py",
        "tracker/store/arriving.py",
        "tracker/store/tally.py",
        "tracker/store/encoding.py",
    ),
    "begin, lock and commit": ("tracker/store/",),
    "online diagnosis": ("tracker/client/watch.py",),
}
STARTING = ("importlib", "log (calls/ours.py", "ready (calls/ours.py")
ASLEEP = ("_sync_all", "Shipper._sleep")


class Profile(NamedTuple):
    """Seconds by stage, and what the child answered."""

    stages: Counter[str]
    calls: int


def where_it_goes(bench: Bench) -> None:
    """Sample the tight loop of our own contenders, and weigh the server's share beside that of its bare floor."""
    why = bench.peers.make(SAMPLER)
    if why:
        bench.report.say(f"The profile is missing: {SAMPLER[0]} could not be installed: {why}")
        return
    profiles = {}
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        try:
            profiles[contender.name] = _sampled(bench, contender)
        except Failed as error:
            bench.report.say(f"{contender.name} failed: {error}")
    rows: list[dict[str, Cell]] = []
    for stage in (*STAGES, REST, START):
        row: dict[str, Cell] = {"stage": stage}
        for name, profile in profiles.items():
            row[f"{name}: us a call"] = profile.stages[stage] / profile.calls * 1e6
        rows.append(row)
    bench.report.table(
        "Where the CPU of a call goes",
        f"{SAMPLER[0]}, {PER_SECOND} samples a second of the threads that run, over a tight loop until finish had "
        "returned. Sampling stops the process each time, so the sum is above the CPU of the tight loop's table; the "
        "shares are what counts.",
        rows,
    )
    if bench.server is None or bench.server.folder is None:
        return
    try:
        shares = [_beside_the_server(bench, one) for one in bench.contenders if one.engine == "postgres"]
    except Failed as error:
        bench.report.say(f"The server's share is missing: {error}")
    else:
        bench.report.table(
            "The server's share",
            "Without a sampler. CPU of the process that logs and of all processes of the server, a call, and the time "
            "on the clock, from the first call until everything was stored, start-up included.",
            shares,
        )


def stage_of(stack: str) -> str:
    """Return the stage that a sampled stack belongs to, "" for a thread that only sleeps.

    Args:
        stack: frames from the outermost to the innermost with `;` between them, as py-spy writes them.
    """
    frames = stack.split(";")
    if any(word in frames[-1] for word in ASLEEP):
        return ""
    if any(word in frame for frame in frames for word in STARTING):
        return START
    for frame in reversed(frames):
        for stage, marks in STAGES.items():
            if any(mark in frame for mark in marks):
                return stage
    return REST


def _sampled(bench: Bench, contender: Contender) -> Profile:
    home, url = bench.home(), bench.url(contender)
    home.mkdir(parents=True)
    samples = home / "samples.txt"
    sampler = bench.peers.bin(SAMPLER) / "py-spy"
    command = [str(sampler), "record", "--rate", str(PER_SECOND), "--format", "raw", "--threads"]
    before = [*command, "--output", str(samples), "--"]
    try:
        found = bench.run(contender, "loop", "one", home, url, before=before, **_workload(bench))
        lines = samples.read_text().splitlines()
    except OSError as error:
        raise Failed(str(error)) from None
    finally:
        bench.drop(home)
    stages: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        stages[stage_of(stack)] += int(count)
    del stages[""]
    return Profile(Counter({s: n / PER_SECOND for s, n in stages.items()}), found["calls"] + found["warm"])


def _beside_the_server(bench: Bench, contender: Contender) -> dict[str, Cell]:
    found, served = [], []
    for _ in range(bench.rounds):
        home, url = bench.home(), bench.url(contender)
        before = _served_s(bench.server.folder)
        answer = bench.run(contender, "loop", "one", home, url, **_workload(bench))
        served.append((_served_s(bench.server.folder) - before) / (answer["calls"] + answer["warm"]) * 1e6)
        found.append(answer)
        bench.drop(home)
    return {
        "PostgreSQL": contender.name,
        "client us a call": median(found, "cpu"),
        "server us a call": statistics.median(served),
        "clock us a call": METRICS / median(found, "rate") * 1e6,
        "points/s": median(found, "rate"),
    }


def _served_s(folder: Path) -> float:
    """Return the CPU seconds of the server in `folder` and of all its processes, ended ones among them."""
    postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    return meters.cpu_of(postmaster)


def _workload(bench: Bench) -> dict[str, float]:
    return {"calls": bench.sized(CALLS, 20), "pause_ms": 0.0, "seconds": SECONDS}

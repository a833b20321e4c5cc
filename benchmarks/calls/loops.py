"""The tight loop and per-epoch use: what a call costs the caller, and what everything behind it costs."""

from __future__ import annotations

from typing import Any

from calls import floors, ours
from calls.bench import Bench, median, ratio, stored
from calls.contender import Contender
from calls.own_process import Found
from calls.report import Cell

LONGEST_S = 15.0
EPOCH_MS = 10.0


def tight_loop(bench: Bench) -> None:
    """Log as fast as it goes, then finish and read everything back."""
    found = _measured(bench, bench.contenders, pause_ms=0.0)
    loop = found.pop(floors.NOTHING.name)
    for answers in found.values():
        for answer, bare in zip(answers, loop, strict=False):
            answer["cpu"] = max(answer["cpu"] - bare["cpu"], 0.001)
    rows: list[dict[str, Cell]] = [
        {
            "tight loop": name,
            "calls": max(answer["calls"] for answer in answers),
            "p50 us": median(answers, "p50"),
            "p99 us": median(answers, "p99"),
            "max ms": median(answers, "max_ms"),
            "CPU us": median(answers, "cpu"),
            "points/s": median(answers, "rate"),
            "start s": median(answers, "start"),
            "start CPU s": median(answers, "start_cpu"),
            "peak MB": median(answers, "peak"),
            "read back": stored(answers),
        }
        for name, answers in found.items()
    ]
    bench.report.table(
        "Tight loop",
        f"Four metrics a call; medians of {bench.rounds} rounds, contenders taking turns. p50, p99, max: of one call. "
        "CPU: of the process, all its threads and helpers, a call, from the first call until finish had returned. "
        "points/s: over that time on the clock. Start: import and init, on the clock; its CPU also counts what init "
        "left to a thread. Peak: resident memory with helpers.",
        rows,
    )
    bench.report.table(
        "Tight loop, ratios",
        "Each ratio is the median of the ratios within a round.",
        _ratios(found),
    )
    _targets(bench, found)


def each_epoch(bench: Bench) -> None:
    """Log once in 10 ms, as a training does that ends an epoch or a few steps."""
    chosen = [c for c in bench.contenders if c not in (floors.NOTHING, floors.EXECUTEMANY, floors.UNNESTED)]
    found = _measured(bench, chosen, pause_ms=EPOCH_MS)
    line = found[floors.LINE.name]
    rows: list[dict[str, Cell]] = [
        {
            "a call each 10 ms": name,
            "calls": max(answer["calls"] for answer in answers),
            "p50 us": median(answers, "p50"),
            "p50 : JSON line": ratio(answers, line, "p50"),
            "p99 us": median(answers, "p99"),
            "CPU us": median(answers, "cpu"),
            "read back": stored(answers),
        }
        for name, answers in found.items()
    ]
    bench.report.table(
        "Per-epoch use",
        f"Four metrics each {EPOCH_MS:.0f} ms; medians of {bench.rounds} rounds. The caller comes back from sleep with "
        "cold caches, so a call takes longer than in the loop.",
        rows,
    )
    if ours.SQLITE.name in found:
        mine = found[ours.SQLITE.name]
        bench.report.at_most("per-epoch p50, of the JSON line's", ratio(mine, line, "p50"), 1.0, "x")
        bench.report.at_most("per-epoch p50", median(mine, "p50"), 32.0, "us")
        peers = [median(found[c.name], "p50") for c in chosen if c.kind == "peer" and c.name in found]
        if peers:
            bench.report.at_most(
                "per-epoch p50, of the best peer's", median(mine, "p50") / min(peers), 1.0, "x"
            )


def _measured(bench: Bench, contenders: list[Contender], pause_ms: float) -> dict[str, list[Found]]:
    def measure(contender: Contender) -> Found:
        home, url = bench.home(), bench.url(contender)
        calls = bench.sized(min(contender.calls, 200 if pause_ms else contender.calls), 20)
        options: dict[str, Any] = {"calls": calls, "pause_ms": pause_ms, "seconds": LONGEST_S}
        answer = bench.run(contender, "loop", "one", home, url, **options)
        if contender is floors.NOTHING:
            answer |= {"missing": 0, "wrong": 0}
        else:
            answer |= bench.run(contender, "read", "one", home, url, calls=answer["calls"] + answer["warm"])
        bench.drop(home)
        return answer

    return bench.interleaved(contenders, bench.rounds, measure)


def _ratios(found: dict[str, list[Found]]) -> list[dict[str, Cell]]:
    line, bare = found[floors.LINE.name], found[floors.EXECUTEMANY.name]
    mine = found.get(ours.SQLITE.name, line)
    rows: list[dict[str, Cell]] = []
    for name, answers in found.items():
        theirs = found.get(floors.UNNESTED.name, bare) if name == ours.POSTGRES.name else bare
        rows.append(
            {
                "ratio to": name,
                "p50 : JSON line": ratio(answers, line, "p50"),
                "p99 : JSON line": ratio(answers, line, "p99"),
                "CPU : bare driver": ratio(answers, theirs, "cpu"),
                "points/s : bare driver": ratio(answers, theirs, "rate"),
                "p50 : tracker": ratio(answers, mine, "p50"),
                "CPU : tracker": ratio(answers, mine, "cpu"),
                "points/s : tracker": ratio(answers, mine, "rate"),
            }
        )
    return rows


def _targets(bench: Bench, found: dict[str, list[Found]]) -> None:
    report, line = bench.report, found[floors.LINE.name]
    for name, floor, least in (
        (ours.SQLITE.name, floors.EXECUTEMANY.name, 200_000),
        (ours.POSTGRES.name, floors.UNNESTED.name, 120_000),
    ):
        if name in found:
            mine = found[name]
            report.at_most(f"{name}: p50 of log()", median(mine, "p50"), 5.0, "us")
            report.at_most(f"{name}: p50, of the JSON line's", ratio(mine, line, "p50"), 1.0, "x")
            report.at_most(f"{name}: p99 of log()", median(mine, "p99"), 30.0, "us")
            report.at_most(f"{name}: CPU a call", median(mine, "cpu"), 20.0, "us")
            report.at_most(f"{name}: CPU of the start", median(mine, "start_cpu"), 0.4, "s")
            report.at_least(f"{name}: stored", median(mine, "rate"), least, "points/s")
            if floor in found:
                # What the target stands to on the machine that it was set on: 200,000 of 444,000, 120,000 of 150,000.
                share = least / (444_000 if floor == floors.EXECUTEMANY.name else 150_000)
                report.at_least(f"{name}: stored, of {floor}", ratio(mine, found[floor], "rate"), share, "x")
            # The loop is long enough for the curves to be diagnosed while they come, by numpy.
            report.at_most(f"{name}: peak memory, diagnosed online", median(mine, "peak"), 95.0, "MB")

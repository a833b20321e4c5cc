"""Memory over a run of ten million points."""

from __future__ import annotations

from calls.bench import Bench
from calls.contender import METRICS
from calls.own_process import Failed
from calls.report import Cell

POINTS = (1_000_000, 5_000_000, 10_000_000)
MOST_GROWTH = 1.1


def ten_million(bench: Bench) -> None:
    """Log without a pause and look at the resident memory on the way."""
    rows: list[dict[str, Cell]] = []
    marks = [bench.sized(points // METRICS) for points in POINTS]
    for contender in [one for one in bench.contenders if one.kind == "tracker"]:
        home, url = bench.home(), bench.url(contender)
        try:
            found = bench.run(contender, "grow", "one", home, url, calls=marks[-1], marks=marks)
        except Failed as error:
            bench.report.say(f"{contender.name} failed: {error}")
            continue
        finally:
            bench.drop(home)
        columns = {f"MB at {mark * METRICS:,}": mb for mark, mb in zip(marks, found["resident"], strict=True)}
        rows.append(
            {
                "long run": contender.name,
                **columns,
                "peak MB": found["peak"],
                "points/s": found["rate"],
                "stored": found["stored"],
            }
        )
        growth = found["resident"][-1] / found["resident"][0]
        bench.report.at_most(
            f"{contender.name}: memory at 10 million points, of that at 1", growth, MOST_GROWTH, "x"
        )
        peak = found["peak"]  # with the online diagnosis
        bench.report.at_most(f"{contender.name}: peak memory of a long run", peak, 95.0, "MB")
    bench.report.table(
        "A run of ten million points",
        "Resident memory of the process that logs in a tight loop, when it has logged so many points.",
        rows,
    )

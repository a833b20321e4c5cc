"""What every section needs: the contenders, a place to run them in, and the report."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calls import own_process
from calls.contender import Contender
from calls.own_process import Failed, Found, Peers
from calls.report import Report


@dataclass
class Bench:
    """One run of the benchmark. `scale` shrinks every workload; `server` has `new_database()`."""

    contenders: list[Contender]
    peers: Peers
    folder: Path
    rounds: int
    scale: float
    report: Report
    server: Any = None
    _number: int = field(default=0)

    def sized(self, number: int, least: int = 1) -> int:
        """Return a workload's size, shrunk."""
        return max(least, int(number * self.scale))

    def home(self) -> Path:
        """Return a folder that nothing has been in."""
        self._number += 1
        return self.folder / f"{self._number:04}"

    def url(self, contender: Contender) -> str:
        """Return where the contender stores: an empty database, or nothing for a file in its folder."""
        return str(self.server.new_database()) if contender.engine == "postgres" else ""

    def run(self, contender: Contender, task: str, name: str, home: Path, url: str, **options: Any) -> Found:
        """Run a task of `calls.child` and return its answer."""
        python = self.peers.python(contender)
        return own_process.run(python, contender, task, name, home, url, **options)

    def drop(self, home: Path) -> None:
        """Give the room back."""
        shutil.rmtree(home, ignore_errors=True)

    def interleaved(
        self, contenders: Iterable[Contender], rounds: int, measure: Callable[[Contender], Found]
    ) -> dict[str, list[Found]]:
        """Measure each contender once a round, so that the machine's mood hits all alike; say who fails and why."""
        found: dict[str, list[Found]] = {one.name: [] for one in contenders}
        failed: dict[str, str] = {}
        for _ in range(rounds):
            for contender in contenders:
                if contender.name not in failed:
                    try:
                        found[contender.name].append(measure(contender))
                    except Failed as error:
                        failed[contender.name] = str(error)
                    time.sleep(0.2)
        for name, why in failed.items():
            self.report.say(f"{name} failed: {why}")
        return {name: answers for name, answers in found.items() if answers}


def median(answers: list[Found], key: str) -> float:
    """Return the median of the rounds."""
    return float(statistics.median(answer[key] for answer in answers))


def ratio(ours: list[Found], theirs: list[Found], key: str) -> float:
    """Return the median of the ratios within each round."""
    return float(statistics.median(a[key] / b[key] for a, b in zip(ours, theirs, strict=False) if b[key]))


def stored(answers: list[Found]) -> str:
    """Return what reading back found, over all rounds."""
    missing, wrong = (sum(answer[key] for answer in answers) for key in ("missing", "wrong"))
    said = ", ".join(sorted({answer["said"] for answer in answers if answer.get("said")}))
    words = (
        [f"{missing:,} missing"] * bool(missing) + [f"{wrong:,} wrong"] * bool(wrong) + [said] * bool(said)
    )
    return "; ".join(words) or "all, right"

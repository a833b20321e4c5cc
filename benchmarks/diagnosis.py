"""How often the diagnosis is right on labelled learning curves, each figure with its 95 % interval.

    python benchmarks/diagnosis.py [--data CURVES.jsonl] [--part look|final] [--scorer SCORE.py] [--no-online]

`--data` is a file of labelled runs, one JSON object a line: `epochs`, `series` (`train/loss`, `val/loss` and more; a
value that was not logged is null), `dataset` and `truth`. Without it the held-out runs of `benchmarks/histories` are
judged, or the `--part` of them. The intervals come from 1,000 bootstrap samples over data sets, not over runs: runs on the same
data are alike. With `--scorer` that program's `Detector`, `score` and `show` are used on `call` as well.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from tracker.diagnosis import diagnose
from tracker.diagnosis.online import Watcher
from tracker.model import Diagnosis, Series

Run: TypeAlias = dict[str, Any]

HELD_OUT = Path(__file__).parent / "data" / "histories.jsonl.xz"

WORDS = {"overfitting": "overfit", "underfitting": "underfit", "healthy": "good_fit"}
LABELS = {
    "noisy_validation": "noisy_val",
    "plateau": "plateau",
    "underfitting": "underfit",
    "improving": "improving",
}
SAMPLES = 1000
PREFIXES = 25
"""A run is fed to the online test in so many steps, from a tenth of it (five points at least) on."""

LIMITS_MS = {1000: 5, 100_000: 100}
"""How long a diagnosis may take, by the points of each series."""

RISEN = 0.03
"""An alarm is false while the true test loss has not yet lost this share of the gain again."""


def runs_of(path: Path, part: str | None = None) -> list[Run]:
    """Read labelled runs, compressed or not."""
    text = (lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()).decode()
    runs = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [run for run in runs if part in (None, run.get("part"))]


def history_of(run: Run, points: slice = slice(None), first: bool = False) -> list[Series]:
    """Return the curves of a run, or some points of them, with the `first` one in any case."""
    history = []
    places = list(range(len(run["epochs"])))[points]
    if first and places[:1] != [0]:
        places.insert(0, 0)
    for name, values in run["series"].items():
        logged = [i for i in places if values[i] is not None]
        if logged:
            at = np.array([run["epochs"][i] for i in logged], np.float64)
            numbers = np.array([float(values[i]) for i in logged], np.float64)
            history.append(Series(name, np.array(logged), at, numbers, np.zeros(len(logged), np.int64)))
    return history


def call(run: Run) -> dict[str, Any]:
    """Answer one run in the scorer's words."""
    d = diagnose(history_of(run))
    return {
        "overfit": d.overfitting,
        "best_epoch": d.best_epoch,
        "onset_epoch": d.onset_epoch,
        "verdict": WORDS.get(d.verdict, d.verdict),
        "labels": [LABELS[f.kind] for f in d.findings if f.kind in LABELS],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--part", choices=["look", "final"])
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--no-online", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    runs = runs_of(options.data or HELD_OUT, options.part)
    print_table([judged(run, not options.no_online) for run in runs])
    if options.scorer:
        scorer = _load(options.scorer)
        detector = scorer.Detector()
        detector.f = call
        scorer.show(scorer.score(runs, detector, not options.no_online, options.verbose))


# ------------------------------------------------------------------------------------------------------------- one run


@dataclass
class Judged:
    """What was said of a run beside what is true of it; None where the truth is not known."""

    dataset: str
    truth: dict[str, Any]
    said: Diagnosis
    has_accuracy: bool
    took_ms: float
    halves: list[Diagnosis]
    """Of the even points, of the odd ones, and of the odd ones with the first."""
    regret: float | None = None
    regret_of_minimum: float | None = None
    onset_hit: bool | None = None
    online: dict[str, float | bool] = field(default_factory=dict)

    @property
    def overfit(self) -> bool | None:
        value = self.truth.get("overfit")
        return None if value is None else bool(value)

    @property
    def labels(self) -> set[str]:
        return {finding.kind for finding in self.said.findings} | {self.said.verdict}


def judged(run: Run, online: bool) -> Judged:
    history = history_of(run)
    begin = time.perf_counter()
    said = diagnose(history)
    took_ms = 1000 * (time.perf_counter() - begin)
    odd = slice(1, None, 2)
    halves = [
        diagnose(part)
        for part in (
            history_of(run, slice(0, None, 2)),
            history_of(run, odd),
            history_of(run, odd, first=True),
        )
    ]
    truth = run["truth"]
    out = Judged(
        str(run.get("dataset", run.get("id"))), truth, said, "val/accuracy" in run["series"], took_ms, halves
    )
    if "test_loss" in truth and "scale" in truth:
        out.regret, out.regret_of_minimum = _regrets(run, said)
    if "onset_lo" in truth and said.onset_epoch is not None:
        out.onset_hit = _hit(run, said.onset_epoch)
    if online and "test_smooth" in truth:
        out.online = _online(run)
    return out


def _regrets(run: Run, said: Diagnosis) -> tuple[float, float]:
    """Return the test loss at the reported best epoch and at the plain minimum, above the lowest: shares of the gain."""
    test = np.array([float(v) for v in run["truth"]["test_loss"]])
    val = np.array([np.nan if v is None else float(v) for v in run["series"]["val/loss"]])
    epochs = np.asarray(run["epochs"], np.float64)

    def regret(at: int) -> float:
        lost = (test[at] - np.nanmin(test)) / run["truth"]["scale"]
        return float(min(1.0, lost)) if np.isfinite(lost) else 1.0

    reported = (
        len(epochs) - 1 if said.best_epoch is None else int(np.argmin(np.abs(epochs - said.best_epoch)))
    )
    return regret(reported), regret(int(np.nanargmin(val)))


def _hit(run: Run, onset: float) -> bool:
    """Tell whether an onset is within two points, or a tenth of the run, of the true window."""
    epochs = np.asarray(run["epochs"], np.float64)
    low, high = run["truth"]["onset_lo"], run["truth"]["onset_hi"]
    return max(low - onset, onset - high, 0.0) <= max(
        2 * np.median(np.diff(epochs)), 0.1 * (epochs[-1] - epochs[0])
    )


def _online(run: Run) -> dict[str, float | bool]:
    """Feed a run in steps and say when the alarm came, whether it was false, and how often the answer changed.

    `alerts` and `false_alert` are of the watcher, which remembers what was said before and tells a user only once.
    """
    truth, epochs = run["truth"], run["epochs"]
    n = len(epochs)
    smooth = np.array(truth["test_smooth"], np.float64)
    rise = (smooth - np.minimum.accumulate(smooth)) / truth["scale"]
    ends = sorted({round(x) for x in np.linspace(max(5, 0.1 * n), n, PREFIXES)})
    said = [(k, diagnose(history_of(run, slice(k)), finished=False)) for k in ends if 5 <= k <= n]
    answers = [(k, d.overfitting) for k, d in said]
    alarms = [k for k, alarm in answers if alarm]
    watcher = Watcher()
    raised = [(k, watcher.update(d)) for k, d in said]
    alerts = [k for k, alarm in raised if alarm is not None and alarm.verdict != "diverged"]
    out: dict[str, float | bool] = {
        "false": any(rise[k - 1] < RISEN for k in alarms),
        "changes": sum(a[1] != b[1] for a, b in pairwise(answers)),
        "alerts": len(alerts),
        "false_alert": any(rise[k - 1] < RISEN for k in alerts),
    }
    if truth.get("overfit"):
        after = [k for k in alarms if epochs[k - 1] >= truth["onset_epoch"]]
        out["found"] = bool(after)
        if after:
            out["delay"] = (epochs[after[0] - 1] - truth["onset_epoch"]) / (epochs[-1] - epochs[0])
    return out


# ------------------------------------------------------------------------------------------------------------ all runs

Measure: TypeAlias = Callable[[list[Judged]], float]


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def _scores(pairs: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of (true, said) pairs."""
    counted = Counter(pairs)
    hits, wrong, missed = counted[True, True], counted[False, True], counted[True, False]
    return (
        hits / (hits + wrong) if hits + wrong else float("nan"),
        hits / (hits + missed) if hits + missed else float("nan"),
        2 * hits / (2 * hits + wrong + missed) if hits + wrong + missed else float("nan"),
    )


def _overfitting(which: int) -> Measure:
    return lambda rows: _scores((r.overfit, r.said.overfitting) for r in rows if r.overfit is not None)[which]


def _label(truth: str, said: str, needs_accuracy: bool = False) -> Measure:
    def measure(rows: list[Judged]) -> float:
        known = [r for r in rows if truth in r.truth and ("test_loss" in r.truth or truth == "diverged")]
        if needs_accuracy:
            known = [r for r in known if r.overfit is not None and r.has_accuracy]
        return _scores((bool(r.truth[truth]), said in r.labels) for r in known)[2]

    return measure


def _of_overfit(rows: list[Judged]) -> list[Judged]:
    return [r for r in rows if r.overfit and r.regret is not None]


def _calm(rows: list[Judged]) -> list[Judged]:
    return [r for r in rows if r.truth.get("verdict") in ("good_fit", "improving")]


def _others(rows: list[Judged]) -> list[Judged]:
    return [r for r in rows if r.overfit is False and not r.truth.get("diverged") and r.online]


def _agree(whole: Diagnosis, half: Diagnosis) -> bool:
    """Tell whether two diagnoses do not contradict each other: who is uncertain contradicts nobody."""
    return whole.verdict == half.verdict or "uncertain" in (whole.verdict, half.verdict)


MEASURES: dict[str, Measure] = {
    "overfitting, precision": _overfitting(0),
    "overfitting, recall": _overfitting(1),
    "overfitting, F1": _overfitting(2),
    "false alarms on healthy and improving runs": lambda rows: _mean(r.said.overfitting for r in _calm(rows)),
    "overconfident, F1": _label("overconfident", "overconfident", needs_accuracy=True),
    "diverged, F1": _label("diverged", "diverged"),
    "underfitting, F1": _label("underfit", "underfitting"),
    "improving, F1": _label("improving", "improving"),
    "said uncertain": lambda rows: _mean(r.said.verdict == "uncertain" for r in rows),
    "onset hit": lambda rows: _mean(r.onset_hit for r in rows if r.overfit and r.said.overfitting),
    "best epoch, regret": lambda rows: _mean(r.regret for r in rows),
    "  of the plain minimum": lambda rows: _mean(r.regret_of_minimum for r in rows),
    "best epoch, regret on overfit runs": lambda rows: _mean(r.regret for r in _of_overfit(rows)),
    "  of the plain minimum, on overfit runs": lambda rows: _mean(
        r.regret_of_minimum for r in _of_overfit(rows)
    ),
    "online, overfit runs found": lambda rows: _mean(r.online.get("found") for r in _of_overfit(rows)),
    "online, median delay as a share of the run": lambda rows: float(
        np.median([r.online["delay"] for r in rows if "delay" in r.online] or [float("nan")])
    ),
    "online, false alarms on other runs": lambda rows: _mean(r.online["false"] for r in _others(rows)),
    "online, runs whose answer changes more than twice": lambda rows: _mean(
        r.online["changes"] > 2 for r in rows if r.online
    ),
    "online, runs alerted more than once": lambda rows: _mean(
        r.online["alerts"] > 1 for r in rows if r.online
    ),
    "online, false alerts on other runs": lambda rows: _mean(r.online["false_alert"] for r in _others(rows)),
    "overfit or not the same at half the rate, even points": lambda rows: _mean(
        r.said.overfitting == r.halves[0].overfitting for r in rows
    ),
    "overfit or not the same at half the rate, odd points": lambda rows: _mean(
        r.said.overfitting == r.halves[1].overfitting for r in rows
    ),
    "same verdict at half the rate, even points": lambda rows: _mean(
        r.said.verdict == r.halves[0].verdict for r in rows
    ),
    "same verdict at half the rate, odd points": lambda rows: _mean(
        r.said.verdict == r.halves[1].verdict for r in rows
    ),
    "same verdict at half the rate, odd points and the first": lambda rows: _mean(
        r.said.verdict == r.halves[2].verdict for r in rows
    ),
    "not contradicted at half the rate, even points": lambda rows: _mean(
        _agree(r.said, r.halves[0]) for r in rows
    ),
    "not contradicted at half the rate, odd points": lambda rows: _mean(
        _agree(r.said, r.halves[1]) for r in rows
    ),
}


def print_table(rows: list[Judged]) -> None:
    known = [r for r in rows if r.overfit is not None]
    sets = sorted({r.dataset for r in rows})
    by_set = {name: [r for r in rows if r.dataset == name] for name in sets}
    rng = np.random.default_rng(0)
    drawn = [
        [row for name in rng.choice(sets, len(sets)) for row in by_set[str(name)]] for _ in range(SAMPLES)
    ]
    print(f"{len(rows)} runs on {len(sets)} data sets; {len(known)} with a clear label, ", end="")
    print(
        f"{sum(bool(r.overfit) for r in known)} of them overfit. Intervals: 95 %, bootstrap over data sets.\n"
    )
    print(f"{'':50s} value   interval")
    for name, measure in MEASURES.items():
        samples = [value for value in map(measure, drawn) if np.isfinite(value)]
        low, high = np.percentile(samples, [2.5, 97.5]) if samples else (np.nan, np.nan)
        print(f"{name:50s} {measure(rows):.3f}   {low:.3f} to {high:.3f}")
    alarmed = sum(
        r.said.verdict == "healthy" and half.overfitting and half.findings[0].severity == "strong"
        for r in rows
        for half in r.halves
    )
    took = [r.took_ms for r in rows]
    print(f"\nhealthy runs that are strongly overfitting at half the rate: {alarmed}")
    counts = Counter(r.said.verdict for r in rows)
    print("verdicts: " + ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common()))
    reasons = Counter(
        str(r.said.findings[0].evidence.get("reason")) for r in rows if r.said.verdict == "uncertain"
    )
    print("reasons of uncertain: " + ", ".join(f"{reason} {n}" for reason, n in reasons.most_common()))
    print(f"time a run: median {np.median(took):.2f} ms, longest {max(took):.2f} ms")
    for points, limit in LIMITS_MS.items():
        slowest = max(_time_ms(points, rise) for rise in (0.0, 1.0))
        print(f"time for {points:,} points: {slowest:.1f} ms (limit {limit} ms)")


def _time_ms(points: int, rise: float) -> float:
    """Return the processor time of one diagnosis, the best of five, so that a busy machine does not decide."""
    rng = np.random.default_rng(0)
    at = np.arange(points) / points
    curves = {
        "train/loss": np.exp(-5 * at) + 0.01 * rng.normal(size=points),
        "val/loss": np.exp(-5 * at) + rise * at + 0.01 * rng.normal(size=points),
        "val/accuracy": np.round(1000 * (0.8 - np.exp(-5 * at) / 2 + 0.01 * rng.normal(size=points))) / 1000,
    }
    steps, epochs, zeros = np.arange(points), np.arange(1.0, points + 1), np.zeros(points, np.int64)
    history = [Series(name, steps, epochs, value, zeros) for name, value in curves.items()]
    took = []
    for _ in range(5):
        begin = time.thread_time()
        diagnose(history)
        took.append(1000 * (time.thread_time() - begin))
    return min(took)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()

"""How often what is said beside the verdict is right on labelled learning curves, each figure with its 95 % interval.

    python benchmarks/findings.py [--data CURVES.jsonl] [--part look|final]

Takes the same data as `diagnosis.py` beside it. A finding is held against the loss, and where it is known the accuracy,
on a large test set of its own: whether that moved, which of two epochs was better there, on which side it lies. A
forecast is held against how the validation loss went on, after the run is cut at 50, 60 and 70 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from diagnosis import HELD_OUT, SAMPLES, Run, history_of, runs_of

from tracker.diagnosis import diagnose
from tracker.model import Diagnosis

Row: TypeAlias = tuple[str, str, float]
"""Data set, measure, and one figure that counts for it: 1 or 0, or an error. The mean or median is printed."""

CUTS = (0.5, 0.6, 0.7)
POINT = 0.01
"""Accuracy on the test set stood still when it moved by no more than a point."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HELD_OUT)
    parser.add_argument("--part", choices=("look", "final"))
    options = parser.parse_args()
    runs = [run for run in runs_of(options.data, options.part) if "test_loss" in run["truth"]]
    rows = [row for run in runs for row in (*beside(run), *forecasts(run))]
    sets = sorted({run["dataset"] for run in runs})
    rng = np.random.default_rng(0)
    drawn = [rng.choice(sets, len(sets)) for _ in range(SAMPLES)]
    print(f"{len(runs)} runs on {len(sets)} data sets. Intervals: 95 %, bootstrap over data sets.\n")
    print(f"{'':62s}    n  value   interval")
    for measure in MEASURES:
        by_set = {
            name: [value for one, what, value in rows if (one, what) == (name, measure)] for name in sets
        }
        everything = [value for values in by_set.values() for value in values]
        if not everything:
            print(f"{measure:62s}    0")
            continue
        settle: Callable[[list[float]], float] = np.median if "median" in measure else np.mean
        samples = [
            settle(got) for names in drawn if (got := [v for name in names for v in by_set[str(name)]])
        ]
        low, high = np.percentile(samples, [2.5, 97.5])
        print(f"{measure:62s} {len(everything):4d}  {settle(everything):.3f}   {low:.3f} to {high:.3f}")


def beside(run: Run) -> Iterator[Row]:
    """Hold the findings of a whole run against its truth."""
    truth, name = run["truth"], run["dataset"]
    said = diagnose(history_of(run))
    for kind, label in (("plateau", "plateau"), ("noisy_validation", "noisy_val")):
        if truth.get(label) is None:
            continue
        if said.found(kind):
            yield name, f"{kind}, precision", bool(truth[label])
        if truth[label]:
            yield name, f"{kind}, recall", said.found(kind)
    yield name, "val_better_than_train, how often said", said.found("val_better_than_train")
    course = _evidence(said, "val_better_than_train").get("course_of_gap")
    if course in ("grows", "shrinks"):
        # The test loss lies below training too where training was disturbed; above it where the set was easier.
        measure = f"val_better_than_train, {course}: cause as said"
        yield name, measure, (truth["gap"] < 0) == (course == "grows")
    if said.found("generalisation_gap"):
        yield name, "generalisation_gap, test gap above 30 % of the gain", truth["gap"] > 0.3
    yield from _accuracy(run, said)


def _accuracy(run: Run, said: Diagnosis) -> Iterator[Row]:
    if not run["truth"].get("test_accuracy"):
        return
    name, x = run["dataset"], list(run["epochs"])
    test = np.array([np.nan if value is None else float(value) for value in run["truth"]["test_accuracy"]])
    if said.found("accuracy_plateau"):
        last = test[-round(0.3 * len(test)) :]
        few = max(2, len(last) // 4)
        moved = abs(np.mean(last[-few:]) - np.mean(last[:few]))
        yield name, "accuracy_plateau, test accuracy within a point", moved <= POINT
    found = _evidence(said, "loss_accuracy_conflict")
    if found:
        gained = test[x.index(found["best_by_accuracy"])] - test[x.index(found["best_by_loss"])]
        yield name, "loss_accuracy_conflict, test accuracy better where said", bool(gained > 0)


def forecasts(run: Run) -> Iterator[Row]:
    """Cut a run that goes on well, and hold the forecast of an improving part against what came."""
    val = np.array([np.nan if value is None else float(value) for value in run["series"]["val/loss"]])
    if run["truth"].get("verdict") not in ("good_fit", "improving") or not np.isfinite(val).all():
        return
    for cut in CUTS:
        n = round(cut * len(val))
        said = diagnose(history_of(run, slice(n)))
        told, ahead = _evidence(said, "forecast"), max(1, round(0.2 * n))
        if said.verdict != "improving" or not told or n + ahead > len(val):
            continue
        reach = max(1, round(0.05 * n))
        gained = np.mean(val[n - 1 - reach : n + reach]) - np.mean(
            val[n - 1 + ahead - reach : n + ahead + reach]
        )
        name = run["dataset"]
        yield name, "forecast, gained no more than the most", bool(gained <= told["most"])
        yield name, "forecast, gained between least and most", bool(told["least"] <= gained <= told["most"])
        yield (
            name,
            "forecast, median error of likely as a share of the gain",
            abs(told["likely"] - gained) / abs(gained),
        )


def _evidence(said: Diagnosis, kind: str) -> dict[str, float]:
    return next((dict(f.evidence) for f in said.findings if f.kind == kind), {})  # type: ignore[arg-type]


MEASURES = (
    "plateau, precision",
    "plateau, recall",
    "noisy_validation, precision",
    "noisy_validation, recall",
    "val_better_than_train, how often said",
    "val_better_than_train, grows: cause as said",
    "val_better_than_train, shrinks: cause as said",
    "generalisation_gap, test gap above 30 % of the gain",
    "accuracy_plateau, test accuracy within a point",
    "loss_accuracy_conflict, test accuracy better where said",
    "forecast, gained no more than the most",
    "forecast, gained between least and most",
    "forecast, median error of likely as a share of the gain",
)


if __name__ == "__main__":
    main()

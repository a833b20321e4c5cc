"""How often the diagnosis is right on labelled learning curves.

    python benchmarks/diagnosis.py --data CURVES.jsonl [--scorer SCORE.py]

`--data` is a file of labelled runs, one JSON object a line: `epochs`, `series` (`train/loss`, `val/loss` and more)
and `truth`. With `--scorer` that program's `Detector`, `score` and `show` are used on `call`; without it a short
table of the overfitting verdict is printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tracker.diagnosis import diagnose
from tracker.model import Diagnosis, Series

WORDS = {"overfitting": "overfit", "underfitting": "underfit", "healthy": "good_fit"}
LABELS = {
    "noisy_validation": "noisy_val",
    "plateau": "plateau",
    "underfitting": "underfit",
    "improving": "improving",
}


def history_of(run: dict[str, Any]) -> list[Series]:
    epochs = np.asarray(run["epochs"], np.float64)
    zeros = np.zeros(len(epochs), np.int64)
    step = np.arange(len(epochs), dtype=np.int64)
    return [
        Series(name, step, epochs, np.array([float(v) for v in values], np.float64), zeros)
        for name, values in run["series"].items()
    ]


def call(run: dict[str, Any]) -> dict[str, Any]:
    """Answer one run in the scorer's words."""
    d = diagnose(history_of(run))
    return {
        "overfit": d.overfitting,
        "best_epoch": d.best_epoch,
        "onset_epoch": d.onset_epoch if d.overfitting else None,
        "verdict": WORDS.get(d.verdict, d.verdict),
        "labels": [LABELS[f.kind] for f in d.findings if f.kind in LABELS],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--no-online", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    runs = [json.loads(line) for line in options.data.read_text().splitlines() if line.strip()]
    if options.scorer:
        scorer = _load(options.scorer)
        detector = scorer.Detector()
        detector.f = call
        scorer.show(scorer.score(runs, detector, not options.no_online, options.verbose))
    else:
        print_table(runs)
    print_verdicts(runs)


def print_table(runs: list[dict[str, Any]]) -> None:
    known = [run for run in runs if run["truth"].get("overfit") is not None]
    called = [call(run)["overfit"] for run in known]
    truth = [run["truth"]["overfit"] for run in known]
    hits = sum(c and t for c, t in zip(called, truth, strict=True))
    precision, recall = hits / max(1, sum(called)), hits / max(1, sum(truth))
    print(
        f"overfitting: {len(known)} runs, {sum(truth)} overfit, precision {precision:.3f}, recall {recall:.3f}, "
        f"F1 {2 * hits / max(1, sum(called) + sum(truth)):.3f}"
    )


def print_verdicts(runs: list[dict[str, Any]]) -> None:
    answers: list[Diagnosis] = []
    took = []
    for run in runs:
        history = history_of(run)
        begin = time.perf_counter()
        answers.append(diagnose(history))
        took.append(1000 * (time.perf_counter() - begin))
    counts = Counter(answer.verdict for answer in answers)
    print("verdicts: " + ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common()))
    reasons = Counter(str(a.findings[0].evidence.get("reason")) for a in answers if a.verdict == "uncertain")
    share = counts["uncertain"] / max(1, len(answers))
    print(
        f"uncertain: {share:.1%} of the runs; reasons: "
        + ", ".join(f"{k} {v}" for k, v in reasons.most_common())
    )
    print(f"time: median {np.median(took):.2f} ms, longest {max(took):.2f} ms")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()

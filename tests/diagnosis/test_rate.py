"""The answer must not hang on how often was logged, nor change back and forth while a run goes on.

All curves are real small trainings, 12 to 100 epochs long, that differ in capacity, noise, learning rate and seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.diagnosis import training
from tracker.diagnosis import diagnose
from tracker.model import Diagnosis, Series

Curves = Mapping[str, Sequence[float]]

KINDS: dict[str, dict[str, Any]] = {
    "overfitting": {"epochs": 40, "n_train": 120, "label_noise": 0.4, "spread": 1.5},
    "short overfitting": {"epochs": 24, "n_train": 120, "label_noise": 0.4, "spread": 1.5},
    "overconfident": {"epochs": 100, "rate": 0.02, "label_noise": 0.02, "spread": 1.4, "n_val": 300},
    "healthy": {
        "epochs": 60,
        "hidden": 16,
        "n_train": 2000,
        "label_noise": 0.05,
        "n_val": 1000,
        "rate": 0.02,
    },
    "short healthy": {"epochs": 24, "hidden": 16, "n_train": 1000, "label_noise": 0.05, "rate": 0.05},
    "improving": {
        "epochs": 30,
        "hidden": 16,
        "n_train": 2000,
        "label_noise": 0.05,
        "n_val": 1000,
        "rate": 0.002,
    },
    "underfitting": {"epochs": 40, "hidden": 8, "n_train": 500, "rate": 1e-4, "label_noise": 0.5},
    "very short": {"epochs": 12, "hidden": 32, "n_train": 300, "label_noise": 0.2, "rate": 0.02},
}
RUNS = [(kind, seed) for kind in KINDS for seed in (0, 1, 2)]


def trained(kind: str, seed: int) -> Curves:
    return training.train(**KINDS[kind], seed=seed)


def said(curves: Curves, points: slice = slice(None), *, finished: bool = True) -> Diagnosis:
    epochs = np.arange(1.0, len(curves["loss"]) + 1)[points]
    zeros = np.zeros(len(epochs), np.int64)
    return diagnose(
        [
            Series(name, epochs.astype(np.int64), epochs, np.asarray(values)[points], zeros)
            for name, values in curves.items()
        ],
        finished=finished,
    )


def test_half_the_sampling_rate_gives_the_same_verdict() -> None:
    """Either half of the points of a run says what all of them say, on nine of ten."""
    differ = []
    for kind, seed in RUNS:
        whole = said(trained(kind, seed))
        for first in (0, 1):
            half = said(trained(kind, seed), slice(first, None, 2))
            if half.verdict != whole.verdict:
                differ.append(f"{kind}, seed {seed}: {whole.verdict}, then {half.verdict}")
            strong = half.overfitting and half.findings[0].severity == "strong"
            assert not (whole.verdict == "healthy" and strong), f"{kind}, seed {seed}: {half}"
    assert len(differ) <= 0.1 * 2 * len(RUNS), differ


@pytest.mark.parametrize(("kind", "seed"), RUNS)
def test_while_a_run_goes_on_the_answer_changes_at_most_twice(kind: str, seed: int) -> None:
    curves = trained(kind, seed)
    lengths = range(1, len(curves["loss"]) + 1)
    answers = [said(curves, slice(n), finished=False).overfitting for n in lengths]
    changes = sum(before != after for before, after in pairwise(answers))
    assert changes <= 2, "".join(".X"[answer] for answer in answers)


def test_the_kinds_are_what_they_are_called() -> None:
    """Else the tests above would hold for nothing."""
    for kind in ("overfitting", "overconfident", "healthy", "improving", "underfitting"):
        assert said(trained(kind, 0)).verdict == kind

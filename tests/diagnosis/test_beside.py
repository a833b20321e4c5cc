"""What is said beside the verdict, on one history each."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.curves import history, kinds
from tracker.diagnosis import diagnose


def test_best_epochs_by_loss_and_by_accuracy_disagree() -> None:
    k = np.arange(60)
    curves = {
        "loss": np.exp(-k / 10),
        "val_loss": 1 + np.exp(-k / 3) + 0.01 * k,
        "val_accuracy": 0.6 + 0.002 * k,
    }
    d = diagnose(history(curves))
    assert "loss_accuracy_conflict" in kinds(d)
    assert d.best_accuracy_epoch == 60
    assert d.best_accuracy == pytest.approx(0.718)
    conflict = d.findings[kinds(d).index("loss_accuracy_conflict")]
    assert f"Take epoch {d.best_epoch:.0f} if you use the probabilities, epoch 60" in conflict.fact


def test_noise_a_spike_and_better_validation_are_told() -> None:
    rng = np.random.default_rng(0)
    k = np.arange(100)
    base = np.exp(-k / 6)
    spiked = 0.8 + base + 0.001 * rng.normal(size=100)
    spiked[60] += 3
    found = diagnose(history({"loss": spiked, "val_loss": 0.1 + base + 0.12 * rng.normal(size=100)}))
    assert {"noisy_validation", "spike", "val_better_than_train", "best_epoch"} <= set(kinds(found))
    spike = found.findings[kinds(found).index("spike")]
    assert (spike.start, spike.evidence["curve"]) == (61, "training loss")
    calm = diagnose(history({"loss": 0.5 + base, "val_loss": 0.6 + base}))
    assert not {"noisy_validation", "spike", "val_better_than_train"} & set(kinds(calm))


def test_a_plateau_is_told_with_its_beginning() -> None:
    k = np.arange(100)
    base = np.exp(-k / 6)
    found = diagnose(history({"loss": 0.5 + base, "val_loss": 0.6 + base}))
    plateau = found.findings[kinds(found).index("plateau")]
    assert plateau.start is not None
    assert 20 < plateau.start < 40
    assert f"since epoch {plateau.start:.0f}" in found.sentence


def test_accuracy_of_the_largest_class_misleads() -> None:
    k = np.arange(40)
    curves = {
        "loss": 0.3 + 0.3 * np.exp(-k / 5),
        "val_loss": 0.32 + 0.3 * np.exp(-k / 5),
        "val_accuracy": np.full(40, 0.9),
        "val_f1": np.full(40, 0.1),
    }
    assert "misleading_accuracy" in kinds(diagnose(history(curves), class_counts=[900, 100]))
    assert "misleading_accuracy" in kinds(diagnose(history(curves)))
    fair = {**curves, "val_f1": np.full(40, 0.88)}
    assert "misleading_accuracy" not in kinds(diagnose(history(fair), class_counts=[500, 500]))

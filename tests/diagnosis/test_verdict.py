"""Each verdict on a real small training, or on curves drawn so that only it can be right."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.diagnosis import training
from tests.diagnosis.curves import history, kinds
from tracker.diagnosis import RULES_VERSION, diagnose
from tracker.model import Diagnosis


def test_a_large_network_on_few_noisy_examples_overfits() -> None:
    d = diagnose(history(training.overfitting()))
    assert d.verdict == "overfitting"
    assert d.overfitting
    val = training.overfitting()["val_loss"]
    assert d.best_epoch is not None
    assert d.onset_epoch is not None
    assert abs(d.best_epoch - (1 + int(np.argmin(val)))) <= 2
    assert d.best_epoch < d.onset_epoch <= d.best_epoch + 5
    assert f"Overfitting from epoch {d.onset_epoch:.0f}: validation loss rose" in d.sentence
    assert "while training loss kept falling" in d.sentence
    assert "slipped" in d.sentence
    assert f"Best checkpoint: epoch {d.best_epoch:.0f}." in d.sentence
    assert d.findings[0].severity == "strong"
    assert 1 <= len(d.advice) <= 2


def test_a_network_that_grows_too_sure_is_overconfident() -> None:
    d = diagnose(history(training.overconfident()))
    assert d.verdict == "overconfident"
    assert d.overfitting
    assert "held at" in d.sentence
    assert "\u202f%" in d.sentence
    assert "overconfident rather than worse at ranking classes" in d.sentence


def test_enough_data_is_healthy() -> None:
    d = diagnose(history(training.healthy()))
    assert d.verdict == "healthy"
    assert not d.overfitting
    assert d.onset_epoch is None
    assert d.gap == pytest.approx(
        training.healthy()["val_loss"][-1] - training.healthy()["loss"][-1], abs=0.02
    )


def test_a_run_stopped_too_soon_is_improving() -> None:
    d = diagnose(history(training.improving()))
    assert d.verdict == "improving"
    assert "Train longer" in d.advice


def test_a_tiny_learning_rate_underfits() -> None:
    assert diagnose(history(training.underfitting())).verdict == "underfitting"


def test_a_huge_learning_rate_diverges() -> None:
    d = diagnose(history(training.diverged()))
    assert d.verdict == "diverged"
    assert d.onset_epoch is None
    assert d.findings[0].start == 2
    assert "became NaN" in d.sentence


def test_the_first_epochs_are_too_early() -> None:
    curves = {name: values[:4] for name, values in training.overfitting().items()}
    d = diagnose(history(curves))
    assert d.verdict == "too_early"
    assert d.best_epoch is not None
    running = {name: values[:8] for name, values in training.underfitting().items()}
    assert diagnose(history(running), finished=False).verdict == "too_early"
    assert diagnose(history(running), finished=True).verdict == "underfitting"


def test_the_warning_comes_soon_and_stays() -> None:
    """Fed epoch by epoch, the verdict turns to overfitting once, and not before the true minimum."""
    whole = training.overfitting()
    best = int(np.argmin(whole["val_loss"]))
    called = [
        diagnose(history({name: values[:n] for name, values in whole.items()}), finished=False).overfitting
        for n in range(1, len(whole["loss"]) + 1)
    ]
    first = called.index(True)
    assert best < first <= best + 8
    assert all(called[first:])


def test_a_quick_rise_that_stays_is_overfitting_without_a_trend() -> None:
    k = np.arange(80)
    val = 0.5 + np.exp(-k / 3) + 0.3 * (1 - np.exp(-np.maximum(0, k - 12) / 3)) - 0.0002 * k
    d = diagnose(history({"loss": np.exp(-k / 10), "val_loss": val}))
    assert d.overfitting
    back = val - np.where(k > 40, 0.004 * (k - 40), 0)
    d = diagnose(history({"loss": np.exp(-k / 10), "val_loss": back}))
    assert d.verdict == "uncertain"
    assert d.findings[0].evidence["reason"] == "no_trend"


def test_when_training_rises_too_it_is_not_called_overfitting() -> None:
    k = np.arange(60)
    both = 0.5 + np.exp(-k / 5) + np.where(k > 30, 0.012 * (k - 30), 0)
    d = diagnose(history({"loss": both, "val_loss": both + 0.1}))
    assert d.verdict == "uncertain"
    assert d.findings[0].evidence["reason"] == "train_rises"


def test_a_rise_carried_by_two_wrong_answers_is_uncertain() -> None:
    k = np.arange(50)
    curves = {
        "loss": np.exp(-k / 8),
        "val_loss": 0.4 + np.exp(-k / 5) + 0.006 * k,
        "val_accuracy": np.round(29 * (1 - np.exp(-k / 4)) + 0.4) / 30,
    }
    # The set's size, 30, is read from the accuracy's steps; the one that is given wins.
    small, large = diagnose(history(curves)), diagnose(history(curves), n_val=3000)
    assert small.verdict == "uncertain"
    assert "30 validation examples" in small.sentence
    assert large.overfitting


def test_a_small_rise_is_uncertain_until_it_grows() -> None:
    k = np.arange(60)
    d = diagnose(history({"loss": np.exp(-k / 8), "val_loss": 4 + np.exp(-k / 5) + 0.002 * k}))
    assert d.verdict == "uncertain"
    assert d.findings[0].evidence["reason"] == "small_rise"
    k = np.arange(120)
    assert diagnose(history({"loss": np.exp(-k / 8), "val_loss": 4 + np.exp(-k / 5) + 0.002 * k})).overfitting


def test_a_small_rise_without_a_step_back_is_called() -> None:
    k = np.arange(200)
    steady = 0.4 + np.exp(-k / 10) + 0.0004 * k
    curves = {"loss": np.exp(-k / 30), "val_loss": steady}
    d = diagnose(history(curves))
    assert d.overfitting
    assert d.findings[0].evidence["rise_share_of_drop"] < 0.1
    # The same rise, taken back now and then, or carried by few answers, is none that is sure.
    wavy = diagnose(history({**curves, "val_loss": steady + 0.02 * np.sin(k / 8)}))
    few = diagnose(history(curves), n_val=20)
    assert not wavy.overfitting
    assert few.verdict == "uncertain"


def test_a_rise_after_one_huge_first_epoch_is_not_called_settled() -> None:
    d = diagnose(
        history(
            {
                "loss": [40, 1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1],
                "val_loss": [40, 0.8, 0.6, 0.5, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            }
        )
    )
    assert d.verdict == "uncertain"
    assert "rose 80\u202f% after epoch 4" in d.sentence


def test_learning_by_heart_is_not_called_healthy() -> None:
    train = [2.3, 1.8, 1.3, 0.9, 0.6, 0.4, 0.25, 0.15, 0.1, 0.05]
    d = diagnose(history({"loss": train, "val_loss": [2.31, 2.30] * 5}), n_val=10_000)
    assert d.verdict == "uncertain"
    assert "does not carry over" in d.sentence


def collapsing(points: float, of: int | None, scale: float = 1.0) -> Diagnosis:
    """A run whose loss falls and settles while its accuracy climbs to 98 % and then loses so many points for good."""
    k = np.arange(60)
    loss = 2 * np.exp(-k / 5) + 0.3
    accuracy = 0.98 - 0.48 * np.exp(-k / 4) - points / 100 * np.clip((k - 20) / 20, 0, 1)
    return diagnose(
        history({"loss": loss, "val_loss": loss + 0.1, "val_accuracy": scale * accuracy}), n_val=of
    )


def test_a_run_whose_accuracy_collapsed_is_not_called_healthy() -> None:
    for d in (collapsing(38, None), collapsing(38, None, scale=100.0)):
        assert d.verdict == "uncertain"
        assert d.findings[0].evidence["reason"] == "accuracy_fell"
        assert "validation accuracy fell 37.6 points after epoch 20, to 60.0\u202f%" in d.sentence
    # what few examples, or few points, may pretend is no collapse
    assert collapsing(12, 2000).verdict == "uncertain"
    assert collapsing(12, 40).verdict == "healthy"
    assert collapsing(8, 5000).verdict == "healthy"


def test_no_better_than_the_class_shares_is_underfitting() -> None:
    k = np.arange(40)
    curves = {"loss": 0.69 + 2 * np.exp(-k / 2), "val_loss": 0.70 + 2 * np.exp(-k / 2)}
    assert diagnose(history(curves)).verdict == "healthy"
    d = diagnose(history(curves), class_counts=[500, 500])
    assert d.verdict == "underfitting"
    assert "0.6931" in d.sentence


def test_an_explosion_without_nan_is_diverged() -> None:
    k = np.arange(60)
    loss = np.where(k < 30, 0.3 + np.exp(-k / 6), 0.3 + 0.3 * (k - 30))
    d = diagnose(history({"loss": loss, "val_loss": loss + 0.1}))
    assert d.verdict == "diverged"
    assert d.onset_epoch is None
    assert d.main is not None
    assert d.main.start is not None
    assert 30 < d.main.start < 40
    assert kinds(d) == ["diverged", "best_epoch"]


def test_an_explosion_that_jumps_about_is_no_noise() -> None:
    k = np.arange(60)
    jumps = np.exp(np.random.default_rng(0).normal(0, 0.3, 60))
    loss = np.where(k < 20, 0.3 + 2 * np.exp(-k / 6), 1e6 * np.exp(-(k - 20) / 6) * jumps)
    d = diagnose(history({"loss": loss, "val_loss": loss + 0.1}))
    assert d.verdict == "diverged"
    assert diagnose(history({"loss": jumps, "val_loss": jumps + 0.1})).verdict != "diverged"


def test_a_leap_is_told_where_it_happened_and_not_where_smoothing_spreads_it() -> None:
    k = np.arange(1000)
    loss = np.where(k < 700, 0.3 + 2 * np.exp(-k / 60), 1e6)
    d = diagnose(history({"loss": loss, "val_loss": loss + 0.1}))
    assert d.sentence.startswith("Diverged from epoch 701:")


def test_nan_that_stands_for_a_value_not_taken_is_no_divergence() -> None:
    train = np.exp(-np.arange(16) / 6).tolist()
    val = [v + 0.1 if i % 2 == 0 else math.nan for i, v in enumerate(train)]
    assert diagnose(history({"loss": train, "val_loss": val})).verdict == "improving"
    assert diagnose(history({"loss": train, "val_loss": [*val[:10], *[math.nan] * 6]})).verdict == "diverged"


def test_nothing_and_nothing_known() -> None:
    assert diagnose([]).verdict == "too_early"
    d = diagnose(history({"temperature": [1.0, 2.0, 3.0]}))
    assert d.verdict == "uncertain"
    assert "define_metric" in d.sentence


def test_it_survives_the_way_to_the_store_and_back() -> None:
    d = diagnose(history(training.overfitting()))
    assert Diagnosis.from_dict(d.to_dict()) == d
    assert d.rules_version == RULES_VERSION
    assert len(d.history) == 4


def test_it_leaves_its_input_alone() -> None:
    given_in = history({k: list(v) for k, v in training.overfitting().items()})
    before = [one.value.copy() for one in given_in]
    diagnose(given_in)
    assert all(np.array_equal(a, b.value) for a, b in zip(before, given_in, strict=True))


def test_the_turn_of_a_curve_without_noise_is_its_best() -> None:
    d = diagnose(history({"loss": [1, 0.7, 0.5, 0.3, 0.2], "val_loss": [1, 0.6, 0.9, 1.2, 1.5]}))
    assert d.overfitting
    assert (d.best_epoch, d.best_loss) == (2.0, 0.6)
    assert d.findings[0].evidence["best"] == pytest.approx(0.6)

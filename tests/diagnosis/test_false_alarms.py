"""What looks like trouble and is none: noise, restarts, spikes, offsets, models that were trained before."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.curves import history
from tracker.diagnosis import diagnose

K = np.arange(60)
FALL = np.exp(-K / 8)


def test_a_constant_gap_is_no_overfitting() -> None:
    k = np.arange(60)
    d = diagnose(history({"loss": np.exp(-k / 8), "val_loss": 0.8 + np.exp(-k / 8)}))
    assert d.verdict == "healthy"
    assert d.gap == pytest.approx(0.8, abs=0.01)


def test_noise_is_no_overfitting() -> None:
    rng = np.random.default_rng(5)
    k = np.arange(80)
    alarms = sum(
        diagnose(
            history(
                {
                    "loss": 0.1 + np.exp(-k / 10),
                    "val_loss": 0.5 + np.exp(-k / 10) + 0.05 * rng.normal(size=len(k)),
                }
            )
        ).overfitting
        for _ in range(50)
    )
    assert alarms == 0


def test_a_lucky_dip_at_the_end_is_no_improvement() -> None:
    rng = np.random.default_rng(3)
    k = np.arange(60)
    val = 0.5 + np.exp(-k / 5) + 0.03 * rng.normal(size=60)
    val[-3:] = 0.42
    assert diagnose(history({"loss": 0.4 + np.exp(-k / 5), "val_loss": val})).verdict != "improving"


def test_a_drop_of_the_learning_rate_is_no_overfitting() -> None:
    k = np.arange(60)
    fall = np.where(k < 30, 0.6 + np.exp(-k / 4), 0.35 + 0.25 * np.exp(-(k - 30) / 2))
    d = diagnose(history({"loss": fall - 0.2, "val_loss": fall}))
    assert d.verdict == "healthy"


def test_double_descent_ends_well() -> None:
    k = np.arange(120)
    val = 0.5 + np.exp(-k / 5) + 0.3 * np.exp(-(((k - 45) / 12) ** 2)) - 0.001 * k
    assert not diagnose(history({"loss": np.exp(-k / 10), "val_loss": val})).overfitting


def test_a_log_likelihood_that_fell_is_no_underfitting() -> None:
    fall = -1000 - 200 * (1 - np.exp(-np.arange(40) / 8))
    d = diagnose(history({"loss": fall.tolist(), "val_loss": (fall + 6).tolist()}))
    assert d.verdict == "healthy"


def test_warm_restarts_are_no_overfitting() -> None:
    """Both losses go up and down with the learning rate; no cut of the run is called overfitting."""
    k = np.arange(200)
    rate = 0.5 * (1 + np.cos(np.pi * (k % 50) / 50))
    loss = 0.4 + np.exp(-k / 15) + 0.3 * rate
    for n in range(20, 201, 5):
        d = diagnose(history({"loss": loss[:n] - 0.3, "val_loss": loss[:n]}), finished=n == 200)
        assert not d.overfitting, f"{n}: {d}"
    assert diagnose(history({"loss": loss - 0.3, "val_loss": loss})).verdict == "healthy"


def test_a_rise_that_is_taken_back_below_the_earlier_best_is_over() -> None:
    """Double descent: overfitting at the top of the rise, not at the end."""
    k = np.arange(200)
    val = 0.5 + np.exp(-k / 5) + 0.4 * np.exp(-(((k - 60) / 20) ** 2)) - 0.001 * k
    train = np.exp(-k / 20)
    assert diagnose(history({"loss": train[:80], "val_loss": val[:80]})).overfitting
    assert diagnose(history({"loss": train, "val_loss": val})).verdict == "improving"


@pytest.mark.parametrize("at", [1, 20, 58, 59])
@pytest.mark.parametrize("height", [50.0, 1e6])
@pytest.mark.parametrize("curve", ["loss", "val_loss"])
def test_one_broken_evaluation_changes_no_verdict(curve: str, height: float, at: int) -> None:
    healthy = {"loss": 0.3 + FALL, "val_loss": 0.5 + np.exp(-K / 5)}
    overfit = {"loss": np.exp(-K / 10), "val_loss": 0.5 + np.exp(-K / 5) + 0.012 * np.maximum(0, K - 12)}
    for curves, verdict in ((healthy, "healthy"), (overfit, "overfitting")):
        broken = curves[curve].copy()
        broken[at] = height
        assert diagnose(history({**curves, curve: broken})).verdict == verdict


def test_one_value_far_too_low_is_no_best_epoch() -> None:
    val = 0.5 + np.exp(-K / 5)
    val[30] = -50
    d = diagnose(history({"loss": 0.3 + FALL, "val_loss": val}))
    assert d.verdict == "healthy"
    assert d.best_epoch is not None
    assert d.best_epoch > 40


def test_one_huge_first_value_hides_no_level() -> None:
    train, val = 0.3 + FALL, 0.5 + np.exp(-K / 5)
    train[0] = val[0] = 1e6
    assert diagnose(history({"loss": train, "val_loss": val})).verdict == "healthy"


FINE_TUNING = {
    "levels off": (
        [3.2, 3.07, 2.98, 2.92, 2.88, 2.86, 2.85, 2.845],
        [3.2, 3.08, 3.0, 2.96, 2.93, 2.915, 2.91, 2.905],
    ),
    "noisy training": (
        [3.21, 3.2, 3.02, 3.05, 2.96, 2.99, 2.9, 2.97],
        [3.2, 3.1, 3.05, 3.0, 2.97, 2.95, 2.94, 2.935],
    ),
    "still falling": ([3.2, 3.12, 3.04, 2.96, 2.88, 2.8], [3.2, 3.1, 3.03, 2.97, 2.93, 2.9]),
}


@pytest.mark.parametrize("case", FINE_TUNING)
def test_a_trained_model_that_learns_a_little_more_is_no_underfitting(case: str) -> None:
    train, val = FINE_TUNING[case]
    d = diagnose(history({"loss": train, "val_loss": val}))
    assert d.verdict in ("healthy", "improving")
    assert not d.found("underfitting")


@pytest.mark.parametrize(("epochs", "fell"), [(6, 0.1), (30, 0.1), (60, 0.15)])
def test_a_trained_model_that_falls_slowly_and_surely_is_still_improving(epochs: int, fell: float) -> None:
    """A loss that fell by a twentieth at most is little only beside a start that may mean nothing."""
    falling = np.linspace(3.2, 3.2 - fell, epochs)
    d = diagnose(history({"loss": falling, "val_loss": falling + 0.02}))
    assert d.verdict == "improving"
    assert d.found("underfitting")
    jumps = 0.05 * np.random.default_rng(0).normal(size=epochs)
    assert diagnose(history({"loss": falling + jumps, "val_loss": falling + 0.02})).verdict == "underfitting"


def test_the_classes_or_the_wrong_answers_still_tell_that_a_slow_run_learnt_too_little() -> None:
    falling = np.linspace(2.3, 2.2, 30)
    curves = {"loss": falling, "val_loss": falling + 0.002}
    accuracy = np.linspace(0.10, 0.14, 30)
    assert diagnose(history({**curves, "val_accuracy": accuracy})).verdict == "underfitting"
    assert diagnose(history(curves), class_counts=[100] * 10).verdict == "underfitting"


def test_a_language_model_is_not_asked_to_get_most_tokens_right() -> None:
    fall = 0.3 * np.exp(-np.arange(30) / 5)
    curves = {"train/loss": 2.9 + fall, "val/loss": 2.95 + fall}
    right = 0.40 - fall / 6
    assert diagnose(history({**curves, "val/mean_token_accuracy": right})).verdict == "healthy"
    assert diagnose(history({**curves, "val/accuracy": right})).verdict == "underfitting"


def test_a_good_classifier_that_gets_a_little_better_is_no_underfitting() -> None:
    curves = {
        "loss": [0.35, 0.33, 0.32, 0.31, 0.30, 0.29],
        "val_loss": [0.36, 0.34, 0.335, 0.33, 0.328, 0.327],
        "val_accuracy": [0.85, 0.86, 0.865, 0.87, 0.87, 0.872],
    }
    assert diagnose(history(curves)).verdict == "healthy"
    poor = {**curves, "val_accuracy": [0.40, 0.41, 0.42, 0.42, 0.43, 0.43]}
    assert diagnose(history(poor)).verdict == "underfitting"


def test_wrong_answers_that_halved_are_no_underfitting() -> None:
    """A regularisation term in the loss keeps it high, whatever the model learns."""
    curves = {"loss": 5 + FALL, "val_loss": 5.1 + FALL, "val_accuracy": 0.95 - 0.5 * FALL}
    assert diagnose(history(curves)).verdict == "healthy"


@pytest.mark.parametrize("offset", [10.0, 1000.0, -10.0])
def test_an_offset_makes_no_underfitting(offset: float) -> None:
    jumps = 0.01 * np.random.default_rng(0).normal(size=60)
    d = diagnose(history({"loss": offset + FALL + jumps, "val_loss": offset + 0.1 + FALL}))
    assert d.verdict == "healthy"


def test_a_bound_on_a_likelihood_is_read_in_both_directions() -> None:
    gained = 20 * (1 - np.exp(-K / 10))
    assert diagnose(history({"loss": 550 - gained, "val_loss": 552 - 0.95 * gained})).verdict == "healthy"
    assert diagnose(history({"elbo": gained - 550, "val_elbo": 0.95 * gained - 552})).verdict == "healthy"


def test_every_second_point_alone_does_not_decide() -> None:
    """The points in between say healthy, those alone say strong overfitting: then nothing is sure."""
    val = [1.6, 1.1, 1.12, 1.26, 1.45, 1.22, 1.28, 1.29, 0.92, 1.44, 0.6]
    curves = {"loss": 0.75 ** np.arange(11), "val_loss": np.array(val)}
    half = diagnose(history({name: values[1::2] for name, values in curves.items()}))
    assert half.overfitting
    assert half.findings[0].severity == "strong"
    whole = diagnose(history(curves))
    assert whole.verdict == "uncertain"
    assert whole.findings[0].evidence["reason"] == "noise"

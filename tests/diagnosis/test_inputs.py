"""The kinds of input: axes, rates, scores in place of losses, offsets, gaps and odd x values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.diagnosis import training
from tests.diagnosis.curves import history, kinds, series
from tracker.diagnosis import diagnose
from tracker.model import MetricDefinition, Series


def test_a_running_overfit_by_steps_speaks_of_steps() -> None:
    curves = training.overfitting()
    at = 100 * np.arange(1, len(curves["loss"]) + 1)
    d = diagnose([series(name, values, at, epochs=False) for name, values in curves.items()])
    assert d.axis == "step"
    assert f"Overfitting from step {d.onset_epoch:.0f}" in d.sentence
    assert d.onset_epoch in at.tolist()


def test_training_logged_every_step_and_validation_every_epoch() -> None:
    curves = training.overfitting()
    n, per = len(curves["loss"]), 20
    rng = np.random.default_rng(0)
    by_step = np.interp(np.arange(n * per) / per, np.arange(n), curves["loss"]) + 0.05 * rng.normal(
        size=n * per
    )
    steps = np.arange(n * per)
    zeros = np.zeros(n * per, np.int64)
    train = Series("train_loss_step", steps, np.full(n * per, np.nan), by_step, zeros)
    last = per * np.arange(1, n + 1) - 1
    val = Series("val_loss", last, np.arange(n, dtype=np.float64), np.array(curves["val_loss"]), zeros[:n])
    d = diagnose([train, val])
    assert d.overfitting
    assert d.axis == "epoch"
    assert d.loss == ("train_loss_step", "val_loss")


def test_accuracy_in_percent_reads_like_accuracy_as_a_share() -> None:
    curves = training.overconfident()
    percent = {k: [100 * v for v in vs] if "accuracy" in k else vs for k, vs in curves.items()}
    assert diagnose(history(percent)).sentence == diagnose(history(curves)).sentence


def test_without_a_loss_the_accuracy_is_judged() -> None:
    k = np.arange(60)
    val = 0.8 - 0.5 * np.exp(-k / 4) - np.where(k > 15, 0.004 * (k - 15), 0)
    d = diagnose(history({"train_f1": 1 - 0.6 * np.exp(-k / 10), "val_f1": val}))
    assert d.verdict == "overfitting"
    assert "validation F1 fell" in d.sentence
    assert "training F1 kept rising" in d.sentence
    assert (d.best_loss, d.gap, d.loss) == (None, None, (None, None))
    assert d.accuracy == ("train_f1", "val_f1")
    assert d.best_accuracy == pytest.approx(val.max(), abs=0.02)
    assert d.best_accuracy_epoch == d.best_epoch


def test_negative_losses() -> None:
    curves = training.overfitting()
    d = diagnose(
        history({"loss": np.array(curves["loss"]) - 10, "val_loss": np.array(curves["val_loss"]) - 10})
    )
    assert d.overfitting
    assert "rose by" in d.sentence


def test_validation_without_training_is_never_called_overfitting() -> None:
    d = diagnose(history({"val_loss": training.overfitting()["val_loss"]}))
    assert d.verdict == "uncertain"
    assert "no training loss was logged" in d.sentence
    assert d.best_epoch is not None


def test_training_without_validation_asks_for_one() -> None:
    d = diagnose(history({"loss": training.overfitting()["loss"]}))
    assert d.verdict == "uncertain"
    assert "validation" in d.sentence
    assert d.best_epoch is None
    assert diagnose(history({"loss": [1.0, 0.9, math.nan, math.nan]})).verdict == "diverged"


def test_the_test_curve_stands_in_and_it_is_said() -> None:
    curves = training.overfitting()
    d = diagnose(history({"train_loss": curves["loss"], "test_loss": curves["val_loss"]}))
    assert d.overfitting
    assert "test loss rose" in d.sentence
    assert "judged_on_test" in kinds(d)


def test_a_definition_decides_the_direction() -> None:
    curves = training.overfitting()
    named = history({"train/energy": curves["loss"], "val/energy": curves["val_loss"]})
    assert diagnose(named).verdict == "uncertain"
    said = {name: MetricDefinition(goal="min") for name in ("train/energy", "val/energy")}
    assert diagnose(named, definitions=said).verdict == "overfitting"


def test_missing_points_and_one_nan_do_not_matter() -> None:
    curves = {name: list(values) for name, values in training.overfitting().items()}
    curves["val_loss"][10] = math.nan
    curves["loss"][20] = math.inf
    assert diagnose(history(curves)).verdict == "overfitting"


K = np.arange(60)
OVERFIT = {"loss": np.exp(-K / 10), "val_loss": 0.5 + np.exp(-K / 5) + 0.012 * np.maximum(0, K - 12)}
HEALTHY = {"loss": 0.3 + np.exp(-K / 8), "val_loss": 0.5 + np.exp(-K / 5)}


@pytest.mark.parametrize(
    "x",
    [
        np.arange(60, 0, -1),
        np.repeat(np.arange(30), 2),
        np.cumsum(1 + (K % 7) ** 2) + 1.7e9,
        np.ones(60),
        np.arange(0, 60_000, 1000),
    ],
    ids=["reversed", "twice each", "wall time", "all the same", "every thousand"],
)
def test_the_order_of_logging_decides_whatever_the_axis_says(x: np.ndarray) -> None:
    assert diagnose(history(OVERFIT, x)).verdict == "overfitting"
    assert diagnose(history(HEALTHY, x)).verdict == "healthy"


@pytest.mark.parametrize("rarer", [10, 100])
def test_validation_may_be_much_rarer_than_training(rarer: int) -> None:
    steps = np.arange(60 * rarer)
    train = np.exp(-steps / rarer / 10) + 0.05 * np.random.default_rng(0).normal(size=len(steps))
    for val, verdict in ((OVERFIT["val_loss"], "overfitting"), (HEALTHY["val_loss"], "healthy")):
        at = rarer * np.arange(1, 61) - 1
        d = diagnose([series("loss", train, steps, epochs=False), series("val_loss", val, at, epochs=False)])
        assert (d.verdict, d.axis) == (verdict, "step")


@pytest.mark.parametrize("points", [5, 6, 8, 20, 1000, 100_000])
def test_few_points_or_many_show_the_same_course(points: int) -> None:
    at = np.linspace(0, 59, points)
    jumps = 0.01 * np.random.default_rng(0).normal(size=points)
    train = 0.2 + np.exp(-at / 10)
    rising = {"loss": train, "val_loss": 0.5 + np.exp(-at / 5) + 0.02 * np.maximum(0, at - 12) + jumps}
    flat = {"loss": train, "val_loss": 0.5 + np.exp(-at / 5) + jumps}
    assert diagnose(history(rising)).overfitting
    assert diagnose(history(flat)).verdict in ("healthy", "improving")


def test_every_third_value_may_be_missing() -> None:
    val = OVERFIT["val_loss"].copy()
    val[::3] = math.nan
    assert diagnose(history({**OVERFIT, "val_loss": val})).verdict == "overfitting"


def test_an_accuracy_in_coarse_steps_is_judged_when_there_is_no_loss() -> None:
    rises = 0.5 + 0.4 * (1 - np.exp(-K / 5))
    train = 0.5 + 0.5 * (1 - np.exp(-K / 8))
    falls = np.round(50 * (rises - 0.004 * np.maximum(0, K - 15))) / 50
    d = diagnose(history({"accuracy": train, "val_accuracy": falls}))
    assert d.verdict == "overfitting"
    assert "validation accuracy fell" in d.sentence
    assert (
        diagnose(history({"accuracy": train, "val_accuracy": np.round(50 * rises) / 50})).verdict == "healthy"
    )


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e300])
def test_a_loss_may_be_tiny_or_huge(scale: float) -> None:
    assert diagnose(history({k: v * scale for k, v in OVERFIT.items()})).verdict == "overfitting"
    assert diagnose(history({k: v * scale for k, v in HEALTHY.items()})).verdict == "healthy"


@pytest.mark.parametrize("value", [0.0, 0.3, 0.1 + 0.2, -7.0])
def test_a_constant_curve_is_best_at_its_first_point(value: float) -> None:
    d = diagnose(history({"loss": [value] * 30, "val_loss": [value] * 30}))
    assert d.best_epoch == 1
    assert not d.overfitting


def test_validation_below_training_can_overfit_too() -> None:
    assert diagnose(history({**OVERFIT, "loss": 2 + OVERFIT["loss"]})).verdict == "overfitting"
    assert (
        diagnose(history({"loss": 0.6 + np.exp(-K / 8), "val_loss": 0.4 + np.exp(-K / 8)})).verdict
        == "healthy"
    )


@pytest.mark.parametrize(("rise", "late"), [(0.05, 6), (100.0, 36)])
def test_validation_that_exploded_without_training_is_never_called_diverged(rise: float, late: int) -> None:
    k = np.arange(40)
    val = 0.5 + 0.2 * np.exp(-k / 2) + rise * np.maximum(0, k - late)
    d = diagnose(history({"val_loss": val}))
    assert d.verdict == "uncertain"
    assert "no training loss was logged" in d.sentence
    assert d.main is not None
    assert d.main.evidence["reason"] == "no_train"
    assert diagnose(history({"loss": val, "val_loss": val})).verdict == "diverged"

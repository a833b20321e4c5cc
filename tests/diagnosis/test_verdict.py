"""The diagnosis on real small trainings, on odd input, and its invariances."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from tests.diagnosis import training
from tracker.diagnosis import RULES_VERSION, diagnose
from tracker.model import VERDICTS, Diagnosis, MetricDefinition, Series


def series(name: str, value: ArrayLike, x: ArrayLike | None = None, *, epochs: bool = True) -> Series:
    values = np.asarray(value, np.float64)
    n = len(values)
    at = np.arange(1, n + 1) if x is None else np.asarray(x, np.float64)
    epoch = at.astype(np.float64) if epochs else np.full(n, np.nan)
    step = np.arange(n) if epochs else at.astype(np.int64)
    return Series(name, step.astype(np.int64), epoch, values, np.zeros(n, np.int64))


def history(curves: dict[str, Sequence[float]]) -> list[Series]:
    return [series(name, values) for name, values in curves.items()]


def kinds(diagnosis: Diagnosis) -> list[str]:
    return [finding.kind for finding in diagnosis.findings]


# ------------------------------------------------------------------------------------------------------ real trainings


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


# -------------------------------------------------------------------------------------------------- what it must not say


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


def test_a_quick_rise_that_stays_is_overfitting_without_a_trend() -> None:
    k = np.arange(80)
    val = 0.5 + np.exp(-k / 3) + 0.3 * (1 - np.exp(-np.maximum(0, k - 12) / 3)) - 0.0002 * k
    d = diagnose(history({"loss": np.exp(-k / 10), "val_loss": val}))
    assert d.overfitting
    back = val - np.where(k > 40, 0.004 * (k - 40), 0)
    d = diagnose(history({"loss": np.exp(-k / 10), "val_loss": back}))
    assert d.verdict == "uncertain"
    assert d.findings[0].evidence["reason"] == "no_trend"


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
    d = diagnose(history({"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.002 * k}))
    assert d.verdict == "uncertain"
    assert d.findings[0].evidence["reason"] == "small_rise"
    k = np.arange(120)
    assert diagnose(
        history({"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.002 * k})
    ).overfitting


# ------------------------------------------------------------------------------------------------------- kinds of input


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


# ------------------------------------------------------------------------------------------------------- other findings


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


def test_no_better_than_the_class_shares_is_underfitting() -> None:
    k = np.arange(40)
    curves = {"loss": 0.69 + 2 * np.exp(-k / 2), "val_loss": 0.70 + 2 * np.exp(-k / 2)}
    assert diagnose(history(curves)).verdict == "healthy"
    d = diagnose(history(curves), class_counts=[500, 500])
    assert d.verdict == "underfitting"
    assert "0.6931" in d.sentence


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


# ----------------------------------------------------------------------------------------------------------- properties

NAMES = ("loss", "val_loss", "accuracy", "val_accuracy", "test_loss", "val_f1", "lr", "train/loss", "odd")
values = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40)
odd = st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf, 1.0])
curves_of_any_kind = st.dictionaries(
    st.sampled_from(NAMES),
    values | st.lists(odd, max_size=30) | st.lists(st.just(0.5), max_size=30),
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(
    curves_of_any_kind,
    st.none() | st.integers(-5, 10**6),
    st.none() | st.lists(st.integers(0, 10**6), max_size=4),
    st.booleans(),
)
def test_never_an_exception_and_always_a_sentence(
    curves: dict[str, list[float]], n_val: int | None, counts: list[int] | None, finished: bool
) -> None:
    d = diagnose(history(curves), n_val=n_val, class_counts=counts, finished=finished)
    assert d.verdict in VERDICTS
    assert d.sentence.endswith(".")
    assert all(finding.fact.endswith((".", ")")) and len(finding.advice) <= 2 for finding in d.findings)
    assert d.overfitting == (d.onset_epoch is not None)
    d.to_dict()


@st.composite
def learning_curves(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(5, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k = np.arange(n)
    pace = draw(st.floats(1, 40))
    train_loss = draw(st.floats(0, 0.5)) + np.exp(-k / pace) + draw(st.floats(0, 0.1)) * rng.normal(size=n)
    rise = np.maximum(0, k - draw(st.integers(0, n))) * draw(st.floats(0, 0.05))
    val_loss = draw(st.floats(0, 1)) + np.exp(-k / pace) + rise + draw(st.floats(0, 0.2)) * rng.normal(size=n)
    out = {"loss": train_loss, "val_loss": val_loss}
    if draw(st.booleans()):
        out["val_accuracy"] = np.clip(0.8 - 0.6 * np.exp(-k / pace) + 0.02 * rng.normal(size=n), 0, 1)
    if draw(st.booleans()):
        out["val_loss"][draw(st.integers(0, n - 1)) :] = draw(st.sampled_from([math.nan, math.inf, 1e9]))
    return out


@settings(max_examples=150, deadline=None)
@given(learning_curves(), st.integers(-60, 60))
def test_scaling_the_loss_by_a_power_of_two_changes_nothing(
    curves: dict[str, np.ndarray], power: int
) -> None:
    factor = 2.0**power
    scaled = {k: v * factor if "loss" in k else v for k, v in curves.items()}
    a, b = diagnose(history(curves)), diagnose(history(scaled))
    assert (a.verdict, a.onset_epoch, a.best_epoch, kinds(a)) == (
        b.verdict,
        b.onset_epoch,
        b.best_epoch,
        kinds(b),
    )
    if a.best_loss is not None and b.best_loss is not None:
        assert b.best_loss == a.best_loss * factor


@settings(max_examples=150, deadline=None)
@given(learning_curves(), st.floats(0.01, 1000), st.floats(-100, 1000))
def test_stretching_the_axis_changes_nothing_but_the_places(
    curves: dict[str, np.ndarray], factor: float, shift: float
) -> None:
    assume(factor * 5 > abs(shift) * 1e-9)
    n = len(curves["loss"])
    x = factor * np.arange(n) + shift
    a = diagnose(history(curves))
    b = diagnose([series(name, values, x) for name, values in curves.items()])
    assert a.verdict == b.verdict
    assert kinds(a) == kinds(b)
    for before, after in ((a.onset_epoch, b.onset_epoch), (a.best_epoch, b.best_epoch)):
        assert (before is None) == (after is None)
        if before is not None:
            assert after == x[int(before) - 1]


@settings(max_examples=60, deadline=None)
@given(learning_curves())
def test_the_same_input_gives_the_same_words(curves: dict[str, np.ndarray]) -> None:
    assert diagnose(history(curves)).to_dict() == diagnose(history(curves)).to_dict() or any(
        isinstance(v, float) and math.isnan(v)
        for f in diagnose(history(curves)).findings
        for v in f.evidence.values()
    )


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


def test_nan_that_stands_for_a_value_not_taken_is_no_divergence() -> None:
    train = np.exp(-np.arange(16) / 6).tolist()
    val = [v + 0.1 if i % 2 == 0 else math.nan for i, v in enumerate(train)]
    assert diagnose(history({"loss": train, "val_loss": val})).verdict == "improving"
    assert diagnose(history({"loss": train, "val_loss": [*val[:10], *[math.nan] * 6]})).verdict == "diverged"


def test_a_log_likelihood_that_fell_is_no_underfitting() -> None:
    fall = -1000 - 200 * (1 - np.exp(-np.arange(40) / 8))
    d = diagnose(history({"loss": fall.tolist(), "val_loss": (fall + 6).tolist()}))
    assert d.verdict == "healthy"


def test_it_leaves_its_input_alone() -> None:
    given_in = history({k: list(v) for k, v in training.overfitting().items()})
    before = [one.value.copy() for one in given_in]
    diagnose(given_in)
    assert all(np.array_equal(a, b.value) for a, b in zip(before, given_in, strict=True))


@pytest.mark.parametrize(("points", "most_ms"), [(1000, 5), (100_000, 100)])
def test_it_is_fast(points: int, most_ms: float) -> None:
    """Processor time of this thread, the best of five, so that a busy machine does not decide."""
    rng = np.random.default_rng(0)
    k = np.arange(points) / points
    curves = {
        "loss": np.exp(-5 * k) + 0.01 * rng.normal(size=points),
        "val_loss": np.exp(-5 * k) + k + 0.01 * rng.normal(size=points),
        "val_accuracy": np.round(1000 * (0.8 - np.exp(-5 * k) / 2 + 0.01 * rng.normal(size=points))) / 1000,
    }
    logged = history(curves)
    took = []
    for _ in range(5):
        begin = time.thread_time()
        diagnose(logged)
        took.append(1000 * (time.thread_time() - begin))
    assert min(took) < most_ms

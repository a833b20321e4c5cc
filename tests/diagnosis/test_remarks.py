"""Each remark beside the verdict: a history that asks for it, and near ones that must not get it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.diagnosis.findings import finding, said
from tracker.diagnosis.validation import about

K = np.arange(100.0)
FALL = np.exp(-K / 6)
SETTLED = {"loss": 0.5 + FALL, "val_loss": 0.6 + FALL}


def noise(size: float, n: int = 100, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).normal(size=n)


# ------------------------------------------------------------------------------------------------------ the best epochs


def test_how_far_a_run_went_past_its_best_is_told_in_numbers() -> None:
    best = finding(said({"loss": FALL, "val_loss": 0.5 + FALL + 0.01 * np.maximum(0, K - 20)}), "best_epoch")
    assert best.evidence["past_best"] == 100 - best.start
    assert best.evidence["past_best_share"] == pytest.approx((100 - best.start) / 99)


def conflicting(accuracy: np.ndarray) -> dict[str, np.ndarray]:
    return {"loss": FALL, "val_loss": 0.5 + FALL + 0.01 * np.maximum(0, K - 20), "val_accuracy": accuracy}


def test_the_best_epochs_disagree_when_accuracy_goes_on_rising() -> None:
    d = said(conflicting(0.7 + 0.002 * K), n_val=1000)
    conflict = finding(d, "loss_accuracy_conflict")
    assert conflict.fact.endswith(
        f"Take epoch {d.best_epoch:.0f} if you use the probabilities, epoch 100 if only the decisions count."
    )
    assert conflict.evidence["accuracy_lost"] == pytest.approx(0.15, abs=0.03)


def test_an_area_under_the_curve_ranks_and_counts_no_decisions() -> None:
    curves = conflicting(0.7 + 0.002 * K)
    d = said({"loss": curves["loss"], "val_loss": curves["val_loss"], "val_auc": curves["val_accuracy"]})
    fact = finding(d, "loss_accuracy_conflict").fact
    assert fact.endswith(f"Take epoch 100 if AUC is what counts, else epoch {d.best_epoch:.0f}.")
    assert "rather than worse at ranking classes" in d.sentence


def test_a_lucky_accuracy_is_no_disagreement() -> None:
    accuracy = 0.8 + noise(0.004)
    accuracy[80] = 0.86
    d = said(conflicting(accuracy), n_val=200)
    assert d.best_accuracy_epoch == 81
    assert not d.found("loss_accuracy_conflict")


def test_fewer_than_five_answers_are_no_disagreement() -> None:
    assert said(conflicting(0.7 + 0.0005 * K), n_val=1000).found("loss_accuracy_conflict")
    assert not said(conflicting(0.7 + 0.0005 * K), n_val=60).found("loss_accuracy_conflict")


# ------------------------------------------------------------------------------------------------- where the run stands


def test_accuracy_stands_while_the_loss_falls_on() -> None:
    d = said(
        {"loss": 0.1 + FALL, "val_loss": 1.2 - 0.006 * K, "val_accuracy": np.minimum(0.5 + 0.01 * K, 0.9)}
    )
    stands = finding(d, "accuracy_plateau")
    assert (
        "Validation accuracy has stayed near 90.0\u202f% since epoch 71 while validation loss fell"
        in stands.fact
    )
    assert (stands.start, stands.end) == (71, 100)
    assert stands.evidence["curve"] == "validation loss"


def test_accuracy_stands_while_only_training_falls() -> None:
    curves = {"loss": 1 - 0.008 * K, "val_loss": 0.5 + FALL, "val_accuracy": np.minimum(0.5 + 0.01 * K, 0.9)}
    stands = finding(said(curves), "accuracy_plateau")
    assert stands.evidence["curve"] == "training loss"
    assert "while only training loss fell, another " in stands.fact
    assert stands.advice == ("Stop here, or regularise more",)


@pytest.mark.parametrize(
    "change",
    [
        {"val_accuracy": 0.5 + 0.004 * K},
        {"val_loss": 0.5 + FALL, "loss": 0.4 + FALL},
        {"val_loss": 0.9 + FALL + noise(0.1), "loss": 0.5 + FALL},
        {"val_accuracy": None},
    ],
    ids=["accuracy rises", "losses stand", "loss only jumps", "no accuracy"],
)
def test_accuracy_does_not_stand_alone(change: dict[str, Any]) -> None:
    curves = {
        "loss": 0.1 + FALL,
        "val_loss": 1.2 - 0.006 * K,
        "val_accuracy": np.minimum(0.5 + 0.01 * K, 0.9),
    }
    kept = {name: value for name, value in {**curves, **change}.items() if value is not None}
    assert not said(kept).found("accuracy_plateau")


def test_a_plateau_is_told_with_its_beginning() -> None:
    d = said(SETTLED)
    plateau = finding(d, "plateau")
    assert plateau.start is not None
    assert 20 < plateau.start < 40
    assert f"since epoch {plateau.start:.0f}" in d.sentence


@pytest.mark.parametrize(
    "val_loss", [1.5 - 0.005 * K, 0.6 + FALL - 0.0005 * K, 0.6 + FALL + 0.01 * np.maximum(0, K - 60)]
)
def test_what_still_moves_is_no_plateau(val_loss: np.ndarray) -> None:
    assert not said({"loss": 0.1 + FALL, "val_loss": val_loss}).found("plateau")


def test_a_wide_gap_is_told_with_its_course() -> None:
    d = said({"loss": 0.1 + FALL, "val_loss": 0.8 + FALL})
    gap = finding(d, "generalisation_gap")
    assert "ended 0.7 above training loss" in gap.fact
    assert gap.fact.endswith("but the gap has stopped growing.")
    growing = finding(said({"loss": 1 - 0.01 * K, "val_loss": 0.9 + 0.4 * FALL}), "generalisation_gap")
    assert growing.fact.endswith("more than all that it gained, and the gap is still growing.")


def test_a_usual_gap_is_not_told() -> None:
    assert not said(SETTLED).found("generalisation_gap")
    assert not said({"loss": 0.6 + FALL, "val_loss": 0.5 + FALL}).found("generalisation_gap")
    overfit = {"loss": FALL, "val_loss": 0.5 + FALL + 0.01 * np.maximum(0, K - 20)}
    assert not said(overfit).found("generalisation_gap")  # the verdict says so


# --------------------------------------------------------------------------------------------------- the validation set


def test_noise_is_told_with_the_size_that_would_help() -> None:
    d = said({"loss": 0.5 + FALL, "val_loss": 0.6 + FALL + noise(0.1)}, n_val=200)
    noisy = finding(d, "noisy_validation")
    assert noisy.fact.startswith("Validation loss on 200 validation examples is noisy: ")
    share = noisy.evidence["noise_share_of_drop"]
    assert isinstance(share, float)
    assert noisy.evidence["n_needed"] == about(200 * (share / 0.05) ** 2)
    assert noisy.advice[0].startswith(
        f"Validate on more examples: about {noisy.evidence['n_needed']} or more"
    )


def test_a_size_that_was_read_is_said_to_be_read() -> None:
    accuracy = np.round(50 * np.minimum(0.5 + 0.01 * K, 0.9)) / 50
    d = said({"loss": 0.5 + FALL, "val_loss": 0.6 + FALL + noise(0.1), "val_accuracy": accuracy})
    assert (
        "on about 50 validation examples (read from the steps of the accuracy) is"
        in finding(d, "noisy_validation").fact
    )


@pytest.mark.parametrize("digits", [2, 3])
def test_rounded_accuracies_are_no_size(digits: int) -> None:
    """Shares of any set are whole hundredths or thousandths once they were rounded."""
    exact = np.round(4321 * np.minimum(0.5 + 0.0123 * K, 0.9)) / 4321
    curves = {
        "loss": 0.5 + FALL,
        "val_loss": 0.6 + FALL + noise(0.1),
        "val_accuracy": np.round(exact, digits),
    }
    for factor in (1, 100):
        d = said({**curves, "val_accuracy": np.round(factor * curves["val_accuracy"], 6)})
        assert "times as many or more" in finding(d, "noisy_validation").advice[0]
        assert finding(d, "noisy_validation").evidence["n_val"] is None


def test_an_unknown_size_is_told_as_a_multiple() -> None:
    noisy = finding(said({"loss": 0.5 + FALL, "val_loss": 0.6 + FALL + noise(0.1)}), "noisy_validation")
    assert "times as many or more" in noisy.advice[0]


def test_a_model_that_jumps_needs_no_larger_set() -> None:
    both = {"loss": 0.5 + FALL + noise(0.1, seed=1), "val_loss": 0.6 + FALL + noise(0.1)}
    noisy = finding(said(both, n_val=200), "noisy_validation")
    assert not any("Validate on more" in advice for advice in noisy.advice)


def test_calm_validation_is_not_noisy() -> None:
    assert not said(SETTLED).found("noisy_validation")
    assert not said({"loss": 0.5 + FALL, "val_loss": 0.6 + FALL + noise(0.01)}).found("noisy_validation")
    drop_of_rate = np.where(K < 50, 0.6 + FALL, 0.3 + 0.3 * np.exp(-(K - 50) / 2))
    assert not said({"loss": drop_of_rate - 0.1, "val_loss": drop_of_rate}).found("noisy_validation")


def test_sizes_are_named_with_one_or_two_digits() -> None:
    assert [about(size) for size in (0.3, 1.3, 9.5, 15.2, 21, 190, 201, 1530)] == [
        1,
        2,
        10,
        16,
        30,
        190,
        300,
        1600,
    ]


SMALL_SET = {
    "loss": np.exp(-np.arange(50) / 8),
    "val_loss": 0.4 + np.exp(-np.arange(50) / 5) + 0.006 * np.arange(50),
    "val_accuracy": np.round(29 * (1 - np.exp(-np.arange(50) / 4)) + 0.4) / 30,
}


def test_the_size_that_would_settle_a_rise_is_told_and_does() -> None:
    d = said(SMALL_SET, n_val=30)
    assert d.verdict == "uncertain"
    size = finding(d, "validation_size")
    needed = size.evidence["n_needed"]
    assert isinstance(needed, int)
    assert f"on about {needed} validation examples would be called overfitting" in size.fact
    assert said(SMALL_SET, n_val=needed).overfitting
    assert not said(SMALL_SET, n_val=needed // 2).overfitting


def test_no_size_is_named_where_size_is_not_the_question() -> None:
    assert not said(SMALL_SET, n_val=3000).found("validation_size")
    small_rise = {"loss": np.exp(-K[:60] / 8), "val_loss": 4 + np.exp(-K[:60] / 5) + 0.002 * K[:60]}
    d = said(small_rise, n_val=100)
    assert d.verdict == "uncertain"
    assert not d.found("validation_size")


@pytest.mark.parametrize(
    ("train", "course", "words"),
    [
        (0.52 + FALL + 0.3 * (1 - np.exp(-K / 30)), "grows", "dropout or augmentation in training do this."),
        (
            0.7 + FALL + 0.3 * np.exp(-K / 40),
            "shrinks",
            "an easier validation set does this, or one that shares examples with the training set",
        ),
        (0.8 + FALL, "constant", "so does an easier or a leaking validation set."),
    ],
)
def test_validation_better_than_training_says_what_its_course_suggests(
    train: np.ndarray, course: str, words: str
) -> None:
    better = finding(said({"loss": train, "val_loss": 0.5 + FALL}), "val_better_than_train")
    assert better.evidence["course_of_gap"] == course
    assert words in better.fact
    assert any("no validation example is in the training set" in step for step in better.advice) == (
        course != "grows"
    )


def test_a_mean_over_the_epoch_explains_a_gap_by_itself() -> None:
    after_epoch = np.linspace(2.0, 1.0, 9)
    d = said({"loss": (after_epoch[:-1] + after_epoch[1:]) / 2, "val_loss": after_epoch[1:]})
    better = finding(d, "val_better_than_train")
    assert better.evidence["course_of_gap"] == "running_mean"
    assert better.fact.endswith("training loss is a mean over the epoch, validation comes after it.")
    assert better.advice == ()


@pytest.mark.parametrize("train", [0.5 + FALL, 0.62 + FALL, 0.5 + FALL + np.where(K < 60, 0.3, 0.0)])
def test_validation_that_is_hardly_or_no_longer_better_is_not_told(train: np.ndarray) -> None:
    assert not said({"loss": train, "val_loss": 0.6 + FALL}).found("val_better_than_train")


def test_the_test_set_in_place_of_a_validation_set_is_told() -> None:
    assert said({"train/loss": 0.5 + FALL, "test/loss": 0.6 + FALL}).found("judged_on_test")
    assert not said(SETTLED).found("judged_on_test")
    assert not said({**SETTLED, "test_loss": 0.7 + FALL}).found("judged_on_test")

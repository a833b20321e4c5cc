"""Units and numbers in sentences: what is said must agree with what a reader of the plot sees."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.diagnosis.curves import history, kinds, series
from tracker.diagnosis import advice, diagnose

K = np.arange(60)


def test_an_accuracy_judged_for_want_of_a_loss_is_told_in_percent_and_points() -> None:
    share = 0.8 - 0.4 * np.exp(-K / 5) - 0.003 * np.maximum(0, K - 15)
    curves = {"accuracy": 0.99 - 0.6 * np.exp(-K / 10), "val_accuracy": share}
    d = diagnose(history(curves))
    assert "validation accuracy fell by 10." in d.sentence
    assert "points while" in d.sentence
    assert d.findings[1].fact.startswith("Best validation accuracy 78.")
    assert "\u202f% at epoch" in d.findings[1].fact
    percent = diagnose(history({name: 100 * value for name, value in curves.items()}))
    assert [f.fact for f in percent.findings] == [f.fact for f in d.findings]
    fine = diagnose(history({"val_accuracy": 0.8 - 0.4 * np.exp(-K / 5)}))
    assert "80.0\u202f%" in fine.findings[1].fact


def test_a_bend_in_a_handful_of_points_is_not_called_noise() -> None:
    d = diagnose(history({"loss": [1.0, 0.6, 0.4, 0.25, 0.15], "val_loss": [1.0, 0.7, 0.72, 0.85, 1.0]}))
    assert d.verdict == "uncertain"
    assert "5 points are too few to tell a rise from noise" in d.sentence
    assert "noisy_validation" not in kinds(d)


def test_noise_beyond_all_that_was_gained_is_said_so_and_no_zero_has_a_sign() -> None:
    rng = np.random.default_rng(0)
    d = diagnose(history({"loss": np.exp(-K / 9), "val_loss": 1 + 50 * np.abs(rng.normal(size=60)) ** 3}))
    noisy = d.findings[kinds(d).index("noisy_validation")]
    assert "jumps by more than all that it gained" in noisy.fact
    zero = diagnose(history({"val_loss": np.full(20, -0.0)}))
    assert "-0" not in "".join(finding.fact for finding in zero.findings)


def test_a_run_whose_learning_rate_has_run_out_is_promised_nothing_by_its_pace() -> None:
    rate = 0.05 * (1 + np.cos(np.pi * K / 59)) + 1e-6
    curves = {"train/loss": 0.3 + 5 * rate, "val/loss": 0.4 + 6 * rate}
    free = diagnose(history(curves))
    assert free.verdict == "improving"
    assert "forecast" in kinds(free)
    annealed = diagnose(history({**curves, "lr": rate}))
    assert annealed.verdict == "improving"
    assert "forecast" not in kinds(annealed)
    assert "the learning rate has run out" in annealed.advice[0]


def test_a_run_with_too_few_validations_is_told_to_validate_more_often() -> None:
    d = diagnose(history({"val_loss": [0.65]}))
    assert d.advice == ("Validate more often, or train on",)
    assert diagnose(history({"val_loss": [0.65]}), finished=False).advice == ()


def test_who_guesses_is_sent_to_the_labels_before_a_larger_model() -> None:
    guess = np.full(20, np.log(10))
    d = diagnose(history({"loss": guess, "val_loss": guess}), class_counts=[50] * 10)
    assert d.advice[0].startswith("Check the learning rate, the input scaling and the labels")


def test_a_measure_that_is_no_decision_is_not_spoken_of_as_one() -> None:
    curves = {
        "train_loss": 1.5 * np.exp(-K / 10),
        "val_loss": 0.5 + np.exp(-K / 4) + 0.015 * np.maximum(0, K - 10),
        "val_bleu": 30 - 25 * np.exp(-K / 12),
    }
    d = diagnose(history(curves))
    assert d.verdict == "overconfident"
    told = " ".join(finding.fact for finding in d.findings)
    assert "surer of its mistakes rather than worse by this measure" in told
    assert "Take epoch 60 if BLEU is what counts" in told
    assert "classes" not in told
    assert "probabilities" not in told


def test_accuracy_that_goes_on_after_the_loss_ended_is_no_error() -> None:
    accuracy = np.full(60, 0.5)
    loss = np.where(K < 11, 1.0 + np.exp(-K), np.nan)
    gaps = [loss[:11], loss[:11], accuracy]
    d = diagnose(
        [series(name, value) for name, value in zip(("loss", "val_loss", "val_accuracy"), gaps, strict=True)]
    )
    assert d.verdict == "healthy"


def test_numbers_near_the_largest_stay_finite_and_fit_json() -> None:
    for curves in (
        {"val_loss": [1e-310, 1.0, 2.0, 3.0, 4.0, 5.0], "loss": [1e-310, 1.0, 2.0, 3.0, 4.0, 5.0]},
        {"val_accuracy": [1.7e308, -1e308, -1.7e308, -1.7e308, -1.7e308, -1.7e308]},
        {"loss": [1.7e308, -1.7e308] * 5, "val_loss": [-1.7e308, 1.7e308] * 5},
    ):
        d = diagnose(history(curves))
        json.dumps(d.to_dict(), allow_nan=False)
        assert "inf" not in d.sentence


def test_an_accuracy_that_slips_by_exactly_two_points_holds_whatever_the_rounding() -> None:
    loss = {"loss": 1.5 * np.exp(-K / 10), "val_loss": 0.5 + np.exp(-K / 4) + 0.015 * np.maximum(0, K - 10)}
    for level in np.arange(0.5, 0.98, 0.02):
        accuracy = np.where(K < 40, round(level + 0.02, 2), round(level, 2))
        assert diagnose(history({**loss, "val_accuracy": accuracy})).verdict == "overconfident", level


def test_a_loss_of_zero_all_the_time_is_no_underfitting() -> None:
    d = diagnose(history({"train/loss": np.zeros(20), "val/loss": np.zeros(20)}))
    assert d.verdict == "uncertain"
    assert "validation loss was 0 all the time" in d.sentence


def test_a_rise_that_a_huge_first_value_hides_is_not_called_none_percent() -> None:
    val = np.concatenate([[8e5], 0.5 + np.exp(-K / 5) + 0.01 * np.maximum(0, K - 15)])
    d = diagnose(history({"loss": np.concatenate([[1e6], 0.1 + 1.2 * np.exp(-K / 10)]), "val_loss": val}))
    assert "judge it without the first epochs" in d.sentence


def test_a_validation_that_alone_is_nan_sends_to_the_evaluation() -> None:
    train = np.exp(-K / 10)
    late = diagnose(history({"loss": train, "val_loss": np.where(K < 20, 1.0, np.nan)}))
    assert "validation loss became NaN and did not recover" in late.sentence
    assert "how their loss is computed" in late.advice[0]
    never = diagnose(history({"loss": train, "val_loss": np.full(60, np.nan)}))
    assert "validation loss was NaN from the first value on" in never.sentence
    both = diagnose(
        history({"loss": np.where(K < 20, train, np.nan), "val_loss": np.where(K < 20, 1.0, np.nan)})
    )
    assert "learning rate" in both.advice[0]


@pytest.mark.parametrize(
    ("mean", "deviation", "said"),
    [
        (0.4468, 0.1489, "0.45 ± 0.15"),
        (22420.0, 98990.0, "22000 ± 99000"),
        (123456.0, 12.3, "123456 ± 12"),
        (-0.001, 0.5, "0.00 ± 0.50"),
        (5.0, 0.0996, "5.00 ± 0.10"),
        (1e-7, 2e-8, "1e-07 ± 2e-08"),
        (1.5, 0.0, "1.5 ± 0"),
    ],
)
def test_a_mean_has_no_more_digits_than_its_deviation_allows(
    mean: float, deviation: float, said: str
) -> None:
    assert advice.measured(mean, deviation) == said


def test_a_curve_that_still_creeps_beyond_its_noise_is_not_called_flat_within_it() -> None:
    k = np.arange(200)
    clean = 1 / (1 + k)
    creeping = diagnose(history({"loss": clean, "val_loss": 0.5 + clean}))
    assert "validation loss is almost flat since epoch" in creeping.sentence
    assert any(f.fact.startswith("Validation loss has hardly moved") for f in creeping.findings)
    still = 0.5 + (k < 3) + np.random.default_rng(0).normal(0, 0.002, 200)
    noisy = diagnose(history({"loss": still - 0.5, "val_loss": still}))
    assert "validation loss is flat within noise since epoch" in noisy.sentence
    assert any(f.fact.startswith("Validation loss has not moved beyond its noise") for f in noisy.findings)


def test_an_accuracy_judged_for_want_of_a_loss_tells_by_its_wrong_answers_whether_enough_was_learnt() -> None:
    rng = np.random.default_rng(0)
    tuned = diagnose(history({"val_accuracy": 0.97 + rng.normal(0, 0.004, 60)}))
    assert tuned.verdict in ("healthy", "uncertain")
    lost = 0.3 + 0.05 * (1 - np.exp(-K / 5))
    assert diagnose(history({"accuracy": lost + 0.02, "val_accuracy": lost})).verdict == "underfitting"


def test_an_accuracy_that_rounding_lifts_above_one_is_no_percentage() -> None:
    share = np.minimum(1.0, 0.9 + 0.01 * K)
    lifted = np.where(share == 1.0, 1.0000019, share)
    loss = 2 * 0.9**K + 0.1
    curves = [{"loss": loss, "val_loss": loss + 0.1, "val_accuracy": values} for values in (share, lifted)]
    plain, rounded = (diagnose(history(values)) for values in curves)
    assert [f.fact for f in rounded.findings][:1] == [f.fact for f in plain.findings][:1]
    assert "100.0\u202f%" in " ".join(f.fact for f in rounded.findings)

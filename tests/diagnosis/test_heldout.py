"""Right on data that the rules were not written with: several hundred real runs whose test loss tells the truth.

The figures move a little with every change of a rule; these limits catch one that made the diagnosis worse. They are
no aim: what it reaches is printed by `make bench-diagnosis`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.diagnosis import HELD_OUT, MEASURES, Judged, history_of, judged, runs_of
from benchmarks.histories.truth import judge_underfit, truth_of

LEAST_PRECISION = 0.94
MOST_FALSE_ALARMS = 0.05
LEAST_F1 = 0.87
"""Three points below what was measured when the set was made."""


# One worker: what all tests ask about takes a while to judge.
pytestmark = pytest.mark.xdist_group("heldout")


@pytest.fixture(scope="module")
def rows() -> list[Judged]:
    assert HELD_OUT.exists(), f"{HELD_OUT} is missing: make bench-histories trains it anew"
    return [judged(run, online=False) for run in runs_of(HELD_OUT)]


def test_an_alarm_can_be_relied_on(rows):
    assert MEASURES["overfitting, precision"](rows) >= LEAST_PRECISION


def test_few_healthy_runs_are_called_overfitting(rows):
    assert MEASURES["false alarms on healthy and improving runs"](rows) <= MOST_FALSE_ALARMS


def test_most_overfitting_is_found(rows):
    assert MEASURES["overfitting, F1"](rows) >= LEAST_F1


def test_the_set_is_wide_enough_to_say_so(rows):
    known = [row.overfit for row in rows if row.overfit is not None]
    assert len(known) >= 200
    assert 0.2 <= np.mean(known) <= 0.6
    assert len({row.dataset for row in rows}) >= 25
    assert {row.truth["verdict"] for row in rows} == {
        *("overfit", "overconfident", "good_fit", "improving", "underfit", "not_learning", "diverged", None)
    }


def test_half_of_the_points_are_taken_with_the_first_or_without():
    run = {"epochs": [1, 2, 3, 4, 5], "series": {"val/loss": [0.5, 0.4, None, 0.3, 0.2]}}
    (even,), (odd,) = (history_of(run, slice(first, None, 2)) for first in (0, 1))
    (with_first,) = history_of(run, slice(1, None, 2), first=True)
    assert even.epoch.tolist() == [1, 5]
    assert odd.epoch.tolist() == [2, 4]
    assert with_first.epoch.tolist() == [1, 2, 4]


def test_who_is_uncertain_contradicts_nobody(rows):
    for half in ("even", "odd"):
        same = MEASURES[f"same verdict at half the rate, {half} points"](rows)
        assert same < MEASURES[f"not contradicted at half the rate, {half} points"](rows) < 1


def test_the_two_parts_share_no_data():
    look, final = ({run["dataset"] for run in runs_of(HELD_OUT, part)} for part in ("look", "final"))
    assert len(look) > 10
    assert len(final) > 10
    assert not look & final


# ------------------------------------------------------------------------------------------------------- the truth
# Synthetic test curves of 100 epochs with known answers: what the labels mean, whatever the runs.

EPOCHS = np.arange(1, 101)
FALLS = 0.3 + 1.7 * np.exp(-EPOCHS / 10)


def labels(test: Any, train: Any = FALLS, **more: Any) -> dict[str, Any]:
    run = {
        "dataset": "made",
        "epochs": EPOCHS.tolist(),
        "series": {"train/loss": list(train), "val/loss": list(test)},
        "hidden": {
            "loss": list(test),
            "chance": 2.0,
            "label_noise": 0.0,
            "n_train": 1,
            "n_val": 1,
            "n_test": 4000,
        }
        | more,
    }
    run["truth"] = truth_of(run)
    judge_underfit([run])
    return run["truth"]


def test_a_test_loss_that_rose_by_a_tenth_of_the_gain_is_overfit_and_one_that_stayed_is_not():
    risen = labels(FALLS + 0.01 * np.maximum(EPOCHS - 50, 0))
    assert risen["verdict"] == "overfit"
    assert risen["onset_lo"] == risen["best_epoch"] < risen["onset_epoch"] < risen["onset_hi"]
    assert labels(FALLS)["verdict"] == "good_fit"


def test_between_the_two_nothing_is_claimed():
    assert labels(FALLS + 0.002 * np.maximum(EPOCHS - 50, 0))["verdict"] is None


def test_nothing_is_claimed_where_training_got_worse_as_well():
    both = FALLS + 0.01 * np.maximum(EPOCHS - 50, 0)
    assert labels(both, both) | {"overfit": None, "unstable": True} == labels(both, both)


def test_overfit_with_held_accuracy_is_overconfident():
    risen = FALLS + 0.01 * np.maximum(EPOCHS - 50, 0)
    assert labels(risen, accuracy=[0.8] * 100)["verdict"] == "overconfident"
    assert labels(risen, accuracy=list(0.8 - EPOCHS / 1000))["verdict"] == "overfit"


def test_broken_flat_and_unfinished_runs_have_their_own_words():
    assert labels(FALLS, np.where(EPOCHS > 90, np.nan, FALLS))["verdict"] == "diverged"
    assert labels(2 + 0 * FALLS, 2 + 0 * FALLS)["verdict"] == "not_learning"
    assert labels(2 - EPOCHS / 80, 2 - EPOCHS / 80)["verdict"] == "improving"

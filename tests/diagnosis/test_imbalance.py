"""When accuracy misleads: told for unequal classes, never for equal ones, whatever their confusion is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.findings import finding, said
from tracker.diagnosis.imbalance import whole_metric

K = np.arange(40.0)
LOSSES = {"loss": 0.3 + 0.3 * np.exp(-K / 5), "val_loss": 0.32 + 0.3 * np.exp(-K / 5)}


def run(accuracy: float, others: Mapping[str, float] | None = None) -> dict[str, np.ndarray]:
    levels = {"val_accuracy": accuracy, **(others or {})}
    return {**LOSSES, **{name: np.full(40, value) for name, value in levels.items()}}


def test_accuracy_of_the_largest_class_is_told() -> None:
    misleads = finding(said(run(0.9), class_counts=[900, 100]), "misleading_accuracy")
    assert misleads.severity == "likely"
    assert "always answering the largest class, which makes up 90.0\u202f%" in misleads.fact
    assert "Look at balanced accuracy or F1 instead" in misleads.fact


def test_accuracy_above_the_largest_class_or_unknown_classes_is_not_told() -> None:
    assert not said(run(0.95), class_counts=[900, 100], n_val=1000).found("misleading_accuracy")
    assert not said(run(0.9)).found("misleading_accuracy")
    assert not said(run(0.9), class_counts=[500, 500]).found("misleading_accuracy")


@pytest.mark.parametrize(
    ("name", "value", "spoken"),
    [
        ("val_f1", 0.1, "F1 of 0.1"),
        ("val_f1_macro", 0.55, "F1 of 0.55"),
        ("val_mcc", 0.3, "MCC of 0.3"),
        ("val_auc", 0.6, "AUC of 0.6"),
        ("val_balanced_accuracy", 0.5, "balanced accuracy of 0.5"),
        ("val_recall", 40.0, "recall of 0.4"),
    ],
)
def test_a_metric_that_weighs_the_classes_far_below_is_told(name: str, value: float, spoken: str) -> None:
    misleads = finding(said(run(0.9, {name: value})), "misleading_accuracy")
    assert spoken in misleads.fact
    assert "Look at " in misleads.fact


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("val_f1_class_0", 0.1),
        ("val/f1/setosa", 0.1),
        ("val_precision_at_10", 0.1),
        ("train_f1", 0.1),
        ("val_mnli_f1", 0.1),
        ("val_f1", 0.88),
        ("val_mcc", 0.8),
        ("val_iou", 0.1),
        ("val_f1", float("nan")),
    ],
)
def test_one_class_another_set_or_a_near_value_is_not_told(name: str, value: float) -> None:
    assert not said(run(0.9, {name: value})).found("misleading_accuracy")


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_two_equal_classes_are_never_called_imbalanced(hits: float, false_alarms: float) -> None:
    """Whatever a classifier does with two classes of one size, its metrics stay above their floors."""
    precision = hits / (hits + false_alarms) if hits + false_alarms > 0 else 1.0
    spread = ((hits + false_alarms) * (2 - hits - false_alarms)) ** 0.5
    others = {
        "val_precision": precision,
        "val_recall": hits,
        "val_f1": 2 * hits / (1 + hits + false_alarms),
        "val_mcc": (hits - false_alarms) / spread if spread > 0 else 0.0,
    }
    accuracy = (1 + hits - false_alarms) / 2
    assert not said(run(accuracy, others)).found("misleading_accuracy")


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 20), st.data())
def test_many_equal_classes_are_never_called_imbalanced(classes: int, data: st.DataObject) -> None:
    """Some classes are always answered as one other: the worst that a given accuracy does to macro averages."""
    missed = data.draw(st.integers(0, classes // 2))
    share = 1 / classes
    precision = (0.5 * missed + classes - 2 * missed) * share
    f1 = (2 / 3 * missed + classes - 2 * missed) * share
    accuracy = (classes - missed) * share
    others = {"val_precision": precision, "val_f1_macro": f1, "val_recall": accuracy}
    assert not said(run(accuracy, others)).found("misleading_accuracy")


def test_no_better_than_guessing_is_told_where_classes_are_known() -> None:
    chance = finding(said(run(0.1), class_counts=[100] * 10, n_val=1000), "at_chance")
    assert "Validation accuracy of 10.0\u202f% is no better than guessing among 10 classes" in chance.fact
    assert chance.severity == "likely"


def test_guessing_is_not_told_without_classes_or_above_chance_or_on_few_examples() -> None:
    assert not said(run(0.1)).found("at_chance")
    assert not said(run(0.2), class_counts=[100] * 10, n_val=1000).found("at_chance")
    assert not said(run(0.55), class_counts=[100] * 2, n_val=30).found("at_chance")
    assert not said(run(0.9), class_counts=[900, 100]).found("at_chance")


def test_an_accuracy_judged_for_want_of_a_loss_misleads_as_well() -> None:
    accuracy = 0.9 - 0.1 * np.exp(-K / 4)
    alone = {"train_accuracy": accuracy, "val_accuracy": accuracy}
    told = finding(said(alone, class_counts=[900, 100], n_val=400), "misleading_accuracy")
    assert "Validation accuracy of 90.0\u202f% is no better" in told.fact
    assert not said(alone, class_counts=[700, 300], n_val=400).found("misleading_accuracy")
    assert said({**alone, "val_f1": np.full(40, 0.1)}).found("misleading_accuracy")


def test_names_of_whole_metrics() -> None:
    known = {"f1": "f1", "macro_f1": "f1", "roc_auc": "auc", "auroc": "auc", "cohen_kappa": "kappa"}
    assert {name: whole_metric(name) for name in known} == known
    for name in ("f1_class_0", "recall_at_5", "precision_cat", "accuracy", "top5_accuracy"):
        assert whole_metric(name) is None, name

"""When accuracy says little: classes of unequal size, and answers no better than guessing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tracker.curves.names import MetricName, Pair
from tracker.diagnosis import advice, notes
from tracker.diagnosis.case import Case, found
from tracker.diagnosis.signals import tail_length, tail_level
from tracker.model import Finding, Series

MARGIN = 0.1
"""A tenth below the floor: rounding, means over batches and averages over a few classes stay within it."""

UNEVEN = 1.5
"""The largest class counts as large when it has half as much again as its even share."""

SURE = 0.05
"""The accuracy's standard error up to which "no better than guessing" may be said."""

_FLOORS: dict[str, Callable[[float], float]] = {
    "f1": lambda a: (2 * a - 1) / a,
    "precision": lambda a: min(1 / (3 - 2 * a), 1.5 * a - 0.5),
    "recall": lambda a: 2 * a - 1,
    "mcc": lambda a: 2 * a - 1,
    "kappa": lambda a: 2 * a - 1,
    "auc": lambda a: a,
    "balanced_accuracy": lambda a: a,
}
"""The lowest value that two classes of equal size leave a metric at accuracy `a` of a half or more. With hits x among
the positives and false alarms y among the negatives, a = (1 + x - y) / 2; each floor is the metric's minimum over all
such x and y. Many classes leave no less, but for precision where some are never answered: 1 - 1.5 (1 - a). A value below
its floor comes from unequal classes, or from an accuracy over something else."""

_SAME = {"auroc": "auc", "roc_auc": "auc", "auc_roc": "auc", "rocauc": "auc", "matthews_corrcoef": "mcc"}
_AVERAGES = frozenset({"macro", "binary", "mean", "avg", "average", "score", "cohen", "cohens"})


def balanced_metrics(
    pairs: Sequence[Pair], names: Mapping[str, MetricName], by_name: Mapping[str, Series], beside: Pair | None
) -> dict[str, float]:
    """Return the end levels of the metrics that weigh the classes, 0 to 1 (MCC and kappa from -1), by their name.

    Only whole metrics on the accuracy's own set count: F1 of one class or of another data set says nothing about it.

    Args:
        pairs: all pairs of the run.
        names: how its names are read.
        by_name: its series by name as logged.
        beside: the accuracy's pair.
    """
    judged = _held_out(beside)
    if judged is None:
        return {}
    levels: dict[str, float] = {}
    for pair in pairs:
        name = _held_out(pair)
        known = whole_metric(pair.metric)
        if name is None or known is None or not _same_set(names[name], names[judged]):
            continue
        value = by_name[name].value
        if len(value) and np.isfinite(value[-tail_length(len(value)) :]).any():
            level = tail_level(value[np.isfinite(value)])
            levels.setdefault(known, level / 100 if 1 < abs(level) <= 100 else level)
    return levels


def whole_metric(metric: str) -> str | None:
    """Return which metric over all classes a name means, None for one class's or an unknown one."""
    if metric in _SAME:
        return _SAME[metric]
    if metric in ("balanced_accuracy", "accuracy_balanced", "balanced_acc"):
        return "balanced_accuracy"
    words = [word for word in metric.split("_") if word not in _AVERAGES]
    bare = "_".join(words)
    bare = _SAME.get(bare, bare)
    return bare if bare in _FLOORS else None


def misleading_accuracy(case: Case) -> Finding | None:
    """Accuracy no better than the largest class's share, or another metric below what classes of equal size allow."""
    if case.decisions is None or not case.words.accuracy_is_share or whole_metric(case.words.accuracy):
        return None
    accuracy = case.decisions.val.shown(case.decisions.val.end)
    share, shown = accuracy / case.full, advice.level(case.words, accuracy, case.full)
    most, classes = _largest(case.class_counts)
    if most > UNEVEN / max(1, classes) and share <= most + _error(case, most):
        evidence = {"accuracy": accuracy, "largest_class": most}
        fact = notes.majority(case.words, shown, most)
        return found("misleading_accuracy", "likely", (None, None), fact, case, evidence)
    if share <= 0.5:
        return None
    below = {
        name: _FLOORS[name](share) - value
        for name, value in (case.others or {}).items()
        if value < _FLOORS[name](share) - MARGIN
    }
    if not below:
        return None
    name = max(below, key=lambda one: (below[one], one))
    value = (case.others or {})[name]
    evidence = {"accuracy": accuracy, name: value, "floor": _FLOORS[name](share)}
    fact = notes.accuracy_above(case.words, shown, name, value)
    return found("misleading_accuracy", "note", (None, None), fact, case, evidence)


def at_chance(case: Case) -> Finding | None:
    """Accuracy within a standard error of guessing among classes of like size."""
    most, classes = _largest(case.class_counts)
    if case.decisions is None or not case.words.accuracy_is_share or not 0 < most <= UNEVEN / max(1, classes):
        return None
    accuracy = case.decisions.val.shown(case.decisions.val.end)
    error = _error(case, most)
    if error > SURE or accuracy / case.full > most + error:
        return None
    fact = notes.at_chance(case.words, advice.level(case.words, accuracy, case.full), classes)
    evidence = {"accuracy": accuracy, "chance": most, "classes": classes}
    return found("at_chance", "likely", (None, None), fact, case, evidence)


def _largest(counts: Sequence[int] | None) -> tuple[float, int]:
    """Return the largest class's share and how many classes there are; (0, 0) when that is not known."""
    kept = [count for count in counts or () if count > 0]
    return (max(kept) / sum(kept), len(kept)) if len(kept) > 1 else (0.0, 0)


def _error(case: Case, share: float) -> float:
    """Return the standard error of a share over the validation set; the training set's size where it is unknown."""
    return math.sqrt(share * (1 - share) / (case.examples or sum(case.class_counts or (1,))))


def _held_out(pair: Pair | None) -> str | None:
    return None if pair is None else pair.val or pair.test


def _same_set(one: MetricName, other: MetricName) -> bool:
    return (one.split, one.dataset) == (other.split, other.dataset)

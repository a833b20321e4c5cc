"""When accuracy says little: classes of unequal size, and answers no better than guessing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tracker.curves.names import MetricName, Pair
from tracker.curves.words import is_accuracy
from tracker.diagnosis import advice, notes
from tracker.diagnosis.advice import Words
from tracker.diagnosis.case import Case, found
from tracker.diagnosis.signals import tail_length, tail_level
from tracker.model import Finding, Series

MARGIN = 0.1
"""A tenth below the floor: rounding, means over batches and averages over a few classes stay within it."""

UNEVEN = 1.2
"""Classes are of like size while the largest has no more than a fifth above its even share."""

SURE = 0.05
"""The accuracy's standard error, over the validation set or else the training set, up to which "no better" is said."""

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
    judged = _accuracy(case)
    if judged is None:
        return None
    accuracy, share, words = judged
    shown = advice.level(words, share, 1.0)
    most, classes = _largest(case.class_counts)
    if classes and most > UNEVEN / classes and _no_better(case, share, most):
        evidence = {"accuracy": accuracy, "largest_class": most}
        fact = notes.majority(words, shown, most)
        return found("misleading_accuracy", "likely", (None, None), fact, case, evidence)
    others = {name: value for name, value in (case.others or {}).items() if share > 0.5}
    below = {name: _FLOORS[name](share) - value for name, value in others.items()}
    name = max(below, key=lambda one: (below[one], one), default=None)
    if name is None or below[name] <= MARGIN:
        return None
    evidence = {"accuracy": accuracy, name: others[name], "floor": _FLOORS[name](share)}
    fact = notes.accuracy_above(words, shown, name, others[name])
    return found("misleading_accuracy", "note", (None, None), fact, case, evidence)


def at_chance(case: Case) -> Finding | None:
    """Accuracy within a standard error of guessing among classes of like size."""
    judged = _accuracy(case)
    most, classes = _largest(case.class_counts)
    if judged is None or classes == 0 or most > UNEVEN / classes:
        return None
    accuracy, share, words = judged
    if not _no_better(case, share, most):
        return None
    fact = notes.at_chance(words, advice.level(words, share, 1.0), classes)
    evidence = {"accuracy": accuracy, "chance": most, "classes": classes}
    return found("at_chance", "likely", (None, None), fact, case, evidence)


def _accuracy(case: Case) -> tuple[float, float, Words] | None:
    """Return where accuracy ended, as logged and as a share, and its words; also where it is judged for want of a loss."""
    reading, name = case.decisions, case.words.accuracy
    words = replace(case.words, accuracy_is_share=True)
    if case.words.loss_is_score:
        reading, name = case.loss, case.words.loss
        words = replace(words, accuracy=name)
    elif not case.words.accuracy_is_share:
        return None
    if reading is None or not is_accuracy(name) or whole_metric(name) is not None:
        return None
    top = float(np.abs(reading.val.value).max()) * reading.val.unit
    accuracy = reading.val.shown(reading.val.end)
    return (accuracy, accuracy / (100.0 if top > 1 else 1.0), words) if top <= 100 else None


def _largest(counts: Sequence[int] | None) -> tuple[float, int]:
    """Return the largest class's share and how many classes there are; (0, 0) when that is not known."""
    kept = [count for count in counts or () if count > 0]
    return (max(kept) / sum(kept), len(kept)) if len(kept) > 1 else (0.0, 0)


def _no_better(case: Case, share: float, most: float) -> bool:
    """Tell whether an accuracy is within its standard error of always giving one answer, where that error is small."""
    error = math.sqrt(most * (1 - most) / (case.examples or sum(case.class_counts or (1,))))
    return error <= SURE and share <= most + error


def _held_out(pair: Pair | None) -> str | None:
    return None if pair is None else pair.val or pair.test


def _same_set(one: MetricName, other: MetricName) -> bool:
    return (one.split, one.dataset) == (other.split, other.dataset)

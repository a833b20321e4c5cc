"""What is worth a word beside the verdict: one function a finding, as in `rules.py`."""

from __future__ import annotations

import math

import numpy as np

from tracker.diagnosis import advice
from tracker.diagnosis.case import Case, Evidence, found
from tracker.model import Finding

NOISY = 0.05
"""Noise above this share of the drop is worth a word: the rise that matters is hardly larger."""

BELOW_TRAIN = 0.05
"""Share of the drop by which validation must stay better than training to be worth a word."""

SPIKE_NOISE, SPIKE_SHARE = 10.0, 0.1
"""A spike stands ten noises and a tenth of the drop above both neighbours."""

MISLEADING = 0.2
"""A fifth between accuracy and a metric that weighs the classes cannot come from rounding or averaging."""


def best_epoch(case: Case, loss: tuple[float, float], accuracy: tuple[float, float] | None) -> Finding:
    """Where the best checkpoint is, by loss and by accuracy: (epoch, value) each."""
    shown = advice.level(case.words, accuracy[1], case.full) if accuracy is not None else None
    at = accuracy[0] if accuracy is not None else None
    fact = advice.best_epoch(case.words, *loss, at, shown)
    evidence = {"loss": loss[1], "accuracy": accuracy[1] if accuracy else None, "accuracy_epoch": at}
    return found("best_epoch", "note", (loss[0], loss[0]), fact, case, evidence)


def loss_accuracy_conflict(case: Case, loss_at: float, acc_at: float) -> Finding | None:
    """The best epochs by loss and by accuracy are apart, and taking the former costs accuracy beyond its noise."""
    if case.decisions is None:
        return None
    start, end = min(loss_at, acc_at), max(loss_at, acc_at)
    # Counted in points, not measured along the axis, so that a stretched axis changes nothing by rounding.
    between = int(np.count_nonzero((case.loss.x > start) & (case.loss.x <= end)))
    curve = case.decisions.val
    there = int(np.argmin(np.abs(case.decisions.x - loss_at)))
    lost = abs(curve.shown(curve.value.min()) - curve.shown(curve.value[there]))
    if between < max(2, 0.05 * len(case.loss)) or lost <= max(0.005 * case.full, curve.noise * curve.unit):
        return None
    fact = advice.conflict(case.words, loss_at, acc_at)
    evidence = {"best_by_loss": loss_at, "best_by_accuracy": acc_at, "accuracy_lost": lost}
    return found("loss_accuracy_conflict", "note", (start, end), fact, case, evidence)


def misleading_accuracy(case: Case) -> Finding | None:
    """Accuracy no better than the largest class's share, or far above F1, precision, recall or AUC of the run."""
    if case.decisions is None or not case.words.accuracy_is_share:
        return None
    accuracy = case.decisions.val.shown(case.decisions.val.end)
    share, shown = accuracy / case.full, advice.level(case.words, accuracy, case.full)
    counts = case.class_counts
    if counts and sum(counts) > 0 and max(counts) / sum(counts) > 1.5 / len(counts):
        most = max(counts) / sum(counts)
        if share <= most + math.sqrt(most * (1 - most) / (case.examples or sum(counts))):
            fact = advice.majority(case.words, shown, most)
            evidence = {"accuracy": accuracy, "largest_class": most}
            return found("misleading_accuracy", "likely", (None, None), fact, case, evidence)
    for name, value in (case.others or {}).items():
        if share - value > MISLEADING:
            fact = advice.accuracy_above(case.words, shown, name, value)
            return found(
                "misleading_accuracy", "note", (None, None), fact, case, {"accuracy": accuracy, name: value}
            )
    return None


def val_better_than_train(case: Case) -> Finding | None:
    """Validation stays better than training over the last half, by more than 5 % of the drop and twice its noise."""
    reading = case.loss
    if reading.train is None:
        return None
    half = len(reading) // 2
    below = reading.train.smooth[half:] - reading.val.smooth[half:]
    if not bool(np.all(below > max(BELOW_TRAIN * reading.drop, 2 * reading.val.noise))):
        return None
    gap = reading.val.shown(reading.val.end) - reading.train.shown(reading.train.end)
    fact = advice.val_better(case.words, gap)
    return found("val_better_than_train", "note", (None, None), fact, case, {"gap": gap})


def plateau(case: Case) -> Finding | None:
    """The last 30 % of the run or more moved by less than 1 % of the drop or its noise."""
    flat = case.flat_since()
    if flat is None:
        return None
    at = float(case.loss.x[flat])
    return found(
        "plateau",
        "note",
        (at, case.end_x),
        advice.plateau(case.words, at),
        case,
        {"points": len(case.loss) - flat},
    )


def noisy_validation(case: Case) -> Finding | None:
    """Epoch-to-epoch noise above 5 % of the drop."""
    share = case.loss.val.noise / case.loss.drop
    if share <= NOISY:
        return None
    fact = advice.noisy(case.words, share, case.examples)
    return found("noisy_validation", "note", (None, None), fact, case, {"noise_share_of_drop": share})


def spike(case: Case) -> Finding | None:
    """A single point far above both its neighbours; the largest one is told."""
    best: tuple[float, int, str, float] | None = None
    for curve, which in ((case.loss.train, case.words.train_loss), (case.loss.val, case.words.val_loss)):
        if curve is None or len(curve.value) < 8 or curve.noise == 0:
            continue
        above = curve.value[1:-1] - np.maximum(curve.value[:-2], curve.value[2:])
        at = int(np.argmax(above)) + 1
        height = float(above[at - 1])
        tall = height > max(SPIKE_NOISE * curve.noise, SPIKE_SHARE * case.loss.drop)
        if tall and (best is None or height > best[0]):
            best = (height, at, which, height / curve.noise)
    if best is None:
        return None
    _, at, which, times = best
    x = float(case.loss.x[at])
    evidence: Evidence = {"curve": which, "height_in_noise": times}
    return found("spike", "note", (x, x), advice.spike(case.words, x, which, times), case, evidence)


def judged_on_test(case: Case) -> Finding | None:
    """No validation curve was logged and the test curve was read in its place."""
    if case.words.held_out != "test":
        return None
    return found("judged_on_test", "note", (None, None), advice.on_test(case.words), case, {})

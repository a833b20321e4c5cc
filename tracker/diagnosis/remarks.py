"""What is worth a word beside the verdict: one function a finding, as in `rules.py`.

Most are notes; each holds back where the numbers do not carry it, as a remark that is wrong once is not read again.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tracker.diagnosis import advice, imbalance, notes, rules, validation
from tracker.diagnosis.case import ACCURACY_REACH, ASSUMED, Case, Evidence, found
from tracker.diagnosis.forecast import forecast
from tracker.diagnosis.moments import rate_changes, spike
from tracker.diagnosis.signals import Curve, level_at, line
from tracker.model import Diagnosis, Finding

ANSWERS = 5
"""Five answers that all change for the better do so by chance in 3 % of the cases."""

STANDS, FELL = 0.01, 0.05
"""Accuracy stands still within one point; a loss that fell by a twentieth of the drop and of its level still moves."""

WIDE_GAP, GROWN = 0.5, 0.05
"""A gap is worth a word from half of what validation gained; it grows when a fifth of the run adds a twentieth."""


def beside(case: Case, judged: Diagnosis, main: Finding) -> tuple[Finding, ...]:
    """Return every remark that goes with a verdict.

    Args:
        case: what the rules looked at.
        judged: the diagnosis so far, with its best epochs and its gap.
        main: the finding that is the verdict.
    """
    assert judged.best_epoch is not None
    assert judged.best_loss is not None
    accuracy = None
    if judged.best_accuracy_epoch is not None and judged.best_accuracy is not None:
        accuracy = (judged.best_accuracy_epoch, judged.best_accuracy)
    best = best_epoch(case, (judged.best_epoch, judged.best_loss), accuracy)
    if main.kind == "diverged":
        return (best,)  # what the rest of a broken run looks like would only distract
    fine = main.kind in ("healthy", "improving")
    still = rules.improving(case) if main.kind in ("underfitting", "improving") else None
    others = (
        best,
        loss_accuracy_conflict(case, judged.best_epoch, accuracy[0]) if accuracy else None,
        rules.underfitting(case) if main.kind == "improving" else None,
        still if main.kind == "underfitting" else None,
        more_training(case) if still is not None else None,
        imbalance.misleading_accuracy(case),
        imbalance.at_chance(case),
        accuracy_plateau(case, main) if fine or main.kind == "uncertain" else None,
        validation.val_better_than_train(case) if main.kind != "underfitting" else None,
        generalisation_gap(case) if fine else None,
        plateau(case) if main.kind in ("healthy", "underfitting") else None,
        validation.noisy_validation(case),
        validation.validation_size(case, main),
        spike(case),
        validation.judged_on_test(case),
        *rate_changes(case),
    )
    return tuple(finding for finding in others if finding is not None)


# ------------------------------------------------------------------------------------------------------ the best epochs


def best_epoch(case: Case, loss: tuple[float, float], accuracy: tuple[float, float] | None) -> Finding:
    """Where the best checkpoint is, by loss and by accuracy: (epoch, value) each."""
    shown = advice.level(case.words, accuracy[1], case.full) if accuracy is not None else None
    at = accuracy[0] if accuracy is not None else None
    fact = notes.best_epoch(case.words, *loss, at, shown)
    length = case.end_x - float(case.loss.x[0])
    evidence: Evidence = {
        "loss": loss[1],
        "accuracy": accuracy[1] if accuracy else None,
        "accuracy_epoch": at,
        "past_best": case.end_x - loss[0],
        "past_best_share": (case.end_x - loss[0]) / length if length > 0 else 0.0,
    }
    return found("best_epoch", "note", (loss[0], loss[0]), fact, case, evidence)


def loss_accuracy_conflict(case: Case, loss_at: float, acc_at: float) -> Finding | None:
    """The best epochs by loss and by accuracy are apart, and taking the former costs five answers or more.

    Of single accuracies the highest is mostly a lucky one: on real runs with a large test set it was better there in
    half of the cases. So levels are compared, weighted means over a tenth of the run to each side.
    """
    if case.decisions is None:
        return None
    start, end = min(loss_at, acc_at), max(loss_at, acc_at)
    # Counted in points, not measured along the axis, so that a stretched axis changes nothing by rounding.
    between = int(np.count_nonzero((case.loss.x > start) & (case.loss.x <= end)))
    curve = case.decisions.val
    reach = ACCURACY_REACH * len(case.decisions)
    by_loss, by_accuracy = (
        level_at(curve.value, int(np.argmin(np.abs(case.decisions.x - at))), reach)
        for at in (loss_at, acc_at)
    )
    lost = (by_loss - by_accuracy) * curve.unit
    if between < max(2, 0.05 * len(case.loss)) or lost * (case.examples or ASSUMED) < ANSWERS * case.full:
        return None
    fact = notes.conflict(case.words, loss_at, acc_at)
    evidence = {"best_by_loss": loss_at, "best_by_accuracy": acc_at, "accuracy_lost": lost}
    return found("loss_accuracy_conflict", "note", (start, end), fact, case, evidence)


# ------------------------------------------------------------------------------------------------- where the run stands


def more_training(case: Case) -> Finding | None:
    """What a fifth of the run more would bring to a validation curve that still falls."""
    reading = case.loss
    ahead = forecast(reading.val.value)
    if ahead is None or (case.rate is not None and case.rate.has_ended):
        return None  # the pace came with a falling rate and ends with it
    pace = (case.end_x - float(reading.x[0])) / (len(reading) - 1)
    distance = round(ahead.points * pace, 6)
    least, likely, most = (abs(reading.val.shown(gain)) for gain in (ahead.least, ahead.likely, ahead.most))
    fact = notes.forecast(case.words, distance, likely, most)
    evidence = {"distance": distance, "least": least, "likely": likely, "most": most}
    return found("forecast", "note", (case.end_x, case.end_x + distance), fact, case, evidence)


def plateau(case: Case) -> Finding | None:
    """The last 30 % of the run or more stayed in a band of 1 % of the drop or half of its noise."""
    flat = case.flat_since()
    if flat is None:
        return None
    at = float(case.loss.x[flat])
    evidence = {"points": len(case.loss) - flat}
    fact = notes.plateau(case.words, at, case.flat_in_noise)
    return found("plateau", "note", (at, case.end_x), fact, case, evidence)


def accuracy_plateau(case: Case, main: Finding) -> Finding | None:
    """Accuracy stayed within a point for the last 30 % while a loss fell on, by its line and beyond its error.

    That training alone falls on is not told of a run that is still improving.
    """
    decisions = case.decisions
    if decisions is None or not case.words.accuracy_is_share or min(len(decisions), len(case.loss)) < 10:
        return None
    curve = decisions.val
    last = math.ceil(0.3 * len(decisions))
    if float(np.ptp(curve.smooth[-last:])) * curve.unit > STANDS * case.full:
        return None
    since = float(decisions.x[-last])
    from_there = max(0, int(np.searchsorted(case.loss.x, since)))
    for loss in (case.loss.val, case.loss.train if main.kind != "improving" else None):
        share = _fell(loss, from_there, case.loss.drop) if loss is not None else None
        if share is None:
            continue
        held = advice.level(case.words, curve.shown(float(np.median(curve.value[-last:]))), case.full)
        in_training = loss is not case.loss.val
        fact = notes.accuracy_plateau(case.words, since, held, share, in_training)
        which = case.words.train_loss if in_training else case.words.val_loss
        evidence: Evidence = {"accuracy": curve.shown(curve.end), "curve": which, "fell_share": share}
        finding = found("accuracy_plateau", "note", (since, case.end_x), fact, case, evidence)
        return replace(finding, advice=("Stop here, or regularise more",)) if in_training else finding
    return None


def generalisation_gap(case: Case) -> Finding | None:
    """Training ended ahead of validation by half or more of all that validation gained."""
    reading = case.loss
    if reading.train is None:
        return None
    between = reading.val.smooth - reading.train.smooth
    size = reading.val.end - reading.train.end
    if size <= max(WIDE_GAP * reading.drop, 3 * reading.val.noise):
        return None
    grown = float(between[-1] - between[round(0.8 * (len(reading) - 1))]) > GROWN * reading.drop
    shown = abs(reading.val.shown(size))
    fact = notes.gap(case.words, shown, size / reading.drop, grown)
    evidence: Evidence = {"gap": shown, "gap_share_of_drop": size / reading.drop, "growing": grown}
    return found("generalisation_gap", "note", (None, None), fact, case, evidence)


# -------------------------------------------------------------------------------------------------------------- helpers


def _fell(curve: Curve, since: int, drop: float) -> float | None:
    """Return by what share of its level a curve fell steadily, None when by little or not beyond its noise."""
    value = curve.value[since:]
    if len(value) == 0:
        return None  # accuracy was logged on where the loss was not
    slope, error = line(value)
    fall, level = -slope * (len(value) - 1), float(curve.smooth[since])
    steady = -slope > 2 * error and fall > FELL * drop and level > 0 and fall > FELL * level
    return min(fall / level, 1.0) if steady and curve.sign > 0 else None

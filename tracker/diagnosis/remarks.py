"""What is worth a word beside the verdict: one function a finding, as in `rules.py`.

Most are notes; each holds back where the numbers do not carry it, as a remark that is wrong once is not read again.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tracker.diagnosis import advice, imbalance, notes, rules
from tracker.diagnosis.case import ACCURACY_REACH, Case, Evidence, found
from tracker.diagnosis.forecast import forecast
from tracker.diagnosis.moments import rate_changes, spike
from tracker.diagnosis.signals import Curve, Floats, level_at, line
from tracker.model import Diagnosis, Finding

NOISY = 0.05
"""Noise above this share of the drop is worth a word: the rise that matters is hardly larger."""

AS_NOISY = 0.6
"""Training loss that jumps by this share of validation's noise: then it is the model that jumps, not the set."""

MOST_TIMES = 100
"""A validation set more times as large than this is no advice."""

ANSWERS, ASSUMED = 5, 100
"""Five answers that all change for the better do so by chance in 3 % of the cases; of 100 where the size is unknown."""

BELOW_TRAIN = 0.05
"""Share of the drop by which validation must stay better than training to be worth a word."""

CHANGED = 0.25
"""A gap that ends a quarter larger or smaller than it was early on has changed."""

STANDS, FELL = 0.01, 0.05
"""Accuracy stands still within one point; a loss that fell by a twentieth of the drop and of its level still moves."""

WIDE_GAP, GROWN = 0.5, 0.05
"""A gap is worth a word from half of what validation gained; it grows when a fifth of the run adds a twentieth."""

SIZES = tuple(digit * 10**power for power in range(1, 6) for digit in (1, 1.5, 2, 3, 4, 5, 6, 8))
"""Sizes of a validation set worth naming: with one digit, or two below twice a power of ten."""


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
        accuracy_plateau(case) if fine or main.kind == "uncertain" else None,
        val_better_than_train(case) if main.kind != "underfitting" else None,
        generalisation_gap(case) if fine else None,
        plateau(case) if main.kind in ("healthy", "underfitting") else None,
        noisy_validation(case),
        validation_size(case, main),
        spike(case),
        judged_on_test(case),
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
    if ahead is None:
        return None
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
    return found("plateau", "note", (at, case.end_x), notes.plateau(case.words, at), case, evidence)


def accuracy_plateau(case: Case) -> Finding | None:
    """Accuracy stayed within a point for the last 30 % while a loss fell on, by its line and beyond its error."""
    decisions = case.decisions
    if decisions is None or not case.words.accuracy_is_share or min(len(decisions), len(case.loss)) < 10:
        return None
    curve = decisions.val
    last = math.ceil(0.3 * len(decisions))
    if float(np.ptp(curve.smooth[-last:])) * curve.unit > STANDS * case.full:
        return None
    since = float(decisions.x[-last])
    from_there = max(0, int(np.searchsorted(case.loss.x, since)))
    for loss, which in ((case.loss.val, case.words.val_loss), (case.loss.train, case.words.train_loss)):
        share = _fell(loss, from_there, case.loss.drop) if loss is not None else None
        if share is None:
            continue
        held = advice.level(case.words, curve.shown(float(np.median(curve.value[-last:]))), case.full)
        fact = notes.accuracy_plateau(case.words, since, held, which, share)
        evidence: Evidence = {"accuracy": curve.shown(curve.end), "curve": which, "fell_share": share}
        return found("accuracy_plateau", "note", (since, case.end_x), fact, case, evidence)
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


# --------------------------------------------------------------------------------------------------- the validation set


def val_better_than_train(case: Case) -> Finding | None:
    """Validation stays better than training over the last half, by more than 5 % of the drop and twice its noise.

    On real runs with a large test set beside them, a gap that grew came from dropout or augmentation: at the start
    there is nothing that they could disturb. One that was there at once and shrank came from a set that is easier.
    """
    reading = case.loss
    if reading.train is None:
        return None
    half = len(reading) // 2
    ahead = reading.train.smooth - reading.val.smooth
    if not bool(np.all(ahead[half:] > max(BELOW_TRAIN * reading.drop, 2 * reading.val.noise))):
        return None
    gap = reading.val.shown(reading.val.end) - reading.train.shown(reading.train.end)
    cause = _why_better(ahead, reading.train.smooth)
    finding = found(
        "val_better_than_train",
        "note",
        (None, None),
        notes.val_better(case.words, gap, cause),
        case,
        {"gap": gap, "course_of_gap": cause},
    )
    leak = ("Check that no validation example is in the training set",)
    again = ("Evaluate training loss as validation is, without dropout, to see the true gap",)
    return replace(finding, advice={"grows": again, "running_mean": ()}.get(cause, leak))


def noisy_validation(case: Case) -> Finding | None:
    """Epoch-to-epoch noise above 5 % of the drop, and how many examples at least would bring it below.

    Sampling noise falls with the root of the examples; what the model itself jumps by does not, so that the size is a
    lower bound. It is left out where training jumps alike.
    """
    reading = case.loss
    share = reading.val.noise / reading.drop
    if share <= NOISY:
        return None
    times = (share / NOISY) ** 2
    jumps = reading.train.noise / reading.val.noise if reading.train is not None else None
    needed = about(times * case.examples) if case.examples is not None else None
    fact = notes.noisy(case.words, share, case.examples, case.examples_read)
    evidence: Evidence = {
        "noise_share_of_drop": share,
        "train_noise_share": jumps,
        "times_as_many": times,
        "n_val": case.examples,
        "n_needed": needed,
    }
    finding = found("noisy_validation", "note", (None, None), fact, case, evidence)
    if (jumps is not None and jumps >= AS_NOISY) or times > MOST_TIMES:
        return finding
    return replace(finding, advice=(notes.larger_set(max(2, about(times)), needed), *finding.advice))


def validation_size(case: Case, main: Finding) -> Finding | None:
    """How many examples would settle a rise that is uncertain only for the size of the set."""
    if main.evidence.get("reason") != "small_set":
        return None
    sizes = (round(size) for size in SIZES if size > (case.examples or 0))
    needed = next((n for n in sizes if rules.overfitting(replace(case, examples=n)) is not None), None)
    if needed is None:
        return None
    fact = notes.settled_by(case.words, needed, case.examples is not None)
    evidence = {"n_val": case.examples, "n_needed": needed}
    finding = found("validation_size", "note", (main.start, main.end), fact, case, evidence)
    return finding if case.examples is not None else replace(finding, advice=("Pass n_val",))


def judged_on_test(case: Case) -> Finding | None:
    """No validation curve was logged and the test curve was read in its place."""
    if case.words.held_out != "test":
        return None
    return found("judged_on_test", "note", (None, None), notes.on_test(case.words), case, {})


# -------------------------------------------------------------------------------------------------------------- helpers


def about(size: float) -> int:
    """Return a number of examples with one digit, two below twice a power of ten, never less than `size`."""
    power = math.floor(math.log10(size)) if size >= 1 else 0
    unit = int(10 ** max(0, power - (size < 2 * 10**power)))
    return unit * math.ceil(round(size / unit, 6))


def _fell(curve: Curve, since: int, drop: float) -> float | None:
    """Return by what share of its level a curve fell steadily, None when by little or not beyond its noise."""
    value = curve.value[since:]
    slope, error = line(value)
    fall, level = -slope * (len(value) - 1), float(curve.smooth[since])
    steady = -slope > 2 * error and fall > FELL * drop and level > 0 and fall > FELL * level
    return min(fall / level, 1.0) if steady and curve.sign > 0 else None


def _why_better(ahead: Floats, train: Floats) -> str:
    """Return what the course of the gap suggests: running_mean, grows, shrinks or constant."""
    n = len(ahead)
    half = n // 2
    progress = float(np.median(train[half:-1] - train[half + 1 :])) / 2
    if progress >= 0.5 * float(np.median(ahead[half:])):
        return "running_mean"
    early = float(np.median(ahead[n // 20 : max(n // 4, n // 20 + 1)]))
    late = float(np.median(ahead[-max(1, round(0.15 * n)) :]))
    if late > (1 + CHANGED) * early:
        return "grows"
    return "shrinks" if late < early / (1 + CHANGED) else "constant"

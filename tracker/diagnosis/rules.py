"""One function a finding: each looks at the reading of a run and returns a Finding, or None.

All margins are shares of the curve's own drop or multiples of its own noise. The numbers are round and each says why
it stands; none was searched for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tracker.curves.align import Aligned
from tracker.diagnosis import advice
from tracker.diagnosis.advice import Words
from tracker.diagnosis.signals import Floats, Reading, stays_above, tail_length, tail_level
from tracker.model import Finding, Severity

Evidence: TypeAlias = dict[str, float | int | str | bool | None]

ENOUGH = 5
"""Points below which nothing is said: an end level needs three, a best before it and a start one each."""

RISE = 0.08
"""A rise counts from this share of the drop: midway between 3 %, which is sampling error, and 10 %, clear harm."""

SURE_NOISE = 3.0
"""Standard errors of the end level that a rise must exceed."""

STRONG_RISE = 0.25
"""A quarter of what was learnt is lost again: severity strong."""

ONSET_SHARE, ONSET_NOISE = 0.03, 1.5
"""Onset: from where validation stays above best + max(3 % of the drop, 1.5 noise)."""

ASSUMED_WRONG = 15
"""Wrong answers that carry a rise when the size of the validation set is unknown: a small set, to be cautious."""

EXPLODED = 1.3
"""A training loss this many times its start, and twice its best, is no overfitting but a run that went wrong."""

STILL_FALLING = 0.03
"""Share of the drop that came in the last fifth of the run: less is a tail that levels off."""

LITTLE = 0.05
"""Share of the start: a loss that fell by less learnt next to nothing."""

FLAT_SHARE = 0.01
"""A stretch that moves by less than this share of the drop, or within its noise, is a plateau."""

NOISY = 0.05
"""Noise above this share of the drop is worth a word: the rise that matters is hardly larger."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules may look at.

    `loss` is the judged pair, read; `pair` the same before points were left out; `decisions` the accuracy's, None
    when not logged. `examples` is the size of the validation set, given or read from the accuracy's steps;
    `class_counts` examples by class. `others` holds end levels of further validation metrics by name.
    """

    loss: Reading
    pair: Aligned
    words: Words
    decisions: Reading | None = None
    examples: int | None = None
    class_counts: tuple[int, ...] | None = None
    others: Mapping[str, float] | None = None

    @property
    def best_x(self) -> float:
        """Place of the lowest smoothed validation loss."""
        return float(self.loss.x[self.loss.val.best])

    @property
    def full(self) -> float:
        """The accuracy of all right answers: 1, or 100 where it was logged in percent."""
        shown = self.decisions.val if self.decisions else None
        return 100.0 if shown is not None and np.abs(shown.value).max() * shown.unit > 1.0 else 1.0


# ------------------------------------------------------------------------------------------------------------ verdicts


def diverged(pair: Aligned, words: Words) -> Finding | None:
    """NaN or infinity to the end, or a training loss that grew past its start; looks at every point."""
    for values, which in ((pair.train, words.train_loss), (pair.val, words.val_loss)):
        if values is None or len(values) == 0 or np.isfinite(values[-1]):
            continue
        finite = np.flatnonzero(np.isfinite(values))
        first = int(finite[-1]) + 1 if len(finite) else 0
        what = "NaN" if np.isnan(values[first]) else "infinite"
        at = float(pair.x[first])
        evidence: Evidence = {
            "curve": which,
            "value": what,
            "last_finite": float(pair.x[finite[-1]]) if len(finite) else None,
        }
        return _finding(
            "diverged", "strong", at, None, advice.not_finite(words, at, which, what), words, evidence
        )
    return None


def exploded(case: Case) -> Finding | None:
    """The training loss ends at 1.3 times its start and twice its best: the optimisation, not the fit, went wrong."""
    curve = case.loss.train or case.loss.val
    which = case.words.train_loss if case.loss.train else case.words.val_loss
    start, end, low = float(curve.value[0]), curve.end, curve.low
    grown = end - start > (EXPLODED - 1) * abs(start) and end - low > abs(low)
    if not grown or end - low <= 5 * curve.noise:
        return None
    onset = stays_above(curve.smooth, max(start, low), curve.best)
    at = float(case.loss.x[onset if onset is not None else curve.best])
    times = end / low if low > 0 else None
    fact = advice.exploded(case.words, at, which, times, curve.shown(end))
    evidence: Evidence = {"start": curve.shown(start), "best": curve.shown(low), "end": curve.shown(end)}
    return _finding("diverged", "strong", at, None, fact, case.words, evidence)


def overfitting(case: Case) -> Finding | None:
    """Validation rises for good while training keeps falling; kind `overconfident` where accuracy holds."""
    reading = case.loss
    if not _rises(reading) or reading.train_fall_since_best <= 0 or _sure_rise(case) <= RISE:
        return None
    onset = _onset(reading)
    at, share, rise = float(reading.x[onset]), _share_of_best(reading), _shown_rise(reading)
    severity: Severity = "strong" if _sure_rise(case) > STRONG_RISE else "likely"
    evidence: Evidence = {
        "best": reading.val.shown(reading.val.low),
        "end": reading.val.shown(reading.val.end),
        "rise_share_of_drop": reading.rise,
        "rise_in_noise": _finite_or_none(reading.rise_in_noise),
        "train_fall_share_of_drop": reading.train_fall_since_best,
        "n_val": case.examples,
    }
    change = _accuracy_change(case)
    end = float(reading.x[-1])
    if change is not None:
        slip, level, held = change
        evidence["accuracy_slipped"] = slip
        if held:
            fact = advice.overconfident(
                case.words, at, share, rise, advice.level(case.words, level, case.full)
            )
            return _finding("overconfident", severity, at, end, fact, case.words, evidence, case.best_x)
    slipped = advice.points(case.words, change[0], case.full) if change is not None else None
    fact = advice.overfitting(case.words, at, case.best_x, share, rise, slipped, None)
    return _finding("overfitting", severity, at, end, fact, case.words, evidence, case.best_x)


def uncertain(case: Case) -> Finding | None:
    """A rise that is there but cannot be called: too small for the set, without training curve, or with it."""
    reading, words = case.loss, case.words
    share, rise, since = _share_of_best(reading), _shown_rise(reading), case.best_x
    if _rises(reading) and reading.rise > RISE:
        if reading.train is None:
            fact, reason = advice.rise_without_train(words, since, share, rise), "no_train"
        elif reading.train_fall_since_best <= 0:
            fact, reason = advice.both_rise(words, since, share, rise), "train_rises"
        else:
            wrong = _wrong_answers(case)
            fact, reason = advice.grey_rise(words, since, share, rise, wrong, case.examples), "small_set"
    elif reading.val.noise > 0.5 * reading.drop:
        fact, reason = advice.too_noisy(words, reading.val.noise / reading.drop), "noise"
    else:
        return None
    evidence: Evidence = {"reason": reason, "rise_share_of_drop": reading.rise, "n_val": case.examples}
    return _finding("uncertain", "note", since, float(reading.x[-1]), fact, words, evidence)


def improving(case: Case) -> Finding | None:
    """The best is in the last tenth of the run, and the last fifth still brought more than 3 % of the drop."""
    reading = case.loss
    n, smooth = len(reading), reading.val.smooth
    fifth = max(3, round(0.2 * n))
    if n <= fifth or reading.val.best < 0.9 * (n - 1):
        return None
    since = n - 1 - fifth
    fell = float(smooth[since] - smooth[-1])
    if fell <= STILL_FALLING * reading.drop or fell <= reading.val.noise:
        return None
    size = abs(reading.val.shown(fell))
    share = fell / float(smooth[since]) if smooth[since] > 0 else None
    at = float(reading.x[since])
    evidence: Evidence = {"fell": size, "fell_share_of_drop": fell / reading.drop}
    return _finding(
        "improving",
        "likely",
        at,
        float(reading.x[-1]),
        advice.improving(case.words, at, share, size),
        case.words,
        evidence,
    )


def underfitting(case: Case) -> Finding | None:
    """Both curves ended near where they began, or no better than the class shares alone."""
    reading, words = case.loss, case.words
    chance = _chance_loss(case)
    end = reading.val.shown(reading.val.end)
    if chance is not None and end >= 0.97 * chance:
        evidence: Evidence = {"end": end, "chance": chance}
        return _finding(
            "underfitting", "likely", None, None, advice.at_chance(words, end, chance), words, evidence
        )
    gains = [_gain(curve.smooth) for curve in (reading.train, reading.val) if curve is not None]
    if max(gains) >= LITTLE:
        return None
    train_gain = gains[0] if reading.train is not None else None
    fact = advice.underfitting(words, train_gain, max(0.0, gains[-1]), end)
    evidence = {"train_gain": train_gain, "val_gain": gains[-1], "end": end}
    return _finding("underfitting", "likely", None, None, fact, words, evidence)


def healthy(case: Case, gap: float | None) -> Finding:
    """What is left when nothing is wrong."""
    reading = case.loss
    flat = _flat_since(reading)
    since = float(reading.x[flat]) if flat is not None else None
    end = reading.val.shown(reading.val.end)
    evidence: Evidence = {"end": end, "gap": gap, "flat_since": since}
    return _finding(
        "healthy", "note", None, None, advice.healthy(case.words, since, gap, end), case.words, evidence
    )


# ------------------------------------------------------------------------------------------------------ more to be said


def plateau(case: Case) -> Finding | None:
    """The last 30 % of the run or more moved by less than 1 % of the drop or its noise."""
    flat = _flat_since(case.loss)
    if flat is None:
        return None
    at = float(case.loss.x[flat])
    evidence: Evidence = {"points": len(case.loss) - flat}
    return _finding(
        "plateau", "note", at, float(case.loss.x[-1]), advice.plateau(case.words, at), case.words, evidence
    )


def noisy_validation(case: Case) -> Finding | None:
    """Epoch-to-epoch noise above 5 % of the drop."""
    share = case.loss.val.noise / case.loss.drop
    if share <= NOISY:
        return None
    fact = advice.noisy(case.words, share, case.examples)
    return _finding("noisy_validation", "note", None, None, fact, case.words, {"noise_share_of_drop": share})


def val_better_than_train(case: Case) -> Finding | None:
    """Validation stays better than training over the last half, by more than 5 % of the drop and its noise."""
    reading = case.loss
    if reading.train is None:
        return None
    half = len(reading) // 2
    below = reading.train.smooth[half:] - reading.val.smooth[half:]
    margin = max(0.05 * reading.drop, 2 * reading.val.noise)
    if not bool(np.all(below > margin)):
        return None
    gap = reading.val.shown(reading.val.end) - reading.train.shown(reading.train.end)
    evidence: Evidence = {"gap": gap}
    return _finding(
        "val_better_than_train", "note", None, None, advice.val_better(case.words, gap), case.words, evidence
    )


def spike(case: Case) -> Finding | None:
    """A single point that stands 10 noises and 10 % of the drop above both neighbours; the largest is told."""
    found: tuple[float, int, str, float] | None = None
    for curve, which in ((case.loss.train, case.words.train_loss), (case.loss.val, case.words.val_loss)):
        if curve is None or len(curve.value) < 8 or curve.noise == 0:
            continue
        value = curve.value
        above = value[1:-1] - np.maximum(value[:-2], value[2:])
        at = int(np.argmax(above)) + 1
        height = float(above[at - 1])
        if height > max(10 * curve.noise, 0.1 * case.loss.drop) and (found is None or height > found[0]):
            found = (height, at, which, height / curve.noise)
    if found is None:
        return None
    _, at, which, times = found
    x = float(case.loss.x[at])
    fact = advice.spike(case.words, x, which, times)
    return _finding("spike", "note", x, x, fact, case.words, {"curve": which, "height_in_noise": times})


def loss_accuracy_conflict(case: Case, loss_at: float, acc_at: float, lost: float) -> Finding | None:
    """The best epochs by loss and by accuracy are apart and taking the former costs accuracy beyond its noise.

    Args:
        case: the run.
        loss_at: best epoch by loss.
        acc_at: best epoch by accuracy.
        lost: accuracy at its own best minus accuracy at the best by loss.
    """
    if case.decisions is None:
        return None
    span = float(case.loss.x[-1] - case.loss.x[0])
    spacing = span / max(1, len(case.loss) - 1)
    apart = abs(acc_at - loss_at)
    noise = case.decisions.val.noise * case.decisions.val.unit
    if apart < max(2 * spacing, 0.05 * span) or lost <= max(0.005 * case.full, noise):
        return None
    fact = advice.conflict(case.words, loss_at, acc_at, apart)
    evidence: Evidence = {"best_by_loss": loss_at, "best_by_accuracy": acc_at, "accuracy_lost": lost}
    start, end = min(loss_at, acc_at), max(loss_at, acc_at)
    return _finding("loss_accuracy_conflict", "note", start, end, fact, case.words, evidence)


def misleading_accuracy(case: Case) -> Finding | None:
    """Accuracy no better than the largest class's share, or far above F1, precision, recall or AUC of the run."""
    if case.decisions is None or not case.words.accuracy_is_share:
        return None
    accuracy = case.decisions.val.shown(case.decisions.val.end)
    share, shown = accuracy / case.full, advice.level(case.words, accuracy, case.full)
    counts = case.class_counts
    if counts and sum(counts) > 0 and max(counts) / sum(counts) > 1.5 / len(counts):
        most = max(counts) / sum(counts)
        size = case.examples or sum(counts)
        if share <= most + math.sqrt(most * (1 - most) / size):
            evidence: Evidence = {
                "accuracy": accuracy,
                "largest_class": most,
            }
            fact = advice.majority(case.words, shown, most)
            return _finding("misleading_accuracy", "likely", None, None, fact, case.words, evidence)
    for name, value in (case.others or {}).items():
        # A fifth apart cannot come from rounding or from averaging over classes of like size.
        if share - value > 0.2:
            fact = advice.accuracy_above(case.words, shown, name, value)
            evidence = {"accuracy": accuracy, name: value}
            return _finding("misleading_accuracy", "note", None, None, fact, case.words, evidence)
    return None


# -------------------------------------------------------------------------------------------------------------- helpers


def _finding(
    kind: str,
    severity: Severity,
    start: float | None,
    end: float | None,
    fact: str,
    words: Words,
    evidence: Mapping[str, float | int | str | bool | None],
    best: float | None = None,
) -> Finding:
    return Finding(kind, severity, start, end, fact, advice.to_try(kind, words, best), dict(evidence))


def _rises(reading: Reading) -> bool:
    """Tell whether validation rose beyond its noise and has a rising trend since its best."""
    behind = reading.val.best < len(reading) - 1
    return behind and reading.rise > 0 and reading.rise_in_noise > SURE_NOISE and reading.trend_since_best > 0


def _sure_rise(case: Case) -> float:
    """Return the rise less one standard error of the validation sample, as a share of the drop.

    A rise is carried by the wrong answers that grow more wrong; with w of them its relative standard error is
    1 / sqrt(w), however many epochs show it: all of them use the same examples.
    """
    wrong = _wrong_answers(case)
    carried = ASSUMED_WRONG if wrong is None else wrong + 1
    return case.loss.rise * (1 - 1 / math.sqrt(carried))


def _wrong_answers(case: Case) -> int | None:
    if case.examples is None:
        return None
    if case.decisions is None or not case.words.accuracy_is_share:
        return case.examples // 4
    share = case.decisions.val.shown(case.decisions.val.end) / case.full
    return max(0, round(case.examples * (1 - share)))


def _onset(reading: Reading) -> int:
    level = reading.val.low + max(ONSET_SHARE * reading.drop, ONSET_NOISE * reading.val.noise)
    found = stays_above(reading.val.smooth, level, reading.val.best)
    return found if found is not None else min(reading.val.best + 1, len(reading) - 1)


def _share_of_best(reading: Reading) -> float | None:
    low = reading.val.low
    return (reading.val.end - low) / abs(low) if reading.val.sign * low > 0 else None


def _shown_rise(reading: Reading) -> float:
    return abs(reading.val.shown(reading.val.end - reading.val.low))


def _accuracy_change(case: Case) -> tuple[float, float, bool] | None:
    """Return by how much accuracy ended below its best, where it ended, and whether that counts as holding."""
    decisions = case.decisions
    if decisions is None or len(decisions) < ENOUGH or case.words.loss_is_score:
        return None
    curve = decisions.val
    slip, level = abs(curve.shown(curve.end - curve.low)), curve.shown(curve.end)
    allowed = max(0.01 * case.full, 1.5 * curve.noise * curve.unit)
    if case.examples and case.words.accuracy_is_share:
        share = min(1.0, max(0.0, level / case.full))
        allowed = max(allowed, case.full * math.sqrt(share * (1 - share) / case.examples))
    return slip, level, slip <= allowed


def _gain(smooth: Floats) -> float:
    start = abs(float(smooth[0]))
    return float(smooth[0] - smooth.min()) / start if start > 0 else 0.0


def _chance_loss(case: Case) -> float | None:
    """Return the cross entropy of the class shares, when counts are given and the loss can be a cross entropy."""
    counts = [count for count in case.class_counts or () if count > 0]
    if len(counts) < 2 or case.words.loss not in ("loss", "cross_entropy", "nll", "logloss", "log_loss"):
        return None
    total = sum(counts)
    return -sum(count / total * math.log(count / total) for count in counts)


def _flat_since(reading: Reading) -> int | None:
    """Return the first index from which the smoothed curve stays in a band; None below 30 % of the run."""
    smooth = reading.val.smooth
    back = smooth[::-1]
    width = (np.maximum.accumulate(back) - np.minimum.accumulate(back))[::-1]
    flat = np.flatnonzero(width <= max(FLAT_SHARE * reading.drop, reading.val.noise))
    first = int(flat[0])
    return first if len(reading) - first >= max(3, 0.3 * len(reading)) else None


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def end_levels(readings: Sequence[tuple[str, Floats]]) -> dict[str, float]:
    """Return the end level of each named curve that is finite at its end."""
    return {
        name: tail_level(value[np.isfinite(value)])
        for name, value in readings
        if np.isfinite(value[-tail_length(len(value)) :]).any()
    }

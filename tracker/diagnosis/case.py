"""What the rules may look at, and the questions that several of them ask of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from tracker.curves.words import all_right
from tracker.diagnosis import tries
from tracker.diagnosis.advice import Words
from tracker.diagnosis.rate import Rate
from tracker.diagnosis.signals import Curve, Reading, level_at
from tracker.model import Finding, Severity

Evidence: TypeAlias = Mapping[str, float | int | str | bool | None]

ENOUGH = 5
"""Points below which nothing is said: an end level needs three, a best before it and a start one each."""

ASSUMED_WRONG = 25
"""Wrong answers that carry a rise when the size of the validation set is unknown: a small set, to be cautious."""

ACCURACY_REACH, HELD = 0.1, 0.02
"""Accuracy holds when, smoothed over a tenth of the run, it ends within two points of where it was from the best loss on:
one point is within the sampling error of most validation sets."""

ASSUMED = 100
"""Examples behind an accuracy where their number is unknown."""

COLLAPSED, SURE = 0.1, 3.0
"""Accuracy fell when it ended ten points below its best, and three standard errors: of its noise, and of its sample."""

ROUNDING = 1e-9
"""More than sums of floating-point numbers are off by, and less than any accuracy can tell."""

FLAT_SHARE, FLAT_NOISE = 0.01, 0.5
"""A stretch whose smoothed curve moves by less than 1 % of the drop, or by half of its noise, is a plateau: smoothing
takes most of the noise away, so that what is left of a wider band may be a slow trend."""

IN_NOISE = 3.0
"""Noises that a flat curve's smoothed form, which ends in single points, spans by noise alone."""


@dataclass(frozen=True)
class Case:
    """All that the rules may look at.

    `loss` is the judged pair; `decisions` the accuracy's validation curve, None when not logged. `examples` is the
    size of the validation set, given or (`examples_read`) read from the accuracy's steps; `class_counts` examples by
    class; `others` end levels of validation metrics that weigh the classes, by name; `rate` the learning rate.
    """

    loss: Reading
    words: Words
    decisions: Reading | None = None
    examples: int | None = None
    examples_read: bool = False
    class_counts: tuple[int, ...] | None = None
    others: Mapping[str, float] | None = None
    rate: Rate | None = None

    @property
    def best_x(self) -> float:
        """Place of the lowest smoothed validation loss."""
        return float(self.loss.x[self.loss.val.best])

    @property
    def end_x(self) -> float:
        """Place of the last point."""
        return float(self.loss.x[-1])

    @cached_property
    def full(self) -> float:
        """The accuracy of all right answers: 1, or 100 where it was logged in percent."""
        shown = self.decisions.val if self.decisions else None
        return all_right(float(np.abs(shown.value).max()) * shown.unit) if shown is not None else 1.0

    @property
    def share_of_best(self) -> float | None:
        """The rise as a share of the best loss; None for a loss below zero or a score, where it says nothing."""
        low = self.loss.val.low
        share = (self.loss.val.end - low) / low if self.loss.val.sign > 0 and low > 0 else math.inf
        return share if math.isfinite(share) else None

    @property
    def shown_rise(self) -> float:
        """The rise in units of the loss as logged."""
        return abs(self.loss.val.shown(self.loss.val.end - self.loss.val.low))

    @property
    def wrong_answers(self) -> int | None:
        """How many validation examples are answered wrongly at the end; None when the set's size is unknown."""
        if self.examples is None:
            return None
        if self.decisions is None or not self.words.accuracy_is_share:
            # Errors of a regression are uneven: about a quarter of the examples carries most of the loss.
            return self.examples // 4
        share = self.decisions.val.shown(self.decisions.val.end) / self.full
        return max(0, round(self.examples * (1 - share)))

    @property
    def certainty(self) -> float:
        """The part of a rise that is left when half a standard error of the validation sample is taken off.

        A rise is carried by the wrong answers that grow more wrong; with w of them its relative standard error is
        about 1 / sqrt(w), however many epochs show it, since all of them use the same examples. Half of it, as the
        examples that are right carry a part of the rise as well.
        """
        wrong = self.wrong_answers
        return 1 - 0.5 / math.sqrt(ASSUMED_WRONG if wrong is None else wrong + 1)

    def accuracy_slip(self) -> tuple[float, float, bool] | None:
        """Return how far accuracy fell since the loss was best, where it ended, and whether that counts as holding.

        Both levels are weighted means over a tenth of the run, as single accuracies on few examples are coarse: of the
        last one, and of the one from the best loss on, since accuracy may have risen steeply just before.
        """
        decisions = self.decisions
        if decisions is None or len(decisions) < ENOUGH or self.words.loss_is_score:
            return None
        curve, reach = decisions.val, ACCURACY_REACH * len(decisions)
        then = int(np.argmin(np.abs(decisions.x - self.best_x)))
        slip = level_at(curve.value, len(decisions) - 1, reach) - level_at(curve.value[then:], 0, reach)
        slip *= curve.unit
        # Accuracies on few examples slip by just two points often enough that rounding must not decide.
        return slip, curve.shown(curve.end), slip <= (HELD + ROUNDING) * self.full

    def accuracy_fall(self) -> tuple[float, float, float] | None:
        """Return where accuracy was best, by how much it has fallen since and where it ended; None for little.

        All of the smoothed curve and of the end level, as it was logged.
        """
        decisions = self.decisions
        if decisions is None or len(decisions) < 2 * ENOUGH or not self.words.accuracy_is_share:
            return None
        curve = decisions.val
        fell = (curve.end - curve.low) * curve.unit
        right = min(max((curve.shown(curve.low) + curve.shown(curve.end)) / 2 / self.full, 0.0), 1.0)
        error = math.sqrt(2 * right * (1 - right) / (self.examples or ASSUMED))
        noise = curve.noise * curve.unit / self.full
        if fell / self.full <= max(COLLAPSED, SURE * noise, SURE * error):
            return None
        return float(decisions.x[curve.best]), fell, curve.shown(curve.end)

    def wrong_shares(self) -> tuple[float, float] | None:
        """Return the share of wrong validation answers at the start and at the end.

        None without an accuracy, and for one of tokens: most words of a text cannot be known, however good the model.
        """
        words = self.words
        if words.all_right:
            curve, name, full = self.loss.val, words.loss, words.all_right
        elif self.decisions is not None and words.accuracy_is_share:
            curve, name, full = self.decisions.val, words.accuracy, self.full
        else:
            return None
        if "token" in name:
            return None
        return 1 - curve.shown(curve.smooth[0]) / full, 1 - curve.shown(curve.end) / full

    def chance_loss(self) -> float | None:
        """Return the cross entropy of the class shares; None without counts, or for a loss of another kind."""
        counts = [count for count in self.class_counts or () if count > 0]
        if len(counts) < 2 or self.words.loss not in ("loss", "cross_entropy", "nll", "logloss", "log_loss"):
            return None
        total = sum(counts)
        return -sum(count / total * math.log(count / total) for count in counts)

    def flat_since(self) -> int | None:
        """Return the first index from which the smoothed curve stays in a band; None below 30 % of the run."""
        back = self.loss.val.smooth[::-1]
        width = (np.maximum.accumulate(back) - np.minimum.accumulate(back))[::-1]
        flat = np.flatnonzero(width <= max(FLAT_SHARE * self.loss.drop, FLAT_NOISE * self.loss.val.noise))
        first = int(flat[0])
        return first if len(self.loss) - first >= max(3, 0.3 * len(self.loss)) else None

    @property
    def flat_in_noise(self) -> bool:
        """Tell whether the smoothed curve moved by no more than its noise explains since it is flat."""
        flat = self.flat_since()
        return (
            flat is not None and float(np.ptp(self.loss.val.smooth[flat:])) <= IN_NOISE * self.loss.val.noise
        )


def gain(curve: Curve) -> float:
    """Return by what share of its start a curve ended lower.

    A loss below zero, such as a log-likelihood, has no level that is nothing: a fall beyond its noise counts as whole.
    """
    start = float(curve.smooth[0])
    if curve.sign > 0 and curve.low < 0:
        return 1.0 if start - curve.end > 5 * curve.noise else 0.0
    return (start - curve.end) / abs(start) if start != 0 else 0.0


def found(
    kind: str,
    severity: Severity,
    span: tuple[float | None, float | None],
    fact: str,
    case: Case | Words,
    evidence: Evidence,
    best: float | None = None,
) -> Finding:
    """Return a finding with the things to try that go with its kind."""
    words = case.words if isinstance(case, Case) else case
    # JSON knows no infinity: a ratio that nothing divides is left out.
    kept = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in evidence.items()}
    return Finding(kind, severity, *span, fact, tries.to_try(kind, words, best), kept)

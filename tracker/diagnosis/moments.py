"""Single moments of a run: spikes, and what the learning rate did at one point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.diagnosis import notes
from tracker.diagnosis.case import Case, Evidence, found
from tracker.diagnosis.rate import Change, Rate
from tracker.model import Finding

SPIKE_NOISE, SPIKE_SHARE, EARLY_SHARE = 10.0, 0.1, 0.5
"""A spike stands ten noises and a tenth of the drop above both neighbours; in the first third of the run, where curves
jump more and which the noise is not measured on, half of the drop."""

HIGHEST = 0.9
"""A rate above nine tenths of its highest is at its highest."""

MOVED, MOVED_NOISE = 0.03, 3.0
"""A loss has moved at a drop of the rate by 3 % of its own drop and three standard errors."""

MOST_CHANGES = 5
"""More drops or restarts than this are a schedule, told in one finding."""


def spike(case: Case) -> Finding | None:
    """A single point far above both its neighbours; the largest one is told, with what the learning rate did there."""
    best: tuple[float, int, str, float, int] | None = None
    for curve, which in ((case.loss.train, case.words.train_loss), (case.loss.val, case.words.val_loss)):
        if curve is None or len(curve.value) < 8 or curve.noise == 0:
            continue
        above = curve.value[1:-1] - np.maximum(curve.value[:-2], curve.value[2:])
        share = np.where(np.arange(1, len(above) + 1) < len(curve.value) // 3, EARLY_SHARE, SPIKE_SHARE)
        above = np.where(above > np.maximum(SPIKE_NOISE * curve.noise, share * case.loss.drop), above, 0.0)
        at, count = int(np.argmax(above)), int(np.count_nonzero(above))
        if above[at] > (0.0 if best is None else best[0]):
            best = (float(above[at]), at + 1, which, float(above[at]) / curve.noise, count)
    if best is None:
        return None
    _, at, which, times, count = best
    x = float(case.loss.x[at])
    rate = _rate_at(case.rate, float(case.loss.x[at - 1]), x) if case.rate is not None else ""
    evidence: Evidence = {"curve": which, "height_in_noise": times, "spikes": count}
    fact = notes.spike(case.words, x, which, times, count, rate)
    return found("spike", "note", (x, x), fact, case, evidence)


def rate_changes(case: Case) -> tuple[Finding, ...]:
    """Where the learning rate fell at once (`lr_drop`) or was raised again (`lr_restart`), one finding each."""
    if case.rate is None:
        return ()
    return (
        *_changes(case, case.rate.drops(), "lr_drop"),
        *_changes(case, case.rate.restarts(), "lr_restart"),
    )


def _changes(case: Case, changes: Sequence[Change], kind: str) -> list[Finding]:
    if len(changes) <= MOST_CHANGES:
        return [_changed(case, change, kind) for change in changes]
    first, last = changes[0], changes[-1]
    fact = notes.rate_changed_often(case.words, len(changes), first.at, last.at, kind == "lr_drop")
    evidence: Evidence = {"changes": len(changes), "before": first.before, "after": last.after}
    return [found(kind, "note", (first.at, last.at), fact, case, evidence)]


def _changed(case: Case, change: Change, kind: str) -> Finding:
    moved = _moved(case, change.at)
    if moved is not None and (moved > 0) == (kind == "lr_drop"):
        moved = (
            None  # a lower rate harms nothing at once and a higher one helps nothing: another reason moved it
        )
    fact = notes.rate_changed(case.words, change.at, change.before, change.after, moved)
    evidence: Evidence = {"before": change.before, "after": change.after, "loss_changed": moved}
    return found(kind, "note", (change.at, change.at), fact, case, evidence)


def _moved(case: Case, at: float) -> float | None:
    """Return by what share validation's level changed at a place, None when not beyond noise; needs three points a side."""
    curve, x = case.loss.val, case.loss.x
    first = int(np.searchsorted(x, at))
    reach = max(3, round(0.05 * len(x)))
    before, after = curve.value[max(0, first - reach) : first], curve.value[first : first + reach]
    if min(len(before), len(after)) < 3:
        return None
    level = float(np.median(before))
    size = float(np.median(after)) - level
    error = curve.noise * (1 / len(before) + 1 / len(after)) ** 0.5
    if level <= 0 or curve.sign < 0 or abs(size) <= max(MOVED * case.loss.drop, MOVED_NOISE * error):
        return None
    return size / level


def _rate_at(rate: Rate, before: float, at: float) -> str:
    raised = next((change for change in rate.restarts() if before < change.at <= at), None)
    if raised is not None:
        return notes.at_restart(raised.before, raised.after)
    highest = float(rate.value.max())
    # A rate that is at its highest from the first point on says nothing about one of them.
    late_peak = rate.at(at) >= HIGHEST * highest and rate.value[0] < HIGHEST * highest
    return notes.at_highest(rate.at(at)) if late_peak else ""

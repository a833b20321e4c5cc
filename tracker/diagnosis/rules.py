"""One function a verdict: each looks at a run and returns the finding that speaks for it, or None.

All margins are shares of the curve's own drop or multiples of its own noise. The numbers are round and each says why
it stands; none was searched for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.curves.align import Aligned
from tracker.diagnosis import advice, tries
from tracker.diagnosis.advice import Words
from tracker.diagnosis.case import ENOUGH, Case, Evidence, found, gain
from tracker.diagnosis.signals import DROP_FLOOR, Reading, last_share, line, stays_above, trend
from tracker.model import Diagnosis, Finding, Severity

RISE = 0.10
"""A rise counts when a tenth of what was learnt is lost again."""

SMALL_RISE, LARGE_GROWTH = 0.03, 0.25
"""Or when the loss grew by a quarter over its best, and by more than 3 % of the drop: a run whose first value was huge
has a drop that hides everything after it."""

STEADY_GROWTH, STEADY_TREND, STEADY_WRONG = 0.05, 0.9, 10
"""On a clean curve that rises from its best to its end almost without a step back, a twentieth of the best loss is as
plain as a quarter on others: chance and the choice of the best epoch leave no such rank correlation. But ten wrong
answers have to carry it: how few they are does not show in the curve."""

TRAINED_ON = 0.5
"""Training that fell since then by half of the drop went on learning, however little it fell in all."""

UNSURE = 0.05
"""A rise from half of that on is no good health either: it is called uncertain."""

SURE_NOISE = 3.0
"""Standard errors of the end level that a rise must exceed."""

TREND, SURE_TREND = 0.4, 1.645
"""Rank correlation with time that a rise must show since the best: a clear one, and with few points one that chance
gives in less than 5 % (one-sided; its standard error is 1 over the root of the points since the best)."""

PLAIN_NOISE, PLAIN_POINTS, GIVEN_BACK = 20.0, 10, 1 / 3
"""On a clean curve a rise of 20 standard errors that has stood for ten points need only not be falling back by a third:
it rose quickly and stays, which shows little rank correlation."""

STRONG_RISE = 1 / 3
"""A third of what was learnt is lost again, far from the tenth that counts at all: severity strong."""

ONSET_SHARE, ONSET_NOISE = 0.03, 1.5
"""Onset: from where validation stays above best + max(3 % of the drop, 1.5 noise)."""

EXPLODED = 1.3
"""A training loss this many times its start, and twice its best, is no overfitting but a run that went wrong."""

STILL_FALLING = 0.03
"""Share of the drop that a fifth of the run brings at its last pace: less is a tail that levels off."""

STEADY = 0.5
"""Rank correlation with time, downwards, over the last 30 % of the run: less is a lucky dip at the end."""

LITTLE, MODEST = 0.10, 1 / 3
"""Shares of the start: a loss that fell by less than a tenth learnt next to nothing, by less than a third not much."""

ERRORS_KEPT, ERRORS_MANY = 0.5, 0.2
"""Where accuracy is known, a run that halved its wrong answers, or has fewer than one in five, learnt enough."""

TINY = 0.05
"""Share of the start below which a loss fell too little even where nobody knows what its start means: without accuracy
or class counts a loss may have an offset or come from a trained model, and one run cannot tell."""

SETTLED, CLEAR_NOISE = 0.75, 10.0
"""But a fall of ten noises, three quarters of it in the first half of the run, is a run that learnt and levelled off."""

LEARNT = 0.5
"""Share of the start: a training loss that halved has learnt the training set."""

STEEP = 0.25
"""Share of the best loss: a quarter more is no level to call settled, however far the first epochs fell."""

HIDDEN = 0.5
"""Noise above half of the drop hides any trend."""


def diverged(pair: Aligned, words: Words) -> Finding | None:
    """NaN or infinity to the end; looks at every point."""
    for values, which in ((pair.train, words.train_loss), (pair.val, words.val_loss)):
        if values is None or len(values) == 0 or np.isfinite(values[-1]):
            continue
        finite = np.flatnonzero(np.isfinite(values))
        first = int(finite[-1]) + 1 if len(finite) else 0
        if (
            len(finite) > 1
            and len(values) - first <= int(np.diff(finite).max()) - 1
            and np.isnan(values[first:]).all()
        ):
            continue  # no longer than a gap before it: NaN stands for a value that was not taken
        what = "NaN" if np.isnan(values[first]) else "infinite"
        at = float(pair.x[first])
        evidence = {
            "curve": which,
            "value": what,
            "last_finite": float(pair.x[finite[-1]]) if len(finite) else None,
        }
        fact = advice.not_finite(words, at, which, what, len(finite) > 0)
        finding = found("diverged", "strong", (at, None), fact, words, evidence)
        evaluated = values is pair.val and pair.train is not None
        return replace(finding, advice=(tries.CHECK_EVALUATION,)) if evaluated else finding
    return None


def exploded(case: Case) -> Finding | None:
    """The training loss ends at 1.3 times its start and twice its best: the optimisation, not the fit, went wrong.

    A validation curve without a training curve may have risen so by overfitting as well, and is no proof.
    """
    curve = case.loss.train or case.loss.val
    which = case.words.train_loss if case.loss.train else case.words.val_loss
    if not _explodes(case) or (case.loss.train is None and case.words.held_out in ("validation", "test")):
        return None
    start, end, low = float(curve.value[0]), curve.end, curve.low
    level = max(start, low)
    onset = stays_above(curve.smooth, level, curve.best)
    if onset is not None:
        # Smoothing spreads a leap to the points before it.
        onset += int(np.argmax(curve.value[onset:] > level))
    at = float(case.loss.x[onset if onset is not None else curve.best])
    times = end / low if low > 0 and math.isfinite(end / low) else None
    fact = advice.exploded(case.words, at, which, times, curve.shown(end))
    evidence = {"start": curve.shown(start), "best": curve.shown(low), "end": curve.shown(end)}
    return found("diverged", "strong", (at, None), fact, case, evidence)


def overfitting(case: Case) -> Finding | None:
    """Validation rises for good while training keeps falling; kind `overconfident` where accuracy holds."""
    reading = case.loss
    if not _rises(reading) or reading.train_fall_since_best <= 0 or not _clear(case):
        return None
    if reading.train is None:
        return None
    # Where training fell by less than the least drop, the drop is no measure yet: only a plain rise counts.
    little = gain(reading.train) < DROP_FLOOR and reading.train_fall_since_best < TRAINED_ON
    if little and reading.rise_in_noise < PLAIN_NOISE:
        return None
    at, share, rise = float(reading.x[_onset(reading)]), case.share_of_best, case.shown_rise
    severity: Severity = "strong" if case.certainty * reading.sustained_rise > STRONG_RISE else "likely"
    evidence: dict[str, float | int | str | bool | None] = {
        "best": reading.val.shown(reading.val.low),
        "end": reading.val.shown(reading.val.end),
        "rise_share_of_drop": reading.rise,
        "rise_in_noise": reading.rise_in_noise if math.isfinite(reading.rise_in_noise) else None,
        "train_fall_share_of_drop": reading.train_fall_since_best,
        "n_val": case.examples,
    }
    span = (at, case.end_x)
    accuracy = case.accuracy_slip()
    if accuracy is None:
        fact = advice.overfitting(case.words, at, case.best_x, share, rise, None)
        return found("overfitting", severity, span, fact, case, evidence, case.best_x)
    slip, level, held = accuracy
    evidence["accuracy_slipped"] = slip
    if held:
        fact = advice.overconfident(case.words, at, share, rise, advice.level(case.words, level, case.full))
        return found("overconfident", severity, span, fact, case, evidence, case.best_x)
    slipped = advice.points(case.words, slip, case.full)
    fact = advice.overfitting(case.words, at, case.best_x, share, rise, slipped)
    return found("overfitting", severity, span, fact, case, evidence, case.best_x)


def uncertain(case: Case) -> Finding | None:
    """A rise that cannot be called yet: small, unsteady, on a small set, without a training curve, or together with it."""
    reading, words, since = case.loss, case.words, case.best_x
    share, rise = case.share_of_best, case.shown_rise
    if not reading.val.value.any():
        fact, reason = advice.all_zero(words), "all_zero"
    elif risen(case) or (reading.train is None and _explodes(case)):
        if reading.train is None:
            fact, reason = advice.rise_without_train(words, since, share, rise), "no_train"
        elif reading.train_fall_since_best <= 0:
            fact, reason = advice.both_rise(words, since, share, rise), "train_rises"
        elif reading.sustained_rise <= RISE:
            fact, reason = advice.small_rise(words, since, share, rise, reading.rise), "small_rise"
        else:
            answers = case.wrong_answers if case.decisions is not None and words.accuracy_is_share else None
            fact, reason = (
                advice.grey_rise(words, since, share, rise, answers, case.examples, case.examples_read),
                "small_set",
            )
    elif reading.sustained_rise > RISE and reading.rise_in_noise > SURE_NOISE:
        fact, reason = advice.no_trend(words, since, share, rise), "no_trend"
    elif reading.sustained_rise > RISE:
        fact, reason = advice.within_noise(words, since, share, rise, _few(reading)), "noise"
    elif reading.val.noise > HIDDEN * reading.drop:
        fact, reason = advice.too_noisy(words, reading.val.noise / reading.drop), "noise"
    elif reading.train is not None and gain(reading.train) >= LEARNT and gain(reading.val) < LITTLE:
        fact, reason = advice.no_transfer(words, gain(reading.train), gain(reading.val)), "no_transfer"
    else:
        return None
    evidence: Evidence = {"reason": reason, "rise_share_of_drop": reading.rise, "n_val": case.examples}
    return found("uncertain", "note", (since, case.end_x), fact, case, evidence)


def accuracy_fell(case: Case) -> Finding | None:
    """The loss shows nothing wrong, and accuracy ended far below its best: a run that did both is in no good health."""
    fall = case.accuracy_fall()
    if fall is None:
        return None
    at, fell, end = fall
    words = case.words
    shown = (advice.points(words, fell, case.full), advice.level(words, end, case.full))
    fact = advice.accuracy_fell(words, at, *shown)
    evidence: Evidence = {"reason": "accuracy_fell", "accuracy_fell": fell, "n_val": case.examples}
    return found("uncertain", "note", (at, case.end_x), fact, case, evidence)


def risen(case: Case) -> bool:
    """Tell whether the judged curve rose beyond its noise and by enough to be worth a word."""
    return _rises(case.loss) and (case.loss.rise > UNSURE or (case.share_of_best or 0.0) > STEEP)


def improving(case: Case) -> Finding | None:
    """The best is in the last tenth, and the pace of the last 30 %, less its standard error, brings 3 % in a fifth."""
    reading = case.loss
    n = len(reading)
    last = last_share(reading.val.value, 0.3)
    if reading.val.best < 0.9 * (n - 1) or trend(last) > -STEADY:
        return None
    pace, error = line(last)
    if (-pace - error) * 0.2 * (n - 1) <= STILL_FALLING * reading.drop:
        return None
    smooth, since = reading.val.smooth, round(0.8 * (n - 1))
    fell = float(smooth[since] - reading.val.low)
    size = abs(reading.val.shown(fell))
    share = fell / float(smooth[since]) if smooth[since] > 0 else None
    at = float(reading.x[since])
    evidence = {"fell": size, "fell_share_of_drop": fell / reading.drop}
    fact = advice.improving(case.words, at, share, size)
    finding = found("improving", "likely", (at, case.end_x), fact, case, evidence)
    ended = case.rate is not None and case.rate.has_ended
    return replace(finding, advice=(tries.LONGER_SCHEDULE,)) if ended else finding


def underfitting(case: Case, least: float = MODEST) -> Finding | None:
    """Both curves kept more than `1 - least` of their start, or ended no better than the class shares alone."""
    reading, words = case.loss, case.words
    chance = case.chance_loss()
    end = reading.val.shown(reading.val.end)
    if chance is not None and end >= 0.97 * chance:
        fact = advice.at_chance(words, end, chance)
        finding = found("underfitting", "likely", (None, None), fact, case, {"end": end, "chance": chance})
        return replace(
            finding, advice=finding.advice[::-1]
        )  # guessing is a fault more often than a small model
    train_gain = gain(reading.train) if reading.train is not None else None
    val_gain = gain(reading.val)
    if (
        not reading.val.value.any()
        or not -MODEST < val_gain < least
        or (train_gain is not None and train_gain >= least)
    ):
        return None
    if _learnt_enough(case, max(val_gain, train_gain or 0.0)):
        return None
    fact = advice.underfitting(words, train_gain, val_gain, end)
    evidence = {"train_gain": train_gain, "val_gain": val_gain, "end": end}
    return found("underfitting", "likely", (None, None), fact, case, evidence)


def may_be_trained_before(case: Case) -> bool:
    """Tell whether the loss fell clearly, by ten noises, and neither answers nor classes say what its start means.

    Such a run may have begun with a trained model, or its loss may have an offset: that it still falls is sure, that it
    fell by little is not.
    """
    if case.wrong_shares() is not None or case.chance_loss() is not None:
        return False
    curve = case.loss.train or case.loss.val
    return float(curve.smooth[0]) - curve.end > CLEAR_NOISE * curve.noise


def contradicted(case: Case, halves: Sequence[Diagnosis]) -> Finding | None:
    """Every second point alone would be called strongly overfitting: the points in between decide, so nothing is sure."""
    if not any(half.overfitting and half.findings[0].severity == "strong" for half in halves):
        return None
    fact = advice.too_noisy(case.words, case.loss.val.noise / case.loss.drop)
    evidence: Evidence = {"reason": "noise", "rise_share_of_drop": case.loss.rise, "n_val": case.examples}
    return found("uncertain", "note", (case.best_x, case.end_x), fact, case, evidence)


def healthy(case: Case, gap: float | None) -> Finding:
    """What is left when nothing is wrong."""
    flat = case.flat_since()
    since = float(case.loss.x[flat]) if flat is not None else None
    end = case.loss.val.shown(case.loss.val.end)
    evidence = {"end": end, "gap": gap, "flat_since": since}
    fact = advice.healthy(case.words, since, gap, end, case.flat_in_noise)
    return found("healthy", "note", (None, None), fact, case, evidence)


# -------------------------------------------------------------------------------------------------------------- helpers


def _few(reading: Reading) -> int | None:
    """Return how many points there are where they are too few to measure noise on."""
    return len(reading) if len(reading) < 2 * ENOUGH else None


def _explodes(case: Case) -> bool:
    """Tell whether training, or the only curve there is, ended at 1.3 times its start and twice its best."""
    curve = case.loss.train or case.loss.val
    start, end, low = float(curve.value[0]), curve.end, curve.low
    if end - start <= (EXPLODED - 1) * abs(start) or end - low <= abs(low):
        return False
    # What exploded jumps by more than it had ever fallen: its own noise excuses no curve that never came back.
    up = stays_above(curve.value, max(start + (EXPLODED - 1) * abs(start), low + abs(low)), curve.best)
    stayed = up is not None and len(curve.value) - up >= ENOUGH
    return stayed or end - low > 5 * curve.noise


def _rises(reading: Reading) -> bool:
    """Tell whether validation rose beyond its noise since its best, and either goes on rising or plainly stays up."""
    since = len(reading) - 1 - reading.val.best
    if since == 0 or reading.rise <= 0 or reading.rise_in_noise <= SURE_NOISE:
        return False
    slope = reading.trend_since_best
    if slope > max(TREND, SURE_TREND / math.sqrt(since)):
        return True
    stays = slope > 0 or reading.given_back < GIVEN_BACK
    return reading.rise_in_noise > PLAIN_NOISE and since >= PLAIN_POINTS and stays


def _clear(case: Case) -> bool:
    """Tell whether the sustained rise, less what the validation sample may pretend, is large enough."""
    rise, sure = case.loss.sustained_rise, case.certainty
    share = case.share_of_best
    wrong = case.wrong_answers
    carried = wrong is None or wrong >= STEADY_WRONG
    steady = carried and case.loss.rise_in_noise > PLAIN_NOISE and case.loss.trend_since_best > STEADY_TREND
    growth = STEADY_GROWTH if steady else LARGE_GROWTH
    grown = share is not None and share * sure > growth and rise > SMALL_RISE
    return rise * sure > RISE or grown


def _learnt_enough(case: Case, most: float) -> bool:
    """Tell whether a loss that fell by no more than the share `most` may still be that of a model that learnt.

    How far a loss is from zero says little by itself. The wrong answers do, where they are known; else only a fall that
    is tiny, and no clear one that levelled off, counts against the run.
    """
    answers = case.wrong_shares()
    if answers is not None:
        first, last = answers
        return last < ERRORS_KEPT * first or last < ERRORS_MANY
    if case.chance_loss() is not None:
        return False
    curve = case.loss.train or case.loss.val
    fell = float(curve.smooth[0]) - curve.end
    early = float(curve.smooth[0] - curve.smooth[len(case.loss) // 2])
    return most >= TINY or (may_be_trained_before(case) and early >= SETTLED * fell)


def _onset(reading: Reading) -> int:
    level = reading.val.low + max(ONSET_SHARE * reading.drop, ONSET_NOISE * reading.val.noise)
    at = stays_above(reading.val.smooth, level, reading.val.best)
    return at if at is not None else min(reading.val.best + 1, len(reading) - 1)

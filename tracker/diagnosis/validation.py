"""What the validation set itself does to the picture: its noise, its size, and validation better than training."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tracker.diagnosis import notes, rules
from tracker.diagnosis.case import ENOUGH, Case, Evidence, found
from tracker.diagnosis.signals import Floats
from tracker.model import Finding

NOISY = 0.05
"""Noise above this share of the drop is worth a word: the rise that matters is hardly larger."""

AS_NOISY = 0.6
"""Training loss that jumps by this share of validation's noise: then it is the model that jumps, not the set."""

MOST_TIMES = 100
"""A validation set more times as large than this is no advice."""

BELOW_TRAIN = 0.05
"""Share of the drop by which validation must stay better than training to be worth a word."""

CHANGED = 0.25
"""A gap that ends a quarter larger or smaller than it was early on has changed."""

SIZES = tuple(digit * 10**power for power in range(1, 6) for digit in (1, 1.5, 2, 3, 4, 5, 6, 8))
"""Sizes of a validation set worth naming: with one digit, or two below twice a power of ten."""


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
    if share <= NOISY or len(reading) < 2 * ENOUGH:
        return None  # a bend in a handful of points is no noise
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
    return replace(
        finding, advice=(notes.larger_set(case.words, max(2, about(times)), needed), *finding.advice)
    )


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
    return found("judged_on_test", "note", (None, None), notes.on_test(), case, {})


def about(size: float) -> int:
    """Return a number of examples with one digit, two below twice a power of ten, never less than `size`."""
    power = math.floor(math.log10(size)) if size >= 1 else 0
    unit = int(10 ** max(0, power - (size < 2 * 10**power)))
    return unit * math.ceil(round(size / unit, 6))


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

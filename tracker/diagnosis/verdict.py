"""From the curves of a run to its diagnosis: choose what to judge, ask every rule, settle on one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tracker.curves.align import Aligned, Clock, align, clock
from tracker.curves.names import Pair, pairs, parse, resolve
from tracker.curves.words import all_right, is_accuracy
from tracker.diagnosis import advice, alone, remarks, rules, tries
from tracker.diagnosis.advice import Words
from tracker.diagnosis.case import ENOUGH, Case
from tracker.diagnosis.imbalance import balanced_metrics
from tracker.diagnosis.rate import learning_rate
from tracker.diagnosis.reads import contested, judged_pairs, series_read
from tracker.diagnosis.signals import Reading, examples_of, read
from tracker.model import VERDICTS, Axis, Diagnosis, Finding, MetricDefinition, Series, Verdict

RULES_VERSION = 10
"""Grows with every change that may change a verdict, so that kept diagnoses are known to be stale."""

HALVED = 200
"""Points up to which every second one is asked as well; on more, half of them can hardly tell another story."""


def diagnose(
    history: Sequence[Series],
    *,
    definitions: Mapping[str, MetricDefinition] | None = None,
    n_val: int | None = None,
    class_counts: Sequence[int] | None = None,
    finished: bool = True,
) -> Diagnosis:
    """Say what the curves of one run mean.

    Args:
        history: the run's series, whole and as logged, in the order of their first log. Never smoothed or sampled.
        definitions: what the user said about metrics, by name as logged.
        n_val: examples in the validation set; without it the size is read from the accuracy's steps where possible.
        class_counts: training examples of each class; tells accuracy and loss from those of guessing.
        finished: False while the run trains: little learnt so far is then too early, not underfitting.

    Returns:
        One verdict with its findings. Never raises for what the numbers are: NaN, infinities, any length.
    """
    # Values of any size are allowed; what overflows to infinity is handled where it matters.
    with np.errstate(all="ignore"):
        found, by_accuracy = _diagnose(tuple(history), definitions, _positive(n_val), class_counts, finished)
    return _of_accuracy(found) if by_accuracy else found


def _diagnose(
    kept: tuple[Series, ...],
    definitions: Mapping[str, MetricDefinition] | None,
    n_val: int | None,
    class_counts: Sequence[int] | None,
    finished: bool,
    whole: bool = True,
) -> tuple[Diagnosis, bool]:
    """Return the diagnosis, and whether it judged an accuracy because there is no loss.

    `whole` asks every second point as well before a run is called healthy.
    """
    by_name = {series.name: series for series in kept}
    names = resolve(by_name, definitions)
    counts = {name: int(np.isfinite(series.value).sum()) for name, series in by_name.items()}
    found = pairs(names, counts)
    # Who reads a run from a store fetches no more than these, and has to come to the same answer.
    by_name = {name: by_name[name] for name in series_read(by_name, definitions, counts)}
    run_clock = clock(by_name.values())
    loss, accuracy = judged_pairs(found)
    axis: Axis = "step" if run_clock is None else "epoch"
    if not any(counts.values()) and not any(len(series) for series in kept):
        return Diagnosis("too_early", advice.NOTHING, axis, rules_version=RULES_VERSION, history=kept), False
    if loss is not None and accuracy is not None and _shows_more(accuracy, loss, by_name):
        loss = None
    judged = loss or accuracy
    if judged is None:
        return Diagnosis(
            "uncertain", advice.NO_METRIC, axis, rules_version=RULES_VERSION, history=kept
        ), False
    held_out = judged.val or judged.test
    words = Words(
        axis=axis,
        loss=judged.metric or "loss",
        accuracy=accuracy.metric if accuracy else "accuracy",
        held_out=_set_of(judged),
        loss_is_score=judged.goal == "max",
    )
    pair = _aligned(judged.train, held_out, by_name, run_clock)
    base = Diagnosis(
        "uncertain",
        "",
        axis,
        loss=(judged.train, held_out),
        accuracy=(accuracy.train, accuracy.val or accuracy.test) if accuracy and loss else (None, None),
        rules_version=RULES_VERSION,
        history=kept,
    )
    broken = rules.diverged(pair, words)
    reading = read(pair, judged.goal)
    if reading is None or (len(reading) < ENOUGH and broken is None):
        verdict: Verdict = "diverged" if broken is not None else "too_early"
        count = 0 if reading is None else len(reading)
        early = advice.too_early(words, count, ENOUGH)
        then = tries.to_try("too_early", words) if finished else ()
        fact = broken or Finding("too_early", "note", None, None, early, then)
        best = _with_best(base, reading, None) if reading is not None and held_out else base
        return replace(best, verdict=verdict, sentence=fact.fact, findings=(fact,)), loss is None
    words = replace(words, all_right=_all_right(judged, reading))
    decisions, words = _decisions(accuracy if loss else None, by_name, run_clock, words)
    counted = _examples(accuracy if loss else judged, by_name)
    case = Case(
        loss=reading,
        words=words,
        decisions=decisions,
        examples=n_val or counted,
        examples_read=n_val is None and counted is not None,
        class_counts=tuple(int(count) for count in class_counts) if class_counts is not None else None,
        others=balanced_metrics(found, names, by_name, accuracy if loss else judged),
        rate=learning_rate(by_name, run_clock),
    )
    if held_out is None:
        played = contested(judged, found)
        main = broken or (
            alone.contested(case) if played else rules.exploded(case) or alone.only_training(case, finished)
        )
        return replace(base, verdict=_verdict(main), sentence=main.fact, findings=(main,)), loss is None
    judgement = _with_best(base, reading, decisions)
    main = broken or _main(case, judgement.gap, finished)
    if main.kind == "healthy" and whole and len(reading) <= HALVED:
        halves = [
            _diagnose(_every_second(kept, first), definitions, n_val, class_counts, finished, whole=False)[0]
            for first in (0, 1)
        ]
        main = rules.contradicted(case, halves) or main
    found_all = replace(
        judgement,
        verdict=_verdict(main),
        sentence=main.fact,
        onset_epoch=main.start if main.kind in ("overfitting", "overconfident") else None,
        findings=(main, *remarks.beside(case, judgement, main)) if whole else (main,),
    )
    return found_all, loss is None


def _of_accuracy(found: Diagnosis) -> Diagnosis:
    """Return a diagnosis that judged an accuracy for want of a loss with its numbers where they belong."""
    return replace(
        found,
        loss=(None, None),
        accuracy=found.loss,
        best_loss=None,
        best_accuracy=found.best_loss,
        best_accuracy_epoch=found.best_epoch,
        gap=None,
        findings=tuple(
            replace(f, evidence={**f.evidence, "loss": None, "accuracy": found.best_loss})
            if f.kind == "best_epoch"
            else f
            for f in found.findings
        ),
    )


def _main(case: Case, gap: float | None, finished: bool) -> Finding:
    """Return the finding that is the verdict: what went wrong first, then what is missing, then what went well."""
    found = rules.exploded(case) or rules.overfitting(case)
    if found is None and not (finished or len(case.loss) >= 2 * ENOUGH):
        fact = advice.too_early(case.words, len(case.loss), 2 * ENOUGH)
        return Finding("too_early", "note", None, None, fact)
    return (
        found
        or (None if rules.may_be_trained_before(case) else rules.underfitting(case, rules.LITTLE))
        or rules.improving(case)
        or rules.underfitting(case)
        or rules.uncertain(case)
        or rules.accuracy_fell(case)
        or rules.healthy(case, gap)
    )


def _with_best(base: Diagnosis, reading: Reading, decisions: Reading | None) -> Diagnosis:
    curve = reading.val
    best = curve.best
    gap = None
    if reading.train is not None:
        gap = curve.shown(curve.end - reading.train.end)
    out = replace(base, best_epoch=float(reading.x[best]), best_loss=curve.shown(curve.value[best]), gap=gap)
    if decisions is None:
        return out
    peak = int(np.argmin(decisions.val.value))
    return replace(
        out,
        best_accuracy_epoch=float(decisions.x[peak]),
        best_accuracy=decisions.val.shown(decisions.val.value[peak]),
    )


def _verdict(main: Finding) -> Verdict:
    return next((verdict for verdict in VERDICTS if verdict == main.kind), "uncertain")


# ------------------------------------------------------------------------------------------------------ what is judged


def _shows_more(accuracy: Pair, loss: Pair, by_name: Mapping[str, Series]) -> bool:
    """Tell whether the held-out accuracy says more than a loss without held-out values, which did not break."""
    if loss.train is None or loss.val or loss.test or not (accuracy.val or accuracy.test):
        return False
    return bool(np.isfinite(by_name[loss.train].value).all())


def _set_of(judged: Pair) -> str:
    """Return what the set of the judged curve is called; nothing for a reward, which has neither."""
    name = judged.val or judged.test or judged.train or ""
    if alone.is_reward(judged.metric) and parse(name).split is None:
        return ""
    return "validation" if judged.val is not None else "test" if judged.test is not None else "training"


def _every_second(kept: tuple[Series, ...], first: int) -> tuple[Series, ...]:
    """Return every second point of each series."""
    part = slice(first, None, 2)
    return tuple(
        Series(one.name, one.step[part], one.epoch[part], one.value[part], one.elapsed_ms[part])
        for one in kept
    )


def _aligned(
    train: str | None, held_out: str | None, by_name: Mapping[str, Series], run_clock: Clock | None
) -> Aligned:
    return align(
        by_name[train] if train is not None else None,
        by_name[held_out] if held_out is not None else None,
        run_clock,
    )


def _decisions(
    accuracy: Pair | None, by_name: Mapping[str, Series], run_clock: Clock | None, words: Words
) -> tuple[Reading | None, Words]:
    """Return the accuracy's validation curve as a reading, and the words with how it is spoken of."""
    if accuracy is None or (accuracy.val is None and accuracy.test is None):
        return None, words
    reading = read(_aligned(None, accuracy.val or accuracy.test, by_name, run_clock), "max")
    if reading is None:
        return None, words
    top = float(np.abs(reading.val.value).max()) * reading.val.unit
    share = is_accuracy(accuracy.metric) and top <= 100.0
    return reading, replace(words, accuracy_is_share=share)


def _all_right(judged: Pair, reading: Reading) -> float:
    """Return 1 or 100, the value of all right answers, where a share of them is judged; 0 for any other metric."""
    top = float(np.abs(reading.val.value).max()) * reading.val.unit
    if judged.goal != "max" or not is_accuracy(judged.metric) or top > 100.0:
        return 0.0
    return all_right(top)


def _examples(accuracy: Pair | None, by_name: Mapping[str, Series]) -> int | None:
    if accuracy is None or not is_accuracy(accuracy.metric):
        return None
    held_out = accuracy.val or accuracy.test
    return examples_of(by_name[held_out].value) if held_out is not None else None


def _positive(number: int | None) -> int | None:
    return int(number) if number is not None and number > 0 else None

"""A run without a held-out curve: what training alone, the losses of a game and a reward can say, and what not."""

from __future__ import annotations

from tracker.diagnosis import advice, rules
from tracker.diagnosis.advice import ELSEWHERE, amount, spoken, value
from tracker.diagnosis.case import ENOUGH, Case
from tracker.model import Finding

_REWARDS = frozenset({"reward", "rewards", "rew", "return", "returns", "winrate"})


def is_reward(metric: str) -> bool:
    """Tell whether a metric is what an agent earns: it is measured in the world, not on a training set."""
    return not _REWARDS.isdisjoint(metric.split("_"))


def only_training(case: Case, finished: bool) -> Finding:
    """Say how training went, and that nothing was logged to hold it against; underfitting where it did not learn."""
    little = rules.underfitting(case) if finished or len(case.loss) >= 2 * ENOUGH else None
    if little is not None and not case.words.is_reward:
        return little
    words, rose = case.words, rules.risen(case)
    start, end = (case.best_x, case.end_x) if rose else (None, None)
    if words.is_reward:
        fact = f"Uncertain: {words.val_loss} {_course(case, rose)}. {ELSEWHERE}"
    else:
        fact = (
            f"Uncertain: only {words.val_loss} was logged, which {_course(case, rose)}. Log a validation "
            f"{spoken(words.loss)} beside it (for example val/{words.loss}) to see whether the model generalises."
        )
    return Finding("uncertain", "note", start, end, fact, (), {"reason": "no_val"})


def contested(case: Case) -> Finding:
    """Say that the losses of a game, of a GAN or an agent, do not tell how good the model is."""
    fact = (
        f"Uncertain: {spoken(case.words.loss)} is a loss of networks that work against each other or of an agent, and "
        "how high it is says nothing about how good they are. Log what they achieve beside it, such as FID or a reward."
    )
    return Finding("uncertain", "note", None, None, fact, (), {"reason": "contested"})


def _course(case: Case, rose: bool) -> str:
    words, flat = case.words, case.flat_since()
    if rose:
        return f"{words.worse} {amount(words, case.share_of_best, case.shown_rise)} after {words.at(case.best_x)}"
    if rules.improving(case) is not None:
        return f"is still {words.better}"
    if flat is not None:
        return advice.flat(words, float(case.loss.x[flat]), case.flat_in_noise)
    return f"ended near {value(words, case.loss.val.shown(case.loss.val.end))}"

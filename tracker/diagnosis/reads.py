"""Which of a run's series a diagnosis reads, so that nobody fetches a hundred others to be told the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracker.curves.names import Pair, is_metric, main_accuracy, main_loss, pairs, parse, resolve
from tracker.diagnosis.imbalance import whole_metric
from tracker.diagnosis.rate import is_rate
from tracker.model import Finding, MetricDefinition

MOST_POINTS = 100_000
"""Points of a series up to which all of them are read; of a longer one, the means of stretches."""

STRETCHES = 16_384
"""How many stretches a longer series is read in at most, about."""

_PLAYERS = frozenset(
    {"g", "d", "gen", "disc", "generator", "discriminator", "adv", "adversarial", "actor", "critic"}
)
_PLAYERS |= frozenset({"policy", "value", "vf", "pg", "td", "q", "entropy"})
"""Losses named so belong to networks that play against each other, or to an agent that chooses its own data."""


def judged_pairs(found: Sequence[Pair]) -> tuple[Pair | None, Pair | None]:
    """Return the loss and the accuracy that `diagnose` judges, either None.

    The losses of a game (`contested`) are judged only where there is nothing else, as their level says nothing.
    """
    loss, accuracy = main_loss(found), main_accuracy(found)
    if loss is None or not contested(loss, found):
        return loss, accuracy
    others = main_loss([pair for pair in found if not contested(pair, found)])
    return (others, accuracy) if others or accuracy else (loss, None)


def contested(pair: Pair, found: Sequence[Pair]) -> bool:
    """Tell whether a pair is the loss of a GAN or of an agent: no validation, and its kind or its sibling's says so."""
    return _is_training_loss(pair) and any(
        _is_training_loss(one) and not _PLAYERS.isdisjoint(one.metric.split("_")) for one in found
    )


def _is_training_loss(pair: Pair) -> bool:
    words = pair.metric.split("_")
    return pair.goal == "min" and not (pair.val or pair.test) and bool({"loss", "error", "kl"} & set(words))


def series_read(
    names: Iterable[str],
    definitions: Mapping[str, MetricDefinition] | None = None,
    counts: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Return the names of the series that `diagnose` looks at.

    Args:
        names: all names of the run, in the order of their first log.
        definitions: what the user said about metrics, by name as logged.
        counts: points of each series by name.

    Returns:
        The judged loss and accuracy, the metrics that weigh the classes, and the learning rate, in the given order; where
        there is none of these the first name, so that nobody takes the run for one that logged nothing.
    """
    listed = tuple(dict.fromkeys(names))
    found = pairs(resolve(listed, definitions), counts)
    judged = [pair for pair in judged_pairs(found) if pair is not None]
    judged += [pair for pair in found if whole_metric(pair.metric) is not None]
    wanted = {name for pair in judged for name in (pair.train, pair.val, pair.test)}
    read = tuple(
        name for name in listed if name in wanted or (not is_metric(name) and is_rate(parse(name).metric))
    )
    return read or listed[:1]


def in_stretches(points: int, stretches: int) -> Finding:
    """Return the note that a diagnosis rests on the means of stretches of a series, not on its points."""
    fact = f"The curves have {points:,} points: they were read as {stretches:,} means of neighbouring points."
    return Finding(
        "read_in_stretches", "note", None, None, fact, (), {"points": points, "stretches": stretches}
    )

"""Which pair of curves is judged when a history holds several, and how another one is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tracker.curves.names import MetricName, Pair, main_accuracy, main_loss, pairs, parse, resolve
from tracker.errors import BadInput
from tracker.model import Diagnosis, Finding, MetricDefinition, Series

Definitions = Mapping[str, MetricDefinition] | None


def only(series: Sequence[Series], wanted: str, definitions: Definitions = None) -> list[Series]:
    """Return the series without those that would be judged before the `wanted` pair.

    Args:
        series: all series of one history.
        wanted: a metric (`rpn_loss`), a validation set (`mnli`, `1`), or the name of a series as logged.
        definitions: what the user said about metrics, by name as logged.

    Raises:
        BadInput: no pair is called that; the message lists those that there are.
    """
    names, found = _read(series, definitions)
    dropped = _others_of_metric(found, names, wanted)
    dropped = _other_sets(found, names, wanted) if dropped is None else dropped
    if dropped is None:
        listed = ", ".join(dict.fromkeys([*_losses(found), *_sets(found)])) or "none"
        raise BadInput(f"there is no pair {wanted!r} to judge: choose among {listed}")
    return [one for one in series if one.name not in dropped]


def with_others(diagnosis: Diagnosis, definitions: Definitions = None) -> Diagnosis:
    """Return the diagnosis with a finding that names the pair that was judged, where others could have been."""
    _, found = _read(diagnosis.history, definitions)
    judged = main_loss(found)
    if judged is None or diagnosis.loss[1] is None:
        return diagnosis
    others = [
        pair.metric for pair in found if pair is not judged and pair.goal == "min" and (pair.val or pair.test)
    ]
    others += [name for name in judged.val_others if name != diagnosis.loss[1]]
    if not others:
        return diagnosis
    train, held_out = diagnosis.loss
    fact = (
        f"Judged: {f'{train} with ' if train else ''}{held_out}. Not judged: {', '.join(others[:6])}"
        f"{f' and {len(others) - 6} more' if len(others) > 6 else ''}; pair={others[0]!r} (on a command line --pair) judges another one"
    )
    told = Finding("judged_pair", "note", None, None, f"{fact}.", (), {"others": ", ".join(others)})
    return replace(diagnosis, findings=(*diagnosis.findings, told))


def _read(series: Sequence[Series], definitions: Definitions) -> tuple[dict[str, MetricName], list[Pair]]:
    names = resolve([one.name for one in series], definitions)
    return names, pairs(names, {one.name: int(np.isfinite(one.value).sum()) for one in series})


def _others_of_metric(found: Sequence[Pair], names: Mapping[str, MetricName], wanted: str) -> set[str] | None:
    """Return the series that stand before the pair of a metric; None when no metric is called that."""
    metric = names[wanted].metric if wanted in names else parse(wanted).metric
    chosen = _called(metric, [pair for pair in found if pair.goal is not None])
    if chosen is None or wanted in chosen.val_others:
        return None
    goals = ("min",) if chosen.goal == "min" else ("min", "max")
    others = [pair for pair in found if pair is not chosen and pair.goal in goals]
    if chosen.train is None and chosen.goal == "min":
        # The loss of a further validation set goes with what the main one was trained on.
        return {name for pair in others for name in _members(pair) if name != pair.train}
    return {name for pair in others for name in _members(pair)}


def _called(metric: str, found: Sequence[Pair]) -> Pair | None:
    """Return the pair of a metric: by its name, by the same words, or the only one that has these words."""
    words = metric.split("_")
    for pair in found:
        if pair.metric == metric:
            return pair
    for pair in found:
        if sorted(pair.metric.split("_")) == sorted(words):
            return pair
    holding = [pair for pair in found if set(words) <= set(pair.metric.split("_"))]
    return holding[0] if len(holding) == 1 else None


def _other_sets(found: Sequence[Pair], names: Mapping[str, MetricName], wanted: str) -> set[str] | None:
    """Return the validation series of every set but the wanted one; None when no set is called that."""
    metric = names[wanted].metric if wanted in names else None
    dataset = names[wanted].dataset if wanted in names else wanted
    dropped: set[str] = set()
    hit = False
    for pair in found:
        sets = [name for name in (pair.val, *pair.val_others) if name is not None]
        chosen = [name for name in sets if name == wanted or names[name].dataset == dataset]
        if chosen:
            hit = True
            dropped.update(name for name in sets if name != chosen[0])
        if metric is not None and pair.metric != metric and pair.goal == "min":
            dropped.update(_members(pair))
    return dropped if hit else None


def _members(pair: Pair) -> list[str]:
    return [name for name in (pair.train, pair.val, *pair.val_others, pair.test) if name is not None]


def _losses(found: Sequence[Pair]) -> list[str]:
    judged = (main_loss(found), main_accuracy(found))
    return [pair.metric for pair in found if pair.goal == "min" or pair in judged]


def _sets(found: Sequence[Pair]) -> list[str]:
    return [name for pair in found if pair.goal == "min" for name in pair.val_others]

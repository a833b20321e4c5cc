"""What several runs say together: pure functions from their diagnoses and configs to observations.

An observation tells what was seen together, with counts. It never says why: runs mostly differ in more than one thing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.curves.names import parse
from tracker.curves.words import is_accuracy
from tracker.diagnosis.advice import LEAST_SAID, number, percent, place, spoken
from tracker.diagnosis.configs import config_difference, differing, flat, separating
from tracker.diagnosis.seeds import Bests, Evidence, beyond_seeds, seed_group
from tracker.model import Diagnosis, Observation, RunRecord

BETTER_ACCURACY, BETTER_LOSS = 0.01, 0.01
"""A point of accuracy, a hundredth of the loss: nearer runs are alike, and which is best is chance."""

LEAST_HOURS = 1 / 3600
"""Less than a second is no training time worth a word."""

ALONE = 3
"""Runs of a group from which on its spread says something."""


@dataclass(frozen=True, slots=True)
class Told:
    """One run as it is compared.

    `config` may be nested; `group` names runs that differ only in seed or fold; `duration_ms` is how long it ran;
    `broke_off` tells that it failed, was interrupted or was lost.
    """

    id: str
    name: str
    diagnosis: Diagnosis
    config: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    duration_ms: int | None = None
    broke_off: bool = False

    @classmethod
    def of(cls, record: RunRecord, diagnosis: Diagnosis) -> Told:
        """Return a run of a store as it is compared."""
        return cls(
            record.id,
            record.name,
            diagnosis,
            record.config,
            record.group,
            record.duration_ms,
            record.broke_off,
        )


def observe(runs: Sequence[Told], baseline: str | None = None) -> tuple[Observation, ...]:
    """Say what several runs show together.

    Args:
        runs: the runs, in the order in which they are to be named.
        baseline: the id of the run that each other one is held against. Without it two runs alone are held against
            each other, and of more only what separates them.

    Returns:
        Groups of seeds and their differences, which config goes with which verdict, which run to take for what, and
        the time spent past the best epoch. The same runs give the same words. Empty for fewer than two runs.
    """
    if len(runs) < 2:
        return ()
    out: list[Observation | None] = []
    groups = seed_groups(runs)
    out += [_group(name, members) for name, members in groups.items()]
    out += _groups_differ(groups)
    first = next((run for run in runs if run.id == baseline), runs[0])
    if baseline is not None or len(runs) == 2:
        out += [difference(first, run) for run in runs if run.id != first.id]
    out += separating_keys(runs)
    out += [best_runs(runs), time_past_best(runs)]
    return tuple(one for one in out if one is not None)


def seed_groups(runs: Sequence[Told]) -> dict[str, list[Told]]:
    """Return the runs that differ only in seed or fold, by the name of their group, three or more each.

    Runs without a group belong together when their configs are the same but for the seed.
    """
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for run in runs:
        settings = tuple(sorted((key, repr(value)) for key, value in flat(run.config, seeds=False).items()))
        if run.group is not None:
            found["group", run.group].append(run)
        elif settings:
            found["config", repr(settings)].append(run)
    named = {}
    for (kind, name), members in found.items():
        if len(members) >= ALONE and (
            kind == "group" or len({repr(flat(run.config)) for run in members}) > 1
        ):
            spoken_of = name if kind == "group" else f"{members[0].name} and its like"
            named[spoken_of if spoken_of not in named else f"{spoken_of} ({members[0].id})"] = members
    return named


def of_groups(groups: Mapping[str, Sequence[Told]], *, seeds: bool) -> tuple[Observation, ...]:
    """Say what the runs of each group have in common.

    Args:
        groups: the runs of each group by its name; groups of one are left out.
        seeds: the runs of a group differ in nothing but their seed, so that groups can be told apart beyond its noise.
    """
    several = {name: members for name, members in groups.items() if len(members) > 1}
    out = [_group(name, members) or _few(name, members) for name, members in several.items()]
    return tuple(one for one in (*out, *(_groups_differ(several) if seeds else ())) if one is not None)


def difference(first: Told, other: Told) -> Observation | None:
    """Say which config differences go with which difference in diagnosis; None when both judge alike.

    Alike are the same verdict with the onset, if any, within a quarter of the later one.
    """
    a, b = first.diagnosis, other.diagnosis
    if "too_early" in (a.verdict, b.verdict):
        return None
    if a.verdict == b.verdict:
        one, two = a.onset_epoch, b.onset_epoch
        if one is None or two is None or abs(one - two) <= 0.25 * max(one, two):
            return None
    keys = differing(first.config, other.config)
    text = f"{first.name} {_does(a)}, {other.name} {_does(b)}. {config_difference(keys)}"
    evidence: Evidence = {"first": a.verdict, "other": b.verdict, "keys_that_differ": len(keys)}
    return Observation("config_difference", "note", text, (first.id, other.id), evidence)


def separating_keys(runs: Sequence[Told]) -> list[Observation]:
    """Say which config keys have other values in overfitting runs than in healthy ones; three runs a side at least."""
    bad = [run for run in runs if run.diagnosis.overfitting]
    good = [run for run in runs if run.diagnosis.verdict in ("healthy", "improving")]
    ids = tuple(run.id for run in (*bad, *good))
    return [
        Observation("config_separates", severity, text, ids, evidence)
        for severity, text, evidence in separating([run.config for run in bad], [run.config for run in good])
    ]


def best_runs(runs: Sequence[Told]) -> Observation | None:
    """Say that the best run by loss and the best by accuracy are two, and which to take for what."""
    judged = [
        run for run in runs if run.diagnosis.best_loss is not None and run.diagnosis.best_accuracy is not None
    ]
    if len({(run.diagnosis.loss[1], run.diagnosis.accuracy[1]) for run in judged}) != 1:
        return None
    loss_name, accuracy_name = judged[0].diagnosis.loss[1] or "", judged[0].diagnosis.accuracy[1] or ""
    loss, accuracy = parse(loss_name), parse(accuracy_name)
    if loss.goal == "max" or not is_accuracy(accuracy.metric):
        return None
    by_loss = min(judged, key=_loss)
    by_accuracy = max(judged, key=_accuracy)
    ahead = _accuracy(by_accuracy) - _accuracy(by_loss)
    dearer = _loss(by_accuracy) - _loss(by_loss)
    if ahead < BETTER_ACCURACY or dearer < BETTER_LOSS * abs(_loss(by_loss)):
        return None
    text = (
        f"{by_loss.name} has the best {_held_out(loss_name)} ({number(_loss(by_loss))} against "
        f"{number(_loss(by_accuracy))}), {by_accuracy.name} the best {_held_out(accuracy_name)} "
        f"({percent(_accuracy(by_accuracy), 1)} against {percent(_accuracy(by_loss), 1)}). Take "
        f"{by_loss.name} if you use the probabilities, {by_accuracy.name} if only the decisions count."
    )
    evidence: Evidence = {"by_loss": by_loss.id, "by_accuracy": by_accuracy.id, "accuracy_ahead": ahead}
    return Observation("best_runs_differ", "note", text, (by_loss.id, by_accuracy.id), evidence)


def time_past_best(runs: Sequence[Told]) -> Observation | None:
    """Say how much training went on past the best epoch in the runs that overfit."""
    past = {run.id: _past_best(run) for run in runs if run.diagnosis.overfitting}
    spent = [run for run in runs if run.id in past and past[run.id][0] > 0]
    if not spent:
        return None
    axes = {run.diagnosis.axis for run in spent}
    distance = sum(past[run.id][0] for run in spent)
    hours = sum((run.duration_ms or 0) * past[run.id][1] for run in spent) / 3_600_000
    total = sum(run.duration_ms or 0 for run in runs) / 3_600_000
    length = f"{place(round(distance))} {next(iter(axes))}s" if len(axes) == 1 else ""
    timed = (
        f"{_duration(hours)}, {percent(hours / total)} of all training time"
        if hours / (total or 1) >= LEAST_SAID and hours >= LEAST_HOURS
        else ""
    )
    if not length and not timed:
        return None
    amount = f"{length} ({timed})" if length and timed else length or timed
    text = (
        f"{len(spent)} of {len(runs)} runs went on past the best epoch into overfitting, for {amount} in all."
    )
    evidence: Evidence = {
        "runs": len(spent),
        "distance": distance if len(axes) == 1 else None,
        "hours": hours,
        "share_of_time": hours / total if total else None,
    }
    return Observation("time_past_best", "note", text, tuple(run.id for run in spent), evidence)


# -------------------------------------------------------------------------------------------------------------- helpers


def _group(name: str, members: Sequence[Told]) -> Observation | None:
    judged = [run for run in members if run.diagnosis.verdict != "too_early"]
    if len(judged) < ALONE:
        return None
    severity, text, evidence = seed_group(
        name, [run.diagnosis for run in judged], _bests(judged), _broke_off(judged)
    )
    return Observation("seed_group", severity, text, tuple(run.id for run in judged), evidence)


def _few(name: str, members: Sequence[Told]) -> Observation | None:
    """Say what too few runs for a spread have in common."""
    judged = [run for run in members if run.diagnosis.verdict != "too_early"]
    if not judged:
        return None
    severity, text, evidence = seed_group(name, [run.diagnosis for run in judged], None, _broke_off(judged))
    return Observation("seed_group", severity, text, tuple(run.id for run in judged), evidence)


def _broke_off(runs: Sequence[Told]) -> int:
    return sum(run.broke_off for run in runs)


def _groups_differ(groups: Mapping[str, Sequence[Told]]) -> list[Observation]:
    named = {name: bests for name, members in groups.items() if (bests := _bests(members)) is not None}
    metrics = {bests.metric for bests in named.values()}
    if len(named) < 2 or len(metrics) != 1:
        return []
    return [
        Observation(
            "groups_differ", severity, text, tuple(run.id for name in pair for run in groups[name]), evidence
        )
        for pair, severity, text, evidence in beyond_seeds(named)
    ]


def _bests(members: Sequence[Told]) -> Bests | None:
    """Return the best values of a group's runs where three or more have one of the same metric."""
    for which in ("loss", "accuracy"):
        names = {getattr(run.diagnosis, which)[1] for run in members}
        values = [getattr(run.diagnosis, f"best_{which}") for run in members]
        if len(names) == 1 and None not in names and None not in values and len(values) >= ALONE:
            name = names.pop()
            return Bests(
                _held_out(name), parse(name).goal or ("min" if which == "loss" else "max"), tuple(values)
            )
    return None


def _held_out(name: str) -> str:
    read = parse(name)
    return f"{'test' if read.split == 'test' else 'validation'} {spoken(read.metric or name)}"


def _does(d: Diagnosis) -> str:
    at = f" from {d.axis} {place(d.onset_epoch)}" if d.onset_epoch is not None else ""
    return {
        "overfitting": f"overfits{at}",
        "overconfident": f"grows overconfident{at}",
        "underfitting": "underfits",
        "diverged": "diverged",
        "healthy": "is healthy",
        "improving": "is still improving",
        "too_early": "is too young to judge",
        "uncertain": "is uncertain",
    }[d.verdict]


def _loss(run: Told) -> float:
    return float(run.diagnosis.best_loss or 0.0)


def _accuracy(run: Told) -> float:
    """Return the best accuracy as a share, so that runs of 0 to 1 and of 0 to 100 can be held against each other."""
    best = float(run.diagnosis.best_accuracy or 0.0)
    return best / 100 if best > 1 else best


def _past_best(run: Told) -> tuple[float, float]:
    """Return how far a run went past its best, along its axis and as a share of the run; zeros when not known."""
    best = next((f.evidence for f in run.diagnosis.findings if f.kind == "best_epoch"), {})
    far, share = best.get("past_best"), best.get("past_best_share")
    return (
        (float(far), float(share))
        if isinstance(far, int | float) and isinstance(share, int | float)
        else (0.0, 0.0)
    )


def _duration(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} hours"
    return f"{hours * 60:.0f} minutes" if hours * 60 >= 1.5 else f"{hours * 3600:.0f} seconds"

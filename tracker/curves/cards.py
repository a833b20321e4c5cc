"""All metrics of a set of runs as cards in sections: the splits of one metric on one card, sections by prefix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tracker.curves.names import MetricName, is_metric, level, parse, resolve
from tracker.curves.words import SPLITS, is_axis, is_setting
from tracker.model import Goal, MetricDefinition

METRICS, SCHEDULE, TRAINING, PROGRESS = "Metrics", "Schedule", "Training", "Progress"
"""Sections of names without a prefix: measures, settings such as the learning rate, gradient norms and clocks, axes."""

ORDER = ("train", "val", "test", "")
"""Splits in the order of a card; the empty one is a series whose names do not say a split."""

_STEPS = 2  # level from which a name says that its values are a step's
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Card:
    """One metric as a card of its own.

    `key` is stable whatever else is logged, for links and saved orders. `series` holds the name as logged by split
    ("train", "val", "test", or "" where the names do not say); `spellings` all names that stand for a split, since
    runs of one project may write `val_loss` and `val/loss`. `goal` None: the direction is not known.
    """

    key: str
    section: str
    title: str
    metric: str
    series: Mapping[str, str]
    goal: Goal | None
    spellings: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """All names as logged that this card draws."""
        return tuple(name for split in self.spellings for name in self.spellings[split])

    def of_run(self, logged: Mapping[str, _T]) -> dict[str, _T]:
        """Return what one run logged for this card, by split; `logged` holds whatever belongs to a name as logged."""
        found = {
            split: next((logged[name] for name in names if name in logged), None)
            for split, names in self.spellings.items()
        }
        return {split: thing for split, thing in found.items() if thing is not None}


def cards(
    names: Sequence[str],
    definitions: Mapping[str, MetricDefinition] | None = None,
    *,
    without: Collection[str] = (),
) -> tuple[Card, ...]:
    """Return all metrics of a set of runs as cards, section by section.

    Measures of the model without a prefix come first, then prefixes as first logged, then settings, then the rest. In
    a section, metrics stand as first logged.

    Args:
        names: the names of all the runs' series, as logged.
        definitions: what users said about metrics, by name as logged.
        without: names that are shown elsewhere, such as those of the main loss and accuracy; a card that holds no
            others is left out.
    """
    shown = frozenset(without)
    told = {raw for raw, said in (definitions or {}).items() if said.split is not None}
    grouped: dict[str, list[MetricName]] = {}
    for name in resolve(names, definitions).values():
        grouped.setdefault(_key(name), []).append(name)
    made = [
        card
        for key, members in grouped.items()
        for card in _split_by_level(key, _without_guesses(members, told))
        if not shown or not shown.issuperset(card.names)
    ]
    return tuple(_by_section(made))


def _key(name: MetricName) -> str:
    metric = name.metric or name.raw
    return f"{metric}@{name.dataset}" if name.dataset else metric


def _without_guesses(members: list[MetricName], told: Collection[str]) -> list[MetricName]:
    """Return the series of a metric without splits that were guessed from siblings of other metrics alone."""
    if any(name.raw in told or parse(name.raw).split is not None for name in members):
        return members
    return [replace(name, split=None) for name in members]


def _split_by_level(key: str, members: Sequence[MetricName]) -> list[Card]:
    """Return the card of a metric, and one for each series that another one of the same split stands before.

    A metric logged both a step and an epoch (`train_loss_step`, `train_loss_epoch`) shows the epoch's on its card.
    """
    ordered = sorted(members, key=lambda name: level(name.raw))
    coarse: dict[str, bool] = {}
    for name in ordered:
        coarse.setdefault(name.split or "", level(name.raw) < _STEPS)
    together = [name for name in ordered if (level(name.raw) < _STEPS) == coarse[name.split or ""]]
    rest = [name for name in members if name not in together]
    return [_card(key, together), *(_card(f"={name.raw}", [name], title=name.raw) for name in rest)]


def _card(key: str, members: Sequence[MetricName], title: str = "") -> Card:
    spellings: dict[str, tuple[str, ...]] = {}
    for split in ORDER:
        of_split = tuple(name.raw for name in members if (name.split or "") == split)
        if of_split:
            spellings[split] = of_split
    lead = members[0]
    prefix = _prefix(lead.raw)
    return Card(
        key=key,
        section=prefix or _section(lead.raw),
        title=title or _title(lead, prefix),
        metric=lead.metric or lead.raw,
        series={split: names[0] for split, names in spellings.items()},
        goal=next((name.goal for name in members if name.goal is not None), None),
        spellings=spellings,
    )


def _prefix(raw: str) -> str:
    """Return the first part of a path that is no split: `optim` of `optim/lr`; empty where only the metric is left."""
    parts = [part for part in raw.split("/") if part and part.lower() not in SPLITS]
    return parts[0] if len(parts) > 1 else ""


def _title(name: MetricName, prefix: str) -> str:
    """Return the name as logged without its split; with a data set it says which."""
    if name.split is None:
        return name.raw
    words = name.metric
    if prefix and words.startswith(start := prefix.lower().replace("-", "_").replace(".", "_") + "_"):
        words = f"{prefix}/{words[len(start) :]}"
    return (f"{words} ({name.dataset})" if name.dataset else words) or name.raw


def _section(raw: str) -> str:
    if is_axis(raw):
        return PROGRESS
    if is_setting(raw):
        return SCHEDULE
    return METRICS if is_metric(raw) else TRAINING


def _by_section(made: Iterable[Card]) -> list[Card]:
    sections: dict[str, list[Card]] = {METRICS: []}
    for card in made:
        sections.setdefault(card.section, []).append(card)
    last = (SCHEDULE, TRAINING, PROGRESS)
    order = [name for name in sections if name not in last] + [name for name in last if name in sections]
    return [card for name in order for card in sections[name]]

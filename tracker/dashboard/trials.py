"""The runs of a project as points among their settings: what the hyperparameters page draws, filters and says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from tracker.charts.trials import (
    Measure,
    Scale,
    Trial,
    Value,
    column,
    scale,
    telling,
    varying,
)
from tracker.curves.cards import Card
from tracker.curves.names import Pair
from tracker.dashboard.data import Data
from tracker.dashboard.hyperview import MOST_AXES, STANDARD_AXES, HyperView
from tracker.dashboard.rows import main_pairs
from tracker.dashboard.words import percent_scale
from tracker.diagnosis.association import Association, categorical, numeric, ranked
from tracker.model import RunRecord, SeriesRecord

MOST_TRIALS = 1000
"""The most runs that are held against each other: the newest ones."""

_known: WeakKeyDictionary[Data, dict[str, tuple[str, Trials]]] = WeakKeyDictionary()
"""What each project looked like last: a brush or another metric reads nothing again."""

_SPLITS = ("val", "", "test", "train")


@dataclass(frozen=True, slots=True)
class Trials:
    """The runs of a project with what can be asked of them.

    `runs` are newest first, at most `MOST_TRIALS` of `total`. `keys` are the settings in which they differ, `measures`
    the metrics by which they can be judged, the main loss first. `rows` are the runs as lists show them, `unread`
    counts the runs whose curves have not been looked at yet. `columns` are kept here once they were asked for.
    """

    runs: tuple[Trial, ...]
    keys: tuple[str, ...]
    measures: tuple[Measure, ...]
    rows: list[dict[str, Any]]
    total: int
    live: int
    columns: dict[str, list[Value]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def unread(self) -> int:
        """How many runs have no verdict yet."""
        return sum(run.standing is None for run in self.runs)

    @property
    def kinds(self) -> dict[str, int]:
        """How many different values each setting has."""
        return {key: len({value for value in self.values(key) if value is not None}) for key in self.keys}

    def measure(self, view: HyperView) -> Measure:
        """Return the metric that a view asks for, the main loss where there is no such."""
        return next((m for m in self.measures if m.key == view.metric), self.measures[0])

    def axes(self, view: HyperView) -> tuple[str, ...]:
        """Return the settings that stand side by side."""
        if view.axes:
            known = set(self.keys)
            return tuple(key for key in view.axes if key in known)[:MOST_AXES]
        return telling(self.runs, self.keys, STANDARD_AXES)

    def values(self, key: str) -> list[Value]:
        """Return every run's value of a setting, or of a metric by its measure's key."""
        if key not in self.columns:
            metric = key.removeprefix("best:")
            self.columns[key] = (
                column(self.runs, key) if metric == key else [run.best.get(metric) for run in self.runs]
            )
        return self.columns[key]

    def scale(self, key: str, log: bool | None = None) -> Scale:
        """Return the scale of a setting or, after "best:", of a metric."""
        if key.startswith("best:"):
            name = key.removeprefix("best:")
            title = next(
                (m.title + (" %" if m.percent else "") for m in self.measures if m.key == name), name
            )
            return scale(key, title, self.values(key), log)
        return scale(key, key, self.values(key), log)

    def kept(self, view: HyperView) -> frozenset[str]:
        """Return the ids of the runs that search, verdict pills and brushes leave."""
        text = view.q.strip().casefold()
        ids = {
            run.id
            for run, row in zip(self.runs, self.rows, strict=True)
            if (not view.verdicts or run.standing in view.verdicts)
            and (not text or any(text in one.casefold() for one in (run.name, row["group"], *row["tags"])))
        }
        for brush in view.brushes:
            if brush.key not in self.keys and not brush.key.startswith("best:"):
                continue
            values = self.values(brush.key)
            ids &= {run.id for run, value in zip(self.runs, values, strict=True) if brush.keeps(value)}
        return frozenset(ids)

    def associations(self, measure: Measure, kept: frozenset[str]) -> list[Association]:
        """Return how each setting goes together with a metric over the runs that are kept, the strongest first."""
        return ranked([self.together(key, key, measure, kept, len(self.keys)) for key in self.keys])

    def together(
        self, key: str, title: str, measure: Measure, kept: frozenset[str], comparisons: int = 1
    ) -> Association:
        """Return how one column goes together with a metric over the kept runs that have both."""
        both = [
            (a, b)
            for run, a, b in zip(self.runs, self.values(key), self.values(f"best:{measure.key}"), strict=True)
            if run.id in kept and a is not None and isinstance(b, float)
        ]
        texts = [a for a, _ in both if isinstance(a, str)]
        y = [b for _, b in both]
        if texts:
            return categorical(title, texts, y, comparisons)
        return numeric(title, [a for a, _ in both if isinstance(a, float)], y, comparisons)


def gather(data: Data, project: str) -> Trials:
    """Return the runs of a project as trials.

    Raises:
        NotFound: there is no such project.
    """
    state, known = pulse(data, project), _known.setdefault(data, {})
    if project not in known or known[project][0] != state or known[project][1].unread:
        known[project] = (state, _gathered(data, project))
    return known[project][1]


def pulse(data: Data, project: str) -> str:
    """Return what tells one state of a project's runs from another, without reading them."""
    states = sorted(data.store.versions(project).items())
    return blake2b(repr(states).encode(), digest_size=8).hexdigest()


def _gathered(data: Data, project: str) -> Trials:
    records = [record for record in data.runs(project) if record.archived_ms is None]
    records.sort(key=lambda r: (-r.created_ms, r.id))
    newest = records[:MOST_TRIALS]
    rows, _ = data.rows(newest)
    described = data.described(newest)
    cards = [card for card in data.cards(newest) if card.goal is not None]
    pairs = [main_pairs(described[record.run_id]) for record in newest]
    main = {name for both in pairs for pair in both if pair is not None for name in (pair.train, pair.val)}
    others = [_bests(described[record.run_id], cards, main) for record in newest]
    if all(row.get("best_loss") is None and row.get("best_acc") is None for row in rows):
        # where nobody validated, training is all that runs can be held against each other by
        for record, both, best in zip(newest, pairs, others, strict=True):
            best.update(_trained(both, described[record.run_id]))
    runs = tuple(
        _trial(record, row, {key: number for key, (number, _) in found.items()})
        for record, row, found in zip(newest, rows, others, strict=True)
    )
    live = sum(record.status == "running" for record in records)
    shares = Counter(key for found in others for key, (_, share) in found.items() if share)
    shares["accuracy"] += sum("%" in row.get("best_acc_text", "") for row in rows)
    named = (*_main(pairs, runs), *_others(cards, runs, main))
    have = Counter(key for run in runs for key in run.best)
    measures = tuple(
        replace(m, percent=0 < have[m.key] == shares[m.key]) for m in named if have[m.key] or len(named) == 1
    )
    return Trials(runs, tuple(varying(runs)), measures, rows, len(records), live)


def _trial(record: RunRecord, row: dict[str, Any], others: Mapping[str, float]) -> Trial:
    best = {
        key: float(value)
        for key, field in (("loss", "best_loss"), ("accuracy", "best_acc"))
        if (value := row.get(field)) is not None
    }
    return Trial(record.id, record.name, record.colour, row["verdict"], record.config, {**best, **others})


def _bests(
    series: Sequence[SeriesRecord], cards: Sequence[Card], main: Container[str | None]
) -> dict[str, tuple[float, bool]]:
    """Return a run's best value of each metric beside the main pairs, and whether it is percent."""
    best = {}
    logged = {one.name: one for one in series if one.name not in main}
    for card in cards:
        found = card.of_run(logged)
        one = next((found[split] for split in _SPLITS if split in found), None)
        value = None if one is None else one.min_value if card.goal == "min" else one.max_value
        if value is not None:
            share = percent_scale(one, *found.values())
            best[_of(card)] = float(value) * (share or 1), share > 0
    return best


def _trained(
    pairs: tuple[Pair | None, Pair | None], series: Sequence[SeriesRecord]
) -> dict[str, tuple[float, bool]]:
    """Return a run's best training loss and accuracy, and whether they are percent."""
    logged = {one.name: one for one in series}
    best = {}
    for key, pair in zip(("loss", "accuracy"), pairs, strict=True):
        one = logged.get(pair.train) if pair is not None and pair.train is not None else None
        value = None if one is None else one.min_value if key == "loss" else one.max_value
        if value is not None:
            share = percent_scale(one) if key == "accuracy" else 0
            best[key] = float(value) * (share or 1), share > 0
    return best


def _main(pairs: Sequence[tuple[Pair | None, Pair | None]], runs: Sequence[Trial]) -> list[Measure]:
    """Return the main loss, and the main accuracy where there is one, called as most runs call them."""
    loss, score = (
        _called([both[place] for both in pairs], other)
        for place, other in enumerate(("val loss", "val accuracy"))
    )
    out = [Measure("loss", f"best {loss}", "min")]
    if any("accuracy" in run.best for run in runs):
        out.append(Measure("accuracy", f"best {score}", "max"))
    return out


def _called(pairs: Sequence[Pair | None], other: str) -> str:
    """Return what most runs call the metric that they are judged by: as validated, as tested, else as trained."""
    known = [pair for pair in pairs if pair is not None]
    by_split = ([getattr(pair, split) for pair in known] for split in ("val", "test", "train"))
    names: Counter[str] = next((Counter(filter(None, some)) for some in by_split if any(some)), Counter())
    return names.most_common(1)[0][0] if names else other


def _others(cards: Sequence[Card], runs: Sequence[Trial], main: Container[str | None]) -> list[Measure]:
    """Return the other metrics that are better low or high, named by what is logged of them beside the main pairs."""
    seen = {key for run in runs for key in run.best}
    named = [
        (card, [card.series[s] for s in _SPLITS if s in card.series and card.series[s] not in main])
        for card in cards
    ]
    return [
        Measure(_of(card), f"best {names[0]}", card.goal)
        for card, names in named
        if names and _of(card) in seen
    ]


def _of(card: Card) -> str:
    """Return the key of a card's metric; a card may be called "accuracy" beside the main accuracy."""
    return f"of:{card.key}"

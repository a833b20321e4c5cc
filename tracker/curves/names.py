"""What a logged name means: which metric, of which split, and which direction is better.

`resolve` reads all names of a run together, since siblings decide what a bare name is (`loss` beside `val_loss` is
the training loss; `accuracy` beside `train_loss` and `valid_loss` is a validation accuracy). `pairs` then joins the
train and validation series of each metric. What a user defined always wins over what is read from the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tracker.curves.words import (
    ALIASES,
    ENDS_ONLY,
    LEADING,
    SPLITS,
    TRAILING,
    goal_of,
    is_accuracy,
    is_context,
    loss_rank,
    score_rank,
)
from tracker.model import Goal, MetricDefinition, Split

_SEPARATORS = re.compile(r"[\s/._:\-()\[\]|,']+")
_CAMEL = re.compile(
    r"^([Tt]rain|[Tt]raining|[Vv]al|[Vv]alid|[Vv]alidation|[Ee]val|[Tt]est|[Tt]esting|[Dd]ev)(?=[A-Z])"
)
_POSSESSIVE = re.compile(r"(?<=\w)'s\b")
_CAMEL_END = re.compile(r"(?<=[a-z0-9])(?=(?:Train|Training|Val|Valid|Validation|Eval|Test)$)")
_NUMBERED = re.compile(r"^(val|valid|validation|eval|test|dev)(\d+)$")


@dataclass(frozen=True, slots=True)
class MetricName:
    """A name as logged and what it was read as.

    `metric` is in lower case with words joined by `_`; `dataset` tells several sets of one split apart (`"0"`,
    `"mnli"`; empty for the only or main one). `split` None: the names do not say. `goal` None: the direction cannot
    be inferred and has to be defined by the user.
    """

    raw: str
    metric: str
    split: Split | None
    goal: Goal | None
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The series of one metric over the splits, by their names as logged; None where not logged.

    `val` is the set that decides (`val`, or the first logged); `val_others` are further validation sets.
    """

    metric: str
    goal: Goal | None
    train: str | None = None
    val: str | None = None
    val_others: tuple[str, ...] = ()
    test: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A name read alone: its words without split, level and data set, and what those were."""

    words: tuple[str, ...]
    split: Split | None
    split_word: str
    dataset: str
    level: int
    """0: an epoch's value, 1: not said, 2: a step's or batch's value, 3: the split word stands twice."""


def parse(raw: str) -> MetricName:
    """Read one name alone, without its siblings.

    Args:
        raw: the name as logged, such as `val/loss`, `Loss/train` or `validation_0-rmse`.

    Returns:
        The name with the split that its own words say; None when they say none.
    """
    read = _read(raw)
    return MetricName(raw, _join(read.words), read.split, goal_of(read.words), read.dataset)


def is_metric(raw: str) -> bool:
    """Tell whether a name can be a measure of a model: not an axis, a clock or a setting such as the learning rate."""
    return not is_context(_read(raw).words, raw)


def level(raw: str) -> int:
    """Return how coarse a name says its values are: 0 an epoch's, 1 not said, 2 a step's, 3 the split stands twice."""
    return _read(raw).level


def resolve(
    raw_names: Iterable[str], definitions: Mapping[str, MetricDefinition] | None = None
) -> dict[str, MetricName]:
    """Read the names of one run together.

    Args:
        raw_names: all names of the run, in the order of their first log.
        definitions: what the user said, by name as logged; it wins.

    Returns:
        A reading of every name, in the given order. Axes and settings (`epoch`, `lr`) have neither split nor goal.
    """
    names = tuple(dict.fromkeys(raw_names))
    out = dict(_resolved(names))
    for raw, said in (definitions or {}).items():
        name = out.get(raw)
        if name is not None:
            metric = _join(tuple(_words(said.metric))) if said.metric else name.metric
            goal = said.goal or (goal_of(tuple(metric.split("_"))) if said.metric else name.goal)
            out[raw] = replace(name, metric=metric, goal=goal, split=said.split or name.split)
    return out


def pairs(
    names: Mapping[str, MetricName] | Iterable[MetricName], counts: Mapping[str, int] | None = None
) -> list[Pair]:
    """Join the series of each metric over the splits.

    Args:
        names: what `resolve` returned.
        counts: points of each series by name as logged; a series of one point (Hugging Face's closing
            `train_loss`) then never stands in for one that has more.

    Returns:
        One pair a metric: losses first, then accuracies, then the rest as first logged; those without a known
        direction last.
    """
    listed = list(names.values()) if isinstance(names, Mapping) else list(names)
    metrics: dict[str, list[MetricName]] = {}
    for name in listed:
        if is_metric(name.raw) or name.split is not None:
            metrics.setdefault(name.metric, []).append(name)
    joined = [_pair(metric, members, counts or {}) for metric, members in metrics.items()]
    return sorted(joined, key=_order)


def main_loss(found: Sequence[Pair]) -> Pair | None:
    """Return the loss that the dashboard shows and the diagnosis judges: one with train and validation if any."""
    losses = [pair for pair in found if pair.goal == "min"]
    return min(losses, key=lambda pair: (_missing(pair), loss_rank(pair.metric)), default=None)


def main_accuracy(found: Sequence[Pair]) -> Pair | None:
    """Return the accuracy that goes with the main loss; another metric where up is better if there is none."""
    ups = [pair for pair in found if pair.goal == "max"]
    return min(ups, key=lambda pair: (_unseen(pair), score_rank(pair.metric)), default=None)


# ------------------------------------------------------------------------------------------------------ one name alone


def _words(text: str) -> list[str]:
    text = _CAMEL_END.sub("_", _CAMEL.sub(r"\1_", _POSSESSIVE.sub("", text)))
    return [word for word in _SEPARATORS.split(text.lower()) if word]


@lru_cache(maxsize=65_536)  # pages and the live diagnosis read the same names over and over
def _read(raw: str) -> _Read:
    words = _words(raw)
    level = 1
    while len(words) > 1 and words[0] in LEADING:
        level = {"epoch": 0, "batch": 2}.get(words[0], level)
        words = words[1:]
    dataset = ""
    if len(words) > 3 and words[-3:-1] == ["dataloader", "idx"]:
        dataset, words = words[-1], words[:-3]
    while len(words) > 1 and (words[-1] in TRAILING or words[-2:] == ["vs", "iterations"]):
        level = {"epoch": 0, "step": 2, "batch": 2}.get(words[-1], level)
        words = words[: -2 if words[-1] == "iterations" else -1]
    split, split_word, rest = None, "", []
    previous_was_split = False
    for place, word in enumerate(words):
        numbered = _NUMBERED.match(word)
        base = numbered[1] if numbered else word
        at_end = place in (0, len(words) - 1)
        kind = SPLITS.get(base) if at_end or base not in ENDS_ONLY else None
        if kind is not None and (split is None or kind == split) and not is_context(tuple(words), raw):
            level = 3 if split is not None else level
            split, split_word, previous_was_split = kind, base, True
            dataset = numbered[2] if numbered else dataset
        elif previous_was_split and word.isdigit():
            dataset, previous_was_split = word, False
        else:
            rest.append(word)
            previous_was_split = False
    while split is not None and len(rest) > 1 and rest[0] in LEADING:
        level = {"epoch": 0, "batch": 2}.get(rest[0], level)
        rest = rest[1:]
    return _Read(tuple(rest), split, split_word, dataset, level)


def _join(words: tuple[str, ...]) -> str:
    joined = "_".join(words)
    return ALIASES.get(joined, joined)


# -------------------------------------------------------------------------------------------------- beside its siblings


@lru_cache(maxsize=256)  # the runs of a project log the same names
def _resolved(names: tuple[str, ...]) -> dict[str, MetricName]:
    """Read the names of one run together, without what the user said. The answer is shared: never change it."""
    reads = {raw: _read(raw) for raw in names if is_metric(raw)}
    _tell_first_xgboost_set(reads)
    _tell_bare_names(reads)
    _tell_named_sets(reads)
    out = {}
    for raw in names:
        read = reads.get(raw)
        if read is None:
            out[raw] = MetricName(raw, _join(_read(raw).words), None, None)
        else:
            out[raw] = MetricName(raw, _join(read.words), read.split, goal_of(read.words), read.dataset)
    return out


def _tell_first_xgboost_set(reads: dict[str, _Read]) -> None:
    """Call `validation_0` the train set when `validation_1` exists and nothing else is: XGBoost's usual eval_set."""
    zeroth = [raw for raw, read in reads.items() if read.split_word == "validation" and read.dataset == "0"]
    by_words: dict[tuple[str, ...], list[_Read]] = {}
    for read in reads.values() if zeroth else ():
        by_words.setdefault(read.words, []).append(read)
    for raw in zeroth:
        read = reads[raw]
        same = by_words[read.words]
        has_second = any(other.split == "val" and other.dataset == "1" for other in same)
        if has_second and not any(other.split in ("train", None) for other in same):
            reads[raw] = replace(read, split="train", dataset="")


def _tell_bare_names(reads: dict[str, _Read]) -> None:
    said = [read for read in reads.values() if read.split is not None]
    any_train = any(read.split == "train" for read in said)
    any_held_out = any(read.split in ("val", "test") for read in said)
    splits: dict[str, set[Split | None]] = {}
    for read in said:
        splits.setdefault(_join(read.words), set()).add(read.split)
    tails = {read.words[1:] for read in said if read.split == "val"}
    for raw, read in list(reads.items()):
        if read.split is not None:
            continue
        same = splits.get(_join(read.words), set())
        evaluated = read.words in tails
        split: Split | None
        if "val" in same or evaluated:
            split = "train"
        elif "train" in same:
            split = "val"
        elif "test" in same:
            split = "train"
        elif any_train:
            split = "val"
        else:
            split = "train" if any_held_out else None
        reads[raw] = replace(read, split=split)


def _tell_named_sets(reads: dict[str, _Read]) -> None:
    """Read `eval_mnli_loss` as the loss of the set `mnli` where `loss` was trained on and `mnli_loss` was not."""
    trained = {read.words for read in reads.values() if read.split == "train"}
    validated = {read.words for read in reads.values() if read.split == "val" and not read.dataset}
    for raw, read in list(reads.items()):
        if read.split != "val" or read.words in trained:
            continue
        for start in range(1, len(read.words)):
            tail = read.words[start:]
            if tail in trained and tail not in validated:
                reads[raw] = replace(read, words=tail, dataset="_".join(read.words[:start]))
                break


# ------------------------------------------------------------------------------------------------------------- pairing


def _pair(metric: str, members: list[MetricName], counts: Mapping[str, int]) -> Pair:
    train = _best([name for name in members if name.split == "train"], counts)
    vals = _sorted_sets([name for name in members if name.split == "val"], counts)
    test = _best([name for name in members if name.split == "test"], counts)
    if train is None:
        train = _best([name for name in members if name.split is None], counts)
    goal = next((name.goal for name in members if name.goal is not None), None)
    return Pair(metric, goal, train, vals[0] if vals else None, tuple(vals[1:]), test)


def _best(members: list[MetricName], counts: Mapping[str, int]) -> str | None:
    ranked = _sorted_sets(members, counts)
    return ranked[0] if ranked else None


def _sorted_sets(members: list[MetricName], counts: Mapping[str, int]) -> list[str]:
    """Order the series of one metric and split: whole before one-point, main set before others, epoch before step."""

    def key(name: MetricName) -> tuple[bool, bool, int, bool, bool]:
        read = _read(name.raw)
        # Hugging Face logs `loss` while it trains and `train_loss` once at the end.
        closing = read.split_word == "train" and any(_read(other.raw).split is None for other in members)
        return (
            counts.get(name.raw, 2) < 2,
            bool(name.dataset),
            read.level,
            closing,
            read.split_word != "val",
        )

    return [name.raw for name in sorted(members, key=key)]


def _order(pair: Pair) -> tuple[int, int]:
    if pair.goal == "min" and "loss" in pair.metric:
        return (0, loss_rank(pair.metric))
    if pair.goal == "max" and is_accuracy(pair.metric):
        return (1, 0)
    return (2, 0) if pair.goal is not None else (3, 0)


def _missing(pair: Pair) -> int:
    held_out = pair.val or pair.test
    return 0 if pair.train and held_out else 1 if held_out else 2


def _unseen(pair: Pair) -> bool:
    return pair.val is None and pair.test is None

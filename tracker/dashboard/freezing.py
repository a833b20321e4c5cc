"""What a frozen comparison keeps: its runs with their curves, verdicts and rows, so that it can be drawn as it was.

What is kept is what the pictures are made of, not the pictures: a frozen comparison follows the reader's theme and
screen, and can be zoomed. Numbers stand as bytes, everything else as JSON, all of it deflated.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import msgspec
import numpy as np

from tracker.charts.lines import Line, Options
from tracker.charts.numbers import percent
from tracker.curves.cards import Card
from tracker.curves.names import Pair
from tracker.curves.sampling import sample
from tracker.dashboard.data import Curves
from tracker.dashboard.drawing import Beside, Run
from tracker.dashboard.state import METRIC, View
from tracker.errors import BadInput
from tracker.model import Annotation, Diagnosis, Overview, RunRecord, Series

VERSION = 3
"""Of what is kept; a later version reads all earlier ones. The first had nothing beside the curves, the second no cards."""

MOST_POINTS = 1_000_000
"""Points that one frozen comparison keeps, each series its share of them and `FEWEST` at least."""
FEWEST = 1_000
ENOUGH = 50_000
"""Points of a series that are kept as they are."""

MOST_SERIES = 5_000
"""Series of metric cards that one frozen comparison keeps: those of the first cards, for as many runs as it has."""
FEWEST_OF_CARDS = 200


@dataclass(frozen=True, slots=True)
class Frozen:
    """A comparison as it was at `at_ms`: what the page drew, in the order of the list, and the rows of its table.

    `metrics` are its cards, `omitted` how many more there were, `logged` the cards' series of each run by name. It is
    asked for cards as `Data` is.
    """

    at_ms: int
    view: View
    focus: str | None
    base: str | None
    runs: tuple[Run, ...]
    rows: tuple[dict[str, Any], ...]
    beside: Beside = field(default_factory=dict)
    metrics: tuple[Card, ...] = ()
    omitted: int = 0
    logged: dict[int, dict[str, Series]] = field(default_factory=dict)

    def cards(self, _: Sequence[RunRecord]) -> tuple[Card, ...]:
        """Return its metric cards."""
        return self.metrics

    def metric_lines(
        self, records: Sequence[RunRecord], names: Sequence[str]
    ) -> dict[int, dict[str, Series]]:
        """Return series of each run by their names as logged; a name that a run did not log is left out."""
        found: dict[int, dict[str, Series]] = {}
        for record in records:
            across = self.beside.get(record.run_id, {}).get("across")
            kept = {**({} if across is None else {across.name: across}), **self.logged.get(record.run_id, {})}
            found[record.run_id] = {name: kept[name] for name in names if name in kept}
        return found

    def in_range(self, lines: Sequence[Line], _: Options) -> list[Line]:
        """Return lines as they are: there is nothing denser than what was kept."""
        return list(lines)


def kept_cards(cards: Sequence[Card], chosen: Sequence[str], runs: int) -> tuple[list[Card], int]:
    """Return which cards of a comparison are kept in their own order, the chosen ones before all, and how many are not."""
    first = {key: place for place, key in enumerate(chosen)}
    room, keys = MOST_SERIES // max(1, runs), set[str]()
    for card in sorted(cards, key=lambda card: first.get(card.key, len(first))):
        room -= len(card.names)
        if room < 0:
            break
        keys.add(card.key)
    kept = [card for card in cards if card.key in keys]
    return kept, len(cards) - len(kept)


def pack(frozen: Frozen) -> bytes:
    """Return a frozen comparison as bytes to keep."""
    numbers: list[bytes] = []
    share = max(FEWEST, min(ENOUGH, MOST_POINTS // max(1, 6 * len(frozen.runs))))
    said = {
        "at_ms": frozen.at_ms,
        "view": frozen.view.to_dict(),
        "focus": frozen.focus,
        "base": frozen.base,
        "runs": [
            _run(record, curves, frozen.beside.get(record.run_id, {}), share, numbers)
            for record, curves in frozen.runs
        ],
        "rows": list(frozen.rows),
        "cards": [asdict(card) for card in frozen.metrics],
        "omitted": frozen.omitted,
        "logged": _packed(frozen, numbers),
    }
    text = json.dumps(said, ensure_ascii=True, default=str)
    return zlib.compress(msgspec.msgpack.encode((VERSION, text, numbers)), 6)


def unpack(body: bytes) -> Frozen:
    """Return what `pack` kept.

    Raises:
        BadInput: it was kept by a newer version of tracker.
    """
    version, text, numbers = msgspec.msgpack.decode(zlib.decompress(body))
    if version > VERSION:
        raise BadInput(
            "this comparison was frozen by a newer version of tracker: run `pip install -U curvetracker`"
        )
    said = json.loads(text)
    view = View.from_dict(said["view"])
    if version == 1 and (view.x == "time" or view.x.startswith(METRIC)):
        # It kept no metric for the axis, and no unit of its time.
        view = replace(view, x="time" if view.x == "time" else "epoch", x0=None, x1=None)
    return Frozen(
        said["at_ms"],
        view,
        said["focus"],
        said["base"],
        tuple((_record(run["record"]), _curves(run, numbers)) for run in said["runs"]),
        tuple(_in_percent(row) if version == 1 else row for row in said["rows"]),
        {run["record"]["run_id"]: _beside(run.get("beside", {}), numbers) for run in said["runs"]},
        tuple(_card(card) for card in said.get("cards", ())),
        said.get("omitted", 0),
        {
            int(run_id): {one["name"]: _numbers(one, numbers) for one in logged}
            for run_id, logged in said.get("logged", {}).items()
        },
    )


def _packed(frozen: Frozen, numbers: list[bytes]) -> dict[int, list[Any]]:
    share = share_of(sum(map(len, frozen.logged.values())))
    return {
        run_id: [_series(series, share, numbers) for series in logged.values()]
        for run_id, logged in frozen.logged.items()
    }


def _card(said: dict[str, Any]) -> Card:
    known = {field.name for field in fields(Card)}
    spellings = {split: tuple(names) for split, names in said["spellings"].items()}
    return Card(**{key: value for key, value in said.items() if key in known} | {"spellings": spellings})


def _run(
    record: RunRecord, curves: Curves, beside: Mapping[str, Any], share: int, numbers: list[bytes]
) -> dict[str, Any]:
    return {
        "record": asdict(record),
        "loss": [_series(one, share, numbers) for one in curves.loss],
        "accuracy": [_series(one, share, numbers) for one in curves.accuracy],
        "pairs": [
            None if pair is None else asdict(pair) for pair in (curves.loss_pair, curves.accuracy_pair)
        ],
        "diagnosis": curves.diagnosis.to_dict(),
        "beside": {
            "across": _series(beside.get("across"), share, numbers),
            "lr": _series(beside.get("lr"), share, numbers),
            "notes": [asdict(note) for note in beside.get("notes", ())],
        },
    }


def share_of(series: int) -> int:
    """Return how many points each of so many series of cards keeps."""
    return max(FEWEST_OF_CARDS, min(ENOUGH, MOST_POINTS // max(1, series)))


def thinned(series: Series, share: int) -> Series:
    """Return a series with about `share` of its points, its extremes among them."""
    kept = sample(series.value, share)
    few = replace(series, **{name: getattr(series, name)[kept] for name, _ in _COLUMNS})
    return replace(few, means=thinned(few.means, share)) if isinstance(few, Overview) else few


def _series(series: Series | None, share: int, numbers: list[bytes]) -> dict[str, Any] | None:
    """Return where the columns of a thinned series stand among the numbers."""
    if series is None:
        return None
    few = thinned(series, share)
    said: dict[str, Any] = {"name": few.name, "at": len(numbers)}
    numbers.extend(np.ascontiguousarray(getattr(few, name), kind).tobytes() for name, kind in _COLUMNS)
    if isinstance(few, Overview):
        said["points"] = few.points
        said["means"] = _series(few.means, share, numbers)
    return said


_COLUMNS = (("step", "<i8"), ("epoch", "<f8"), ("value", "<f8"), ("elapsed_ms", "<i8"))


def _record(said: dict[str, Any]) -> RunRecord:
    known = {field.name for field in fields(RunRecord)}
    return RunRecord(
        **{key: value for key, value in said.items() if key in known} | {"tags": tuple(said["tags"])}
    )


def _curves(run: dict[str, Any], numbers: Sequence[bytes]) -> Curves:
    def drawn(which: str) -> tuple[Series | None, Series | None]:
        train, val = (None if one is None else _numbers(one, numbers) for one in run[which])
        return train, val

    loss, accuracy = (None if pair is None else _pair(pair) for pair in run["pairs"])
    return Curves(drawn("loss"), drawn("accuracy"), loss, accuracy, (), Diagnosis.from_dict(run["diagnosis"]))


def _beside(said: Mapping[str, Any], numbers: Sequence[bytes]) -> dict[str, Any]:
    known = {field.name for field in fields(Annotation)}
    found = {name: _numbers(said[name], numbers) for name in ("across", "lr") if said.get(name) is not None}
    notes = ({k: v for k, v in note.items() if k in known} for note in said.get("notes", ()))
    return {**found, "notes": tuple(Annotation(**note) for note in notes)}


def _in_percent(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the first version, whose accuracy stood as logged beside its text in percent."""
    best = row.get("best_acc")
    if best is not None and row.get("best_acc_text") == percent(best * 100):
        return {**row, "best_acc": best * 100}
    return row


def _numbers(said: dict[str, Any], numbers: Sequence[bytes]) -> Series:
    columns = (np.frombuffer(numbers[said["at"] + i], kind).copy() for i, (_, kind) in enumerate(_COLUMNS))
    series = Series(said["name"], *columns)
    if "means" not in said:
        return series
    means = _numbers(said["means"], numbers)
    return Overview(
        series.name, series.step, series.epoch, series.value, series.elapsed_ms, said["points"], means
    )


def _pair(said: dict[str, Any]) -> Pair:
    return Pair(**{**said, "val_others": tuple(said["val_others"])})

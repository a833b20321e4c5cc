"""What a frozen comparison keeps: its runs with their curves, verdicts and rows, so that it can be drawn as it was.

What is kept is what the pictures are made of, not the pictures: a frozen comparison follows the reader's theme and
screen, and can be zoomed. Numbers stand as bytes, everything else as JSON, all of it deflated.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import msgspec
import numpy as np

from tracker.curves.names import Pair
from tracker.curves.sampling import sample
from tracker.dashboard.data import Curves
from tracker.dashboard.drawing import Run
from tracker.dashboard.state import View
from tracker.errors import BadInput
from tracker.model import Diagnosis, Overview, RunRecord, Series

VERSION = 1
"""Of what is kept; a later version reads all earlier ones."""

MOST_POINTS = 1_000_000
"""Points that one frozen comparison keeps, each series its share of them and `FEWEST` at least."""
FEWEST = 1_000
ENOUGH = 50_000
"""Points of a series that are kept as they are."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A comparison as it was at `at_ms`: what the page drew, in the order of the list, and the rows of its table."""

    at_ms: int
    view: View
    focus: str | None
    base: str | None
    runs: tuple[Run, ...]
    rows: tuple[dict[str, Any], ...]


def pack(frozen: Frozen) -> bytes:
    """Return a frozen comparison as bytes to keep."""
    numbers: list[bytes] = []
    share = max(FEWEST, min(ENOUGH, MOST_POINTS // max(1, 4 * len(frozen.runs))))
    said = {
        "at_ms": frozen.at_ms,
        "view": frozen.view.to_dict(),
        "focus": frozen.focus,
        "base": frozen.base,
        "runs": [_run(record, curves, share, numbers) for record, curves in frozen.runs],
        "rows": list(frozen.rows),
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
    return Frozen(
        said["at_ms"],
        View.from_dict(said["view"]),
        said["focus"],
        said["base"],
        tuple((_record(run["record"]), _curves(run, numbers)) for run in said["runs"]),
        tuple(said["rows"]),
    )


def _run(record: RunRecord, curves: Curves, share: int, numbers: list[bytes]) -> dict[str, Any]:
    return {
        "record": asdict(record),
        "loss": [_series(one, share, numbers) for one in curves.loss],
        "accuracy": [_series(one, share, numbers) for one in curves.accuracy],
        "pairs": [
            None if pair is None else asdict(pair) for pair in (curves.loss_pair, curves.accuracy_pair)
        ],
        "diagnosis": curves.diagnosis.to_dict(),
    }


def _series(series: Series | None, share: int, numbers: list[bytes]) -> dict[str, Any] | None:
    """Return where the columns of a series stand among the numbers; a long one is thinned, its extremes kept."""
    if series is None:
        return None
    said: dict[str, Any] = {"name": series.name, "at": len(numbers)}
    kept = sample(series.value, share)
    for name, kind in _COLUMNS:
        numbers.append(np.ascontiguousarray(getattr(series, name)[kept], kind).tobytes())
    if isinstance(series, Overview):
        said["points"] = series.points
        said["means"] = _series(series.means, share, numbers)
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

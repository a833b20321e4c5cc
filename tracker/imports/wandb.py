"""Weights & Biases: the `.wandb` file of a run as it lies on the disk (offline or synced), and exported histories.

The file is a log in LevelDB's format (https://github.com/google/leveldb/blob/main/doc/log_format.md) behind a header of
seven bytes, each record a protocol buffer `Record` of wandb_internal.proto (field numbers below).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker.imports import csv, table
from tracker.imports.events import fields
from tracker.imports.found import Asked, FoundRun, Row, files, state_of
from tracker.imports.writing import trouble
from tracker.model import Status

_HISTORY, _SUMMARY, _CONFIG, _RUN, _EXIT = 2, 3, 5, 17, 18  # fields of Record
_BLOCK, _HEAD = 32_768, 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MOST_RECORD = 64_000_000
_OWN = "_"  # names that W&B adds by itself begin so


def runs(path: Path, asked: Asked) -> Iterator[FoundRun]:
    """Yield the runs of a `wandb/` folder, of one `.wandb` file, or of a history exported as CSV, Parquet or JSON Lines."""
    seen: set[Path] = set()
    for file in files(path, "*.wandb", "*.csv", "*.parquet", "*.jsonl"):
        if (real := file.resolve()) in seen:  # latest-run is a link to one of the others
            continue
        seen.add(real)
        if file.suffix == ".wandb":
            yield _of_file(real).asked(asked)
        elif file.suffix == ".jsonl":
            yield _of_lines(real).asked(asked)
        elif path.is_file() or "_step" in next((line.cells for line in table.lines(file, [])), ()):
            shape = csv.Shape(asked.epoch, asked.step or "_step", asked.time or "_timestamp", asked.columns)
            yield csv.found(real, shape, name=real.stem, project=real.parent.name or "default").asked(asked)


# ----------------------------------------------------------------------------------------------------- the run's own file


def _of_file(file: Path) -> FoundRun:
    """Return the run of a `.wandb` file: a first pass reads all but the history, which is read when it is stored."""
    troubles: list[str] = []
    run = FoundRun(str(file), state_of(file), file.stem, "default", int(file.stat().st_mtime * 1000), ())
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    logged: set[str] = set()
    status: Status = "interrupted"
    for number, data in _parts(file, []):
        if number == _RUN:
            _say(run, data, config)
        elif number == _CONFIG:
            config |= _items(data, 1)
        elif number == _HISTORY:
            logged |= _keys(data)
        elif number == _SUMMARY:
            summary |= _items(data, 1)
        elif number == _EXIT:
            told = {n: v for n, kind, v in fields(data) if kind == 0}
            status = "failed" if told.get(1) else "finished"
            run.duration_ms = told[2] * 1000 if 2 in told else None
    run.config = {key: _unwrapped(value) for key, value in config.items() if not key.startswith(_OWN)}
    # the last value of each metric stands in the summary as well: that is ours to say
    run.summary = {key: v for key, v in summary.items() if key not in logged and not key.startswith(_OWN)}
    run.status, run.troubles = status, troubles
    run.rows = _history(file, run.created_ms, troubles)
    return run


def _say(run: FoundRun, data: bytes, config: dict[str, Any]) -> None:
    """Take what a RunRecord says of its run."""
    tags: list[str] = []
    for number, kind, value in fields(data):
        if kind != 2:
            continue
        if number == 4:
            config |= _items(value, 1)
            continue
        if number == 17:
            moment = {n: v for n, k, v in fields(value) if k == 0}
            run.created_ms = moment.get(1, 0) * 1000 + moment.get(2, 0) // 1_000_000
            continue
        if number == 21:
            commits = [v.decode("utf-8", "replace") for n, k, v in fields(value) if n == 2 and k == 2]
            run.environment = {"git_commit": commits[0]} if commits and commits[0] else {}
            continue
        if number not in (1, 3, 6, 8, 9, 10, 13):
            continue
        said = value.decode("utf-8", "replace")
        if number == 1:
            run.key = said or run.key
        elif number == 3:
            run.project = said or run.project
        elif number == 6:
            run.group = said or None
        elif number == 8:
            run.name = said or run.name
        elif number == 9:
            run.notes = said
        elif number == 10:
            tags.append(said)
    run.tags = tuple(tags) or run.tags


def _history(file: Path, began_ms: int, troubles: list[str]) -> Iterator[Row]:
    count = 0
    for number, data in _parts(file, troubles):
        if number != _HISTORY:
            continue
        row = _items(data, 1)
        steps = [v for n, k, item in fields(data) if n == 2 and k == 2 for m, _, v in fields(item) if m == 1]
        step = steps[0] if steps else row.get("_step", count)
        count += 1
        yield _row(row, int(step), began_ms)


def _keys(data: bytes) -> set[str]:
    """Return the names that a history record holds, without reading its values."""
    items = (fields(item) for number, kind, item in fields(data) if number == 1 and kind == 2)
    parts = [[p.decode("utf-8", "replace") for n, k, p in item if k == 2 and n in (1, 2)] for item in items]
    return {".".join(filter(None, names)) for names in parts}


def _items(data: bytes, field: int) -> dict[str, Any]:
    """Return the keys and values of a record's items; nested keys are joined as W&B shows them."""
    out: dict[str, Any] = {}
    for number, kind, item in fields(data):
        if number != field or kind != 2:
            continue
        key, nested, value = "", [], b""
        for inner, how, part in fields(item):
            if how == 2 and inner == 1:
                key = part.decode("utf-8", "replace")
            elif how == 2 and inner == 2:
                nested.append(part.decode("utf-8", "replace"))
            elif how == 2 and inner == 16:
                value = part
        try:
            out[key or ".".join(nested)] = json.loads(value)
        except (ValueError, RecursionError):
            continue  # no value that JSON holds: none of ours
    return out


def _parts(file: Path, troubles: list[str]) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the bytes of each record; one that cannot be read is named."""
    for place, record in enumerate(_records(file, troubles), start=1):
        try:
            for number, kind, value in fields(record):
                if kind == 2 and number in (_HISTORY, _SUMMARY, _CONFIG, _RUN, _EXIT):
                    yield number, value
        except (ValueError, IndexError, struct.error):
            trouble(troubles, f"{file.name}: record {place} cannot be read")


def _records(file: Path, troubles: list[str]) -> Iterator[bytes]:
    with file.open("rb") as log:
        if log.read(4) != b":W&B":
            trouble(troubles, f"{file.name} does not begin as a run of W&B does")
            return
        log.seek(_HEAD)
        at, held = _HEAD, b""
        while True:
            left = _BLOCK - at % _BLOCK
            if left < _HEAD:  # the rest of a block that holds no header is empty
                log.seek(left, 1)
                at += left
                continue
            head = log.read(_HEAD)
            if len(head) < _HEAD:
                break
            _, length, kind = struct.unpack("<IHB", head)
            data = log.read(length)
            at += _HEAD + len(data)
            if len(data) < length or kind > _LAST or (kind == 0 and length == 0):
                trouble(troubles, f"{file.name} ends within a record, or is broken at byte {at}")
                return
            if kind in (_FULL, _FIRST):
                held = data
            else:
                held += data
            if len(held) > _MOST_RECORD:
                trouble(
                    troubles, f"{file.name}: a record larger than {_MOST_RECORD // 10**6} MB was not read"
                )
                return
            if kind in (_FULL, _LAST):
                yield held
                held = b""
        if held:
            trouble(troubles, f"{file.name} ends within a record")


# ---------------------------------------------------------------------------------------------------- exported histories


def _of_lines(file: Path) -> FoundRun:
    """Return the run of a history as JSON Lines, one dict a step, as `run.scan_history()` gives them."""
    troubles: list[str] = []
    run = FoundRun(
        str(file),
        state_of(file),
        file.stem,
        file.parent.name or "default",
        int(file.stat().st_mtime * 1000),
        (),
    )
    run.troubles = troubles
    run.rows = _lines(file, troubles)
    return run


def _lines(file: Path, troubles: list[str]) -> Iterator[Row]:
    began: float | None = None
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line) if len(line) < table.MOST_LINE else None
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                if line.strip():
                    trouble(troubles, f"{file.name}, line {number} is no JSON object")
                continue
            moment = row.get("_timestamp")
            if began is None and isinstance(moment, int | float):
                began = moment
            yield _row(row, int(row.get("_step", number - 1)), round((began or 0) * 1000))


def _row(row: dict[str, Any], step: int, began_ms: int) -> Row:
    epoch, moment = row.get("epoch"), row.get("_timestamp")
    values = {name: float(value) for name, value in _numbers(row) if name not in ("epoch", "step")}
    return Row(
        round(moment * 1000) - began_ms if isinstance(moment, int | float) else 0,
        step,
        float(epoch) if isinstance(epoch, int | float) else None,
        values,
    )


def _numbers(row: dict[str, Any], prefix: str = "", depth: int = 4) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if not prefix and name.startswith(_OWN):
            continue
        if isinstance(value, dict) and depth:
            if "_type" not in value:  # pictures, tables and histograms stand as files
                yield from _numbers(value, f"{prefix}{name}.", depth - 1)
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)
        elif value in ("NaN", "Infinity", "-Infinity"):
            yield f"{prefix}{name}", float(str(value).replace("Infinity", "inf"))


def _unwrapped(value: Any) -> Any:
    """Return a setting, which W&B's files keep as {"value": ..., "desc": ...}, as it was given."""
    return (
        value["value"]
        if isinstance(value, dict) and set(value) <= {"value", "desc"} and "value" in value
        else value
    )

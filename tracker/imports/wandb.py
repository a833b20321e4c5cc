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
from zlib import crc32

from tracker.imports import csv, table
from tracker.imports.events import fields
from tracker.imports.found import Asked, FoundRun, Row, each, files, number, state_of, whole
from tracker.imports.writing import trouble
from tracker.model import Goal, MetricDefinition, Status

_HISTORY, _SUMMARY, _CONFIG, _RUN, _METRIC, _EXIT = 2, 3, 5, 17, 12, 18  # fields of Record
_READ = (_HISTORY, _SUMMARY, _CONFIG, _RUN, _METRIC, _EXIT)
_BLOCK, _HEAD = 32_768, 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MOST_RECORD = 64_000_000
_OWN = "_"  # names that W&B adds by itself begin so


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield the runs of a `wandb/` folder, of one `.wandb` file, or of a history exported as CSV, Parquet or JSON Lines."""

    def build(file: Path) -> FoundRun | None:
        if file.suffix == ".wandb":
            return _of_file(file)
        if file.suffix == ".jsonl":
            return _of_lines(file)
        first = next(table.lines(file, []), None)
        if first is None or ("_step" not in first.cells and not path.is_file()):
            return None  # some other table in the folder
        step = asked.step or ("_step" if "_step" in first.cells else None)
        time = asked.time or ("_timestamp" if "_timestamp" in first.cells else None)
        shape = csv.Shape(asked.epoch, step, time, asked.columns, own=_OWN)
        return csv.found(file, shape, name=file.stem, project=file.parent.name or "default")

    listed = files(path, "*.wandb", "*.csv", "*.parquet", "*.jsonl")
    real = dict.fromkeys(file.resolve() for file in listed)  # latest-run is a link to one of the others
    yield from each(real, build, asked, troubles, path.resolve())


# ----------------------------------------------------------------------------------------------------- the run's own file


def _of_file(file: Path) -> FoundRun:
    """Return the run of a `.wandb` file: a first pass reads all but the history, which is read when it is stored."""
    troubles: list[str] = []
    run = FoundRun(str(file), state_of(file), file.stem, "default", int(file.stat().st_mtime * 1000), ())
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    logged: set[str] = set()
    status: Status = "interrupted"
    for kind, data in _parts(file, []):
        if kind == _RUN:
            _say(run, data, config)
        elif kind == _CONFIG:
            config |= _items(data, 1)
        elif kind == _HISTORY:
            logged |= _keys(data)
        elif kind == _METRIC:
            _define(run, data)
        elif kind == _SUMMARY:
            summary |= _items(data, 1)
        elif kind == _EXIT:
            told = {n: v for n, how, v in fields(data) if how == 0}
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
    for place, kind, value in fields(data):
        if kind != 2:
            continue
        if place == 4:
            config |= _items(value, 1)
            continue
        if place == 17:
            moment = {n: v for n, k, v in fields(value) if k == 0}
            run.created_ms = moment.get(1, 0) * 1000 + moment.get(2, 0) // 1_000_000
            continue
        if place == 21:
            commits = [v.decode("utf-8", "replace") for n, k, v in fields(value) if n == 2 and k == 2]
            run.environment = {"git_commit": commits[0]} if commits and commits[0] else {}
            continue
        if place not in (1, 3, 6, 7, 8, 9, 10, 12):
            continue
        said = value.decode("utf-8", "replace")
        if place == 1:
            run.key = said or run.key
        elif place == 3:
            run.project = said or run.project
        elif place == 6:
            run.group = said or None
        elif place == 7 and said:
            config.setdefault("job_type", said)
        elif place == 12 and said:
            run.group = run.group or f"sweep {said}"
        elif place == 8:
            run.name = said or run.name
        elif place == 9:
            run.notes = said
        elif place == 10:
            tags.append(said)
    run.tags = tuple(tags) or run.tags


def _define(run: FoundRun, data: bytes) -> None:
    """Take the direction that a MetricRecord gives a metric."""
    told = {place: value for place, kind, value in fields(data) if kind in (0, 2)}
    goals: dict[int, Goal] = {1: "min", 2: "max"}
    goal = goals.get(told.get(8, 0))
    if goal is not None and isinstance(told.get(1), bytes):
        name = told[1].decode("utf-8", "replace").replace("\\.", ".")
        run.metrics = {**run.metrics, name: MetricDefinition(goal=goal)}


def _history(file: Path, began_ms: int, troubles: list[str]) -> Iterator[Row]:
    count = 0
    for kind, data in _parts(file, troubles):
        if kind != _HISTORY:
            continue
        row = _items(data, 1)
        steps = [v for n, k, item in fields(data) if n == 2 and k == 2 for m, _, v in fields(item) if m == 1]
        step = steps[0] if steps else whole(row.get("_step"))
        yield _row(row, count if step is None else step, began_ms)
        count += 1


def _keys(data: bytes) -> set[str]:
    """Return the names that a history record holds, without reading its values."""
    items = (fields(item) for number, kind, item in fields(data) if number == 1 and kind == 2)
    parts = [[p.decode("utf-8", "replace") for n, k, p in item if k == 2 and n in (1, 2)] for item in items]
    return {".".join(filter(None, names)) for names in parts}


def _items(data: bytes, field: int) -> dict[str, Any]:
    """Return the keys and values of a record's items; nested keys are joined as W&B shows them."""
    out: dict[str, Any] = {}
    for place, kind, item in fields(data):
        if place != field or kind != 2:
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
                if kind == 2 and number in _READ:
                    yield number, value
        except (ValueError, IndexError, struct.error):
            trouble(troubles, f"{file.name}: record {place} cannot be read")


def _records(file: Path, troubles: list[str]) -> Iterator[bytes]:
    """Yield the records; of a broken one the block that holds it is left out, as the format's own readers do."""
    with file.open("rb") as log:
        if log.read(4) != b":W&B":
            trouble(troubles, f"{file.name} does not begin as a run of W&B does")
            return
        log.seek(_HEAD)
        held: bytes | None = b""
        while True:
            at = log.tell()
            left = _BLOCK - at % _BLOCK
            if left < _HEAD:  # too little for a header
                log.seek(left, 1)
                continue
            head = log.read(_HEAD)
            if len(head) < _HEAD:
                if head or held:
                    trouble(troubles, f"{file.name} ends within a record")
                return
            checksum, length, kind = struct.unpack("<IHB", head)
            if not checksum and not length and not kind:  # the rest of the block was never written
                log.seek(at + left)
                continue
            data = log.read(min(length, left - _HEAD))
            if len(data) < length <= left - _HEAD:
                trouble(troubles, f"{file.name} ends within a record")
                return
            broken = length > left - _HEAD or kind not in (_FULL, _FIRST, _MIDDLE, _LAST)
            if broken or crc32(data, crc32(head[6:])) != checksum:
                trouble(troubles, f"{file.name} is broken at byte {at}: {left:,} bytes were left out")
                log.seek(at + left)
                held = None
                continue
            if kind in (_FULL, _FIRST):
                held = data
            elif held is not None:
                held += data
            if held is not None and len(held) > _MOST_RECORD:
                said = f"a record larger than {_MOST_RECORD // 10**6} MB was not read"
                trouble(troubles, f"{file.name}: {said}")
                held = None
            if kind in (_FULL, _LAST):
                if held is not None:
                    yield held
                held = b""


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
        for place, line in enumerate(lines, start=1):
            try:
                row = json.loads(line) if len(line) < table.MOST_LINE else None
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                if line.strip():
                    trouble(troubles, f"{file.name}, line {place} is no JSON object")
                continue
            moment = row.get("_timestamp")
            if began is None and (at := number(moment)) is not None and 0 < at < 1e11:
                began = at
            step = whole(row.get("_step", place - 1))
            if step is None:
                trouble(troubles, f"{file.name}, line {place}: its _step is no whole number")
                continue
            yield _row(row, step, round((began or 0) * 1000))


def _row(row: dict[str, Any], step: int, began_ms: int) -> Row:
    moment = number(row.get("_timestamp"))
    values = {name: value for name, value in _numbers(row) if name not in ("epoch", "step")}
    elapsed = round(moment * 1000) - began_ms if moment is not None and 0 < moment < 1e11 else 0
    return Row(elapsed, step, number(row.get("epoch")), values)


def _numbers(row: dict[str, Any], prefix: str = "", depth: int = 4) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if not prefix and name.startswith(_OWN):
            continue
        if isinstance(value, dict):
            if depth and "_type" not in value:  # pictures, tables and histograms stand as files
                yield from _numbers(value, f"{prefix}{name}.", depth - 1)
        elif (read := number(value)) is not None:
            yield f"{prefix}{name}", read


def _unwrapped(value: Any) -> Any:
    """Return a setting, which W&B's files keep as {"value": ..., "desc": ...}, as it was given."""
    return (
        value["value"]
        if isinstance(value, dict) and set(value) <= {"value", "desc"} and "value" in value
        else value
    )

"""Runs as files for other programs: every value in one long table, as CSV, Parquet or JSON Lines, written run by run."""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracker.errors import BadInput
from tracker.model import RunRecord, Series
from tracker.store import one_by_one
from tracker.store.base import Store

COLUMNS = ("project", "run_id", "run", "metric", "step", "epoch", "time", "value")
"""The table's columns: `run_id` 13 base32 characters, `time` ISO 8601 in UTC, `epoch` empty where none was logged."""

FORMATS = (".csv", ".parquet", ".jsonl")

ROWS = 50_000
"""Rows that are written together: Parquet makes each such lot a group with statistics of its own."""

_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")  # a spreadsheet may pass over blanks before it

Row = tuple[str, str, str, str, int, float | None, str, float]
Write = Callable[[list[Row]], None]


def export(
    store: Store,
    records: Sequence[RunRecord],
    path: Path,
    progress: Callable[[RunRecord, int], None] = lambda run, points: None,
) -> int:
    """Write all points of some runs into a file, whose suffix says the format, and return how many there were.

    The file appears when it is whole: an export that is interrupted leaves what was there before.

    Args:
        store: where the runs are.
        records: the runs.
        path: the file; `.csv`, `.parquet` or `.jsonl`.
        progress: told after each series how many points it held.

    Raises:
        BadInput: there is no such format, Parquet lacks its library, a time is no date, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise BadInput(f"{path.name!r} names no format: end it in {', '.join(FORMATS)}")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    total = 0
    rows: list[Row] = []
    try:
        with _FORMATS[kind](part) as write:
            for record in records:
                for one in one_by_one(store, store.series([record.run_id]).get(record.run_id, ())):
                    for start in range(0, len(one), ROWS):
                        rows += _rows(record, one, slice(start, start + ROWS))
                        if len(rows) >= ROWS:
                            write(rows)
                            rows = []
                    total += len(one)
                    progress(record, len(one))
            if rows:
                write(rows)
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    return total


def _rows(record: RunRecord, one: Series, part: slice) -> list[Row]:
    times = (record.created_ms + one.elapsed_ms[part]).tolist()
    return [
        (
            record.project,
            record.id,
            record.name,
            one.name,
            step,
            None if epoch != epoch else epoch,
            _time(record, one.name, step, ms),
            value,
        )
        for step, epoch, ms, value in zip(
            one.step[part].tolist(), one.epoch[part].tolist(), times, one.value[part].tolist(), strict=True
        )
    ]


def _time(record: RunRecord, name: str, step: int, ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):  # which of them is the platform's choice
        raise BadInput(
            f"{name!r} of {record.project}/{record.name} ({record.id}) has a time at step {step} that is no date, "
            f"{ms:,} ms since 1970: export the other runs by name"
        ) from None


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)

        def write(rows: list[Row]) -> None:
            writer.writerows((*map(guarded, row[:4]), *row[4:]) for row in rows)

        yield write


@contextmanager
def _json_lines(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:

        def write(rows: list[Row]) -> None:
            for row in rows:
                told: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
                if not math.isfinite(row[-1]):  # JSON has no number for it
                    told["value"] = str(row[-1])
                file.write(json.dumps(told, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise BadInput("writing Parquet needs pyarrow: pip install 'curvetracker[parquet]'") from None
    kinds = (*[arrow.string()] * 4, arrow.int64(), arrow.float64(), arrow.string(), arrow.float64())
    schema = arrow.schema(list(zip(COLUMNS, kinds, strict=True)))
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:

        def write(rows: list[Row]) -> None:
            columns = [arrow.array(c, kind) for c, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
            writer.write_table(arrow.Table.from_arrays(columns, schema=schema))

        yield write


_FORMATS = {".csv": _csv, ".parquet": _parquet, ".jsonl": _json_lines}


def guarded(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text

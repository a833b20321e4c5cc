"""Tables of numbers, row by row: what the CSV-like sources share. A line that cannot be read is named and left out."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tracker.errors import BadInput
from tracker.imports.writing import trouble

MOST_LINE = 4_000_000
"""Characters of one line; a longer one is not a table's."""
MOST_TEXT = 16_000_000
"""Bytes of a settings file beside a table."""

_MARKS = (",", ";", "\t", "|")
_NOTHING = ("", "na", "n/a", "none", "null", "-")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its number in the file, and its cells by the column's name."""

    number: int
    cells: dict[str, str]

    def value(self, column: str) -> float | None:
        """Return a cell as a number, None where it is empty.

        Raises:
            ValueError: it holds something else.
        """
        text = self.cells.get(column, "").strip()
        return None if text.lower() in _NOTHING else float(text)


def lines(path: Path, troubles: list[str]) -> Iterator[Line]:
    """Yield the rows below a table's header.

    Raises:
        BadInput: the file holds no header.
    """
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path)
        return
    csv.field_size_limit(min(MOST_LINE, sys.maxsize))
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.readline(MOST_LINE)
        while head and not head.strip():
            head = file.readline(MOST_LINE)
        mark = max(_MARKS, key=head.count)
        names = [name.strip() for name in next(csv.reader([head], delimiter=mark), [])]
        if not any(names) or all(_is_number(name) for name in names):
            raise BadInput(f"the file {str(path)!r} has no header line with the names of its columns")
        reader = csv.reader(_bounded(file), delimiter=mark)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                trouble(troubles, f"{path.name}, line {reader.line_num + 1}: {error}")
                continue
            if not any(cell.strip() for cell in row):
                continue
            if [cell.strip() for cell in row] == names:
                continue  # a run that was resumed wrote its header again
            if len(row) > len(names):
                said = f"{len(row)} cells under {len(names)} columns"
                trouble(troubles, f"{path.name}, line {reader.line_num + 1}: {said}")
                continue
            yield Line(reader.line_num + 1, dict(zip(names, row, strict=False)))


def numbers(line: Line, skip: Sequence[str], path: Path, troubles: list[str]) -> dict[str, float]:
    """Return the numbers of a row by their columns; words are passed over, half a number is named."""
    out = {}
    for column, text in line.cells.items():
        if column in skip or not column:
            continue
        try:
            value = line.value(column)
        except ValueError:
            if any(c.isdigit() for c in text) and text[:1] in "+-.0123456789":
                trouble(troubles, f"{path.name}, line {line.number}: {column} is {text[:40]!r}, no number")
            continue
        if value is not None:
            out[column] = value
    return out


def time_ms(text: str) -> int | None:
    """Return a moment as milliseconds since 1970: a number of seconds or milliseconds, or ISO 8601; None: neither."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if not math.isfinite(seconds) or not 0 <= seconds < 1e16:
        return None
    return round(seconds if seconds > 1e11 else seconds * 1000)


def settings(path: Path, troubles: list[str]) -> dict[str, Any]:
    """Return a YAML or JSON file of settings as a dict, {} where there is none or it cannot be read."""
    if not path.is_file():
        return {}
    if path.stat().st_size > MOST_TEXT:
        trouble(troubles, f"{path.name} is larger than {MOST_TEXT // 10**6} MB and was not read")
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        loaded = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except Exception as error:  # a settings file has many ways to be broken, and none costs the curves
        trouble(troubles, f"{path.name} cannot be read: {type(error).__name__}")
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _bounded(file: Any) -> Iterator[str]:
    while line := file.readline(MOST_LINE):
        yield line.replace("\0", "")


def _parquet(path: Path) -> Iterator[Line]:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise BadInput("reading Parquet needs pyarrow: pip install 'curvetracker[parquet]'") from None
    number = 0
    for batch in parquet.ParquetFile(path).iter_batches(10_000):
        for row in batch.to_pylist():
            number += 1
            yield Line(number, {str(k): "" if v is None else str(v) for k, v in row.items()})


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

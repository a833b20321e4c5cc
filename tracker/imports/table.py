"""Tables of numbers, row by row: what the CSV-like sources share. A line that cannot be read is named and left out."""

from __future__ import annotations

import codecs
import csv
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from tracker.errors import BadInput
from tracker.foreign import measures_in
from tracker.foreign_files import NOTHING
from tracker.imports.writing import trouble

MOST_LINE = 4_000_000
"""Characters of one line; a longer one is not a table's."""
MOST_TEXT = 1_000_000
"""Bytes of a settings file beside a table."""
MOST_SETTINGS = 50_000
"""Values in it, each counted as often as it is referred to: a few lines of YAML may stand for billions."""

_MARKS = (",", ";", "\t", "|")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its number in the file, its cells by the column's name, and whether commas are decimal."""

    number: int
    cells: dict[str, str]
    commas: bool = False

    def value(self, column: str) -> float | None:
        """Return a cell as a number, None where it is empty.

        Raises:
            ValueError: it holds something else.
        """
        text = self.cells.get(column, "").strip()
        if self.commas and _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        return None if text.lower() in NOTHING else float(text)


def lines(path: Path, troubles: list[str]) -> Iterator[Line]:
    """Yield the rows below a table's header.

    Raises:
        BadInput: the file holds no header.
    """
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path)
        return
    csv.field_size_limit(min(MOST_LINE, sys.maxsize))
    with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
        head, blank = file.readline(MOST_LINE), 0
        while head and not head.strip():
            head, blank = file.readline(MOST_LINE), blank + 1
        mark = max(_MARKS, key=head.count)
        reader = csv.reader(chain([head.replace("\0", "")], _bounded(file)), delimiter=mark)
        try:
            names = [name.strip() for name in next(reader, [])]
        except csv.Error:
            names = []
        if not any(names) or all(_is_number(name) for name in names):
            raise BadInput(f"the file {str(path)!r} has no header line with the names of its columns")
        columns = _apart(names)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                trouble(troubles, f"{path.name}, line {reader.line_num + blank}: {error}")
                continue
            if not any(cell.strip() for cell in row):
                continue
            if [cell.strip() for cell in row] == names:
                continue  # a run that was resumed wrote its header again
            if len(row) > len(names):
                said = f"{len(row)} cells under {len(names)} columns"
                trouble(troubles, f"{path.name}, line {reader.line_num + blank}: {said}")
                continue
            yield Line(reader.line_num + blank, dict(zip(columns, row, strict=False)), mark != ",")


def numbers(line: Line, skip: Sequence[str], path: Path, troubles: list[str]) -> dict[str, float]:
    """Return the numbers of a row by their columns; words are passed over, half a number is named."""
    out = {}
    for column, text in line.cells.items():
        if column in skip or not column.strip():
            continue
        try:
            value = line.value(column)
        except ValueError:
            half = any(c.isdigit() for c in text) and text.strip()[:1] in "+-.0123456789"
            half = half or measures_in(column, [text])
            if half and time_ms(text) is None:
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
        loaded = json.loads(text) if path.suffix == ".json" else yaml.load(text, _Plain)  # noqa: S506
        if not _is_small(loaded):
            trouble(troubles, f"{path.name} holds more than {MOST_SETTINGS:,} values and was not read")
            return {}
    except Exception as error:  # a settings file has many ways to be broken, and none costs the curves
        trouble(troubles, f"{path.name} cannot be read: {type(error).__name__}")
        return {}
    return loaded if isinstance(loaded, dict) else {}


class _Plain(yaml.SafeLoader):
    """Reads plain values; keys merged from elsewhere, which no tool writes, could grow without end."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse `<<`."""
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.YAMLError("merged keys")


def _is_small(loaded: Any) -> bool:
    waiting, seen = [loaded], 0
    while waiting and seen <= MOST_SETTINGS:
        item, seen = waiting.pop(), seen + 1
        if isinstance(item, dict | list):
            waiting.extend(item.values() if isinstance(item, dict) else item)
    return not waiting


def _encoding(path: Path) -> str:
    """Return how a table's text is most likely written: UTF-8, UTF-16 by its mark, else the one of Windows."""
    with path.open("rb") as file:
        start = file.read(65_536)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _apart(names: Sequence[str]) -> list[str]:
    """Return column names that differ: the second `loss` becomes `loss.1`."""
    out: dict[str, None] = {}
    for name in names:
        number, told = 0, name
        while told in out:
            number += 1
            told = f"{name}.{number}" if name else " " * number  # nameless columns are no metrics
        out[told] = None
    return list(out)


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

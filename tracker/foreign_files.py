"""Histories in files that other programs left, as series: CSV, `trainer_state.json`, JSON of lists or of rows."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker.curves.names import is_metric
from tracker.errors import BadInput
from tracker.foreign import (
    EPOCHS,
    STEPS,
    Columns,
    check_once,
    from_columns,
    from_mapping,
    from_rows,
    measures_in,
    short,
)
from tracker.model import Series

FILES = (".csv", ".tsv", ".json", ".jsonl")
NOTHING = ("", "na", "n/a", "none", "null", "-")
"""What stands in a table where nothing was logged, in small letters."""
_MARKS = (",", ";", "\t", "|")
_NAME = re.compile(r"[\w/. ()@%-]+")
"""What may be the name of a column; with anything else, one column is several whose mark is not known."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def from_file(path: Path) -> list[Series]:
    """Return the series of a CSV file, a Hugging Face `trainer_state.json`, or JSON of a dict of lists or of rows.

    Raises:
        BadInput: the file is missing, empty, or cannot be read as one of these.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"there is no file {path.name!r}: check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"the file {path.name!r} cannot be read as text ({type(error).__name__}): expected CSV or JSON"
        ) from error
    if not text.strip():
        raise BadInput(f"the file {path.name!r} is empty: expected CSV with a header line, or JSON")
    if path.suffix.lower() in (".json", ".jsonl"):
        return _from_json(text, path)
    return _from_csv(text, path)


def _from_json(text: str, path: Path) -> list[Series]:
    place = ""
    try:
        if path.suffix.lower() == ".jsonl":
            data: Any = []
            for number, line in enumerate(text.splitlines(), start=1):
                place = f" in line {number}"
                if line.strip():
                    data.append(json.loads(line))
        else:
            data = json.loads(text)
    except ValueError as error:
        told = error.msg if place and isinstance(error, json.JSONDecodeError) else str(error)
        raise BadInput(f"the file {path.name!r} is not valid JSON{place}: {told}") from error
    if isinstance(data, Mapping):
        return from_mapping(data)
    if isinstance(data, list):
        return from_rows(data)
    raise BadInput(f"the file {path.name!r} holds {short(data)}: expected a dict of lists or a list of rows")


def _from_csv(text: str, path: Path) -> list[Series]:
    lines = text.splitlines()
    header = next(line for line in lines if line.strip())
    mark = _mark(header)
    listed = list(_rows(lines, mark))
    names = listed[0][1]
    if len(listed) > 1 and all(len(row) == len(names) + 1 and row[-1] for _, row in listed[1:]):
        names.insert(0, "")  # names of rows stand under no header, as R writes them
    # A run that was resumed wrote its header again.
    rows = [(number, row) for number, row in listed if row != names]
    if len(names) == 1 and not _NAME.fullmatch(names[0]):
        raise BadInput(
            f"the header of the file {path.name!r} reads as one column, {short(names[0])}: put commas, semicolons, tabs "
            "or | between the columns"
        )
    if not rows:
        raise BadInput(f"the file {path.name!r} has no line below its header {header.strip()[:60]!r}")
    check_once(names, f"the file {path.name!r}")
    columns: Columns = {}
    for place, name in enumerate(names):
        cells = [row[place] if place < len(row) else "" for _, row in rows]
        numbers = [_cell(cell, decimal_comma=mark != ",") for cell in cells]
        bad = [i for i, number in enumerate(numbers) if isinstance(number, str)]
        if len(bad) == sum(number is not None for number in numbers) and not measures_in(name, cells):
            continue  # a column of words, such as a date, is no metric
        if bad and (is_metric(name) or name.lower() in EPOCHS + STEPS):
            raise BadInput(
                f"the file {path.name!r} holds {numbers[bad[0]]!r} for {name!r} in line {rows[bad[0]][0]}: expected a "
                "number"
            )
        columns[name] = [None if isinstance(number, str) else number for number in numbers]
    if not columns:
        raise BadInput(
            f"the file {path.name!r} holds no column of numbers under its header {header.strip()[:60]!r}: expected a "
            "header line, then a line of numbers for each epoch or step"
        )
    return from_columns(columns)


def _rows(lines: Sequence[str], mark: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that hold something, each with its number in the file and its cells."""
    if mark is None:
        yield from ((number, line.split()) for number, line in enumerate(lines, start=1) if line.strip())
        return
    reader = csv.reader(lines, delimiter=mark)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _mark(header: str) -> str | None:
    """Return what stands between the columns, None for blanks."""
    found = max(_MARKS, key=header.count)
    if header.count(found) == 0 and len(header.split()) > 1:
        return None
    return found


def _cell(cell: str, *, decimal_comma: bool) -> float | str | None:
    if cell.lower() in NOTHING:
        return None
    try:
        return float(cell.replace(",", ".") if decimal_comma and _DECIMAL_COMMA.fullmatch(cell) else cell)
    except ValueError:
        return cell

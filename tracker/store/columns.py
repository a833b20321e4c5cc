"""Rows of points as arrays: the driver's tuples are turned into columns and then into numpy, never one by one.

Rows come in pieces that are turned into arrays at once: as tuples, or as the server's bytes, they take five times the
memory, and there may be millions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.model import Series
from tracker.store.tables import INFINITE, MINUS_INFINITE

ROWS = 20_000
"""Rows in a piece, of the order of a processor's cache."""


class Cursor(Protocol):
    """What is needed of a driver's cursor."""

    def fetchmany(self, size: int, /) -> list[tuple[Any, ...]]:
        """Return the next rows, none when there are no more."""


def columns_from_rows(cursor: Cursor, types: Sequence[type[np.generic]]) -> list[NDArray[Any]]:
    """Return the columns of all rows, each of its type."""
    pieces = [[np.empty(0, kind) for kind in types]]
    while rows := cursor.fetchmany(ROWS):
        pieces.append([np.array(c, kind) for c, kind in zip(zip(*rows, strict=True), types, strict=True)])
    return [np.concatenate(column) for column in zip(*pieces, strict=True)]


def series_from_rows(name: str, cursor: Cursor) -> Series:
    """Return rows of (step, epoch, value, elapsed_ms), in step order, as one series."""
    return Series(name, *columns_from_rows(cursor, (np.int64, np.float64, np.float64, np.int64)))


def series_from_columns(
    name: str,
    step: NDArray[np.int64],
    value: NDArray[np.float64],
    kind: NDArray[np.integer[Any]],
    epoch: NDArray[np.float64],
    elapsed_ms: NDArray[np.int64],
) -> Series:
    """Return one series from its columns; missing values (NaN here) become what their kind says, in place."""
    value[kind == INFINITE] = np.inf
    value[kind == MINUS_INFINITE] = -np.inf
    return Series(name, step, epoch, value, elapsed_ms)


def series_from_binary_copy(
    blocks: Iterable[bytes | memoryview], names: Mapping[tuple[int, int], str]
) -> dict[tuple[int, str], Series]:
    """Return the series in what PostgreSQL's COPY sends in binary, block by block: rows of `_FIELDS` in any order.

    `names` gives the name of each (run id, series number). Every row has the same width, because no column is NULL.
    Source of the format: PostgreSQL's manual, COPY, "Binary Format".
    """
    rows = np.concatenate([np.empty(0, _KEPT), *_rows(blocks)])
    if not len(rows):
        return {}
    run_id, number = rows["run_id"], rows["series_no"]
    order = np.lexsort((rows["step"], number, run_id))
    run_id, number = run_id[order], number[order]
    changes = (run_id[1:] != run_id[:-1]) | (number[1:] != number[:-1])
    starts = np.r_[0, np.flatnonzero(changes) + 1]
    found: dict[tuple[int, str], Series] = {}
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        here = order[start:end]
        key = (int(run_id[start]), int(number[start]))
        columns = (rows[name][here] for name in ("step", "value", "kind", "epoch", "elapsed_ms"))
        found[key[0], names[key]] = series_from_columns(names[key], *columns)
    return found


def _rows(blocks: Iterable[bytes | memoryview]) -> Iterator[NDArray[Any]]:
    """Yield the rows piece by piece, without what only the format needs."""
    waiting = bytearray()
    skip = _HEADER
    for block in blocks:
        waiting += block
        if len(waiting) >= skip + ROWS * _ROW.itemsize:
            yield _taken(waiting, skip)
            skip = 0
    yield _taken(waiting, skip)


def _taken(waiting: bytearray, skip: int) -> NDArray[Any]:
    """Take the whole rows out of `waiting`; the end mark is shorter than a row and stays."""
    count = max(0, len(waiting) - skip) // _ROW.itemsize
    sent = np.frombuffer(bytes(waiting), _ROW, count, skip)
    rows = np.empty(count, _KEPT)
    for name, _ in _FIELDS:
        rows[name] = sent[name]
    del waiting[: skip + count * _ROW.itemsize]
    return rows


_FIELDS = (
    ("run_id", ">i8"),
    ("series_no", ">i4"),
    ("step", ">i8"),
    ("value", ">f8"),
    ("kind", ">i2"),
    ("epoch", ">f8"),
    ("elapsed_ms", ">i8"),
)
# A row: how many fields, then each field behind its length.
_ROW = np.dtype([("fields", ">i2"), *(f for n, t in _FIELDS for f in ((f"{n}_size", ">i4"), (n, t)))])
_KEPT = np.dtype([(name, "i1" if name == "kind" else sent.replace(">", "=")) for name, sent in _FIELDS])
_HEADER = 19

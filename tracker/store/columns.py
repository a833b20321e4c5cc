"""Rows of points as arrays: the driver's tuples are turned into columns and then into numpy, never one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.model import Series
from tracker.store.tables import INFINITE, MINUS_INFINITE


def series_from_rows(name: str, rows: list[tuple[Any, ...]]) -> Series:
    """Return rows of (step, value, kind, epoch, elapsed_ms), in step order, as one series."""
    step, value, kind, epoch, elapsed = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return series_from_columns(
        name,
        np.array(step, dtype=np.int64),
        np.array(value, dtype=np.float64),
        np.array(kind, dtype=np.int8),
        np.array(epoch, dtype=np.float64),
        np.array(elapsed, dtype=np.int64),
    )


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
    data: bytes, names: Mapping[tuple[int, int], str]
) -> dict[tuple[int, str], Series]:
    """Return the series in what PostgreSQL's COPY sent in binary, rows of `_FIELDS` in any order.

    `names` gives the name of each (run id, series number). Every row has the same width, because no column is NULL.
    Source of the format: PostgreSQL's manual, COPY, "Binary Format".
    """
    rows = np.frombuffer(
        data, dtype=_ROW, offset=_HEADER, count=(len(data) - _HEADER - _TRAILER) // _ROW.itemsize
    )
    if not len(rows):
        return {}
    run_id, number, step = (rows[name].astype(np.int64) for name in ("run_id", "series_no", "step"))
    order = np.lexsort((step, number, run_id))
    run_id, number = run_id[order], number[order]
    changes = (run_id[1:] != run_id[:-1]) | (number[1:] != number[:-1])
    starts = np.r_[0, np.flatnonzero(changes) + 1]
    found: dict[tuple[int, str], Series] = {}
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        here = rows[order[start:end]]
        key = (int(run_id[start]), int(number[start]))
        found[key[0], names[key]] = series_from_columns(
            names[key],
            here["step"].astype(np.int64),
            here["value"].astype(np.float64),
            here["kind"].astype(np.int8),
            here["epoch"].astype(np.float64),
            here["elapsed_ms"].astype(np.int64),
        )
    return found


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
_HEADER = 19
_TRAILER = 2

"""Rows of points as arrays: the driver's tuples are turned into columns and then into numpy, never one by one."""

from __future__ import annotations

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

"""What runs logged, as one data frame of a row for each step: the columns are filled in place, run by run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracker.model import RunRecord, Series

if TYPE_CHECKING:
    import pandas as pd


def frame_of(
    records: Sequence[RunRecord], series: Mapping[int, Sequence[Series]], named: bool
) -> pd.DataFrame:
    """Return the steps of runs, one run below the other.

    Args:
        records: the runs.
        series: the series of each by its number.
        named: whether each row says whose it is, in columns `id` and `run`.

    Returns:
        Columns step, epoch, time, then one a name as logged, NaN where that step has no value. A series may have the
        name of another column: it comes after it.
    """
    import pandas as pd

    steps = [_steps(series[record.run_id]) for record in records]
    ends = np.cumsum([0, *map(len, steps)])
    size = int(ends[-1])
    epoch = np.full(size, np.nan)
    time_ms = np.full(size, np.iinfo(np.int64).max)
    names = dict.fromkeys(one.name for record in records for one in series[record.run_id])
    values = {name: np.full(size, np.nan) for name in names}
    for record, start, here in zip(records, ends, steps, strict=False):
        for one in series[record.run_id]:
            rows = start + (
                np.arange(len(here)) if _same(one.step, here) else np.searchsorted(here, one.step)
            )
            values[one.name][rows] = one.value
            time_ms[rows] = np.minimum(time_ms[rows], record.created_ms + one.elapsed_ms)
            epoch[rows] = np.where(np.isnan(epoch[rows]), one.epoch, epoch[rows])
    whose: list[tuple[str, Any]] = []
    if named:
        which = np.repeat(np.arange(len(records)), np.diff(ends))
        for title, said in (("id", [r.id for r in records]), ("run", [r.name for r in records])):
            whose.append((title, pd.array(said, dtype="str").take(which)))
    columns = [
        *whose,
        ("step", np.concatenate([np.empty(0, np.int64), *steps])),
        ("epoch", epoch),
        ("time", pd.to_datetime(time_ms, unit="ms", utc=True)),
        *values.items(),
    ]
    frame = pd.DataFrame({number: column for number, (_, column) in enumerate(columns)}, copy=False)
    frame.columns = pd.Index([title for title, _ in columns])
    return frame


def _steps(series: Iterable[Series]) -> NDArray[np.int64]:
    """Return every step of a run once, in order."""
    steps = np.empty(0, np.int64)
    for one in series:
        if not _same(one.step, steps):
            steps = np.union1d(steps, one.step) if len(steps) else one.step
    return steps


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return len(one) == len(other) and bool((one == other).all())

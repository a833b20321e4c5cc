"""What runs logged as one data frame: steps lined up, each value in the row of its step."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from tests.support.sessions import now_ms
from tracker.model import RunRecord, Series
from tracker.stepwise import frame_of

RUN = RunRecord(1, "p", "first", None, "finished", None, "", (), 0, 1_000, now_ms(), 0, 1)


def series(name: str, steps: list[int], values: list[float], epochs: list[float], times: list[int]) -> Series:
    return Series(name, np.array(steps), np.array(epochs, float), np.array(values, float), np.array(times))


def test_a_step_has_the_first_epoch_and_the_earliest_time_of_its_values() -> None:
    logged = [
        series("loss", [1, 3, 5], [0.1, 0.3, 0.5], [math.nan, 3, 5], [10, 30, 50]),
        series("val", [1, 2, 5], [1, 2, math.inf], [0.5, math.nan, 9], [9, 20, 70]),
    ]
    frame = frame_of([RUN], {1: logged}, named=False)
    assert frame["step"].tolist() == [1, 2, 3, 5]
    assert frame["epoch"].fillna(-1).tolist() == [0.5, -1, 3, 5]
    assert frame["time"].tolist() == [pd.Timestamp(1_000 + t, unit="ms", tz="UTC") for t in (9, 20, 30, 50)]
    assert frame["loss"].fillna(-1).tolist() == [0.1, -1, 0.3, 0.5]
    assert frame["val"].fillna(-1).tolist() == [1, 2, -1, math.inf]


def test_series_may_have_the_names_of_the_other_columns() -> None:
    logged = [series(name, [0], [n], [0], [0]) for n, name in enumerate(["step", "time", "id"], 5)]
    frame = frame_of([RUN], {1: logged}, named=True)
    assert frame.columns.tolist() == ["id", "run", "step", "epoch", "time", "step", "time", "id"]
    assert frame.iloc[0, -3:].tolist() == [5, 6, 7]


def test_runs_of_different_names_stand_below_one_another() -> None:
    second, third = replace(RUN, run_id=2, name="empty"), replace(RUN, run_id=3, name="third")
    logged = {
        1: [series("a", [0, 1], [1, 2], [0, 1], [0, 1])],
        2: [],
        3: [series("b", [7], [3], [7], [7]), series("a", [7], [4], [7], [7])],
    }
    frame = frame_of([RUN, second, third], logged, named=True)
    assert frame["run"].tolist() == ["first", "first", "third"]
    assert frame["id"].tolist() == [RUN.id, RUN.id, third.id]
    assert frame["a"].tolist() == [1, 2, 4]
    assert frame["b"].fillna(-1).tolist() == [-1, -1, 3]
    assert (frame["step"].dtype, frame["a"].dtype, str(frame["time"].dtype)) == (
        np.int64,
        np.float64,
        "datetime64[us, UTC]",
    )

"""Train and validation on one axis, whichever way they were logged."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.curves.align import align, clock, positions
from tracker.model import Series


def series(name: str, step: list[int], value: list[float], epoch: list[float] | None = None) -> Series:
    n = len(step)
    return Series(
        name,
        np.array(step, np.int64),
        np.full(n, np.nan) if epoch is None else np.array(epoch, np.float64),
        np.array(value, np.float64),
        np.zeros(n, np.int64),
    )


def test_a_pair_logged_together_stays_as_it_is() -> None:
    got = align(series("loss", [0, 1, 2], [3, 2, 1]), series("val_loss", [0, 1, 2], [4, 3, 2]))
    assert got.axis == "step"
    assert (got.x.tolist(), got.train.tolist(), got.val.tolist()) == ([0, 1, 2], [3, 2, 1], [4, 3, 2])  # type: ignore[union-attr]


def test_train_per_step_becomes_its_mean_since_the_last_validation() -> None:
    train = series("loss", list(range(1, 9)), [8, 7, 6, 5, 4, 3, 2, 1])
    got = align(train, series("val_loss", [4, 8], [5, 4]))
    assert got.x.tolist() == [4, 8]
    assert got.train.tolist() == [6.5, 2.5]  # type: ignore[union-attr]


def test_what_is_trained_after_the_last_validation_is_not_counted_into_it() -> None:
    got = align(series("loss", [1, 2, 3], [2, 4, 100]), series("val_loss", [2], [5]))
    assert got.train.tolist() == [3]  # type: ignore[union-attr]


def test_a_rarer_training_curve_is_drawn_straight_between_its_points() -> None:
    got = align(series("loss", [0, 4], [4, 0]), series("val_loss", [0, 1, 2, 3, 4, 5], [1] * 6))
    assert got.train.tolist() == [4, 3, 2, 1, 0, 0]  # type: ignore[union-attr]


def test_missing_epochs_come_from_the_runs_other_series() -> None:
    train = series("loss", [10, 20, 30, 40], [4, 3, 2, 1])
    val = series("val_loss", [20, 40], [3, 2], [1, 2])
    run = clock([train, val])
    assert positions(train, run).tolist() == [0.5, 1, 1.5, 2]
    got = align(train, val, run)
    assert (got.axis, got.x.tolist(), got.train.tolist()) == ("epoch", [1, 2], [3.5, 1.5])  # type: ignore[union-attr]


def test_epochs_go_on_at_the_runs_pace_beyond_the_logged_ones() -> None:
    val = series("val_loss", [20, 40], [3, 2], [1, 2])
    assert positions(series("loss", [0, 60], [1, 1]), clock([val])).tolist() == [0, 3]


def test_one_logged_epoch_is_no_axis() -> None:
    one = series("loss", [0, 1, 2], [3, 2, 1], [math.nan, 1, math.nan])
    assert clock([one]) is None
    assert clock([]) is None


def test_nan_and_infinity_stay() -> None:
    train = series("loss", [0, 1, 2, 3], [1, math.nan, 1, math.inf])
    got = align(train, series("val_loss", [1, 3], [math.nan, 2]))
    assert got.train is not None
    assert got.val is not None
    assert math.isnan(got.train[0])
    assert got.train[1] == math.inf
    assert math.isnan(got.val[0])


def test_a_missing_side_is_none() -> None:
    only = series("loss", [0, 1], [2, 1])
    assert align(only, None).val is None
    assert align(None, only).train is None
    assert align(only, series("val_loss", [], [])).val is None
    assert len(align(None, None)) == 0


@given(
    train=st.lists(st.integers(0, 30), min_size=1, max_size=25, unique=True).map(sorted),
    val=st.lists(st.integers(0, 30), min_size=1, max_size=25, unique=True).map(sorted),
)
def test_every_validation_point_gets_the_mean_of_its_own_stretch(train: list[int], val: list[int]) -> None:
    values = [float(step**2) for step in train]
    got = align(series("loss", train, values), series("val_loss", val, [0.0] * len(val)))
    assert got.train is not None
    for place, end in enumerate(val):
        begin = val[place - 1] if place else -1
        inside = [value for step, value in zip(train, values, strict=True) if begin < step <= end]
        want = sum(inside) / len(inside) if inside else float(np.interp(end, train, values))
        assert got.train[place] == pytest.approx(want)


def test_series_logged_together_make_the_same_clock_as_one_of_them() -> None:
    one = series("loss", [3, 4, 9], [3, 2, 1], [1, 2, 3])
    other = series("val_loss", [3, 4, 9], [4, 3, 2], [1, 2, 5])
    sparse = series("lr", [0, 4], [1, 1], [0, 7])
    alone, both, all_three = clock([one]), clock([one, other]), clock([one, other, sparse])
    assert alone is not None
    assert both is not None
    assert all_three is not None
    assert [part.tolist() for part in both] == [part.tolist() for part in alone] == [[3, 4, 9], [1, 2, 3]]
    assert [part.tolist() for part in all_three] == [[0, 3, 4, 9], [0, 1, 2, 3]]

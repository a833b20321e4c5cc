"""The raw data of a run as one table: any rows of it, the best one, and all of it as CSV."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from tests.support.runs import OVERFIT
from tests.support.sessions import Session, row
from tracker.dashboard.data import Data
from tracker.dashboard.rawdata import STRIDE, RawData, best_step
from tracker.model import RunRecord
from tracker.store import open_store
from tracker.store.base import PointRow, Store

ROWS = 3 * STRIDE + 7


@pytest.fixture
def table(tmp_path: Path) -> tuple[RawData, RunRecord]:
    store = open_store(f"sqlite:///{tmp_path / 'runs.db'}")
    store.prepare()
    session = Session(store, project="digits", name="long")
    points = [row(i * 2, 1 / (i + 1), "train/loss", epoch=i / 10, elapsed_ms=i * 1000) for i in range(ROWS)]
    points += [row(i * 2, math.nan if i == 600 else i, "=val", epoch=i / 10) for i in range(0, ROWS, 100)]
    session.ship(points, elapsed_ms=1_000, status="running")
    return RawData(Data(store)), store.runs(run_ids=[session.run_id])[0]


def test_any_rows_are_found_without_those_before_them(table: tuple[RawData, RunRecord]) -> None:
    raw, run = table
    rows, total = raw.rows(run, STRIDE - 1, STRIDE + 2, best=STRIDE * 2)
    assert total == ROWS
    assert [r["step"] for r in rows] == [f"{2 * i:,}" for i in range(STRIDE - 1, STRIDE + 2)]
    assert [r["best"] for r in rows] == [False, True, False]
    assert [("s1" in r) for r in rows] == [False, True, False]
    assert raw.rows(run, 600, 601)[0][0]["s1"] == "NaN"
    assert raw.rows(run, ROWS - 1, ROWS + 99)[0][-1]["step"] == f"{2 * (ROWS - 1):,}"
    assert raw.rows(run, ROWS, ROWS + 100) == ([], ROWS)


@pytest.mark.parametrize("at", [0, 1, STRIDE - 1, STRIDE, ROWS - 1])
def test_the_row_of_a_step_is_found(table: tuple[RawData, RunRecord], at: int) -> None:
    raw, run = table
    assert raw.place(run, at * 2) == at


def test_the_best_epoch_is_found_among_rows_without_one(store: Store) -> None:
    session = Session(store, project="digits", name="by step")
    train = [row(e * 50 + i, OVERFIT["train/loss"][e], "train/loss") for e in range(60) for i in range(50)]
    val = [row(e * 50 + 49, v, "val/loss", epoch=float(e)) for e, v in enumerate(OVERFIT["val/loss"])]
    session.ship([*train, *val], status="finished")
    record = store.runs(run_ids=[session.run_id])[0]
    data = Data(store)
    curves = data.curves([record])[record.run_id]
    epoch, step = curves.diagnosis.best_epoch, best_step(curves)
    assert epoch is not None
    assert step == epoch * 50 + 49
    raw = RawData(data)
    at = raw.place(record, step)
    assert at == step
    [found], _ = raw.rows(record, at, at + 1, best=step)
    assert (found["epoch"], found["best"]) == (f"{epoch:g}", True)


def test_a_live_run_is_read_from_where_it_stood_unless_something_came_late(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(store, project="digits", name="live")
    whole: list[int] = []
    steps = store.steps
    monkeypatch.setattr(store, "steps", lambda run, names: whole.append(run) or steps(run, names))
    raw = RawData(Data(store))

    def same(points: list[PointRow], read: int) -> None:
        session.ship(points, status="running")
        [record] = store.runs(run_ids=[session.run_id])
        shape = raw.shape(record)
        assert len(whole) == read
        every = steps(session.run_id, shape.names)
        assert (shape.rows, shape.last) == (len(every), every[-1])
        assert shape.marks.tolist() == every[::STRIDE].tolist()

    same([row(i, 1.0, "loss") for i in range(STRIDE - 1)], 1)
    same([row(STRIDE - 1, 1.0, "loss")], 1)
    same([row(STRIDE - 1, 2.0, "loss"), row(STRIDE - 1, 1.0, "lr")], 1)
    same([row(i, 1.0, "loss") for i in range(STRIDE, 3 * STRIDE + 2)], 1)
    same([row(2 * STRIDE, 3.0, "loss")], 1)  # written again: no row more
    same([row(9 * STRIDE, 1.0, "loss")], 1)
    same([row(5 * STRIDE, 1.0, "loss")], 2)
    same([row(9 * STRIDE + 1, 1.0, "loss")], 2)


def test_the_csv_holds_every_point_as_logged(table: tuple[RawData, RunRecord]) -> None:
    raw, run = table
    head, *rows = csv.reader("".join(raw.csv(run)).splitlines())
    assert head == [
        "step",
        "epoch",
        "seconds",
        "train/loss",
        "'=val",
    ]  # no spreadsheet takes it for a formula
    assert len(rows) == ROWS
    assert float(rows[123][3]) == 1 / 124
    assert (rows[123][4], rows[600][4], rows[700][4]) == ("", "NaN", "700")

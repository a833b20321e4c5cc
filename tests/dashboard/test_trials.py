"""Runs as trials: by which metric they are held against their settings."""

from __future__ import annotations

import pytest

from tests.support.runs import HEALTHY, finished_run
from tracker.dashboard.components import comparison, hyperparts
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.data import Data
from tracker.dashboard.hyperview import HyperView
from tracker.dashboard.summary import summarise
from tracker.dashboard.table import FIELDS
from tracker.dashboard.trials import gather
from tracker.store.base import Store


def test_runs_of_shares_and_of_percent_are_held_against_each_other(store: Store) -> None:
    for name, best in (("share", 0.9), ("percent", 70.0)):
        score = [best * (1 - 0.8 * 0.8**e) for e in range(60)]
        curves = {"train/accuracy": score, "val/accuracy": score, "val/balanced_accuracy": score}
        finished_run(store, "p", name, {**HEALTHY, **curves}, config={"lr": best})
    finished_run(store, "q", "share", {k: [v / 100 for v in c] for k, c in curves.items()})
    finished_run(store, "q", "percent", {k: [0.9 * v for v in c] for k, c in curves.items()})
    data = Data(store)
    records = data.runs("p")
    rows, _ = data.rows(records)
    told = {row["name"]: row["best_acc"] for row in rows}
    assert told["share"] == pytest.approx(90, abs=0.1)
    assert told["percent"] == pytest.approx(70, abs=0.1)
    spec = comparison.table(list(zip(records, rows, strict=True)), None, records[0].id)
    cells = {row["name"]: row["cells"][2] for row in spec["rows"]}
    assert (cells["share"]["best"], cells["percent"]["best"]) == (True, False)
    assert {cell["delta"] for cell in cells.values()} & {"+20.0", "−20.0"}
    lines = [dict(zip(FIELDS, one, strict=True)) for one in data.tables.of("p").answer(budget_s=60).lines]
    assert {one["name"]: round(one["best_acc"]) for one in lines} == {"share": 90, "percent": 70}
    trials = gather(data, "p")
    for key in ("accuracy", "of:balanced_accuracy"):
        page = hyperparts.parts(trials, "p", HyperView(metric=key), Screen())
        texts = [(one["name"], one["best"]) for one in page["now.data"]["list"]]
        assert texts == [("share", "90.0\u202f%"), ("percent", "70.0\u202f%")]
    data.tables.of("q").answer(budget_s=60)
    best = summarise(data.tables.of("q").lines.values()).best
    assert best is not None
    assert (best.name, best.text) == ("share", "70.0\u202f%")


def test_runs_without_validation_are_held_against_each_other_by_what_they_log(store: Store) -> None:
    for number in range(3):
        curves = {"train/loss": [1.0 - 0.1 * number, 0.5 - 0.1 * number] * 5}
        finished_run(store, "alone", f"run-{number}", curves, config={"lr": 0.1 * (number + 1)})
    trials = gather(Data(store), "alone")
    assert [m.title for m in trials.measures] == ["best train/loss"]
    measure = trials.measure(HyperView())
    assert sorted(trials.values(f"best:{measure.key}")) == pytest.approx([0.3, 0.4, 0.5])
    finished_run(store, "alone", "validated", HEALTHY, config={"lr": 0.7})
    titles = [m.title for m in gather(Data(store), "alone").measures]
    assert titles[0] == "best val/loss"
    assert "best train/loss" not in titles

"""What pages learn from the store: only what changed, each run diagnosed once, and nothing held up by long lists."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tracker.dashboard.data import Data
from tracker.errors import NotFound
from tracker.model import id_text
from tracker.store import open_store
from tracker.store.base import Store


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    opened.prepare()
    yield opened
    opened.close()


def test_an_overfit_run_is_called_so_in_its_row(store: Store) -> None:
    record = finished_run(store, "p", "too-long", OVERFIT, tags=("a",), group="g", config={"lr": 0.1})
    [row], marks = Data(store).rows([record])
    assert row["verdict"] in ("overfitting", "overconfident")
    assert row["name"] == "too-long"
    assert row["status"] == "finished"
    assert row["best_loss"] == pytest.approx(min(OVERFIT["val/loss"]), rel=0.02)
    assert row["best_acc_text"].endswith("%")
    assert row["spark"].startswith("<svg")
    assert marks[record.id].endswith("f")


def test_runs_without_validation_points_or_anything_still_have_rows(store: Store) -> None:
    finished_run(store, "p", "train-only", {"loss": [3.0, 2.0, 1.0]})
    finished_run(store, "p", "nothing", {})
    finished_run(
        store, "p", "broken", {"train/loss": [1.0, float("nan")], "val/loss": [float("inf"), float("nan")]}
    )
    rows, _ = Data(store).rows(store.runs("p"))
    assert {r["name"] for r in rows} == {"train-only", "nothing", "broken"}
    assert all(r["verdict"] for r in rows)


def test_only_what_changed_comes_back(store: Store) -> None:
    still = finished_run(store, "p", "still", HEALTHY)
    growing = Session(store, project="p", name="growing")
    log(growing, {k: v[:5] for k, v in HEALTHY.items()})
    data = Data(store)
    first = data.changes("p", {})
    assert first is not None
    assert {r["name"] for r in first.rows} == {"still", "growing"}
    assert data.changes("p", first.marks) is None
    log(growing, {k: v[5:8] for k, v in HEALTHY.items()}, start=5)
    second = data.changes("p", first.marks)
    assert second is not None
    assert [r["name"] for r in second.rows] == ["growing"]
    assert second.marks[still.id] == first.marks[still.id]
    assert data.changes("p", second.marks) is None


def test_a_run_that_is_gone_is_said_to_be_gone(store: Store) -> None:
    finished_run(store, "p", "here", HEALTHY)
    data = Data(store)
    known = data.changes("p", {})
    assert known is not None
    ghost = id_text(5)
    change = data.changes("p", {**known.marks, ghost: "1f"})
    assert change is not None
    assert change.gone == [ghost]
    assert ghost not in change.marks


def test_a_long_list_comes_bit_by_bit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        finished_run(store, "p", f"run-{n}", HEALTHY)
    monkeypatch.setattr("tracker.verdicts.BUNDLE_POINTS", 1)
    data = Data(store)
    answers, marks = [], {}
    for _ in range(4):
        change = data.changes("p", marks, budget_s=0)
        assert change is not None
        marks = change.marks
        answers.append(sum(r["verdict"] is None for r in change.rows))
    assert answers == [3, 2, 1, 0]
    assert data.changes("p", marks) is None


def test_a_finished_runs_diagnosis_is_kept_and_not_made_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = finished_run(store, "p", "done", OVERFIT)
    Data(store).rows([record])
    until = time.monotonic() + 10
    while not store.diagnoses([record.run_id]) and time.monotonic() < until:
        time.sleep(0.02)
    assert store.diagnoses([record.run_id])

    def never(*_: object, **__: object) -> None:
        raise AssertionError("diagnosed again")

    monkeypatch.setattr("tracker.diagnosis.diagnose", never)
    fresh = store.runs(run_ids=[record.run_id])
    [row], _ = Data(store).rows(fresh)
    assert row["verdict"] in ("overfitting", "overconfident")
    assert row["spark"].startswith("<svg")


def test_a_running_runs_diagnosis_is_not_kept(store: Store) -> None:
    growing = Session(store, project="p", name="growing")
    log(growing, OVERFIT)
    Data(store).rows(store.runs("p"))
    time.sleep(0.2)
    assert store.diagnoses([growing.run_id]) == {}


def test_unknown_projects_and_runs_are_not_found(store: Store) -> None:
    record = finished_run(store, "p", "here", HEALTHY)
    data = Data(store)
    with pytest.raises(NotFound, match="nowhere"):
        data.runs("nowhere")
    for project, run in (("p", "0000000000000"), ("p", "not-an-id"), ("other", record.id)):
        with pytest.raises(NotFound):
            data.run(project, run)
    assert data.run("p", record.id).name == "here"


def test_the_order_of_the_list_is_read_again_only_when_runs_came_or_went(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = finished_run(store, "p", "old", HEALTHY, created_ms=1_000)
    new = finished_run(store, "p", "new", HEALTHY, created_ms=2_000)
    data = Data(store)
    assert data.order("p") == [new.id, old.id]
    read = type(store).runs
    monkeypatch.setattr(type(store), "runs", lambda *_: pytest.fail("read the whole list again"))
    assert data.order("p") == [new.id, old.id]
    monkeypatch.setattr(type(store), "runs", read)
    newest = finished_run(store, "p", "newest", HEALTHY, created_ms=3_000)
    assert data.order("p") == [newest.id, new.id, old.id]
    assert [r.name for r in data.chosen([old.id, id_text(7), newest.id])] == ["old", "newest"]


def test_series_of_any_metric_are_read_once_for_each_state_of_a_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = finished_run(store, "p", "still", {**HEALTHY, "grad/norm": [3.0, 2.0, 1.0]})
    growing = Session(store, project="p", name="growing")
    log(growing, {"grad/norm": [1.0, 2.0]})
    data = Data(store)
    asked: list[int] = []
    points = store.points
    monkeypatch.setattr(
        store, "points", lambda keys: asked.extend(run_id for run_id, _ in keys) or points(keys)
    )

    def lines() -> dict[int, dict[str, list[float]]]:
        found = data.metric_lines(store.runs("p"), ["grad/norm", "nothing"])
        return {run: {n: s.value.tolist() for n, s in by_name.items()} for run, by_name in found.items()}

    assert lines() == {
        still.run_id: {"grad/norm": [3.0, 2.0, 1.0]},
        growing.run_id: {"grad/norm": [1.0, 2.0]},
    }
    lines()
    log(growing, {"grad/norm": [3.0]}, start=2)
    assert lines()[growing.run_id] == {"grad/norm": [1.0, 2.0, 3.0]}
    assert asked.count(still.run_id) == 1
    assert asked.count(growing.run_id) == 2


def test_the_metrics_of_runs_are_cards_beside_the_pair_that_every_page_shows(store: Store) -> None:
    one = finished_run(store, "p", "one", {**OVERFIT, "train/f1": [0.1, 0.2], "val/f1": [0.1, 0.3]})
    two = finished_run(store, "p", "two", {**HEALTHY, "lr": [0.1, 0.01]})
    data = Data(store)
    assert [(c.metric, dict(c.series)) for c in data.cards([one, two])] == [
        ("f1", {"train": "train/f1", "val": "val/f1"}),
        ("lr", {"": "lr"}),
    ]
    assert {c.metric for c in data.cards([one, two], main=True)} == {"loss", "accuracy", "f1", "lr"}
    assert data.cards([]) == ()

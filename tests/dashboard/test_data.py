"""What pages learn from the store: only what changed, each run diagnosed once, and nothing held up by long lists."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session, row
from tracker import verdicts
from tracker.charts.lines import Line, Options
from tracker.dashboard.components.chart import Screen, figure
from tracker.dashboard.components.verdict import accuracy_text
from tracker.dashboard.data import Data
from tracker.dashboard.lru import Newest
from tracker.dashboard.state import View
from tracker.dashboard.table import FIELDS
from tracker.errors import NotFound
from tracker.model import Overview, id_text
from tracker.store import ranges
from tracker.store.base import Points, Store
from tracker.store.windows import LONG


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


def test_percent_is_told_by_training_and_validation_together(store: Store) -> None:
    """A run that logs percent may have a validation accuracy that never leaves the first one."""
    scores = {
        "train/accuracy": [0.5 + e for e in range(60)],
        "val/accuracy": [0.3 + e / 100 for e in range(60)],
    }
    record = finished_run(store, "p", "slow", {**HEALTHY, **scores})
    data = Data(store)
    [row], _ = data.rows([record])
    assert row["best_acc_text"] == "0.9\u202f%"
    curves = data.curves([record])[record.run_id]
    drawn = figure([(record, curves)], View(), Screen(), record.id)
    [val] = [
        t
        for t in drawn["data"]
        if t["mode"] == "lines" and t["meta"]["metric"] == "accuracy" and t["meta"]["split"] == "val"
    ]
    assert max(val["y"]) == pytest.approx(0.89)
    assert accuracy_text(curves)(0.89) == row["best_acc_text"]
    table = data.tables.of("p")
    assert dict(zip(FIELDS, table.answer(budget_s=60).lines[0], strict=True))["percent"] == 1


def test_runs_without_validation_points_or_anything_still_have_rows(store: Store) -> None:
    finished_run(store, "p", "train-only", {"loss": [3.0, 2.0, 1.0]})
    finished_run(store, "p", "nothing", {})
    finished_run(
        store, "p", "broken", {"train/loss": [1.0, float("nan")], "val/loss": [float("inf"), float("nan")]}
    )
    rows, _ = Data(store).rows(store.runs("p"))
    told = {r["name"]: (r["verdict"], r["best_loss"]) for r in rows}
    assert told == {
        "train-only": ("too_early", None),
        "nothing": ("too_early", None),
        "broken": ("diverged", None),
    }


def test_only_what_changed_comes_back(store: Store) -> None:
    still = finished_run(store, "p", "still", HEALTHY)
    growing = Session(store, project="p", name="growing")
    log(growing, {k: v[:5] for k, v in HEALTHY.items()})
    data = Data(store)
    first = data.changes(data.standing("p"), {})
    assert first is not None
    assert {r["name"] for r in first.rows} == {"still", "growing"}
    assert data.changes(data.standing("p"), first.marks) is None
    log(growing, {k: v[5:8] for k, v in HEALTHY.items()}, start=5)
    second = data.changes(data.standing("p"), first.marks)
    assert second is not None
    assert [r["name"] for r in second.rows] == ["growing"]
    assert second.moved == {id_text(growing.run_id)}
    assert second.marks[still.id] == first.marks[still.id]
    assert data.changes(data.standing("p"), second.marks) is None


def test_a_run_that_is_gone_is_said_to_be_gone(store: Store) -> None:
    finished_run(store, "p", "here", HEALTHY)
    data = Data(store)
    known = data.changes(data.standing("p"), {})
    assert known is not None
    ghost = id_text(5)
    change = data.changes(data.standing("p"), {**known.marks, ghost: "1f"})
    assert change is not None
    assert change.gone == [ghost]
    assert change.moved == {ghost}
    assert ghost not in change.marks


def test_a_long_list_comes_bit_by_bit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        finished_run(store, "p", f"run-{n}", HEALTHY)
    monkeypatch.setattr("tracker.verdicts.BUNDLE_POINTS", 1)
    data = Data(store)
    answers, marks = [], {}
    for _ in range(4):
        change = data.changes(data.standing("p"), marks, budget_s=0)
        assert change is not None
        marks = change.marks
        answers.append((sum(r["verdict"] is None for r in change.rows), len(change.moved)))
    assert answers == [(3, 4), (2, 0), (1, 0), (0, 0)], "a row that is only completed is no news of its run"
    assert data.changes(data.standing("p"), marks) is None


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
    assert data.standing("p").ids == [new.id, old.id]
    read = type(store).runs
    monkeypatch.setattr(type(store), "runs", lambda *_: pytest.fail("read the whole list again"))
    assert data.standing("p").ids == [new.id, old.id]
    monkeypatch.setattr(type(store), "runs", read)
    newest = finished_run(store, "p", "newest", HEALTHY, created_ms=3_000)
    assert data.standing("p").ids == [newest.id, new.id, old.id]
    assert [r.name for r in data.records([old.run_id, 7, newest.run_id], data.standing("p").states)] == [
        "old",
        "newest",
    ]


def test_it_is_known_at_once_which_runs_are_archived_and_which_are_back(store: Store) -> None:
    old = finished_run(store, "p", "old", HEALTHY, created_ms=1_000)
    finished_run(store, "p", "new", HEALTHY, created_ms=2_000)
    data = Data(store)
    assert data.standing("p").archived == frozenset()
    store.archive([old.run_id])
    assert data.standing("p").archived == {old.id}
    store.archive([old.run_id], on=False)
    assert data.standing("p").archived == frozenset()


def test_series_of_any_metric_are_read_once_for_each_state_of_a_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = finished_run(store, "p", "still", {**HEALTHY, "grad/norm": [3.0, 2.0, 1.0]})
    growing = Session(store, project="p", name="growing")
    log(growing, {"grad/norm": [1.0, 2.0]})
    data = Data(store)
    asked: list[int] = []
    grown = store.grown
    monkeypatch.setattr(
        store, "grown", lambda held: asked.extend(run_id for run_id, _ in held) or grown(held)
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


def long_run(store: Store, points: int) -> Session:
    """A run with a spike of one step in its training loss and a NaN in its validation loss."""
    session = Session(store, project="p", name="long")
    for start in range(0, points, 10_000):
        steps = range(start, min(start + 10_000, points))
        values = [
            {
                "train/loss": 900.0 if s == 33_333 else 2.0 - s / points + (s * 7919 % 101) / 500,
                "val/loss": float("nan") if s == 44_444 else 2.5 - s / points,
            }
            for s in steps
        ]
        session.ship(
            Points(
                [s * 10 for s in steps], list(steps), [False] * len(steps), [s / 1000 for s in steps], values
            )
        )
    return session


def test_a_long_series_is_drawn_from_its_buckets_and_zoomed_to_its_points(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = long_run(store, LONG + 20_000)
    data = Data(store)
    monkeypatch.setattr(store, "points", lambda keys: pytest.fail(f"whole series were read: {keys}"))
    [record] = store.runs("p")
    curves = data.curves([record])[record.run_id]
    train, val = curves.loss
    assert isinstance(train, Overview)
    assert isinstance(val, Overview)
    assert len(train) < 20_000
    assert train.value.max() == 900.0
    assert np.isnan(val.value).sum() == 1
    line = Line(record.id, "long", 0, loss=(train, val), metric={"train": train})
    assert data.in_range([line], Options()) == [line]

    asked: list[object] = []
    window = store.window
    monkeypatch.setattr(
        store, "window", lambda wanted, **more: asked.append(wanted) or window(wanted, **more)
    )
    for x, x_range in (("epoch", (33.0, 33.5)), ("step", (33_000, 33_500)), ("time", (330, 335))):
        [seen] = data.in_range([line], Options(x=x, x_range=x_range))
        inside = seen.loss[0].step[(seen.loss[0].step >= 33_000) & (seen.loss[0].step <= 33_500)]
        assert inside.tolist() == list(range(33_000, 33_501))
        assert seen.metric["train"].step.tolist() == seen.loss[0].step.tolist()
        assert (np.diff(seen.loss[0].step) > 0).all()
        assert seen.loss[0].step[[0, -1]].tolist() == [0, LONG + 20_000 - 1]
    count = len(asked)
    data.in_range([line], Options(x="epoch", x_range=(33.0, 33.5)))
    assert len(asked) == count
    between = data.in_range([line], Options(x="epoch", x_range=(20.00021, 20.00079)))[0]
    assert {20_000, 20_001} <= set(between.loss[0].step.tolist())

    log(session, {"train/loss": [5.0]}, start=LONG + 20_000)
    [record] = store.runs("p")
    train = data.curves([record])[record.run_id].loss[0]
    assert train.value[-1] == 5.0


def test_of_a_live_run_only_the_newest_state_is_held() -> None:
    kept: Newest[int, list[int]] = Newest(10, len)
    kept.put(1, "other", [0] * 4)
    for state in range(20):
        kept.put(2, state, [state] * 4)
    assert kept.get(1, "other") == [0] * 4  # old states of the other have not pushed it out
    assert kept.get(2, 19) == [19] * 4
    assert kept.get(2, 18) is None


def test_a_series_without_epochs_is_cut_by_those_of_its_run(store: Store) -> None:
    session = Session(store, project="p", name="by step")
    train = [row(e * 10 + i, 1.0 + e, "train/loss") for e in range(60) for i in range(10)]
    val = [row(e * 10, 2.0, "val/loss", epoch=float(e)) for e in range(60)]
    session.ship([*train, *val, row(0, 1.0, "alone")], status="finished")
    [record] = store.runs("p")
    data = Data(store)
    assert len(data.stretch(record, "train/loss", "epoch", None, None, 100)) > 50
    assert data.stretch(record, "train/loss", "epoch", 10.0, 12.0, None).step.tolist() == list(
        range(100, 121)
    )
    bare = Session(store, project="p", name="no epochs")
    bare.ship([row(i, 1.0, "train/loss") for i in range(50)], status="finished")
    record = next(r for r in store.runs("p") if r.name == "no epochs")
    assert len(data.stretch(record, "train/loss", "epoch", None, None, 30)) > 10


def test_a_growing_run_is_read_from_where_it_stood_and_the_others_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        finished_run(store, "p", f"still-{n}", OVERFIT)
    growing = Session(store, project="p", name="growing")
    log(growing, {name: values[:40] for name, values in OVERFIT.items()})
    data = Data(store)
    data.curves(store.runs("p"))
    read: list[tuple[int, int]] = []
    behind = ranges.behind
    monkeypatch.setattr(
        ranges,
        "behind",
        lambda c, keys: read.extend((run, step) for (run, _), (_, step) in keys.items()) or behind(c, keys),
    )
    log(growing, {name: values[40:] for name, values in OVERFIT.items()}, start=40)
    found = data.curves(store.runs("p"))
    assert {run for run, _ in read} == {growing.run_id}
    assert {step for _, step in read} == {39}
    assert found[growing.run_id].loss[1].value.tolist() == OVERFIT["val/loss"]


def test_a_diagnosis_that_is_kept_and_holds_is_not_made_again_for_a_picture(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = finished_run(store, "p", "ended", OVERFIT)
    living = Session(store, project="p", name="living")
    log(living, HEALTHY)
    first = verdicts.of_runs(store, [ended])[ended.run_id]
    store.keep_diagnosis(ended.run_id, ended.version, first)
    asked: list[int] = []
    judge = verdicts.judge
    monkeypatch.setattr(
        verdicts,
        "judge",
        lambda record, *given, **more: asked.append(record.run_id) or judge(record, *given, **more),
    )
    curves = Data(store).curves(store.runs("p"))
    assert asked == [living.run_id]
    assert curves[ended.run_id].diagnosis == first
    assert curves[ended.run_id].loss[1].value.tolist() == OVERFIT["val/loss"]

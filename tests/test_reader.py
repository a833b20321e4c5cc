"""What notebooks ask of a store: runs and histories as data frames, a diagnosis of a run, and pictures."""

from __future__ import annotations

import math
import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import tracker
from tests.diagnosis import training
from tracker import pictures, reader
from tracker.errors import BadInput, NotFound, StoreError, TrackerError
from tracker.model import Diagnosis, MetricDefinition, id_text, new_id
from tracker.store import open_store
from tracker.store.base import START, Batch, Identity, Offset, PointRow, Points


@pytest.fixture(scope="module")
def curves() -> dict[str, list[float]]:
    return {name: list(values) for name, values in training.overfitting().items()}


@pytest.fixture(scope="module")
def expected(curves: dict[str, list[float]]) -> Diagnosis:
    d = reader.diagnose(curves)
    assert d.verdict == "overfitting"
    return d


@pytest.fixture
def logged(sqlite_url: str, curves: dict[str, list[float]]) -> tuple[str, str]:
    """A store with one finished run, and the run's id."""
    store = open_store(sqlite_url)
    store.prepare()
    run_id = new_id()
    who = Identity(
        run_id,
        new_id(),
        "vision",
        "first",
        created_ms=1_700_000_000_000,
        tags=("t",),
        config={"lr": 0.1, "n_val": 500, "class_counts.0": 30, "class_counts.1": 30},
    )
    points = [
        PointRow(name, step, False, value, step + 1.0, 1000 * step)
        for step in range(len(curves["loss"]))
        for name, value in zip(curves, (values[step] for values in curves.values()), strict=True)
    ]
    points.append(PointRow("note/value", 100, False, 5.0, None, 99_000))
    store.ship(
        Batch(
            who,
            START,
            Offset(0, 10),
            beat_ms=1_700_000_000_000,
            points=Points.of(points),
            summary={"best": 1.5},
            metrics={"note/value": MetricDefinition(goal="max")},
            status="finished",
        )
    )
    store.close()
    return sqlite_url, id_text(run_id)


def test_a_run_is_diagnosed_by_id_by_name_and_as_an_object(
    logged: tuple[str, str], expected: Diagnosis
) -> None:
    url, run = logged
    flushed: list[bool] = []
    live = SimpleNamespace(id=run, flush=lambda: flushed.append(True))
    for reference in (run, "vision/first", live):
        d = reader.diagnose(reference, store=url)
        assert d.verdict == "overfitting"
        assert d.best_epoch == expected.best_epoch
        assert d.findings[0].evidence["n_val"] == 500
    assert flushed == [True]


def test_the_stores_place_comes_from_the_environment(
    logged: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, run = logged
    monkeypatch.setenv("TRACKER_URL", url)
    assert reader.diagnose(run).overfitting


def test_an_unknown_run_is_not_found(logged: tuple[str, str]) -> None:
    url, _ = logged
    for reference in (id_text(1), "vision/second", "first"):
        with pytest.raises(NotFound):
            reader.diagnose(reference, store=url)
    with pytest.raises(BadInput, match="names no run"):
        reader.history(3, store=url)


def test_a_store_that_is_not_there_says_so_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        reader.runs(store=tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_history_has_one_row_a_step(logged: tuple[str, str], curves: dict[str, list[float]]) -> None:
    url, run = logged
    frame = reader.history(run, store=url)
    assert frame.columns.tolist() == ["step", "epoch", "time", *curves, "note/value"]
    assert len(frame) == len(curves["loss"]) + 1
    assert frame["step"].tolist() == [*range(len(curves["loss"])), 100]
    assert frame["loss"].tolist()[:-1] == curves["loss"]
    assert math.isnan(frame["loss"].iloc[-1])
    assert math.isnan(frame["epoch"].iloc[-1])
    assert frame["time"].iloc[2] == pd.Timestamp(1_700_000_002_000, unit="ms", tz="UTC")


def test_runs_has_one_row_a_run(logged: tuple[str, str]) -> None:
    url, run = logged
    frame = reader.runs(store=url)
    assert len(frame) == 1
    row = frame.iloc[0]
    assert (row["id"], row["name"], row["project"], row["status"]) == (run, "first", "vision", "finished")
    assert row["config.lr"] == 0.1
    assert row["summary.best"] == 1.5
    assert row["created"] == pd.Timestamp(1_700_000_000_000, unit="ms", tz="UTC")
    assert len(reader.runs("vision", store=url)) == 1
    empty = reader.runs("other", store=url)
    assert len(empty) == 0
    assert "id" in empty.columns


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it."""
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_disabled_run_says_why_there_is_nothing_to_read(alone: Path) -> None:
    run = tracker.Run("p", "off", mode="disabled")
    run.log(loss=1.0)
    with pytest.raises(NotFound, match=r"the run off is disabled .* nothing of it is kept"):
        reader.diagnose(run)
    with pytest.raises(NotFound, match="disabled"):
        reader.history(run)


def test_an_offline_run_says_where_its_points_are(alone: Path) -> None:
    run = tracker.Run("p", "field", mode="offline")
    run.log(loss=1.0)
    with pytest.raises(NotFound, match=r"1 point of it waits in a journal .* Finish the run first"):
        reader.diagnose(run)
    run.finish()
    with pytest.raises(NotFound, match=r"in a journal on this machine\. `tracker sync` sends it"):
        reader.diagnose(run)


def test_every_run_of_a_list_has_a_verdict(alone: Path) -> None:
    with tracker.Run("p", "short") as run:
        run.log(loss=1.0, val_loss=1.0, epoch=1)
    assert reader.runs()["verdict"].tolist() == ["too_early"]


def test_a_diagnosis_draws_itself(expected: Diagnosis) -> None:
    figure = pictures.present("figure", expected)
    assert type(figure).__name__ == "Figure"
    names = {(trace.meta["split"], trace.meta["metric"]) for trace in figure.data if trace.meta.get("split")}
    assert {("train", "loss"), ("val", "loss"), ("train", "accuracy"), ("val", "accuracy")} <= names
    shown = " ".join(note.text for note in figure.layout.annotations)
    assert f"epoch {expected.onset_epoch:.0f}" in shown


def test_a_diagnosis_in_a_notebook_is_safe_html() -> None:
    values = [1.0, 0.8, 0.7, 0.6, 0.55, 0.52, 0.51]
    html = pictures.present("html", reader.diagnose({"train/<b>loss": values, "val/<b>loss": values}))
    assert "<strong>" in html
    assert "<b>" not in html
    assert "Keep the checkpoint" in pictures.present("html", reader.diagnose(dict(training.overfitting())))


def test_what_cannot_be_drawn_says_so(expected: Diagnosis) -> None:
    with pytest.raises(TrackerError, match="holds no curves"):
        pictures.present("figure", Diagnosis.from_dict(expected.to_dict()))
    with pytest.raises(TypeError):
        pictures.present("figure", object())
    with pytest.raises(TypeError):
        pictures.present("song", expected)


def test_a_finding_is_dismissed_for_everybody_and_can_be_taken_back(alone: Path) -> None:
    with tracker.Run("p", "distilled", config={"n_val": 5000}) as run:
        for k in range(1, 41):
            run.log(loss=1 / k, val_loss=1 / k + 0.02 * max(0, k - 8), epoch=k)
    assert tracker.runs()["verdict"].tolist() == ["overfitting"]
    with pytest.raises(NotFound, match=r"run distilled .* has no finding 'spike': it has overfitting, "):
        tracker.dismiss(run, "spike")
    tracker.dismiss("p/distilled", "overfitting", "the teacher does")
    row = tracker.runs().iloc[0]
    assert (row["verdict"], row["best_epoch"], row["onset_epoch"]) == ("dismissed", 8.0, 11.0)
    found = tracker.diagnose(run)
    assert (found.verdict, found.standing) == ("overfitting", "dismissed")
    tracker.dismiss(run.id, "overfitting", undo=True)
    assert tracker.runs()["verdict"].tolist() == ["overfitting"]
    with pytest.raises(NotFound, match=r"no finding 'overfitting' of run distilled .* has been dismissed"):
        tracker.dismiss(run, "overfitting", undo=True)


def test_history_of_several_runs_is_one_frame(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_URL", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    with tracker.Run("p", "even") as even:
        for epoch in range(1, 4):
            even.log({"train/loss": 1 / epoch, "val/loss": 2 / epoch}, epoch=epoch)
    with tracker.Run("p", "uneven") as uneven:
        uneven.log({"train/loss": 0.5}, step=7)
        uneven.log({"val/loss": 0.25}, step=3, epoch=1.5)
    both = tracker.history([even, "p/uneven"])
    assert list(both.columns) == ["id", "run", "step", "epoch", "time", "train/loss", "val/loss"]
    assert both["run"].tolist() == ["even"] * 3 + ["uneven"] * 2
    assert both["step"].tolist() == [1, 2, 3, 3, 7]
    assert both["id"].tolist() == [even.id] * 3 + [uneven.id] * 2
    alone = tracker.history("p/uneven")
    pd.testing.assert_frame_equal(
        both[both["run"] == "uneven"].drop(columns=["id", "run"]).reset_index(drop=True),
        alone[["step", "epoch", "time", "train/loss", "val/loss"]],
    )
    assert tracker.history([]).empty

"""What a training process reads back of its own run is judged by what the user said about it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

import tracker
from tests.support.process import Home
from tracker import verdicts
from tracker.client import reading, watch
from tracker.model import Diagnosis


@pytest.mark.parametrize(
    "counts", [[500, 500], {"cat": 500, "dog": 500}], ids=["list of counts", "counts by name"]
)
def test_class_counts_of_the_config_reach_the_diagnosis(home: Home, counts: Any) -> None:
    with tracker.init(config={"class_counts": counts}) as run:
        for k in range(40):
            fall = 2 * np.exp(-k / 2)
            run.log({"loss": 0.69 + fall, "val_loss": 0.70 + fall}, epoch=k)
        assert run.diagnosis().verdict == "underfitting"


def test_n_val_of_the_config_reaches_the_diagnosis(home: Home) -> None:
    verdicts = {}
    for n_val in (20, 20_000):
        with tracker.init(config={"n_val": n_val}) as run:
            for k in range(60):
                run.log(
                    {"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.0042 * max(0, k - 15)},
                    epoch=k,
                )
            verdicts[n_val] = run.diagnosis().verdict
    assert verdicts == {20: "uncertain", 20_000: "overfitting"}


def test_a_defined_metric_is_judged(home: Home) -> None:
    with tracker.init() as run:
        run.define_metric("train/energy", goal="min")
        run.define_metric("val/energy", goal="min")
        for k in range(40):
            run.log({"train/energy": np.exp(-k / 8), "val/energy": 0.4 + np.exp(-k / 5) + 0.02 * k}, epoch=k)
        found = run.diagnosis()
    assert found.verdict == "overfitting"
    assert found.loss == ("train/energy", "val/energy")


def rising(run: tracker.Run, epochs: int = 40) -> None:
    for k in range(epochs):
        run.log({"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.03 * max(0, k - 12)}, epoch=k)


def test_the_end_says_what_the_curves_mean_and_keeps_it(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init(config={"n_val": 5000}) as run:
        rising(run)
    said = capsys.readouterr().err.splitlines()
    assert sum(f"run {run.name} ({run.id}): Overfitting from epoch" in line for line in said) == 1
    record = home.only_run()
    version, kept = home.store().diagnoses([record.run_id])[record.run_id]
    assert (version, kept.verdict) == (record.version, "overfitting")


def test_the_end_is_silent_where_nothing_can_be_judged(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init() as run:
        for k in range(40):
            run.log(reward=float(k % 7))
    with tracker.init() as run:
        rising(run, 4)
    assert len(capsys.readouterr().err.splitlines()) == 2  # each run's first line


def test_a_diagnosis_that_fails_fails_nothing(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr("tracker.client.watch.Watch.last", broken)
    with tracker.init() as run:
        rising(run)
    said = f"run {run.name} ({run.id}) could not be diagnosed, all its points are kept: no luck"
    assert said in capsys.readouterr().err
    assert home.only_run().status == "finished"


def end_line(run: tracker.Run, capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if f"({run.id}): " in line]


def kept(home: Home, run: tracker.Run) -> Diagnosis:
    """Return what the end of the run has kept, which must be what the pages would find."""
    store = home.store()
    record = store.find_run(run.id)
    version, found = store.diagnoses([record.run_id])[record.run_id]
    assert version == record.version
    described = store.series([record.run_id])[record.run_id]
    history = store.points([(record.run_id, name) for name in verdicts.names_read(described)])
    assert found == verdicts.judge(record, list(history.values()), described)
    return found


def no_reading(*_: Any) -> None:
    raise AssertionError("the points of the run were read back from the store")


def test_a_run_that_was_watched_is_not_read_back(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "last_diagnosis", no_reading)
    with tracker.init(config={"n_val": 5000}) as run:
        for k in range(40):
            loss = {"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.03 * max(0, k - 12)}
            run.log({**loss, "lr": 0.1 if k < 30 else 0.01, "speed": 3.0}, epoch=k)
    assert len(end_line(run, capsys)) == 1
    assert kept(home, run).verdict == "overfitting"
    assert run.diagnosis() == kept(home, run)


def test_a_long_run_is_judged_by_what_was_kept_of_it(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "last_diagnosis", no_reading)
    monkeypatch.setattr(watch, "MOST_POINTS", 200)
    with tracker.init(config={"n_val": 5000}) as run:
        for k in range(40):
            loss = {"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.03 * max(0, k - 12)}
            run.log({**loss, **{f"norm/{i}": 1.0 for i in range(10)}}, epoch=k)
            run.should_stop()
    assert len(end_line(run, capsys)) == 1
    assert kept(home, run).verdict == "overfitting"


@pytest.mark.parametrize(("most", "said"), [(200, 1), (50, 0)])
def test_a_run_that_the_watch_gave_up_is_read_back_unless_it_is_long(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, most: int, said: int
) -> None:
    monkeypatch.setattr(watch, "MOST_POINTS", 20)
    monkeypatch.setattr(reading, "MOST_READ", most)
    with tracker.init(config={"n_val": 5000}) as run:
        rising(run)
    assert len(end_line(run, capsys)) == said
    if said:
        assert kept(home, run).verdict == "overfitting"
    assert run.diagnosis().verdict == "overfitting"


def test_a_resumed_run_of_very_many_points_is_not_read_back(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracker.init() as first:
        rising(first, 100)
    capsys.readouterr()
    monkeypatch.setattr(reading, "MOST_READ", 150)
    with tracker.init(id=first.id, resume="allow") as run:
        for k in range(100, 110):
            run.log({"loss": 0.1, "val_loss": 2.0}, epoch=k)
    assert end_line(run, capsys) == []


def test_a_run_of_very_many_names_ends_without_telling_them_apart(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_NAMES", 20)
    monkeypatch.setattr(reading, "MOST_NAMES", 20)
    monkeypatch.setattr(verdicts, "names_read", no_reading)
    with tracker.init() as run:
        for k in range(40):
            run.log({"loss": 1.0, "val_loss": 2.0, **{f"norm/{i}": 1.0 for i in range(20)}}, epoch=k)
            run.should_stop()
    assert end_line(run, capsys) == []


def test_what_a_forked_child_logged_is_part_of_the_answer(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """The parent logs a falling validation loss up to the turn, the child what follows."""
    with tracker.init(config={"n_val": 5000}) as run:
        rising(run, 13)
        assert run.flush(30)
        child = os.fork()
        if child == 0:
            for k in range(13, 40):
                run.log({"loss": np.exp(-k / 8), "val_loss": 0.4 + np.exp(-k / 5) + 0.03 * (k - 12)}, epoch=k)
            os._exit(0 if run.flush(30) else 1)
        assert os.waitpid(child, 0)[1] == 0
        run.log(loss=0.0, val_loss=1.2, epoch=40)
        assert run.flush(30)
        assert run.diagnosis().best_epoch == 12
    assert len(end_line(run, capsys)) == 1
    assert kept(home, run).verdict == "overfitting"

"""A run says while it trains that it has begun to overfit, and early stopping goes by the same judgement."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import tracker
from tests.support.process import Home
from tracker.client import watch
from tracker.errors import BadInput
from tracker.model import Annotation

AWAY = "postgresql://nobody@127.0.0.1:9/none"


def losses(k: int, turn: int = 12) -> dict[str, float]:
    """Return an epoch's losses: from `turn` on the validation loss rises for good."""
    rise = 0.03 * max(0, k - turn)
    return {"train/loss": float(np.exp(-k / 8)), "val/loss": float(0.4 + np.exp(-k / 5) + rise)}


def alerts(home: Home, run: tracker.Run) -> list[Annotation]:
    run.flush()
    record = home.only_run()
    return list(home.store().annotations([record.run_id]).get(record.run_id, ()))


def wait_for(ask: Any, seconds: float = 20.0) -> Any:
    until = time.monotonic() + seconds
    while not (found := ask()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def lines(text: str, word: str) -> list[str]:
    return [line for line in text.splitlines() if word in line]


def test_a_run_says_once_that_it_has_begun_to_overfit(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    said = ""
    with tracker.init(config={"n_val": 5000}) as run:
        for k in range(1, 41):
            run.log(losses(k), epoch=k)

        def seen() -> str:
            nonlocal said
            said += capsys.readouterr().err
            return said if ", epoch 40: Overfitting from epoch" in said else ""

        assert wait_for(seen), said
        for k in range(41, 60):
            run.log(losses(k), epoch=k)
            time.sleep(0.02)
        (alert,) = alerts(home, run)
    assert (alert.kind, alert.title, alert.epoch) == (
        "alert",
        "Overfitting seen while the run trained",
        40.0,
    )
    assert alert.text.startswith("Overfitting from epoch 15: validation loss rose")
    said += capsys.readouterr().err
    during, end = lines(said, "Overfitting from epoch")
    assert during.startswith(f"tracker: run {run.name} ({run.id}), epoch 40: ")
    assert end.startswith(f"tracker: run {run.name} ({run.id}): ")


def test_a_healthy_run_raises_no_alert(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    draw = np.random.default_rng(3)
    with tracker.init() as run:
        for k in range(1, 81):
            noise = {name: value * (1 + 0.01 * draw.normal()) for name, value in losses(k, 999).items()}
            run.log(noise, epoch=k)
            assert run.should_stop() is False
        assert alerts(home, run) == []
    assert "Overfitting" not in capsys.readouterr().err


def stopped_at(run: tracker.Run, patience: int = 0) -> int | None:
    for k in range(1, 61):
        run.log(losses(k), epoch=k)
        if run.should_stop(patience):
            return k
    return None


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_should_stop_goes_by_the_curves_alone_and_needs_no_store(
    home: Home, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("TRACKER_URL", AWAY)
    monkeypatch.setattr("tracker.client.run.WAIT_S", 0.1)  # nobody waits for that store at the end
    run = tracker.init(mode=mode, config={"n_val": 5000})
    at = stopped_at(run)
    assert at is not None
    assert 16 <= at <= 24
    found = run.diagnosis()
    assert found.verdict == "overfitting"
    assert found.best_epoch in (12, 13, 14)


def test_patience_asks_that_the_best_be_some_points_ago(home: Home) -> None:
    first = stopped_at(tracker.init(mode="offline", config={"n_val": 5000}))
    later = stopped_at(tracker.init(mode="offline", config={"n_val": 5000}), patience=30)
    assert first is not None
    assert later is not None
    assert later >= 12 + 30 > first


def test_a_diverged_run_is_stopped_at_once(home: Home) -> None:
    run = tracker.init(mode="offline")
    for k in range(1, 30):
        broken = k >= 20
        run.log({name: float("nan") if broken else value for name, value in losses(k, 99).items()}, epoch=k)
        if run.should_stop(patience=50):
            break
    assert k in (20, 21, 22, 23, 24)


def test_early_stopping_works_by_keywords_without_epochs_and_with_the_last_of_equal_steps(home: Home) -> None:
    run = tracker.init(mode="offline", config={"n_val": 5000})
    for k in range(1, 41):
        run.log(loss=9.0, val_loss=9.0, step=k)
        run.log(loss=losses(k)["train/loss"], val_loss=losses(k)["val/loss"], step=k)
    assert run.should_stop()
    assert run.diagnosis().best_epoch in (12, 13, 14)


def test_a_resumed_run_is_judged_by_its_whole_curve(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with tracker.init(config={"n_val": 5000}) as first:
        for k in range(1, 17):
            first.log(losses(k), epoch=k)
    with tracker.init(id=first.id, resume="allow", config={"n_val": 5000}) as run:
        for k in range(17, 31):
            run.log(losses(k), epoch=k)
        assert wait_for(run.should_stop)
        assert run.diagnosis().best_epoch in (12, 13, 14)
    capsys.readouterr()


def test_calls_without_a_step_continue_those_of_the_first_session(home: Home) -> None:
    with tracker.init(config={"n_val": 5000}) as first:
        for k in range(20):
            first.log(losses(k))
    with tracker.init(id=first.id, resume="allow", config={"n_val": 5000}) as run:
        for k in range(20, 40):
            run.log(losses(k))
        assert wait_for(run.should_stop)
        assert run._logger.session is not None
        assert run._logger.session.watch is not None
        (series, *_) = run._logger.session.watch._series()
    assert series.step.tolist() == list(range(40))


def test_a_long_run_keeps_what_is_judged_and_then_leaves_it_to_the_dashboard(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_POINTS", 200)
    run = tracker.init(mode="offline", config={"n_val": 5000})
    for k in range(1, 41):
        other = {"grad": 1.0, "speed": 3.0, "memory": 1.0, "norm": 2.0, "heat": 50.0}
        run.log({**losses(k), "lr": 0.1, **other}, epoch=k)
        run.should_stop()
    session = run._logger.session
    assert session is not None
    assert session.watch is not None
    assert set(session.watch._columns) == {"train/loss", "val/loss", "lr"}
    assert run.should_stop()
    for k in range(41, 200):
        run.log(losses(k), epoch=k)
    assert run.should_stop()  # what was known stays known
    assert session.watch.over
    assert session.watch._columns == {}
    with pytest.raises(tracker.errors.TrackerError, match="cannot be diagnosed while it is offline"):
        run.diagnosis()


def test_a_diagnosis_that_fails_while_training_is_said_once_and_loses_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(watch.Watch, "_diagnose", broken)
    with tracker.init() as run:
        for k in range(1, 21):
            run.log(losses(k), epoch=k)
            time.sleep(0.05)
        assert run.flush()
        text = "is no longer diagnosed while it trains: RuntimeError: no luck"
        assert wait_for(lambda: [w for w in recwarn if text in str(w.message)])
    assert len([w for w in recwarn if text in str(w.message)]) == 1
    assert len(home.values("val/loss")) == 20


def test_disabled_runs_never_stop(home: Home) -> None:
    assert tracker.init(mode="disabled").should_stop() is False


@pytest.mark.parametrize("patience", [-1, 1.5, True, "5"])
def test_a_patience_that_is_no_count_is_refused(home: Home, patience: Any) -> None:
    with pytest.raises(BadInput, match=r"patience is .*whole number of validation points"):
        tracker.init(mode="disabled").should_stop(patience)

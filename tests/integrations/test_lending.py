"""Which run a framework's logger writes, without any framework: one given, the current one, or one of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import tracker
from tracker.client.run import Run
from tracker.integrations.lending import Lent


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    monkeypatch.setenv("TRACKER_URL", f"sqlite:///{tmp_path}/tracker.db")
    monkeypatch.setenv("TRACKER_MODE", "offline")
    yield
    tracker.finish()


def test_a_run_that_was_given_is_taken_and_left_open() -> None:
    run = tracker.Run("p", "given")
    lent = Lent(run, {})
    assert lent.start({"lr": 0.1}) is run
    lent.end()
    assert not run.ended
    assert dict(run.config) == {"lr": 0.1}
    run.finish()


def test_a_run_and_arguments_for_one_do_not_go_together() -> None:
    run = tracker.Run("p", "given")
    with pytest.raises(TypeError, match=r"a run was given, so name cannot be used"):
        Lent(run, {"name": "other"})
    run.finish()


def test_the_current_run_is_taken_and_what_its_user_set_stays() -> None:
    run = tracker.init("p", config={"lr": 0.1})
    lent = Lent(None, {})
    assert lent.start({"lr": 0.5, "depth": 3}) is run
    lent.end()
    assert not run.ended
    assert dict(run.config) == {"lr": 0.1, "depth": 3}


def test_a_training_that_broke_off_is_ended_when_the_next_logger_begins() -> None:
    first = Lent(None, {"name": "first"})
    broken = first.start({})
    second = Lent(None, {"name": "second"})
    run = second.start({})
    assert run is not broken
    assert broken.ended
    assert not run.ended
    second.end()
    assert run.ended


def test_two_trainings_that_begin_at_once_get_a_run_each(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(2, timeout=1)
    init = tracker.init

    def slow(**arguments: Any) -> Run:
        # where both get here, each has seen no run and goes on to end the other's
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait()
        return init(**arguments)

    monkeypatch.setattr(tracker, "init", slow)
    lents = [Lent(None, {"name": name}) for name in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda lent: lent.start({}), lents))
    assert [run.name for run in runs] == ["one", "two"]
    assert not any(run.ended for run in runs)
    for lent in lents:
        lent.end()
    assert all(run.ended for run in runs)

"""The gate between a fork and the threads that work in the store's libraries."""

from __future__ import annotations

import threading
import time

import pytest

from tracker.journal import forking
from tracker.journal.forking import ForkGate


def forked(gate: ForkGate) -> float:
    """Go through the motions of a fork, and return how long it waited."""
    start = time.monotonic()
    gate.close()
    gate.open()
    return time.monotonic() - start


def test_a_fork_waits_for_a_piece_of_work() -> None:
    gate = ForkGate()
    entered, done = threading.Event(), threading.Event()

    def work() -> None:
        with gate.inside():
            entered.set()
            time.sleep(0.1)
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    forked(gate)
    assert done.is_set()
    thread.join()


def test_a_silent_store_is_waited_for_once_however_many_workers_are_forked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forking, "WORKING_S", 0.2)
    gate = ForkGate()
    with gate.inside():
        assert forked(gate) > 0.15
        assert sum(forked(gate) for _ in range(20)) < 0.15
    with gate.inside():
        assert forked(gate) > 0.15
    assert forked(gate) < 0.15

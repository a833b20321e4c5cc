"""The background thread: its start, its heartbeat, its segments, its latency."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from tests.journal.test_frames import opening
from tests.support.sessions import values
from tracker.journal import shipper as shipping
from tracker.journal.frames import Kind, encode, encode_points
from tracker.journal.reader import sessions
from tracker.journal.shipper import Shipper
from tracker.journal.writer import Journal
from tracker.model import LOST_AFTER_MS
from tracker.store import Store, open_store
from tracker.store.sqlite import SqliteStore


class Silent:
    def __init__(self) -> None:
        self.said: list[str] = []

    def warn(self, text: str) -> None:
        self.said.append(text)

    def moved(self, identity: object, purged: bool) -> None:
        self.said.append("moved")

    def resumed(self, record: object) -> None:
        self.said.append("resumed")

    def met(self, meeting: object) -> None:
        self.said.append("met")

    def passed(self) -> None:
        pass


def started(tmp_path: Path, url: str, **more: int) -> tuple[Journal, Shipper, Store, Silent]:
    owner = Silent()
    journal = Journal(tmp_path / "journals", opening(), owner.warn, **more)
    shipper = Shipper(journal, url, owner)
    assert shipper.start()
    assert shipper.wait_settled(30)
    return journal, shipper, open_store(url), owner


def ended(journal: Journal, shipper: Shipper) -> None:
    journal.append(encode(Kind.STATUS, "finished", None, 1))
    shipper.finish()
    assert shipper.wait_done(30)


def test_a_driver_that_is_missing_is_said_once_and_the_run_is_sent_when_it_is_there(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def opened(url: str) -> Store:
        tries.append(url)
        if len(tries) < 3:
            raise ModuleNotFoundError("No module named 'psycopg'")
        return open_store(url)

    monkeypatch.setattr(shipping, "open_store", opened)
    monkeypatch.setattr(shipping, "BACKOFF_S", (0.01, 0.05))
    journal, shipper, store, owner = started(tmp_path, sqlite_url)
    ended(journal, shipper)
    (record,) = store.runs()
    assert record.status == "finished"
    told = [text for text in owner.said if "psycopg" in text]
    assert len(told) == 1
    assert "ModuleNotFoundError: No module named 'psycopg'" in told[0]
    assert "Training goes on" in told[0]
    assert len(tries) == 3


def test_a_journal_that_cannot_be_read_for_a_moment_is_sent_when_it_can(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BACKOFF_S", (0.01, 0.05))
    journal, shipper, store, owner = started(tmp_path, sqlite_url)
    honest = os.open

    def no_more(path: str | Path, *arguments: int) -> int:
        if str(path).endswith(".journal"):
            raise OSError(errno.EMFILE, "Too many open files")
        return honest(path, *arguments)

    with monkeypatch.context() as full:
        full.setattr(os, "open", no_more)
        journal.append(encode_points(1, 1, False, None, {"loss": 0.5}), 1)
        shipper.wake()
        deadline = time.monotonic() + 30
        while not owner.said and time.monotonic() < deadline:
            time.sleep(0.01)
    ended(journal, shipper)
    assert "cannot be read: Too many open files. Training goes on" in owner.said[0]
    assert shipper.failure is None
    assert values(store, journal.opening.identity.run_id) == {1: 0.5}


def test_a_beating_run_is_running_and_a_silent_one_is_lost(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BEAT_S", 0.2)
    journal, shipper, store, _ = started(tmp_path, store_url)
    journal.append(encode_points(0, 0, False, None, {"loss": 1.0}), 1)
    assert shipper.wait(journal.end, 10)
    version = store.runs()[0].version
    time.sleep(0.6)
    assert store.runs()[0].status == "running"
    assert store.runs()[0].version == version  # a beat is no change that a page would have to draw
    monkeypatch.setattr("tracker.store.fetching.LOST_AFTER_MS", -LOST_AFTER_MS)
    assert store.runs()[0].status == "lost"
    ended(journal, shipper)
    assert store.runs()[0].status == "finished"


def test_an_idle_clients_point_is_soon_in_the_store(tmp_path: Path, sqlite_url: str) -> None:
    journal, shipper, store, _ = started(tmp_path, sqlite_url)
    run_id = journal.opening.identity.run_id
    waits = []
    for i in range(5):
        time.sleep(0.3)
        journal.append(encode_points(i, i, False, None, {"loss": 1.0}), 1)
        start = time.monotonic()
        while len(store.points([(run_id, "loss")]).get((run_id, "loss"), ())) <= i:
            time.sleep(0.01)
            assert time.monotonic() - start < 10
        waits.append(time.monotonic() - start)
    assert min(waits) < 0.6  # 0.3 s is promised; the best of five, since others use the machine
    ended(journal, shipper)


def test_a_steady_trickle_goes_in_few_transactions_and_whoever_waits_for_it_waits_no_longer(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = []
    ship = SqliteStore.ship
    monkeypatch.setattr(SqliteStore, "ship", lambda store, batch: batches.append(batch) or ship(store, batch))
    journal, shipper, store, _ = started(tmp_path, sqlite_url)
    before, start, i = len(batches), time.monotonic(), 0
    while time.monotonic() < start + 1.5:
        journal.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
        i += 1
        time.sleep(0.0005)
    assert len(batches) - before <= (time.monotonic() - start) / shipping.BATCH_S + 2
    monkeypatch.setattr(shipping, "BATCH_S", 3600.0)
    for _ in range(2):  # at first the thread still sleeps as long as before
        journal.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
        i += 1
        assert shipper.wait(journal.end, 10)
    run_id = journal.opening.identity.run_id
    assert len(store.points([(run_id, "loss")])[run_id, "loss"]) == i
    ended(journal, shipper)


def test_segments_go_once_they_are_stored(tmp_path: Path, store_url: str) -> None:
    journal, shipper, store, owner = started(tmp_path, store_url, segment_bytes=20_000)
    for i in range(5_000):
        journal.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    assert shipper.wait(journal.end, 30)
    deadline = time.monotonic() + 10
    while len(sessions(journal.folder)[journal.session_id]) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(sessions(journal.folder)[journal.session_id]) == 1
    ended(journal, shipper)
    run_id = journal.opening.identity.run_id
    assert len(store.points([(run_id, "loss")])[run_id, "loss"]) == 5_000
    assert list(journal.folder.iterdir()) == []
    assert owner.said == []


def test_a_store_that_was_deleted_under_a_live_run_gets_the_kept_journal_again(
    tmp_path: Path, sqlite_url: str
) -> None:
    journal, shipper, store, _ = started(tmp_path, sqlite_url)
    for i in range(10):
        journal.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    assert shipper.wait(journal.end, 10)
    store.close()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    time.sleep(0.5)
    journal.append(encode_points(10, 10, False, None, {"loss": 10.0}), 1)
    ended(journal, shipper)
    again = open_store(sqlite_url)
    again.prepare()
    run_id = journal.opening.identity.run_id
    points = again.points([(run_id, "loss")]).get((run_id, "loss"))
    # Whatever the engine does with a file that was deleted while open, nothing may be lost in silence.
    assert (points is not None and len(points) == 11) or list(journal.folder.glob("*.journal"))

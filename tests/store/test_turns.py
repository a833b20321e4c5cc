"""A writer beside others that never rest comes to its turn, and says that the file is locked only if nobody writes."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tracker.store.turns import Turns


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "turns.db") as connection:
        connection.execute("CREATE TABLE said (n INTEGER)")
    connection.close()
    return tmp_path / "turns.db"


def test_beside_one_who_never_rests_longer_than_patience_lasts(path: Path) -> None:
    ready, enough = threading.Event(), threading.Event()

    def write_on() -> None:
        other = opened(path)
        until = time.monotonic() + 2.0
        while not enough.is_set():
            other.execute("BEGIN IMMEDIATE")
            ready.set()
            other.execute("INSERT INTO said VALUES (1)")
            time.sleep(0.02)
            other.execute("COMMIT")
            # At first the next turn begins at once, later a moment is left, which has to be hit.
            time.sleep(0.0 if time.monotonic() < until else 0.01)
        other.close()

    thread = threading.Thread(target=write_on)
    thread.start()
    mine = opened(path)
    try:
        assert ready.wait(10)
        Turns(patience_ms=1000).begin(mine)
        mine.execute("INSERT INTO said VALUES (2)")
        mine.execute("COMMIT")
    finally:
        enough.set()
        thread.join()
    assert mine.execute("SELECT count(*) FROM said WHERE n = 2").fetchone() == (1,)
    assert mine.execute("PRAGMA busy_timeout").fetchone() == (1000,)
    mine.close()


def test_a_lock_that_is_held_and_not_used_is_given_up(path: Path) -> None:
    holder, mine = opened(path), opened(path)
    holder.execute("BEGIN IMMEDIATE")
    turns = Turns(patience_ms=100)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        turns.begin(mine)
    assert mine.execute("PRAGMA busy_timeout").fetchone() == (100,)
    holder.execute("ROLLBACK")
    turns.begin(mine)
    assert mine.in_transaction
    holder.close()
    mine.close()

"""The journal's or the store's disk is full: training goes on, and what was logged arrives once there is room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.disk import small_disk
from tests.support.process import Home
from tracker.journal.recovery import recover


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        yield folder


def test_what_a_full_journal_disk_does_not_take_reaches_a_healthy_store(any_home: Home, disk: Path) -> None:
    done = any_home.run(
        """
        import os, sys, tracker
        from tests.support.disk import fill, free
        disk = sys.argv[1]
        run = tracker.init()
        for i in range(100):
            tracker.log(loss=float(i))
        assert run.flush(30)
        fill(disk)
        for i in range(100, 5_000):
            tracker.log(loss=float(i))
        run.summary["while"] = "full"
        print(run.flush(30), run.stats().stored, run.stats().in_memory)
        for i in range(5_000, 5_100):
            tracker.log(loss=float(i))
        print(run.flush(30), run.stats().stored)
        free(disk)
        for i in range(5_100, 5_200):
            tracker.log(loss=float(i))
        tracker.finish()
        """,
        str(disk),
        TRACKER_JOURNAL_DIR=str(disk / "journals"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True 5000 0\nTrue 5100\n", done.stderr
    assert done.stderr.count("takes no writes") == 1
    assert "are lost" not in done.stderr
    assert any_home.values() == {i: float(i) for i in range(5_200)}
    run = any_home.only_run()
    assert (run.status, run.summary["while"]) == ("finished", "full")
    assert list((disk / "journals").iterdir()) == []


def test_a_run_ends_well_while_its_journals_disk_is_full(home: Home, disk: Path) -> None:
    done = home.run(
        """
        import sys, tracker
        from tests.support.disk import fill
        tracker.init()
        tracker.log(loss=0.0)
        fill(sys.argv[1])
        for i in range(1, 3_000):
            tracker.log(loss=float(i))
        """,
        str(disk),
        TRACKER_JOURNAL_DIR=str(disk / "journals"),
    )
    assert done.returncode == 0
    assert "are lost" not in done.stderr
    assert home.values() == {i: float(i) for i in range(3_000)}
    assert home.only_run().status == "finished"


def test_a_kill_while_the_disk_is_full_stores_nothing_twice_and_breaks_no_journal(
    home: Home, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = home.start(
        """
        import sys, time, tracker
        from tests.support.disk import fill, free
        run = tracker.init()
        tracker.log(a=0.0, b=0.0)
        fill(sys.argv[1])
        for i in range(1, 1_000):
            tracker.log(a=float(i), b=1.0)
        assert run.flush(30)
        free(sys.argv[1])
        for i in range(1_000, 1_100):
            tracker.log(a=float(i), b=1.0)
        while run.stats().in_memory:
            time.sleep(0.01)
        print("logged", flush=True)
        time.sleep(60)
        """,
        str(disk),
        TRACKER_JOURNAL_DIR=str(disk / "journals"),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "logged\n"
    process.kill()
    process.communicate()
    monkeypatch.setenv("TRACKER_JOURNAL_DIR", str(disk / "journals"))
    recovered = recover(home.store(), home.url)
    assert recovered.failed == []
    assert home.values("a") == {i: float(i) for i in range(1_100)}
    series = home.store().series([home.only_run().run_id])[home.only_run().run_id]
    assert [s.count for s in series] == [1_100, 1_100]
    assert list((disk / "journals").iterdir()) == []


def test_a_full_disk_under_journal_and_store_costs_nothing_once_there_is_room(disk: Path) -> None:
    home = Home(disk / "home")
    home.folder.mkdir()
    done = home.run(
        """
        import sys, time, tracker
        from tests.support.disk import fill, free
        run = tracker.init()
        tracker.log(loss=0.0)
        assert run.flush(30)
        fill(sys.argv[1])
        for i in range(1, 3_000):
            tracker.log(loss=float(i))
        while run.stats().away is None:
            time.sleep(0.02)
        stats = run.stats()
        print(stats.in_memory > 0, stats.dropped)
        free(sys.argv[1])
        print(run.flush(30))
        tracker.finish()
        """,
        str(disk),
    )
    assert done.stdout == "True 0\nTrue\n", done.stderr
    assert done.stderr.count("takes no writes") == 1
    assert done.stderr.count("Training goes on") == 1
    if os.path.ismount(disk):
        assert "is full: make room" in done.stderr
    assert "are lost" not in done.stderr
    assert home.values() == {i: float(i) for i in range(3_000)}
    assert home.files() == []


def test_a_full_disk_under_the_store_alone_is_said_once_and_the_journal_grows(home: Home, disk: Path) -> None:
    home.url = f"sqlite:///{disk}/tracker.db"
    done = home.run(
        """
        import sys, time, tracker
        from tests.support.disk import fill, free
        run = tracker.init()
        tracker.log(loss=0.0)
        assert run.flush(30)
        fill(sys.argv[1])
        sent = 0
        while run.stats().away is None:
            for sent in range(sent + 1, sent + 1_001):
                tracker.log(loss=float(sent))
            time.sleep(0.05)
        print(run.stats().waiting > 0, flush=True)
        free(sys.argv[1])
        print(run.flush(30), sent)
        """,
        str(disk),
        TRACKER_URL=home.url,
    )
    told = done.stdout.split()
    assert told[:2] == ["True", "True"], done.stderr
    assert done.stderr.count("Training goes on") == 1
    assert done.stderr.count("is back") == 1
    assert home.values() == {i: float(i) for i in range(int(told[2]) + 1)}


def test_a_disk_that_is_full_from_the_start_gives_a_journal_elsewhere(home: Home, disk: Path) -> None:
    spare = home.folder / "spare"
    spare.mkdir()
    script = """
        import sys, tracker
        from tests.support.disk import fill
        fill(sys.argv[1])
        tracker.init()
        tracker.log(loss=1.0)
        tracker.finish()
        """
    if not os.path.ismount(disk):
        script = script.replace(
            "fill(sys.argv[1])\n", "import os; os.rmdir(sys.argv[1]); open(sys.argv[1], 'w').close()\n"
        )
    done = home.run(script, str(disk), TRACKER_JOURNAL_DIR=str(disk / "journals"), TMPDIR=str(spare))
    assert done.returncode == 0
    assert "may be wiped" in done.stderr
    assert "TRACKER_JOURNAL_DIR" in done.stderr
    assert home.values() == {0: 1.0}

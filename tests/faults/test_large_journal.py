"""The journal grows while the store is away: said once, and held to a limit where one is set."""

from __future__ import annotations

import pytest

from tests.support.process import Home


def test_a_journal_that_grows_large_is_said_once(home: Home) -> None:
    done = home.run(
        """
        import tracker
        tracker.init(mode="offline")
        for i in range(10_000):
            tracker.log(loss=float(i))
        """,
        TRACKER_JOURNAL_WARN_MB="0.2",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("wait for the store, and more comes") == 1
    home.settle()
    assert home.values() == {i: float(i) for i in range(10_000)}


def test_a_limit_holds_the_journal_and_what_goes_beyond_is_counted(home: Home) -> None:
    """Up to the limit on disk, 100,000 points more in memory; then the oldest of those go, and that is said."""
    done = home.run(
        """
        import tracker
        from tracker.journal import ring
        ring.RING_POINTS = 1_000
        run = tracker.init(mode="offline")
        for i in range(5_000):
            tracker.log(loss=float(i))
        s = run.stats()
        print(s.logged, s.in_memory, s.dropped, s.waiting)
        """,
        TRACKER_JOURNAL_MAX_MB="0.05",
    )
    logged, in_memory, dropped, waiting = map(int, done.stdout.split())
    assert (logged, in_memory) == (5_000, 1_000)
    assert dropped > 0
    assert dropped + waiting == 4_000
    assert sum(p.stat().st_size for p in home.journals.iterdir()) < 80_000
    assert "which is its limit" in done.stderr
    assert "the oldest first" in done.stderr
    assert f"{dropped + in_memory:,} points of run" in done.stderr
    home.settle()
    assert home.values() == {i: float(i) for i in range(waiting)}


def test_a_journal_at_its_limit_goes_on_when_the_store_is_back(home: Home) -> None:
    done = home.run(
        """
        import sys, sqlite3, time, tracker
        from tracker.journal import writer
        writer.SEGMENT_BYTES = 20_000
        run = tracker.init()
        tracker.log(loss=0.0)
        assert run.flush(30)
        other = sqlite3.connect(sys.argv[1], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for i in range(1, 5_000):
            tracker.log(loss=float(i))
        print(run.stats().in_memory > 0)
        other.execute("ROLLBACK")
        print(run.flush(30), run.stats().dropped)
        for i in range(5_000, 10_000):
            tracker.log(loss=float(i))
        tracker.finish()
        """,
        str(home.folder / "tracker.db"),
        TRACKER_JOURNAL_MAX_MB="0.05",
    )
    assert done.stdout == "True\nTrue 0\n", done.stderr
    assert home.values() == {i: float(i) for i in range(10_000)}
    assert home.files() == []


@pytest.mark.parametrize("variable", ["TRACKER_JOURNAL_WARN_MB", "TRACKER_JOURNAL_MAX_MB"])
def test_a_limit_that_is_no_number_is_refused(home: Home, variable: str) -> None:
    done = home.run("import tracker; tracker.init()", **{variable: "much"})
    assert done.returncode == 1
    assert f"{variable} is 'much': give a number of megabytes" in done.stderr

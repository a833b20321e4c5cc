"""The store is away, comes back, is locked, or cannot be written at all: training never notices."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer
from tests.support.process import Home
from tracker.journal.recovery import left_over, recover


def test_a_restarted_postgres_has_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgresServer()
    try:
        home = Home(tmp_path, server.new_database())
        process = home.start("""
            import sys, time, tracker
            run = tracker.init()
            tracker.log(loss=0.0)
            assert run.flush(60)
            print("stored", flush=True)
            sys.stdin.readline()
            for i in range(1, 2000):
                tracker.log(loss=float(i))
            time.sleep(0.8)
            print(run.stats().away is not None, run.stats().waiting, flush=True)
            sys.stdin.readline()
            print(run.flush(60), flush=True)
        """)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "stored\n"
        server._run("pg_ctl", "-m", "immediate", "-w", "stop")
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True 1999\n"
        server.start()
        process.stdin.write("\n")
        process.stdin.flush()
        out, err = process.communicate(timeout=60)
        assert out == "True\n", err
        assert err.count("Training goes on") == 1
        assert err.count("is back") == 1
        assert home.values() == {i: float(i) for i in range(2000)}
    finally:
        server.stop()


def test_a_locked_sqlite_file_delays_only_the_shipper(home: Home) -> None:
    home.store().prepare()
    process = home.start("""
        import sys, time, tracker
        run = tracker.init()
        tracker.log(loss=0.0)
        run.flush(30)
        print("ready", flush=True)
        sys.stdin.readline()
        slowest = 0
        for i in range(1, 500):
            start = time.perf_counter()
            tracker.log(loss=float(i))
            slowest = max(slowest, time.perf_counter() - start)
            time.sleep(0.001)
        print(slowest < 0.5, flush=True)
    """)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    with home.locked():
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True\n"
        time.sleep(0.5)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert home.values() == {i: float(i) for i in range(500)}


@pytest.mark.parametrize(
    "url",
    ["postgresql://someone:hidden-word@127.0.0.1:9/none", "sqlite:////proc/nothing/here.db"],
)
def test_a_store_that_cannot_be_reached_is_said_once_without_its_password(home: Home, url: str) -> None:
    process = home.start(
        """
        import os, time, tracker
        run = tracker.init()
        tracker.log(loss=1.0)
        while run.stats().away is None:
            time.sleep(0.05)
        time.sleep(1.5)
        os._exit(0)
        """,
        TRACKER_URL=url,
    )
    _, err = process.communicate(timeout=60)
    assert "hidden-word" not in err
    warnings = [line for line in err.splitlines() if "TrackerWarning" in line]
    assert len(warnings) == 1, err
    assert "Training goes on" in warnings[0]
    assert url.rsplit("/", 1)[1] in warnings[0]
    for path in home.journals.iterdir():
        assert b"hidden-word" not in path.read_bytes()


def test_warnings_as_errors_do_not_stop_training(home: Home) -> None:
    done = home.run(
        """
        import os, time, tracker
        run = tracker.init()
        while run.stats().away is None:
            time.sleep(0.05)
        tracker.log(loss=1.0)
        time.sleep(0.1)
        print("trained", flush=True)
        os._exit(0)
        """,
        flags=("-W", "error::tracker.errors.TrackerWarning"),
        TRACKER_URL="sqlite:////proc/nothing/here.db",
    )
    assert (done.returncode, done.stdout) == (0, "trained\n")
    assert "Training goes on" in done.stderr


def test_a_taken_id_becomes_a_new_run_and_says_so(home: Home) -> None:
    home.good('import tracker; tracker.init(id="0123456789abc"); tracker.log(loss=1.0)')
    done = home.run("""
        import tracker
        run = tracker.init(id="0123456789abc")
        tracker.log(loss=2.0)
        run.flush(30)
        print(run.id)
    """)
    new = done.stdout.strip()
    assert new != "0123456789abc"
    assert done.stderr.count("exists already") == 1
    assert {r.id for r in home.store().runs()} == {"0123456789abc", new}
    assert home.values(run_id=home.store().find_run(new).run_id) == {0: 2.0}
    assert home.values(run_id=home.store().find_run("0123456789abc").run_id) == {0: 1.0}


def test_a_clash_of_an_offline_run_is_settled_the_same_way_each_time(home: Home) -> None:
    home.good('import tracker; tracker.init(id="0123456789abc"); tracker.log(loss=1.0)')
    home.good('import tracker; tracker.init(id="0123456789abc", mode="offline"); tracker.log(loss=2.0)')
    kept = {p: p.read_bytes() for p in home.journals.iterdir() if p.suffix == ".journal"}
    recover(home.store(), home.url)
    first = {r.id for r in home.store().runs()}
    for path, data in kept.items():
        path.write_bytes(data)
    recover(home.store(), home.url)
    assert {r.id for r in home.store().runs()} == first
    assert len(first) == 2


def test_must_resume_needs_the_run(home: Home) -> None:
    done = home.run('import tracker; tracker.init(id="0123456789abc", resume="must")')
    assert done.returncode == 1
    assert "RunMissing" in done.stderr
    assert home.files() == []


def test_a_killed_run_goes_on_where_it_was_and_old_points_never_win(home: Home) -> None:
    """Killed at epoch 7, resumed from 5; the old journal is found and sent before the new session's points."""
    home.run("""
        import os, tracker
        tracker.init(id="0123456789abc", mode="offline")
        for i in range(8):
            tracker.log(loss=float(i), epoch=i)
        tracker.log(other=1.0)
        os._exit(9)
    """)
    home.good("""
        import tracker
        tracker.init(id="0123456789abc", resume="allow")
        for i in range(5, 10):
            tracker.log(loss=100.0 + i, epoch=i)
        tracker.log(other=2.0)
    """)
    recover(home.store(), home.url)
    assert left_over() == []
    assert home.values() == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 105, 6: 106, 7: 107, 8: 108, 9: 109}
    # The step that was not given follows the last one that the earlier session left.
    assert home.values("other") == {0: 1.0, 8: 2.0}
    assert home.only_run().status == "finished"


def test_an_old_session_sent_last_undoes_nothing(home: Home) -> None:
    old = home.folder / "elsewhere"
    home.run(
        'import os, tracker; tracker.init(id="0123456789abc"); [tracker.log(loss=1.0, epoch=i) for i in range(8)]; os._exit(9)',
        TRACKER_JOURNAL_DIR=str(old),
        TRACKER_MODE="offline",
    )
    time.sleep(0.05)
    home.good(
        'import tracker; tracker.init(id="0123456789abc", resume="allow"); [tracker.log(loss=2.0, epoch=i) for i in range(5, 9)]'
    )
    for path in old.iterdir():
        path.rename(home.journals / path.name)
    recovered = recover(home.store(), home.url)
    # The old session said "never" and the run stands now: it becomes a run of its own, and undoes nothing.
    assert recovered.failed == []
    number = home.store().find_run("0123456789abc").run_id
    assert home.values(run_id=number) == dict.fromkeys(range(5, 9), 2.0)


def test_a_folder_that_takes_no_journal_is_said_and_training_goes_on(home: Home) -> None:
    blocked = home.folder / "file"
    blocked.write_text("")
    spare = home.folder / "spare"
    spare.mkdir()
    done = home.run(
        "import tracker; tracker.init(); tracker.log(loss=1.0)",
        TRACKER_JOURNAL_DIR=str(blocked),
        TMPDIR=str(spare),
    )
    assert done.returncode == 0
    assert "may be wiped" in done.stderr
    assert home.values() == {0: 1.0}


def test_a_disk_that_is_full_keeps_points_in_memory_and_says_so(home: Home) -> None:
    done = home.run("""
        import resource, tracker
        run = tracker.init(mode="offline")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        for i in range(2_000):
            tracker.log(loss=float(i))
        print(run.stats().in_memory > 0, run.stats().dropped)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        for i in range(2_000, 2_010):
            tracker.log(loss=float(i))
    """)
    assert done.stdout == "True 0\n", done.stderr
    assert done.stderr.count("takes no writes") == 1
    store = home.store()
    store.prepare()
    recovered = recover(store, home.url)
    assert recovered.failed == []
    assert home.values() == {i: float(i) for i in range(2_010)}
    assert home.files() == []  # no torn frame was left for anybody to set aside


def test_a_disk_that_stays_full_drops_the_oldest_and_counts_them(home: Home) -> None:
    done = home.run("""
        import resource, tracker
        run = tracker.init(mode="offline")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        for i in range(30_000):
            tracker.log(a=1.0, b=2.0, c=3.0, d=4.0)
        s = run.stats()
        print(s.logged, s.in_memory, s.dropped + s.in_memory + s.waiting)
    """)
    assert done.stdout == "120000 100000 120000\n", done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "are lost" in last

"""The disk is full, read-only or too small, or lies on a network: training goes on, and what was logged arrives."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.disk import small_disk
from tests.support.process import Home
from tracker.journal.recovery import left_over, recover

OBEY = "from tests.support.disk import obey_file_modes; obey_file_modes(); "
"""For root no folder is read-only, unless it gives up what makes it so."""


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        yield folder


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that the test may close: it is opened again when the test is over, so that it can be deleted."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-closed-"))
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


# ------------------------------------------------------------------------------------------------------- a full disk


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


# -------------------------------------------------------------------------------------------------- a growing journal


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


# ------------------------------------------------------------------------------------------------ a read-only folder


def test_a_read_only_home_gives_a_journal_on_the_temporary_disk(tmp_path: Path, closed: Path) -> None:
    closed.chmod(0o555)
    home = Home(closed)
    done = home.run(
        OBEY + "import tracker; tracker.init(mode='offline'); tracker.log(loss=1.0); tracker.finish(); "
        "from tracker.journal.recovery import left_over; "
        "print([str(left.folder.parent) for left in left_over()])",
        TMPDIR=str(tmp_path),
    )
    assert done.stdout == f"['{tmp_path}']\n", done.stderr
    assert "Permission denied" in done.stderr
    assert f"The journal is in {tmp_path}" in done.stderr
    assert "may be wiped" in done.stderr
    assert list(closed.iterdir()) == []


def test_where_nothing_can_be_written_training_goes_on_and_says_that_nothing_is_kept(home: Home) -> None:
    """As in a container whose every file system is read-only: there is not even a temporary folder."""
    blocked = home.folder / "file"
    blocked.write_text("")
    done = home.run(
        """
        import os, sys, tempfile, tracker
        from pathlib import Path
        from tracker.journal import folders
        def none(): raise FileNotFoundError("no usable temporary directory")
        tempfile.gettempdir = none
        folders._MEMORY = Path("/nowhere")
        run = tracker.init()
        tracker.log(loss=1.0)
        print("trained")
        """,
        TRACKER_JOURNAL_DIR=str(blocked),
    )
    assert (done.returncode, done.stdout) == (0, "trained\n"), done.stderr
    assert done.stderr.count("Nothing of run") == 1


def test_a_read_only_store_is_served_with_a_notice(closed: Path) -> None:
    home = Home(closed)
    home.good('import tracker; tracker.init(project="digits", name="kept"); tracker.log(loss=1.0)')
    (closed / "tracker.db").chmod(0o444)
    closed.chmod(0o555)
    server = home.start(
        OBEY + "from tracker.dashboard.server import serve; "
        f"serve({home.url!r}, port=0, on_ready=lambda url: print(url, flush=True))"
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http"), server.communicate()[1]
        assert "This store is read-only here" in _get(f"{address}/_dash-layout")
        assert "kept" in _page(address, "/p/digits")
        assert json.loads(_get(f"{address}/healthz")) == {"status": "ok", "store": "ok"}
    finally:
        server.terminate()
        _, err = server.communicate(timeout=30)
    assert "is read-only here" in err
    assert "Traceback" not in err


def test_a_read_only_store_is_read_anew_after_it_changed(closed: Path) -> None:
    """It is read as one that never changes; when it does, what was read is forgotten."""
    home = Home(closed)
    home.good('import tracker; tracker.init(name="first"); tracker.log(loss=1.0)')
    closed.chmod(0o555)
    reader = home.start(
        OBEY
        + f"""
import sys
from tracker.store import open_store
store = open_store({home.url!r}, readonly=True)
for _ in range(2):
    print(sorted(r.name for r in store.runs()), store._frozen, flush=True)
    sys.stdin.readline()
"""
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    assert reader.stdout.readline() == "['first'] True\n"
    closed.chmod(0o755)
    home.good('import tracker; tracker.init(name="second"); tracker.log(loss=1.0)')
    closed.chmod(0o555)
    reader.stdin.write("\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "['first', 'second'] True\n"
    reader.communicate("\n", timeout=30)


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def _page(address: str, path: str) -> str:
    """Return what the callback behind an address of the dashboard lays out."""
    asked = {
        "output": "..page.children...title.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "title", "property": "data"}],
        "inputs": [
            {"id": "screen", "property": "data", "value": {"path": path, "search": "", "theme": "dark"}}
        ],
        "changedPropIds": ["screen.data"],
    }
    request = urllib.request.Request(
        f"{address}/_dash-update-component", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


# ------------------------------------------------------------------------------------------------- a network folder


@pytest.mark.parametrize(("number", "kind"), [(0x6969, "NFS"), (0x0BD00BD0, "Lustre")])
def test_a_network_home_keeps_its_journal_and_is_warned_of_once(home: Home, number: int, kind: str) -> None:
    done = home.run(
        f"""
        import sys, tracker
        from pathlib import Path
        from tracker.store import filesystem
        filesystem.file_system_type = lambda path: {number}
        run = tracker.init()
        tracker.log(loss=1.0)
        print(sorted(p.suffix for p in Path(sys.argv[1]).iterdir()))
        assert run.flush(30)
        tracker.log(loss=2.0)
        tracker.finish()
        """,
        str(home.journals),
    )
    assert done.stdout == "['.journal', '.lock']\n", done.stderr
    assert done.stderr.count(f"network file system ({kind})") == 1
    assert "use PostgreSQL" in done.stderr
    assert "offline" in done.stderr
    with (home.folder / "tracker.db").open("rb") as file:
        header = file.read(20)
    assert (
        header[18:20] == b"\1\1"
    )  # a file without a write-ahead log, whose memory cannot be shared over a network
    assert home.values() == {0: 1.0, 1: 2.0}
    assert left_over() == []

"""A folder is read-only, or lies on a network: the journal goes where it can, and a store is read as it is."""

from __future__ import annotations

import json
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import Home

OBEY = "from tests.support.disk import obey_file_modes; obey_file_modes(); "
"""For root no folder is read-only, unless it gives up what makes it so."""


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that the test may close: it is opened again when the test is over, so that it can be deleted."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-closed-"))
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


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
    # a file without a write-ahead log, whose memory cannot be shared over a network
    assert header[18:20] == b"\1\1"
    assert home.values() == {0: 1.0, 1: 2.0}
    assert not list(home.journals.glob("*.journal"))


def test_a_journal_that_is_deleted_under_a_run_goes_on_in_a_new_file(home: Home) -> None:
    done = home.run(
        """
        import os, shutil, sys, tracker
        run = tracker.init(mode="offline")
        for i in range(100):
            tracker.log(loss=float(i))
        shutil.rmtree(sys.argv[1])
        for i in range(100, 200):
            tracker.log(loss=float(i))
        tracker.finish()
        """,
        str(home.journals),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("was deleted, moved or cut while its run logs") == 1
    home.settle()
    assert home.values() == {i: float(i) for i in range(200)}
    assert home.files() == []


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

"""What is SQLite's own: the file, its modes, its folder, its locks, and the way a reader gets in."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.sessions import Session, rows, values
from tracker.errors import StoreUnavailable, TrackerWarning
from tracker.store import filesystem, sqlite
from tracker.store.sqlite import SqliteStore


@pytest.fixture
def store(sqlite_url: str) -> Iterator[SqliteStore]:
    opened = SqliteStore(sqlite_url)
    opened.prepare()
    yield opened
    opened.close()


def pragma(store: SqliteStore, name: str, *, writing: bool = True) -> object:
    with store._engine(writing=writing).connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


class TestFile:
    def test_file_and_folder_are_for_their_owner_alone(self, store: SqliteStore) -> None:
        Session(store).ship(rows([1.0]))
        assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
        for beside in store.path.parent.iterdir():
            assert stat.S_IMODE(beside.stat().st_mode) == 0o600

    def test_a_folder_that_was_there_keeps_its_mode(self, tmp_path: Path) -> None:
        folder = tmp_path / "shared"
        folder.mkdir(mode=0o755)
        store = SqliteStore(f"sqlite:///{folder}/new/deep/t.db")
        store.prepare()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
        assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o700
        store.close()

    @pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "a#b.db", "größe.db"])
    def test_any_file_name(self, tmp_path: Path, name: str) -> None:
        from tracker.settings import store_url

        store = SqliteStore(store_url(tmp_path / name))
        store.prepare()
        Session(store).ship()
        assert (tmp_path / name).is_file()
        store.close()

    def test_how_the_engine_is_set(self, store: SqliteStore) -> None:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "query_only")
        assert [pragma(store, n) for n in names] == ["wal", 1, 5000, 1, 0]
        assert [pragma(store, n, writing=False) for n in names] == ["wal", 1, 5000, 1, 1]
        assert store.durable is False

    def test_a_point_takes_no_more_than_it_must(self, store: SqliteStore) -> None:
        Session(store).ship([])
        before = self.size(store)
        Session(store).ship([r for m in range(4) for r in rows([0.1] * 2500, f"m{m}", epoch=1.0)])
        assert (self.size(store) - before) / 10_000 < 50

    def size(self, store: SqliteStore) -> int:
        store.close()
        return store.path.stat().st_size

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("these are my notes " * 100)
        with pytest.raises(StoreUnavailable, match=r"notes\.txt is not a SQLite database"):
            SqliteStore(f"sqlite:///{tmp_path}/notes.txt").prepare()
        assert "my notes" in (tmp_path / "notes.txt").read_text()

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match="cannot be used now"):
            SqliteStore(f"sqlite:///{tmp_path}/file/t.db").prepare()

    def test_a_file_that_was_deleted_or_replaced_is_noticed(self, store: SqliteStore, tmp_path: Path) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        other = SqliteStore(f"sqlite:///{tmp_path}/other.db")
        other.prepare()
        elsewhere = Session(other)
        elsewhere.ship(rows([7.0]))
        other.close()
        store.path.unlink()
        with pytest.raises(StoreUnavailable, match="is gone"):
            session.ship(rows([2.0], first=1))
        for left in store.path.parent.glob(f"{store.path.name}-*"):
            left.unlink()
        (tmp_path / "other.db").rename(store.path)
        assert values(store, elsewhere.run_id) == {0: 7.0}


class TestLocks:
    def test_a_writer_waits_and_then_says_that_it_is_locked(
        self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "BUSY_MS", 200)
        store.close()
        session = Session(store)
        holder = sqlite3.connect(store.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="is locked by another process"):
            session.ship(rows([1.0]))
        assert store.projects() == []
        holder.execute("ROLLBACK")
        holder.close()
        session.ship(rows([1.0]))
        assert values(store, session.run_id) == {0: 1.0}

    def test_a_long_reader_stops_neither_writers_nor_the_disk(self, store: SqliteStore) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        reader = sqlite3.connect(store.path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM point").fetchone()
        session.ship(rows([2.0], first=1))
        store.sync()
        assert reader.execute("SELECT count(*) FROM point").fetchone() == (1,)
        reader.close()
        store.sync()
        assert pragma(store, "integrity_check") == "ok"

    def test_readers_in_threads_share_a_few_connections(self, store: SqliteStore) -> None:
        session = Session(store)
        session.ship(rows([1.0] * 100))
        seen: list[int] = []
        threads = [
            threading.Thread(target=lambda: seen.append(len(values(store, session.run_id))))
            for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [100] * 40

    def test_a_full_disk_is_said_and_costs_nothing(self, store: SqliteStore) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        pages = pragma(store, "page_count")
        pragma(store, f"max_page_count={pages}")
        with pytest.raises(StoreUnavailable, match="is full"):
            session.ship(rows([float(i) for i in range(5000)], first=1))
        pragma(store, "max_page_count=1073741823")
        assert values(store, session.run_id) == {0: 1.0}
        session.ship(rows([2.0], first=1))
        assert values(store, session.run_id) == {0: 1.0, 1: 2.0}

    def test_a_process_killed_while_it_ships_leaves_whole_batches(self, store: SqliteStore) -> None:
        program = (
            "import sys\n"
            "from tests.support.sessions import Session, rows\n"
            "from tracker.store import open_store\n"
            "session = Session(open_store(sys.argv[1]), int(sys.argv[2]))\n"
            "print('go', flush=True)\n"
            "while True:\n"
            "    session.ship(rows([float(session.offset.byte)] * 500, elapsed_ms=session.offset.byte))\n"
        )
        for turn in range(3):
            run_id = turn + 1
            url = f"sqlite:///{store.path}"
            process = subprocess.Popen(
                [sys.executable, "-c", program, url, str(run_id)], stdout=subprocess.PIPE, cwd=os.getcwd()
            )
            assert process.stdout is not None
            process.stdout.readline()
            deadline = time.monotonic() + 30
            while not values(store, run_id) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.03 * turn)
            process.kill()
            process.communicate()
            kept = values(store, run_id)
            assert len(kept) == 500
            assert len(set(kept.values())) == 1
        assert pragma(store, "integrity_check") == "ok"


class TestNetworkFileSystem:
    def test_it_gets_a_rolled_back_journal_and_one_warning(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(filesystem, "file_system_type", lambda path: 0x6969)
        store = SqliteStore(sqlite_url)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            store.prepare()
            Session(store).ship(rows([1.0]))
            assert store.runs()[0].name == "run"
            store.sync()
        assert [w.category for w in caught] == [TrackerWarning]
        assert re.search(r"network file system \(NFS\).*PostgreSQL", str(caught[0].message))
        assert pragma(store, "journal_mode") == "delete"
        assert pragma(store, "synchronous") == 2
        store.close()

    @pytest.mark.parametrize(
        ("flags", "kind", "said"), [(0x1000, b"apfs", None), (0, b"nfs", "NFS"), (0, b"smbfs", "SMBFS")]
    )
    def test_what_macos_answers(self, flags: int, kind: bytes, said: str | None) -> None:
        # Block and transfer size, five counts, the file system's id, owner, type, flags, subtype, and its name.
        answer = struct.pack("=Ii5Q2i4I16s", 4096, 4096, *range(5), 1, 2, 501, 26, flags, 0, kind)
        assert filesystem.read_macos_statfs(answer + bytes(2048)) == said

    def test_the_kernel_is_asked(self, tmp_path: Path) -> None:
        assert filesystem.file_system_type(tmp_path) != 0
        assert filesystem.file_system_type(tmp_path / "missing") == 0
        if os.path.ismount("/dev/shm"):
            assert filesystem.file_system_type(Path("/dev/shm")) == 0x01021994  # tmpfs


class TestReadOnly:
    def test_nothing_is_ever_made(self, tmp_path: Path) -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/none/t.db", readonly=True)
        with pytest.raises(StoreUnavailable, match="there is no store at"):
            store.projects()
        with pytest.raises(StoreUnavailable, match="there is no store at"):
            store.schema()
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_takes_no_files(self, no_files: Path) -> None:
        """As another account, for whom the folder and the file are read-only: root may do everything."""
        url = f"sqlite:///{no_files}/t.db"
        store = SqliteStore(url)
        store.prepare()
        Session(store, 5).ship(rows([1.0, 2.0]))
        store.close()
        (no_files / "t.db").chmod(0o444)
        no_files.chmod(0o555)

        def child() -> str:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            reader = SqliteStore(url, readonly=True)
            seen = [r.name for r in reader.runs()], values(reader, 5)
            try:
                Session(SqliteStore(url)).ship(rows([1.0]))
            except StoreUnavailable as error:
                return f"{seen} {error}"
            return "it was written"

        said = in_a_fork(child)
        assert said.startswith("(['run'], {0: 1.0, 1: 2.0})")
        assert "is read-only" in said

    @pytest.fixture
    def no_files(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(prefix="tracker-read-only-"))
        yield folder
        folder.chmod(0o700)
        shutil.rmtree(folder)


class TestFork:
    def test_a_child_works_with_connections_of_its_own(self, store: SqliteStore) -> None:
        session = Session(store)
        session.ship(rows([1.0]))

        def child() -> str:
            store.forget()
            Session(store, 77).ship(rows([5.0]))
            return str(values(store, session.run_id))

        assert in_a_fork(child) == "{0: 1.0}"
        session.ship(rows([2.0], first=1))
        assert values(store, session.run_id) == {0: 1.0, 1: 2.0}
        assert values(store, 77) == {0: 5.0}
        assert pragma(store, "integrity_check") == "ok"


def in_a_fork(work: Callable[[], str]) -> str:
    """Return what `work` returns, or the error that it raises, in a forked child."""
    receive, send = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            said = work()
        except BaseException as error:
            said = repr(error)
        os.write(send, said.encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        said = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return said

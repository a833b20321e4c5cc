"""The store as one SQLite file: write-ahead log, one writing connection, reading connections that cannot write."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from tracker.errors import Refused, StoreError, StoreUnavailable, TrackerWarning
from tracker.settings import sqlite_path
from tracker.store import filesystem, schema
from tracker.store.base import Check, Schema
from tracker.store.beside import Clock
from tracker.store.bulk import SQLITE
from tracker.store.sql import SqlStore
from tracker.store.transactions import Work
from tracker.store.turns import Turns, code_of

T = TypeVar("T")

BUSY_MS = 5000
RACE_SECONDS = 60.0
"""How long a process goes on asking for the file while others create or upgrade it."""

REFUSED = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE}

_inherited: list[object] = []
"""Connections that came with a fork: closing them in the child could touch the parent's locks."""


class SqliteStore(SqlStore):
    """See `Store`. One file, made with mode 0600 in a folder of mode 0700."""

    durable = False
    _bulk = SQLITE

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        super().__init__()
        self.url = url
        self.path = sqlite_path(url)
        self.readonly = readonly
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._file: tuple[int, ...] | None = None
        self._frozen = False
        self._warned = False
        self._writer: Engine | None = None
        self._reader: Engine | None = None
        self._write_ahead = True

    # ----------------------------------------------------------------------------------------------------- the schema

    def schema(self) -> Schema:
        """See `Store`."""
        if not self.path.exists():
            if self.readonly:
                raise StoreUnavailable(
                    f"there is no store at {self.path}: log a run first, or say where it is with TRACKER_URL"
                )
            return schema.standing(None)
        if self.path.is_dir():
            raise StoreUnavailable(
                f"{self.path} is a folder: name a file in it with TRACKER_URL, such as runs.db"
            )
        return schema.standing(self._read(schema.revision_of))

    def prepare(self) -> None:
        """See `Store`."""
        self._check_writable()
        state = self.schema()
        if state.state in ("empty", "older"):
            self.upgrade()
        else:
            schema.check_usable(state, str(self.path))
        self._checked = True

    def upgrade(self) -> None:
        """See `Store`."""
        self._check_writable()
        deadline = time.monotonic() + RACE_SECONDS
        while True:
            try:
                self._migrate()
                return
            except _Busy:
                # Another process is making the same store, which may take longer than one busy timeout.
                if time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - a pause, no secret

    def close(self) -> None:
        """See `Store`."""
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.dispose()

    def forget(self) -> None:
        """See `Store`."""
        for engine in (self._writer, self._reader):
            if engine is not None:
                _inherited.append(engine.pool)
                engine.dispose(close=False)
        self._writer = self._reader = None
        self._turn, self._guard = threading.Lock(), threading.Lock()

    def sync(self) -> None:
        """See `Store`."""
        self._check_writable()
        if not self.path.exists():
            return
        with self._errors(), self._turn:
            raw = self._engine(writing=True).raw_connection()
            try:
                busy, frames, moved = _driver(raw).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                raw.close()
            if self._write_ahead and (busy or frames != moved):
                # A reader holds the log: its frames are as good once they are on the disk themselves.
                _sync_file(f"{self.path}-wal")

    def back_up(self, target: Path) -> None:
        """Copy the whole store into a new file, while others go on writing: a store like any other.

        Raises:
            StoreUnavailable: the store cannot be read, or the file not be written.
        """
        self._check_schema()
        with self._errors():
            self._copy_file(target)

    def check(self, *, full: bool = False) -> list[Check]:
        """See `Store`."""
        from tracker.store import health  # not for a training process

        return health.check_sqlite(self._read, self.path, full=full)

    # ---------------------------------------------------------------------------------------------------- transactions

    def _write(self, work: Work[T]) -> T:
        self._check_writable()
        with self._errors(), self._turn, self._engine(writing=True).begin() as connection:
            return work(connection)

    def _read(self, work: Work[T]) -> T:
        with self._errors(), self._engine(writing=False).connect() as connection:
            return work(connection)

    def _enter_run(self, connection: Connection, run_id: int, beat_ms: int = 0) -> Clock:
        # BEGIN IMMEDIATE has locked the whole file already.
        return Clock(beat_ms or _clock_ms(), beat_ms)

    def _now_ms(self, connection: Connection) -> int:
        return _clock_ms()

    # ------------------------------------------------------------------------------------------------------ migrating

    def _migrate(self) -> None:
        if self.schema().state == "older":
            schema.load_migrations()
        with self._errors():
            filesystem.make_private_file(self.path)
            # A table that a migration rebuilds is dropped for a moment: enforced foreign keys would empty others.
            engine = self._make_engine(foreign_keys=False)
            try:
                with engine.begin() as connection:
                    now = schema.standing(schema.revision_of(connection))
                    if now.state == "empty":
                        schema.create(connection)
                    elif now.state == "older":
                        self._copy_file(self.path.with_name(f"{self.path.name}.bak-{now.revision}"))
                        schema.migrate(connection)
                    else:
                        schema.check_usable(now, str(self.path))
            finally:
                engine.dispose()
        self._checked = True

    def _copy_file(self, target: Path) -> None:
        """Copy the file as it stands at one moment; whoever writes meanwhile goes on."""
        half = target.with_name(f"{target.name}.part")
        half.unlink(missing_ok=True)
        filesystem.make_private_file(half)
        try:
            source = self._open(reading=True, foreign_keys=False)
            with closing(source), closing(sqlite3.connect(half)) as copy:
                source.backup(copy)
            _sync_file(str(half))
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)

    # ---------------------------------------------------------------------------------------------------- connections

    def _engine(self, *, writing: bool) -> Engine:
        with self._guard:
            self._notice_another_file()
            if writing:
                if self._writer is None:
                    self._writer = self._make_engine()
                return self._writer
            if self._reader is None:
                self._reader = self._make_engine(reading=True, size=4)
            return self._reader

    def _notice_another_file(self) -> None:
        """Let go of a file that was moved, deleted or replaced: what is written to it would be seen by nobody."""
        try:
            found = self.path.stat()
        except FileNotFoundError as error:
            self._checked = False
            raise StoreUnavailable(
                f"the store {self.path} is gone: put it back, or say where it is with TRACKER_URL"
            ) from error
        here: tuple[int, ...] = (found.st_dev, found.st_ino)
        if self._frozen:
            # What is read as immutable is read anew when it did change, or when somebody writes to it.
            here += (found.st_mtime_ns, found.st_size, self.path.with_name(f"{self.path.name}-wal").exists())
        if self._file not in (None, here):
            self.close()
            self._checked = False
        self._file = here

    def _make_engine(self, *, reading: bool = False, foreign_keys: bool = True, size: int = 1) -> Engine:
        def connect() -> sqlite3.Connection:
            return self._open(reading=reading, foreign_keys=foreign_keys)

        engine = create_engine(
            "sqlite://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=20,
            hide_parameters=True,
        )
        turns = Turns(BUSY_MS)

        def begin(connection: Connection) -> None:
            driver = _driver(connection.connection)
            if reading:
                driver.execute("BEGIN")
            else:
                turns.begin(driver)

        event.listen(engine, "begin", begin)
        return engine

    def _open(self, *, reading: bool, foreign_keys: bool) -> sqlite3.Connection:
        if not self.readonly:
            connection = self._connect("rw")
            try:
                self._set_journal_mode(connection)
                connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
                connection.execute("PRAGMA journal_size_limit=67108864")
                if reading:
                    connection.execute("PRAGMA query_only=ON")
            except BaseException:
                connection.close()
                raise
            return connection
        connection = self._connect("ro")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if code_of(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            # In a folder that takes no files a write-ahead log can only be left aside.
            connection = self._connect("ro&immutable=1")
            self._frozen = True
        else:
            self._frozen = False
        connection.execute("PRAGMA query_only=ON")
        return connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        # Windows paths come as C:\...; quote keeps what a file: URI may hold.
        name = f"file:{quote(str(self.path), safe='/:')}?mode={mode}"
        connection = sqlite3.connect(
            name, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        return connection

    def _set_journal_mode(self, connection: sqlite3.Connection) -> None:
        network = filesystem.network_file_system(self.path)
        wanted = "delete" if network else "wal"
        self._write_ahead = not network
        if network and not self._warned:
            self._warned = True
            warnings.warn(
                f"the store {self.path} lies on a network file system ({network}), where SQLite is slow and can be "
                "harmed by two machines: use PostgreSQL (TRACKER_URL), or mode='offline' and `tracker sync`",
                TrackerWarning,
                stacklevel=2,
            )
        # FULL where the log is rolled back: there a commit syncs, and only so it survives power loss.
        connection.execute(f"PRAGMA synchronous={'FULL' if network else 'NORMAL'}")
        deadline = time.monotonic() + BUSY_MS / 1000
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
            try:
                connection.execute(f"PRAGMA journal_mode={wanted}")
            except sqlite3.OperationalError as error:
                # Changing the mode needs the file alone and does not wait its turn by itself.
                if (
                    code_of(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                    or time.monotonic() > deadline
                ):
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - a pause, no secret

    def _check_writable(self) -> None:
        if self.readonly:
            raise StoreUnavailable(f"the store {self.path} was opened for reading only")

    # --------------------------------------------------------------------------------------------------------- errors

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise self._translated(cause or error) from cause
        except (OverflowError, UnicodeEncodeError) as error:
            raise Refused(f"the store {self.path} cannot keep a value: {error}") from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable(f"the store {self.path} cannot be used now: {error}") from error

    def _translated(self, error: BaseException) -> StoreError:
        code = code_of(error)
        if code in REFUSED:
            return Refused(f"the store {self.path} refused the rows: {error}")
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return _Busy(f"the store {self.path} is locked by another process: try again")
        if code == sqlite3.SQLITE_NOTADB:
            return StoreUnavailable(
                f"{self.path} is not a SQLite database: say where the store is with TRACKER_URL"
            )
        if code == sqlite3.SQLITE_FULL:
            return StoreUnavailable(f"the disk of the store {self.path} is full: make room, nothing was lost")
        if code == sqlite3.SQLITE_READONLY:
            return StoreUnavailable(f"the store {self.path} is read-only: change its mode, or TRACKER_URL")
        self._checked = False
        return StoreUnavailable(f"the store {self.path} cannot be used now: {error}")


class _Busy(StoreUnavailable):
    """The file is locked by somebody who works on it."""


def _driver(pooled: PoolProxiedConnection) -> sqlite3.Connection:
    driver = pooled.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


def _sync_file(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)  # Windows syncs no file that is open for reading alone
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The store in PostgreSQL 14 or later, or what speaks its protocol: one statement a table and batch, no session state.

It works through a pooler in transaction mode: nothing is prepared on the server, every setting is of one transaction.
A training process gives its connection back with `close` when nothing was sent for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from tracker.errors import BadInput, Refused, StoreError, StoreUnavailable
from tracker.settings import without_password
from tracker.store import schema
from tracker.store.arrays import adapt
from tracker.store.base import Check, Schema
from tracker.store.beside import Clock
from tracker.store.sql import SqlStore
from tracker.store.transactions import Work
from tracker.store.unnesting import POSTGRES

T = TypeVar("T")

STATEMENT_MS = 30_000
ANSWER_S = 2 * STATEMENT_MS / 1000
"""How long a process waits for one answer of a server that may have fallen silent."""

ATTEMPTS = 4
"""How often a transaction is tried that the server gave up for the sake of another one."""

CONNECTION = {
    "prepare_threshold": None,
    # A database made where no locale was set says SQL_ASCII: what it takes and gives would be bytes.
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "tracker",
}

REFUSED = ("21", "22", "23", "54")
"""Classes of sqlstate that say what the rows are: cardinality, data, integrity, a limit of the program."""

AGAIN = ("40001", "40P01")
NO_SIGN = "22P05"
"""The database's encoding has no sign for a character: not a fault of the row, another database would take it."""

ENCODINGS = ("UTF8", "SQL_ASCII")
MISSING = ("42P01", "42703")


class PostgresStore(SqlStore):
    """See `Store`. `url` is in normal form, `postgresql+psycopg://`."""

    durable = True
    _bulk = POSTGRES

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        super().__init__()
        self.url = without_password(url)
        self.readonly = readonly
        try:
            self._address = make_url(url)
        except (ArgumentError, ValueError):
            # Its own text may hold a part of the password, and what stands before the last @ is one.
            raise BadInput(
                f"the store at {url.rpartition('@')[2].partition('?')[0]!r} is named by no database URL: use postgresql://USER@HOST:PORT/DATABASE, "
                "with special characters in names and passwords written as %XX"
            ) from None
        self._guard = threading.Lock()
        self._engine: Engine | None = None

    # ----------------------------------------------------------------------------------------------------- the schema

    def schema(self) -> Schema:
        """See `Store`."""
        return schema.standing(self._read(schema.revision_of))

    def prepare(self) -> None:
        """See `Store`."""
        self._check_writable()
        state = self.schema()
        if state.state == "empty":
            self.upgrade()
        else:
            schema.check_usable(state, self.url)
        self._checked = True

    def upgrade(self) -> None:
        """See `Store`."""

        def work(connection: Connection) -> None:
            # Others may be at it, and a migration may take its time.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            driver: Any = connection.connection.driver_connection
            driver.patience_s = None
            # Points that are on the disk need tables that are.
            connection.execute(text("SET LOCAL synchronous_commit = on"))
            connection.execute(select(func.pg_advisory_xact_lock(schema.LOCK)))
            now = schema.standing(schema.revision_of(connection))
            if now.state == "empty":
                self._check_encoding(connection)
                schema.create(connection)
            elif now.state == "older":
                schema.migrate(connection)
            else:
                schema.check_usable(now, self.url)
            driver.patience_s = ANSWER_S

        if self.schema().state == "older":
            schema.load_migrations()
        self._write(work)
        self._checked = True

    def _check_encoding(self, connection: Connection) -> None:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding not in ENCODINGS:
            raise StoreUnavailable(
                f"the database {self.url} keeps text in {encoding}, which lacks the letters of many names: make one for "
                "the store with CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"
            )

    def close(self) -> None:
        """See `Store`."""
        if self._engine is not None:
            self._engine.dispose()

    def forget(self) -> None:
        """See `Store`."""
        if self._engine is not None:
            self._engine.dispose(close=False)
            self._engine = None
        self._guard = threading.Lock()

    def sync(self) -> None:
        """See `Store`: a commit is durable at once, there is nothing to do."""

    def check(self, *, full: bool = False) -> list[Check]:
        """See `Store`."""
        from tracker.store import health  # not for a training process

        return health.check_postgres(self._read, full=full)

    # ---------------------------------------------------------------------------------------------------- transactions

    def _write(self, work: Work[T]) -> T:
        self._check_writable()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._errors(), self._open().begin() as connection:
                    return work(connection)
            except _Again:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _read(self, work: Work[T]) -> T:
        with self._errors():
            engine = self._open().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with engine.connect() as connection:
                return work(connection)

    def _enter_run(self, connection: Connection, run_id: int, beat_ms: int = 0) -> Clock:
        now = connection.execute(_ENTER, {"run_id": run_id}).one().now_ms
        # The database's clock, for the clocks of hosts differ: else a run could look lost on another machine.
        return Clock(now, now if beat_ms else 0)

    def _now_ms(self, connection: Connection) -> int:
        return int(connection.execute(_NOW).scalar_one())

    # ---------------------------------------------------------------------------------------------------- connections

    def _open(self) -> Engine:
        with self._guard:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    def _make_engine(self) -> Engine:
        try:
            from tracker.store.patience import connect

            engine = create_engine(
                self._address,
                connect_args=CONNECTION,
                pool_pre_ping=True,
                pool_recycle=1800,
                pool_use_lifo=True,
                pool_timeout=10,
                hide_parameters=True,
            )
        except ImportError as error:
            raise StoreUnavailable(
                f"the store {self.url} needs the PostgreSQL driver: run `pip install 'curvetracker[postgres]'`"
            ) from error
        event.listen(engine, "begin", _set_timeout)
        event.listen(
            engine, "do_connect", lambda dialect, record, args, named: connect(args, named, ANSWER_S)
        )
        event.listen(engine, "connect", lambda connection, _: adapt(connection))
        return engine

    def _check_writable(self) -> None:
        if self.readonly:
            raise StoreUnavailable(f"the store {self.url} was opened for reading only")

    # --------------------------------------------------------------------------------------------------------- errors

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(error.orig or error) from error.orig
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the store {self.url} cannot be used now: {error}") from error
        except StoreError:
            raise
        except Exception as error:
            if not type(error).__module__.startswith("psycopg"):
                raise
            raise self._translated(error) from error

    def _translated(self, error: BaseException) -> StoreError:
        state = getattr(error, "sqlstate", None) or ""
        reason = self._without_password(" ".join(str(error).split()))
        if state == NO_SIGN:
            return StoreUnavailable(
                f"the database {self.url} has no sign for a character that was logged: copy the store (tracker copy) to "
                f"one made with ENCODING 'UTF8' ({reason})"
            )
        refused = state.startswith(REFUSED) or (not state and type(error).__name__ == "DataError")
        if refused:
            return Refused(f"the store {self.url} refused the rows (sqlstate {state or '22'}): {reason}")
        if state in AGAIN:
            return _Again(f"the store {self.url} could not finish beside other writers: try again ({reason})")
        self._checked = False
        if state in MISSING:
            return StoreUnavailable(
                f"the store {self.url} lacks a table or column: run `tracker db upgrade` ({reason})"
            )
        return StoreUnavailable(f"the store {self.url} does not answer: {reason}")

    def _without_password(self, reason: str) -> str:
        password = self._address.password
        return reason.replace(str(password), "***") if password else reason


class _Again(StoreUnavailable):
    """The server gave up the transaction so that another one could go on."""


def _set_timeout(connection: Connection) -> None:
    # SET LOCAL, because a pooler refuses start-up options and must not keep a setting of ours.
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {STATEMENT_MS}")


_MILLISECONDS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_NOW = text(f"SELECT {_MILLISECONDS}")
# One trip: the run's lock, a commit that is on the disk when it returns, and only then the time.
_ENTER = text(
    "SELECT pg_advisory_xact_lock(:run_id), CASE current_setting('synchronous_commit') "
    "WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END, "
    f"{_MILLISECONDS} AS now_ms"
)

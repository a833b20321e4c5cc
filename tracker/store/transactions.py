"""What an engine supplies, and what is made of it: reading, writing, and changing what people say of runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import Connection

from tracker.store import schema as schemas
from tracker.store.base import Schema
from tracker.store.beside import Clock

T = TypeVar("T")
Work = Callable[[Connection], T]

RUNS_AT_ONCE = 100
"""Runs that one transaction changes: their writers wait for it."""


class Transactions(ABC):
    """The transactions of one store; errors come out of them as `StoreError`."""

    url: str

    def __init__(self) -> None:
        self._checked = False

    @abstractmethod
    def schema(self) -> Schema:
        """See `Store`."""

    @abstractmethod
    def _write(self, work: Work[T]) -> T:
        """Run `work` in one writing transaction, which is committed if it returns."""

    @abstractmethod
    def _read(self, work: Work[T]) -> T:
        """Run `work` on one unchanging state of the store."""

    @abstractmethod
    def _enter_run(self, connection: Connection, run_id: int, beat_ms: int = 0) -> Clock:
        """Take the run's lock until the transaction ends, and say what time it is; `beat_ms` is the sender's."""

    @abstractmethod
    def _now_ms(self, connection: Connection) -> int:
        """Return the time by the clock that heartbeats are kept by."""

    def _check_schema(self) -> None:
        """Look once, at first use, whether this version can work with the store."""
        if not self._checked:
            schemas.check_usable(self.schema(), self.url)
            self._checked = True

    def _change(self, run_id: int, work: Callable[[Connection, int], T]) -> T:
        """Do `work(connection, now_ms)` to a run while nobody else changes it."""
        self._check_schema()

        def locked(connection: Connection) -> T:
            return work(connection, self._enter_run(connection, run_id).now_ms)

        return self._write(locked)

    def _change_each(self, run_ids: Iterable[int], work: Callable[[Connection, list[int], int], int]) -> int:
        """Do `work(connection, some runs, now_ms)` to runs while nobody else changes them; return the sum."""
        self._check_schema()

        def changed(some: list[int]) -> int:
            def locked(connection: Connection) -> int:
                # In one order, so that no two who change several runs wait for each other.
                now_ms = [self._enter_run(connection, run_id).now_ms for run_id in some][-1]
                return work(connection, some, now_ms)

            return self._write(locked)

        ids = sorted(set(run_ids))
        return sum(changed(ids[i : i + RUNS_AT_ONCE]) for i in range(0, len(ids), RUNS_AT_ONCE))

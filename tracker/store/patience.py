"""A PostgreSQL connection that gives up on a peer that has fallen silent.

Keepalives notice a host that is gone. A proxy or balancer that lives and passes nothing on answers them for ever, and
the server's own limit on statements does not help whom its answer never reaches.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose every wait ends with an `OperationalError` after `patience_s` seconds (None: never)."""

    patience_s: float | None = None

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        """Consume a generator of the driver, as its own method does, within the time."""
        if self.patience_s is None:
            return super().wait(gen, *arguments, **named)
        try:
            return super().wait(_within(gen, self.patience_s), *arguments, **named)
        except _Silent as error:
            self.pgconn.finish()
            raise psycopg.OperationalError(str(error)) from None


class _Silent(Exception):
    pass


def _within(gen: Any, seconds: float) -> Generator[Any, Any, Any]:
    """Pass on what the generator waits for; the driver looks in several times a second while nothing comes."""
    deadline = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raise _Silent(f"no answer within {seconds:.0f} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


def connect(arguments: Any, named: dict[str, Any], patience_s: float) -> PatientConnection:
    """Return a new connection; the driver's own `connect_timeout` limits how long that takes."""
    connection = PatientConnection.connect(*arguments, **named)
    connection.patience_s = patience_s
    return connection

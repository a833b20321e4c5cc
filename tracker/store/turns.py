"""Whose turn it is to write one SQLite file: many processes, one at a time, and none left out.

SQLite's own busy handler looks again every 100 ms once it has waited a while. Beside writers that are always at it, one
that looks so seldom finds the file locked for many seconds. Here who has waited longest looks most often, and who has
just written lets the others go first.
"""

from __future__ import annotations

import random
import sqlite3
import time
from itertools import pairwise

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

LOOKS = ((0.0, 0.008), (0.25, 0.004), (1.0, 0.001))
"""Seconds waited so far, and how long until the next look."""

LONGEST_S = 60.0
"""How long one waits at most while others do write."""


class Turns:
    """One connection's turns at the file.

    Args:
        patience_ms: how long to wait while nobody writes anything; then whoever holds the lock is not at work.
    """

    def __init__(self, patience_ms: int) -> None:
        self.patience_ms = patience_ms
        self._crowded = False

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin a transaction that holds the file's write lock.

        Raises:
            sqlite3.OperationalError: SQLITE_BUSY: the lock was held all the time, or others always came first.
        """
        if self._crowded:
            time.sleep(_about(LOOKS[0][1]))
        start = since = time.monotonic()
        seen: object = None
        connection.execute("PRAGMA busy_timeout=0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    break
                except sqlite3.OperationalError as error:
                    if code_of(error) not in BUSY:
                        raise
                    now = time.monotonic()
                    if seen is None:
                        seen = _changes(connection)
                    elif now > since + self.patience_ms / 1000:
                        before, seen = seen, _changes(connection)
                        if seen == before or now > start + LONGEST_S:
                            raise
                        since = now
                    time.sleep(_about(_pause(now - start)))
        finally:
            self._crowded = seen is not None
            connection.execute(f"PRAGMA busy_timeout={self.patience_ms}")


def _changes(connection: sqlite3.Connection) -> object:
    """Return a number that changes when another connection commits something."""
    try:
        return connection.execute("PRAGMA data_version").fetchone()
    except sqlite3.OperationalError as error:
        if code_of(error) not in BUSY:
            raise
        return "nobody may even read"


def _pause(waited: float) -> float:
    for (_, pause), (after, _) in pairwise(LOOKS):
        if waited < after:
            return pause
    return LOOKS[-1][1]


def _about(seconds: float) -> float:
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311 - a pause, no secret


def code_of(error: BaseException) -> int:
    """Return the primary code of an error of SQLite, 0 of any other."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF

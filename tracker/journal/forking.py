"""A fork waits until no background thread is inside the store's libraries.

A child inherits every lock as it was at the fork, and no thread that would free it: the import lock of a module that
the shipper was just importing, SQLite's own mutexes. A child that then imports that module, or opens any SQLite file,
would hang for ever. So shippers work inside this gate, and `os.fork` waits for them at its door, for a short time.
"""

from __future__ import annotations

# Loaded now, because it has hooks around a fork itself: were it loaded by the shipper in the middle of one, its second
# hook would release a lock that its first never took.
import logging  # noqa: F401
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

IMPORTING_S = 10.0
WORKING_S = 1.0
"""How long a fork waits at most while libraries are imported, and for the batch that is being sent.

A batch is waited for once: one that takes longer waits for a store that is slow or silent, and a program that starts
many workers then would wait as long for each of them.
"""


class ForkGate:
    """Threads work inside together; a fork closes the door and waits until they are out."""

    def __init__(self) -> None:
        self._door = threading.Condition()
        self._inside: set[object] = set()
        self._given_up: set[object] = set()  # of these; a fork has waited for them in vain
        self._importing = 0
        self._forks = 0

    @contextmanager
    def inside(self, *, importing: bool = False) -> Iterator[None]:
        """Be inside for a piece of work."""
        piece = object()
        with self._door:
            self._door.wait_for(lambda: not self._forks, WORKING_S)
            self._inside.add(piece)
            self._importing += importing
        try:
            yield
        finally:
            with self._door:
                self._inside.discard(piece)
                self._given_up.discard(piece)
                self._importing -= importing
                self._door.notify_all()

    def close(self) -> None:
        """Before a fork: let nobody in, and wait until nobody is inside."""
        with self._door:
            self._forks += 1
            if self._importing:
                self._door.wait_for(lambda: not self._importing, IMPORTING_S)
            self._door.wait_for(lambda: self._inside <= self._given_up, WORKING_S)
            self._given_up |= self._inside

    def open(self) -> None:
        """After a fork, in the parent."""
        with self._door:
            self._forks -= 1
            self._door.notify_all()


gate = ForkGate()


def _in_child() -> None:
    gate.__init__()  # type: ignore[misc]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=gate.close, after_in_parent=gate.open, after_in_child=_in_child)

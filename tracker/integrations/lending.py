"""Whose run a framework's logger writes: one that somebody else holds, or one of its own."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from typing import Any
from weakref import ref

import tracker
from tracker.client.run import Run

_holder: Lent | None = None
"""The logger whose own run is the module's current one: no other logger's training belongs into it."""
_taking = threading.Lock()
"""Held while a logger takes its run: of two trainings that begin at once, the second must see what the first has taken."""


class Lent:
    """A run for the length of one training.

    Args:
        run: the run to log to; None: the module's current run, else a new one that ends with the training.
        init: arguments of `tracker.init` for a run of its own.
        left: tells what became of a training that never said that it ended, when the next one begins or the process
            ends. None: the framework says so of every one that does not fail; at the end of the process, which may be
            an ordinary end, how that ends counts.
        again: whether what comes after the end continues the same run, rather than a new one.

    Raises:
        TypeError: both a run and arguments for one were given.
    """

    def __init__(
        self,
        run: Run | None,
        init: Mapping[str, Any],
        *,
        left: Callable[[], str] | None = None,
        again: bool = False,
    ) -> None:
        if run is not None and init:
            raise TypeError(
                f"a run was given, so {', '.join(init)} cannot be used: give them to tracker.init"
            )
        self._given, self._init = run, dict(init)
        self._left, self._again = left, again
        self._leaving = False
        self._run: Run | None = None
        self._owned = False
        self._thread = 0

    def start(self, config: Mapping[str, Any]) -> Run:
        """Return the run of a training that begins now: an own run of one before it, which broke off, is ended."""
        self.end(self.left())
        return self.begin(config)

    def begin(self, config: Mapping[str, Any]) -> Run:
        """Return the run, with what the framework knows added to its config; keys that the user gave stay."""
        with _taking:
            if self._run is None or self._run.ended:
                self._run = self._taken()
        known = dict(self._run.config)
        self._run.config.update({key: value for key, value in config.items() if key not in known})
        return self._run

    @property
    def run(self) -> Run:
        """The run; a training that never said that it begins starts one."""
        return self._run if self._run is not None and not self._run.ended else self.begin({})

    def left(self) -> str:
        """Return what became of a training that never said that it ended."""
        return "failed" if self._left is None else self._left()

    def end(self, status: str = "finished") -> None:
        """End the run if it is the logger's own."""
        if self._owned and self._run is not None and not self._run.ended:
            self._run.finish(status)
            if self._again:
                self._init |= {"id": self._run.id, "resume": "allow"}
        self._run, self._owned = None, False

    def _taken(self) -> Run:
        global _holder
        other, self._owned = _holder, False
        if self._given is not None:
            return self._given
        now: Run | None = tracker.run
        if now is not None and (other is None or not other._owned or other._run is not now):
            return now
        self._owned, self._thread = True, threading.get_ident()
        if now is not None and other is not None and other is not self:
            if other._thread != self._thread:
                return Run(**self._init)  # two trainings at once: each its own
            other.end(other.left())
        _holder = self
        if self._left is not None and not self._leaving:
            self._leaving = True
            atexit.register(_leave, ref(self))
        return tracker.init(**self._init)


def _leave(known: ref[Lent]) -> None:
    """End a run whose training never said that it ended, where the process ends as if all were well."""
    lent = known()
    if lent is not None and lent._run is not None and lent._run._logger.failure is None:
        lent.end(lent.left())

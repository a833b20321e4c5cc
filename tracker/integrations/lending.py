"""Whose run a framework's logger writes: one that somebody else holds, or one of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

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
        left: what became of a training that never said that it ended, told when the next one begins: "failed" where the
            framework says so of every other one.
        again: whether what comes after the end continues the same run, rather than a new one.

    Raises:
        TypeError: both a run and arguments for one were given.
    """

    def __init__(
        self, run: Run | None, init: Mapping[str, Any], *, left: str = "failed", again: bool = False
    ) -> None:
        if run is not None and init:
            raise TypeError(
                f"a run was given, so {', '.join(init)} cannot be used: give them to tracker.init"
            )
        self._given, self._init = run, dict(init)
        self._left, self._again = left, again
        self._run: Run | None = None
        self._owned = False
        self._thread = 0

    def start(self, config: Mapping[str, Any]) -> Run:
        """Return the run of a training that begins now: an own run of one before it, which broke off, is ended."""
        self.end(self._left)
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
            other.end(other._left)
        _holder = self
        return tracker.init(**self._init)

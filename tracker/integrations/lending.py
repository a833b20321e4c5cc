"""Whose run a framework's logger writes: one that somebody else holds, or one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tracker
from tracker.client.run import Run


class Lent:
    """A run for the length of one training.

    Args:
        run: the run to log to; None: the module's current run, else a new one that ends with the training.
        init: arguments of `tracker.init` for a run of its own.

    Raises:
        TypeError: both were given.
    """

    def __init__(self, run: Run | None, init: Mapping[str, Any]) -> None:
        if run is not None and init:
            raise TypeError(
                f"a run was given, so {', '.join(init)} cannot be used: give them to tracker.init"
            )
        self._given, self._init = run, dict(init)
        self._run: Run | None = None
        self._owned = False

    def begin(self, config: Mapping[str, Any]) -> Run:
        """Return the run, with what the framework knows added to its config; keys that the user gave stay."""
        if self._run is None or self._run.ended:
            self._run = self._given or tracker.run
            self._owned = self._run is None
            if self._run is None:
                self._run = tracker.init(**self._init)
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
        self._run, self._owned = None, False

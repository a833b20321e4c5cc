"""Whether another process writes the same run now, and whether it hurts: learned from the store's answers.

That a session gave a sign of life a minute ago says little: it may be the killed one that this session goes on from.
Only a sign that comes after the first answer tells that its process lives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tracker.store.base import Batch, Identity, Points, Shipped


class Meeting(NamedTuple):
    """Another process writes the run. `who` and `here` name it and this one as far as known.

    `steps` True: points of the same (series, step) were logged by both. False: this process began later and gives no
    steps, and what it logs stands behind what stood then, from step `base` on.
    """

    who: str
    here: str
    steps: bool
    base: int


class Company:
    """Follows the answers to one live session's batches.

    Args:
        identity: the session's.
        met: called with each of the two kinds of meeting, once.
    """

    def __init__(self, identity: Identity, met: Callable[[Meeting], None]) -> None:
        self._joined = identity.resume != "never"
        self._here = _process(identity.environment)
        self._met = met
        self._other: tuple[str, int] | None = None
        self._first_beat = -1
        self._highest = -1
        self._steps = self._counted = False
        self._said: set[bool] = set()

    def take(self, batch: Batch, answer: Shipped) -> None:
        """Take in the store's answer to a batch."""
        beside = answer.beside
        highest = self._highest
        if batch.points:
            self._highest = max(highest, _highest(batch.points, answer.step_base))
        if self._first_beat < 0:
            self._first_beat = 0 if beside is None else beside.beat_ms
        if beside is None:
            return
        # Two runs of one process under one id are its own affair, and the newest session may be this one.
        if (beside.host, beside.pid) != self._here or not beside.host:
            self._other = (beside.host, beside.pid)
        # Beyond the highest step of its own a session can only have met what others logged.
        self._steps |= beside.step > highest
        self._counted |= self._joined and any(batch.points.counted)
        if self._other is None or beside.beat_ms <= self._first_beat:
            return
        for steps, found in ((True, self._steps), (False, self._counted)):
            if found and steps not in self._said:
                self._said.add(steps)
                self._met(Meeting(_named(self._other), _named(self._here), steps, answer.step_base))


def _highest(points: Points, base: int) -> int:
    if base and any(points.counted):
        return max(s + base if c else s for s, c in zip(points.step, points.counted, strict=True))
    return max(points.step)


def _process(environment: Mapping[str, Any]) -> tuple[str, int]:
    host, pid = environment.get("host"), environment.get("pid")
    return host if isinstance(host, str) else "", pid if isinstance(pid, int) else 0


def _named(process: tuple[str, int]) -> str:
    host, pid = process
    return f"process {pid} on {host}" if host and pid else host or "a process that says nothing of itself"

"""Other processes that write the same run at the same moment, as the transaction of one batch sees them.

Everything is found in the rows that the transaction reads anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Row

from tracker.model import LOST_AFTER_MS
from tracker.store.base import Beside

Found = Row[*tuple[Any, ...]]


class Clock(NamedTuple):
    """The store's idea of now, and the beat of this batch (0: what is sent is left over and no sign of life)."""

    now_ms: int
    beat_ms: int


def alive(others: Iterable[Found], clock: Clock) -> list[Found]:
    """Return those of the run's `others`, rows of `writer`, that gave a sign of life lately; a helper is none of them.

    To a batch that is left over from a dead process nobody is alive.
    """
    if not clock.beat_ms:
        return []
    return [w for w in others if w.started_ms and w.beat_ms >= clock.now_ms - LOST_AFTER_MS]


def since(run: Found | None, living: Sequence[Found]) -> int | None:
    """Return how old the run was, in ms, when the first of the living began; None when there is none."""
    if run is None or not living:
        return None
    return int(min(w.started_ms for w in living) - run.created_ms)


def beside(run: Found | None, living: Sequence[Found], met: int) -> Beside | None:
    """Return what the sender is told of the living; `met` is the highest step at which it may have met them."""
    if run is None or not living:
        return None
    said = json.loads(run.environment)
    host, pid = said.get("host"), said.get("pid")
    return Beside(
        max(int(w.beat_ms) for w in living),
        host if isinstance(host, str) else "",
        pid if isinstance(pid, int) else 0,
        met,
    )

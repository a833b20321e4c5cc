"""What a page that looks at one run closely reads of it: parts of its points by step, and its sessions.

Points are read by their key, so that a part costs what it holds, however long the series is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tracker.model import Series, Status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SessionRecord(NamedTuple):
    """One process's part of a run. Times are milliseconds since 1970.

    `beat_ms` is its last sign of life. `reached_ms` is the `elapsed_ms` of its last point, -1 when it logged none.
    """

    session_id: int
    started_ms: int
    beat_ms: int
    reached_ms: int
    status: Status
    exception: str | None


class Excerpts(Protocol):
    """The part of `Store` that a look at one run uses; see `base.py` for what holds for all calls."""

    def steps(self, run_id: int, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the steps at which any of these series has a point: each once, in ascending order."""

    def excerpt(self, run_id: int, names: Sequence[str], first: int, last: int) -> dict[str, Series]:
        """Return the points of series from step `first` to step `last`, both included; series without any are left out."""

    def sessions(self, run_id: int) -> tuple[SessionRecord, ...]:
        """Return the sessions that wrote a run, the oldest first; helpers that its process forked are left out."""

"""What a journal says when its disk or its size gives trouble, and how large it may grow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tracker.journal.ring import RING_POINTS
from tracker.journal.wording import agree


class Limits(NamedTuple):
    """How much of a journal may wait for the store: from where on that is said, and at most (None: no limit), in bytes.

    Both are looked at when a segment is full.
    """

    warn: int = 1024**3
    most: int | None = None

    def reached(self, waiting: int) -> bool:
        """Tell whether no more may be written while `waiting` bytes wait."""
        return self.most is not None and waiting >= self.most


class Trouble:
    """Says one sentence of each trouble, through `say`, about the journal in `folder`."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._said_large = False

    def large(self, waiting: int) -> None:
        """Much waits for the store: said once in a journal's life."""
        if self._said_large:
            return
        self._said_large = True
        self._say(
            f"{_megabytes(waiting)} in the journal in {self._folder} wait for the store, and more comes: see what keeps "
            "the store away (tracker doctor), and that the disk has room"
        )

    def at_its_limit(self, waiting: int) -> None:
        """So much waits that no more is written."""
        self._say(
            f"the journal in {self._folder} has {_megabytes(waiting)} that wait for the store, which is its limit: up "
            f"to {RING_POINTS:,} points wait in memory; see what keeps the store away (tracker doctor), or raise "
            "TRACKER_JOURNAL_MAX_MB"
        )

    def refused(self, error: OSError | None) -> None:
        """The disk did not take a frame, or only a part of it (None)."""
        reason = (error.strerror or str(error)) if error else "No space left on device"
        self._say(
            f"the journal in {self._folder} takes no writes ({reason}): up to {RING_POINTS:,} points wait in memory; "
            "free some space and they are written"
        )

    def taken(self, error: OSError | None) -> None:
        """Somebody deleted, moved or cut the file of a run that logs; no new one could be made for an `error`."""
        if error is None:
            self._say(
                f"the journal in {self._folder} was deleted, moved or cut while its run logs: it goes on in a new file, "
                "with all that could still be read of it; leave the files of a live run alone"
            )
        else:
            self._say(
                f"the journal in {self._folder} was deleted or moved while its run logs, and no new file can be written "
                f"({error.strerror or error}): what is logged now is lost if this process dies; make room, or the "
                "folder writable"
            )

    def dropped(self, points: int) -> None:
        """So many points, in all, found no room in memory any more."""
        said = "the journal still takes no writes: {n} point[|s] [was|were] dropped, the oldest first"
        self._say(agree(points, said))

    def too_late(self) -> None:
        """Something was logged that nobody takes any more."""
        self._say("points were logged by another thread after the run had ended: they are not kept")


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB" if size < 1024**3 else f"{size / 1024**3:,.1f} GB"

"""One process's part of a run: its journal, and the shipper that sends it when the run is online."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

from tracker import settings
from tracker.client.speech import say
from tracker.client.watch import Watch
from tracker.errors import TrackerError
from tracker.journal.durability import keep_durable
from tracker.journal.folders import open_journal
from tracker.journal.frames import Kind, Opening, encode
from tracker.journal.shipper import Owner, Shipper
from tracker.journal.wording import agree

WAIT_S = 10.0
"""How long `finish` and the end of the process wait for the store at most."""

SILENT_WAIT_S = 1.0
"""A wait longer than this says what it waits for."""


@dataclass(frozen=True, slots=True)
class RunStats:
    """What became of the points that were logged by this process.

    `logged` = `stored` + `waiting` + `in_memory` + `rejected` + `dropped`: in the store; in the journal; in memory
    because the disk takes no writes; refused by the store; fallen out of memory. `away` says why the store cannot be
    reached now.
    """

    logged: int = 0
    stored: int = 0
    waiting: int = 0
    in_memory: int = 0
    rejected: int = 0
    dropped: int = 0
    away: str | None = None


class Session:
    """Opens the journal, writes the first frame, and starts the shipper unless the run is offline.

    Raises:
        JournalError: no journal can be written anywhere.
    """

    def __init__(self, opening: Opening, url: str, owner: Owner, *, online: bool) -> None:
        self.opening = opening
        self.url = url
        self.journal = open_journal(opening, owner.warn)
        self.shipper = Shipper(self.journal, url, owner) if online else None
        whole = opening.identity.resume == "never" or not online
        self.watch = None if opening.identity.helper else Watch(self.journal, whole=whole)
        """What the curves say while the run trains; a forked child has only a part of them."""
        self.waited = False
        # A destructor may log while the interpreter is torn down, when a thread would never begin: the next start sends.
        ending = sys.is_finalizing()
        if not ending:
            keep_durable(self.journal)
        if self.shipper is not None and (ending or not self.shipper.start()):
            self.shipper = None

    def append(self, kind: Kind, *parts: Any) -> None:
        """Append a frame that holds no points."""
        self.journal.append(encode(kind, *parts))

    def flush(self, timeout: float) -> bool:
        """Wait until the store holds all that was logged so far; return False after `timeout` seconds."""
        self.journal.rescue()
        self.journal.drain()
        if self.shipper is None:
            return False
        return self.shipper.wait(self.journal.end, timeout)

    def end(self, status: str, exception: str | None, elapsed_ms: int) -> None:
        """Write the session's last frame and let the shipper come to its end; does not wait."""
        self.append(Kind.STATUS, status, exception, elapsed_ms)
        self.journal.rescue()
        self.journal.drain()
        if self.shipper is None:
            self.journal.close()
        else:
            self.shipper.finish()

    def wait(self, deadline: float, label: str) -> None:
        """Wait until the store holds everything or `deadline` (monotonic seconds) has passed; say what is left.

        Ctrl-C ends the wait at once; it is passed on when nothing had been said yet about the wait.
        """
        if self.waited:
            return
        self.waited = True
        shipper = self.shipper
        if shipper is None:
            self._say_kept(label)
            return
        told = False
        whole = deadline - time.monotonic()
        try:
            done = shipper.wait_done(min(SILENT_WAIT_S, max(0.0, deadline - time.monotonic())))
            left = deadline - time.monotonic()
            if not done and left > 0:
                told = True
                count = self.journal.points - shipper.stored_points
                what = agree(count, "{n} point[|s]") if count else "the end"
                say(
                    f"sending {what} of {label} to {settings.safe_url(self.url)}, waiting up to "
                    f"{max(1, round(whole))} s; press Ctrl-C to stop waiting"
                )
                shipper.wait_done(left)
        except KeyboardInterrupt:
            if not told:
                raise
        finally:
            self._say_left(label)

    @property
    def all_stored(self) -> bool:
        """True when the session has ended and the store holds every point of it."""
        shipper = self.shipper
        return shipper is not None and shipper.done and shipper.failure is None and not self.journal.in_memory

    def stats(self) -> RunStats:
        """Return what became of the points that this process logged."""
        journal, shipper = self.journal, self.shipper
        stored, rejected = (shipper.stored_points, shipper.rejected) if shipper is not None else (0, 0)
        logged, in_memory, dropped = journal.points, journal.in_memory, journal.dropped
        return RunStats(
            logged=logged,
            stored=stored,
            waiting=max(0, logged - stored - rejected - in_memory - dropped),
            in_memory=in_memory,
            rejected=rejected,
            dropped=dropped,
            away=shipper.away if shipper is not None else None,
        )

    def abandon(self) -> None:
        """In a forked child: leave the journal and the shipper to the parent."""
        self.journal.abandon()
        if self.shipper is not None:
            self.shipper.forget()

    # --------------------------------------------------------------------------------------------- the last sentence

    def _say_left(self, label: str) -> None:
        shipper = self.shipper
        if shipper is None:
            return
        failure: TrackerError | None = shipper.failure
        known = self.journal.dropped + self.journal.in_memory + shipper.stored_points + shipper.rejected
        left = self.journal.points - known
        if not shipper.done or failure is not None or left > 0:
            what = "{n} point[|s] of {label} [is|are]" if left > 0 else "the end of {label} is"
            say(
                agree(
                    left if left > 0 else 1,
                    what
                    + " not in the store yet; [it is|they are] safe in {folder}, send [it|them] with: tracker sync",
                    label=label,
                    folder=self.journal.folder,
                )
            )
        if shipper.rejected:
            said = "{n} point[|s] of {label} [was|were] refused by the store and set aside in {folder} (tracker doctor shows [it|them])"
            say(agree(shipper.rejected, said, label=label, folder=self.journal.folder))
        self._say_lost(label)

    def _say_kept(self, label: str) -> None:
        kept = self.journal.points - self.journal.dropped - self.journal.in_memory
        said = "{n} point[|s] of {label} [is|are] kept in {folder}, send [it|them] with: tracker sync"
        say(agree(kept, said, label=label, folder=self.journal.folder))
        self._say_lost(label)

    def _say_lost(self, label: str) -> None:
        lost = self.journal.dropped + self.journal.in_memory
        if lost:
            said = "{n} point[|s] of {label} [is|are] lost: the disk of {folder} took no writes"
            say(agree(lost, said, label=label, folder=self.journal.folder))

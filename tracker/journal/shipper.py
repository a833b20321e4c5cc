"""The background thread that brings a live session's journal into the store, and left-over journals after it.

Training never waits for it. It alone imports the store's libraries. While the store is away it says so once, tries
again after 0.2 to 30 s with jitter, and the journal grows.
"""

from __future__ import annotations

import _thread
import random
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from tracker import settings
from tracker.errors import JournalError, Refused, RunMissing, SchemaMismatch, StoreError, TrackerError
from tracker.journal.company import Meeting
from tracker.journal.delivery import Delivery
from tracker.journal.forking import gate
from tracker.journal.reader import JournalReader
from tracker.journal.recovery import Progress, Recovered, recover_stepwise
from tracker.journal.ring import LENT_BYTES
from tracker.journal.writer import Journal
from tracker.model import RunRecord
from tracker.store import open_store
from tracker.store.base import Identity, Offset, Store

BATCH_S = 0.25
WAKE_POINTS = 5_000
"""Points that are sent before `BATCH_S` is over; fewer wait, for a transaction costs as much as a hundred calls."""
BEAT_S = 30.0
LEFT_OVER_S = 2.0
"""How long the end of a run goes on sending journals that others left."""
BACKOFF_S = (0.2, 30.0)
FINISHING_BACKOFF_S = 1.0
SAY_AGAIN_S = 30.0
"""A store that goes away again within this time is not told of again, unless it stays away."""


class Owner(Protocol):
    """Whose journal it is: what the shipper tells the run, always from its own thread."""

    def warn(self, text: str) -> None:
        """Say one sentence to the user; must not raise."""

    def moved(self, identity: Identity, purged: bool) -> None:
        """The run's id was taken, or deleted for good (`purged`); the session goes on as `identity`."""

    def resumed(self, record: RunRecord) -> None:
        """The session's first batch has arrived, in a run that may have been there before: `record`."""

    def met(self, meeting: Meeting) -> None:
        """Another process writes the same run now; must not raise."""

    def passed(self) -> None:
        """The thread has been through its work, with or without success; must not raise."""


class Shipper:
    """Ships `journal` into the store at `url` until it is closed by `finish`; the thread starts with `start`."""

    def __init__(self, journal: Journal, url: str, owner: Owner) -> None:
        self.journal = journal
        self.url = url
        self.stored_points = 0
        self.rejected = 0
        self.away: str | None = None
        """Why the store cannot be reached now; None while all is well."""
        self.failure: TrackerError | None = None
        """What ended the shipping for good; the journal is kept."""
        self.done = False
        """True when everything is stored, or shipping has ended for good."""
        self.settled = False
        """True when the store has taken the session's first batch."""
        self.version = self.others = 0
        """The run's version with the last batch, and how many other sessions had written it by then."""
        self._owner = owner
        self._said_away = False
        self._silent_until = 0.0
        self._stored = Offset(0, 0)
        self._wanted = Offset(0, 0)  # up to here somebody waits for it
        self._finishing = self._given_up = False
        self._changed = threading.Condition()
        # A raw lock as a flag: setting it never blocks, so a signal handler may log at any moment.
        self._flag = _thread.allocate_lock()
        self._flag.acquire()
        self._store: Store | None = None
        self._delivery: Delivery | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> bool:
        """Start the thread; return False when the interpreter is too far gone to start one."""
        self.journal.wake = self.wake
        self.journal.wake_at = WAKE_POINTS
        self._thread = threading.Thread(target=self._run, name="tracker-shipper", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None
            return False
        return True

    def wake(self) -> None:
        """Make the thread look at the journal now. Never blocks."""
        try:
            self._flag.release()
        except RuntimeError:
            pass  # the flag is up already

    def wait(self, until: Offset, timeout: float) -> bool:
        """Wait until the store holds the journal up to `until`, at most `timeout` seconds; tell whether it does."""
        self._wanted = max(self._wanted, until)
        self.wake()
        with self._changed:
            self._changed.wait_for(lambda: self._holds(until) or self.done, timeout)
            return self._holds(until)

    def _holds(self, until: Offset) -> bool:
        return self._stored >= until and not self.journal.waits

    def wait_settled(self, timeout: float) -> bool:
        """Wait until the store has taken or refused the session, at most `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.settled or self.done, timeout)

    def give_up(self, timeout: float) -> bool:
        """Make no new attempt to begin; return True when the one under way arrives within `timeout` seconds."""
        self._given_up = True
        self.wake()
        self.wait_settled(timeout)
        return self.settled

    def finish(self) -> None:
        """Say that nothing more is appended: ship the rest, delete the journal, end the thread."""
        self._finishing = True
        self.wake()

    def wait_done(self, timeout: float) -> bool:
        """Wait until all is stored or shipping has ended for good, at most `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.done, timeout)

    def forget(self) -> None:
        """In a forked child: drop what belongs to the parent."""
        if self._store is not None:
            self._store.forget()

    # -------------------------------------------------------------------------------------------------- the thread

    def _run(self) -> None:
        try:
            self._ship_until_finished()
        except TrackerError as error:
            self.failure = error
            if not self._raised_by_init(error) and not self._said_away:
                self._owner.warn(
                    f"this run is no longer sent to {settings.safe_url(self.url)}: {str(error).rstrip('.')}. The "
                    f"journal in {self.journal.folder} is kept and goes on growing; send it with: tracker sync"
                )
        finally:
            if self._store is not None:
                with gate.inside():
                    self._store.close()
            with self._changed:
                self.done = True
                self._changed.notify_all()

    def _raised_by_init(self, error: TrackerError) -> bool:
        """Tell whether `init`, which waits for the first batch under `resume="must"`, raises this error itself."""
        return isinstance(error, RunMissing) and not self.settled and not self.journal.opening.identity.helper

    def _ship_until_finished(self) -> None:
        delay = BACKOFF_S[0]
        work: Iterator[bool] | None = None
        while not (self._given_up and (self.journal.closed or not self.settled)):
            try:
                if self._store is None:
                    with gate.inside(
                        importing=True
                    ):  # it loads the store's libraries, or says which is missing
                        self._store = open_store(self.url)
                if work is None:
                    work = self._work(self._store)
                with gate.inside():
                    busy = next(work)
            except StopIteration:
                return
            except RunMissing:
                if not self.journal.opening.identity.helper:
                    raise
                work = None  # its parent is still to bring the run
                self._sleep(BATCH_S)
                continue
            except Refused:
                raise
            except Exception as error:
                # a fault of the disk, or an unknown one of a driver, must not end the shipping: it is said and retried
                work = None
                self._say_away(error)
                if self._finishing and isinstance(error, SchemaMismatch):
                    raise  # to wait at the end would not help
                self._owner.passed()
                self._sleep(random.uniform(0.5, 1.0) * delay)  # noqa: S311
                delay = min(delay * 2, FINISHING_BACKOFF_S if self._finishing else BACKOFF_S[1])
                continue
            self._owner.passed()
            delay = BACKOFF_S[0]
            if self._said_away:
                self._owner.warn(
                    f"the store {settings.safe_url(self.url)} is back: what waited is being sent"
                )
            self.away, self._said_away = None, False
            if not busy:
                self._sleep(BATCH_S)

    def _work(self, store: Store) -> Iterator[bool]:
        """Do a piece of work at each step, yielding whether there is more to do at once."""
        store.prepare()
        opening = self.journal.opening
        beat_at = time.monotonic() + BEAT_S
        if opening.clock == "session" and not self.settled:
            for _ in recover_stepwise(store, self.url, Recovered(), opening.identity.run_id):
                yield True
        if self._delivery is None:
            reader = JournalReader(self.journal.folder, self.journal.session_id)
            self._delivery = Delivery(reader, store, _now_ms, self._owner.moved, self._owner.met)
        delivery = self._delivery
        left_over: Iterator[Progress] | None = None
        recovered = Recovered()
        while True:
            finishing = self._finishing
            end = self.journal.end
            sent = delivery.position < end and delivery.advance(end) > 0
            self._note(delivery)
            if sent:
                beat_at = time.monotonic() + BEAT_S
            if sent and (finishing or self.journal.waits or self._is_behind()):
                yield True
                continue
            if self.journal.waits:
                # The journal's disk takes no writes: what waits in memory need not wait for that.
                yield self._ship_from_memory(delivery)
                continue
            if finishing:
                self._finished(store, delivery)
                self._send_left_over(left_over or recover_stepwise(store, self.url, recovered))
                return
            if time.monotonic() >= beat_at:
                delivery.beat()
                beat_at = time.monotonic() + BEAT_S
            if left_over is None:
                left_over = recover_stepwise(store, self.url, recovered)
            more = next(left_over, None) is not None
            yield more

    def _ship_from_memory(self, delivery: Delivery) -> bool:
        """Ship what the disk does not take; return whether there is more to do at once."""
        lent = self.journal.lend()
        if lent is None:
            return True
        place, frames = lent
        delivery.bring(frames, place)
        self.journal.settle(delivery.position)
        self._note(delivery)
        return len(frames) >= LENT_BYTES // 2

    def _note(self, delivery: Delivery) -> None:
        who = self.journal.opening.identity
        if not self.settled and who.resume != "never" and not who.helper:
            for record in delivery.records():
                self._owner.resumed(record)
        self.stored_points, self.rejected = delivery.points, delivery.rejected
        self.version, self.others = delivery.version, delivery.others
        self.journal.wake_at = self._settled_points() + WAKE_POINTS
        self.journal.shipped = delivery.position
        with self._changed:
            self._stored = delivery.position
            self.settled = True
            self._changed.notify_all()
        if self.journal.has_before(delivery.position.segment):
            if not delivery.store.durable:
                delivery.store.sync()
            self.journal.remove_before(delivery.position.segment)

    def _settled_points(self) -> int:
        return self.stored_points + self.rejected + self.journal.dropped

    def _is_behind(self) -> bool:
        """Tell whether somebody waits for what is not stored yet, or it is enough for a batch."""
        return self._stored < self._wanted or self.journal.points >= self._settled_points() + WAKE_POINTS

    def _finished(self, store: Store, delivery: Delivery) -> None:
        """Everything is stored: delete the journal when that is durable, else leave it to the next recovery."""
        try:
            if not store.durable:
                store.sync()
        except StoreError:
            self.journal.close()
            return
        self.journal.close(stored=delivery.position)

    def _send_left_over(self, left_over: Iterator[Progress]) -> None:
        """Give left-over journals a moment more: a short program would else never get to them."""
        until = time.monotonic() + LEFT_OVER_S
        try:
            while next(left_over, None) is not None and time.monotonic() < until:
                pass
        except TrackerError:
            pass  # they stay where they are, for the next start

    def _say_away(self, error: Exception) -> None:
        self.away = str(error) or type(error).__name__
        now = time.monotonic()
        if self._said_away or now < self._silent_until:
            return
        self._said_away, self._silent_until = True, now + SAY_AGAIN_S
        if isinstance(error, StoreError | JournalError):
            text = self.away.rstrip(".")
        else:
            fault = f"{type(error).__name__}: {self.away}".rstrip(".")
            text = f"the store {settings.safe_url(self.url)} takes nothing now: {fault}"
        self._owner.warn(f"{text}. Training goes on; what is logged is kept in {self.journal.folder}")

    def _sleep(self, seconds: float) -> None:
        self._flag.acquire(timeout=max(seconds, 0.001))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

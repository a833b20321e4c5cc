"""Journals that a dead or offline process left behind, and how they reach the store that they name.

Used by the next `init` (in its shipper thread), by the server when it starts, and by `tracker sync`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tracker import settings
from tracker.errors import JournalError, RunMissing, SchemaMismatch, StoreError, StoreUnavailable
from tracker.journal.delivery import Delivery
from tracker.journal.folders import journal_folders
from tracker.journal.frames import HEADER, segment_name
from tracker.journal.notes import is_old, leave_note, old_notes
from tracker.journal.owner import OwnerLock
from tracker.journal.reader import JournalReader, sessions
from tracker.model import id_number, id_text, is_id
from tracker.store.base import Identity, Store


class LeftOver(NamedTuple):
    """A journal whose process no longer owns it; `store` is the URL that it names, `size` its bytes."""

    folder: Path
    session_id: int
    identity: Identity
    store: str
    size: int

    @property
    def run(self) -> str:
        """The run that the journal belongs to, as `project/name (id)`."""
        who = self.identity
        return f"{who.project}/{who.name} ({id_text(who.run_id)})"


class Progress(NamedTuple):
    """How far `recover` is: the journal in hand (from 1), of how many, and what was sent until now."""

    journal: int
    journals: int
    points: int
    left_over: LeftOver


@dataclass(slots=True)
class Recovered:
    """What `recover` did.

    `journals` were sent whole, with `points` points that the store did not hold yet; `rejected` values the store
    refused for what they are; `damaged` bytes in their midst could not be read and were set aside; `failed` says in one
    sentence each which journals stay and why.
    """

    journals: int = 0
    points: int = 0
    rejected: int = 0
    damaged: int = 0
    failed: list[str] = field(default_factory=list)


def left_over(url: str | None = None, unreadable: list[str] | None = None) -> list[LeftOver]:
    """Return the journals that no living process owns, the oldest session first.

    Args:
        url: only those that name this store; None: all of them. A password in it does not matter.
        unreadable: one sentence is added for each journal whose beginning cannot be read.
    """
    wanted = None if url is None else settings.without_password(settings.store_url(url))
    found = []
    for folder in journal_folders():
        for session, segments in sessions(folder).items():
            lock = _lock(folder, session)
            if not _take(lock):
                continue
            try:
                opening = JournalReader(folder, session).opening
            except (JournalError, OSError) as error:
                if not _remove_empty(folder, session, segments) and unreadable is not None:
                    unreadable.append(str(error))
                continue
            finally:
                lock.release()
            if wanted is None or opening.store == wanted:
                size = sum(_size(folder / segment_name(session, n)) for n in segments)
                found.append(LeftOver(folder, session, opening.identity, opening.store, size))
    # A helper's points need the run that its parent's journal may hold.
    return sorted(found, key=lambda left: (left.identity.helper, left.identity.created_ms, left.session_id))


def recover(store: Store, url: str, progress: Callable[[Progress], None] | None = None) -> Recovered:
    """Send every journal left over for `url` into `store`, and delete each that has arrived and is durable.

    Args:
        store: open and prepared.
        url: the store's URL; only journals that name it are sent.
        progress: called after each batch.

    Raises:
        StoreUnavailable: the store went away; what was not sent stays and can be sent later.
    """
    done = Recovered()
    for step in recover_stepwise(store, url, done):
        if progress is not None:
            progress(step)
    return done


def recover_stepwise(
    store: Store, url: str, done: Recovered, run_id: int | None = None
) -> Generator[Progress, None, None]:
    """Do what `recover` does, one batch at each step, adding to `done`; `run_id` narrows it to one run's journals."""
    found = left_over(url, done.failed if run_id is None else None)
    _sweep()
    journals = [left for left in found if run_id is None or left.identity.run_id == run_id]
    for number, left in enumerate(journals, 1):
        lock = _lock(left.folder, left.session_id)
        if not _take(lock):
            continue
        gone = False
        try:
            for points in _send(store, left, done):
                done.points += points
                yield Progress(number, len(journals), done.points, left)
            gone = _remove(store, left)
            done.journals += 1
        except (StoreUnavailable, SchemaMismatch):
            raise
        except RunMissing:
            forked = left.identity.helper
            why = "the session that it was forked from is still to be sent"
            done.failed.append(
                f"{left.run}: {why if forked else 'the run that it resumes is not in the store'}"
            )
        except (StoreError, JournalError, OSError) as error:
            done.failed.append(f"{left.run}: {error}")
        except Exception as error:  # whatever is wrong with one journal, the others are sent, and it is kept
            done.failed.append(f"{left.run}: {type(error).__name__}: {error}")
        finally:
            lock.release(remove=gone)


def _send(store: Store, left: LeftOver, done: Recovered) -> Iterator[int]:
    delivery = Delivery(JournalReader(left.folder, left.session_id), store)
    before = 0
    try:
        while delivery.advance():
            yield delivery.points - before
            before = delivery.points
        delivery.bury()
    finally:
        done.rejected += delivery.rejected + delivery.rejected_keys
        done.damaged += sum(delivery.reader.damaged.values())


def _remove(store: Store, left: LeftOver) -> bool:
    """Delete a journal that the store holds; it stays when the store cannot make it durable now."""
    if not store.durable:
        try:
            store.sync()
        except StoreUnavailable:
            return False  # the journal is kept and costs only space: the next recovery finds nothing to send
    # The segments go last: what is left of a removal that is cut short is found by them.
    leave_note(left.folder, left.session_id)
    for segment in sessions(left.folder).get(left.session_id, []):
        (left.folder / segment_name(left.session_id, segment)).unlink(missing_ok=True)
    return True


def _remove_empty(folder: Path, session: int, segments: list[int]) -> bool:
    """Delete a journal whose process died before its header was written: it holds no point."""
    path = folder / segment_name(session, segments[0])
    if len(segments) > 1 or _size(path) > len(HEADER):
        return False
    try:
        if not HEADER.startswith(path.read_bytes()):
            return False
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _sweep() -> None:
    """Delete the lock files of journals whose removal was cut short, and the notes that no journal needs any more.

    A young lock may belong to a journal to come, a young note may be needed by one.
    """
    for folder in journal_folders():
        journals = sessions(folder)
        for path in folder.glob("*.lock"):
            if not is_id(path.stem) or id_number(path.stem) in journals or not is_old(path):
                continue
            lock = OwnerLock(path)
            if _take(lock):
                lock.release(remove=True)
        old = old_notes(folder, journals)
        clocks = {_clock(folder, session) for session in journals} if old else set()
        for path in old:
            if path.stem not in clocks:
                path.unlink(missing_ok=True)


def _clock(folder: Path, session: int) -> str:
    try:
        return JournalReader(folder, session).opening.clock
    except JournalError:
        return ""  # it will never be sent


def _lock(folder: Path, session: int) -> OwnerLock:
    return OwnerLock(folder / f"{id_text(session)}.lock")


def _take(lock: OwnerLock) -> bool:
    try:
        return lock.acquire()
    except OSError:
        return False  # another user's folder or a read-only one: not ours to send


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

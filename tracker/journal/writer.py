"""The writing end of a journal: what `log()` appends to, one `write` a frame, so that a killed process loses nothing.

While the disk takes no writes (full, read-only, gone) up to `ring.RING_POINTS` points wait in memory and are written as
soon as it takes them again; beyond that the oldest are dropped, counted, and said. Meanwhile the shipper may take them
from there (`lend`, `settle`). A journal that has reached its largest size counts as a disk that is full.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tracker.errors import JournalError
from tracker.journal.disk import NEW_FILE, datasync, of_the_disk
from tracker.journal.frames import HEADER, Opening, opening_frame, segment_name
from tracker.journal.notes import leave_note
from tracker.journal.owner import OwnerLock
from tracker.journal.rescue import is_cut, is_taken, read_back
from tracker.journal.ring import Ring
from tracker.journal.trouble import Limits, Trouble
from tracker.model import id_text
from tracker.store.base import Offset

SEGMENT_BYTES = 64 * 1024 * 1024
RETRY_S = 1.0


class Journal:
    """One session's journal, open for appending by this process alone. Any thread may append.

    Args:
        folder: where the segments go; made with mode 0700 when missing.
        opening: what every segment begins with.
        trouble: called with one sentence when the disk takes no writes, and again when points are dropped.
        segment_bytes: a segment that has grown beyond this is followed by the next one; None: `SEGMENT_BYTES` at most.
        limits: how much may wait for the store.

    Raises:
        JournalError: the folder cannot be made or takes no file.
    """

    def __init__(
        self,
        folder: Path,
        opening: Opening,
        trouble: Callable[[str], None],
        *,
        segment_bytes: int | None = None,
        limits: Limits = Limits(),  # noqa: B008
    ) -> None:
        self.folder = folder
        self.opening = opening
        self.points = 0
        """Points that were appended, in the file or waiting in memory."""
        self.dropped = 0
        """Points that fell out of memory before the disk took them."""
        self.wake_at: float = float("inf")
        """`wake` is called once `points` reaches this; the shipper sets it anew after each batch."""
        self.wake: Callable[[], None] = _nothing
        self.shipped = Offset(0, 0)
        """Up to where the store holds the journal; the shipper sets it."""
        self._trouble = Trouble(folder, trouble)
        # The limits are looked at between segments, so that none may be larger than they are.
        self._segment_bytes = segment_bytes or min(SEGMENT_BYTES, limits.warn, limits.most or SEGMENT_BYTES)
        self._limits = limits
        self._sizes: dict[int, int] = {}  # of the segments before this one
        self._lock = threading.RLock()
        self._ring = Ring()
        self._taken = 0  # up to this byte of the segment the store has taken frames that no file holds
        self._retry_at = 0.0
        self._torn = self._busy = False
        self._synced = Offset(0, 0)
        self._first = self._segment = 0
        session = opening.identity.session_id
        self._owner = OwnerLock(folder / f"{id_text(session)}.lock")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._owner.acquire():
                raise JournalError(f"the journal {self._owner.path} belongs to another process")
            self._fd, self._size = self._new_segment(0)
        except OSError as error:
            self._owner.release(remove=True)
            raise JournalError(f"no journal can be written in {folder}: {error.strerror or error}") from error

    @property
    def end(self) -> Offset:
        """Up to where frames can be read from the files."""
        with self._lock:
            return Offset(self._segment, self._size)

    @property
    def in_memory(self) -> int:
        """Points that wait in memory because the disk takes no writes."""
        return self._ring.points

    @property
    def waits(self) -> bool:
        """True when frames, of whatever kind, wait in memory."""
        return self._ring.waits

    @property
    def waiting_bytes(self) -> int:
        """Bytes in the files that the store does not hold yet."""
        before = [size for segment, size in list(self._sizes.items()) if segment >= self.shipped.segment]
        return max(0, sum(before) + self._size - self.shipped.byte)

    @property
    def closed(self) -> bool:
        """True when nothing more is taken."""
        return self._fd < 0

    @property
    def session_id(self) -> int:
        """The session's number, which its files are named by."""
        return self.opening.identity.session_id

    def append(self, frame: bytes, points: int = 0) -> None:
        """Append one frame that holds `points` points. Never raises for what the disk does."""
        with self._lock:
            self.points += points
            if self._ring:
                self._keep(frame, points)
                return
            segment = self._segment
            try:
                written = os.write(self._fd, frame)
                if (
                    written == len(frame) and segment == self._segment
                ):  # a signal handler that logs may have rolled
                    self._size += written
            except BaseException as error:
                if not of_the_disk(error):  # Ctrl-C, a time limit: the frame may stand already
                    self._interrupted(points)
                    raise
                self._refused(frame, points, 0, error)
                return
            if written != len(frame):
                self._refused(frame, points, written, None)
                return
            if self._size > self._segment_bytes:
                self._roll()
        if self.points >= self.wake_at:
            self.wake_at = float("inf")
            self.wake()

    def drain(self) -> bool:
        """Try to write what waits in memory; return True when nothing waits any more."""
        with self._lock:
            if self._busy:
                return False  # a signal handler or destructor logs while this very thread drains
            self._busy = True
            try:
                return self._write_ring()
            finally:
                self._busy = False

    def _write_ring(self) -> bool:
        while self._ring:
            frame = self._ring[0][0]
            try:
                if self._torn:
                    if self._limits.reached(self.waiting_bytes):
                        return False
                    self._next_segment()
                written = os.write(self._fd, frame)
            except BaseException as error:
                if of_the_disk(error):
                    return False
                self._interrupted(
                    0
                )  # see `append`; a frame that stands is written once more, which changes nothing
                raise
            if written != len(frame):
                self._cut()
                return False
            self._size += written
            self._ring.pop_oldest()
        return True

    def lend(self) -> tuple[Offset, bytes] | None:
        """Return frames that wait in memory, for the shipper to send, and the place where they would stand; else None.

        They stay in memory until `settle`. Should the disk take them before, it is at that place or, after frames
        that only the store holds, in a new segment: then some may be sent twice, which replaces each by itself.
        """
        with self._lock:
            if self.drain():
                return None
            begin = Offset(self._segment, max(self._size, self._taken))
            data = self._ring.lend()
            return (begin, data) if data else None

    def settle(self, upto: Offset) -> None:
        """Let go of lent frames that the store holds: those that end at or before `upto`."""
        with self._lock:
            ring = self._ring
            if not ring.lent or upto.segment != self._segment:
                return
            end = max(self._size, self._taken)
            while ring.lent and end + len(ring[0][0]) <= upto.byte:
                end += ring.pop_oldest()
            if end > self._size:
                # The file cannot go on behind what it does not hold: the next frame goes to a new segment.
                self._taken = end
                self._stop()

    def sync(self) -> None:
        """Make what was appended survive power loss. Raises nothing: a disk that fails shows on the next write."""
        self.rescue()
        self.drain()
        end = Offset(self._segment, self._size)
        if end == self._synced or self._fd < 0:
            return
        try:
            datasync(self._fd)
        except OSError:
            return
        self._synced = end

    def rescue(self) -> None:
        """Go on in a new file when somebody deleted, moved or cut this one, with all of it that the store may lack."""
        if not self._is_taken():
            return
        with self._lock:
            if self._busy or not self._is_taken():
                return
            self._busy = True
            self._ring.stop()  # a signal handler that logs meanwhile must not write to the old file
            try:
                self._next_segment()
            except OSError as error:
                if not of_the_disk(error):
                    raise
                self._trouble.taken(error)
            finally:
                self._busy = False
                self.drain()

    def _is_taken(self) -> bool:
        return is_taken(self._fd, self._path(self._segment), self._size)

    def has_before(self, segment: int) -> bool:
        """Tell whether there are segments before `segment`."""
        return self._first < segment

    def remove_before(self, segment: int) -> None:
        """Delete the segments before `segment`: every point in them is durable in the store."""
        while self._first < min(segment, self._segment):
            self._path(self._first).unlink(missing_ok=True)
            self._sizes.pop(self._first, None)
            self._first += 1

    def close(self, *, delete: bool = False, stored: Offset | None = None) -> None:
        """Close the journal and free its lock.

        Args:
            delete: remove the journal.
            stored: remove it if nothing stands behind this offset, up to which it is durable in the store.
        """
        with self._lock:
            if self._fd < 0:
                return
            delete = delete or (
                stored is not None and (not self.waits or self.drain()) and self.end <= stored
            )
            if not delete:
                self.sync()
            fd, self._fd = self._fd, -1
            os.close(fd)
            if delete:
                leave_note(self.folder, self.session_id)
                for segment in range(self._first, self._segment + 1):
                    self._path(segment).unlink(missing_ok=True)
            self._owner.release(remove=delete)

    def abandon(self) -> None:
        """In a forked child: let go of the inherited files without touching what the parent does with them."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
        self._owner.abandon()

    # ---------------------------------------------------------------------------------------------------- segments

    def _path(self, segment: int) -> Path:
        return self.folder / segment_name(self.session_id, segment)

    def _new_segment(self, segment: int, frames: bytes = b"") -> tuple[int, int]:
        path = self._path(segment)
        head = HEADER + opening_frame(self.opening) + frames
        fd = os.open(path, NEW_FILE, 0o600)
        try:
            if os.write(fd, head) != len(head):
                raise OSError(28, "No space left on device")
        except BaseException:
            os.close(fd)
            path.unlink(missing_ok=True)
            raise
        return fd, len(head)

    def _next_segment(self) -> None:
        taken = self._is_taken()
        path, cut = self._path(self._segment), taken and is_cut(self._fd, self._size)
        sent = self.shipped.byte if self.shipped.segment == self._segment and not cut else 0
        frames = read_back(self._fd, sent) if taken else b""
        if taken:
            self._owner.renew()
        number = self._segment + 1
        while self._path(number).exists():
            number += 1  # a signal handler's exception cut short an earlier attempt
        fd, size = self._new_segment(number, frames)
        old, self._fd = self._fd, fd
        self._sizes[self._segment] = 0 if taken else self._size
        self._segment, self._size, self._taken, self._torn = number, size, 0, False
        self._ring.reclaim()
        if taken:
            self._trouble.taken(None)
            if cut:
                path.unlink(missing_ok=True)  # without its beginning no reader takes it
        try:
            datasync(old)
        except OSError as error:
            if not of_the_disk(error):
                raise
            # The bytes are written; only power loss within the next seconds could cost them.
        finally:
            os.close(old)

    def _interrupted(self, points: int) -> None:
        """An exception came out of a write: the file itself tells whether the frame, of `points` points, stands."""
        try:
            size = os.fstat(self._fd).st_size
        except OSError:
            return
        if size == self._size:
            self.points -= points
        self._size = size

    def _roll(self) -> None:
        if self._busy:
            return
        if self.waiting_bytes > self._limits.warn:
            self._trouble.large(self.waiting_bytes)
        if self._limits.reached(self.waiting_bytes):
            self._trouble.at_its_limit(self.waiting_bytes)
            self._stop()
            return
        self._busy = True
        try:
            self._next_segment()
        except OSError as error:
            if not of_the_disk(error):
                raise
            self._segment_bytes += SEGMENT_BYTES  # no room for another file: go on in this one
        finally:
            self._busy = False

    def _stop(self) -> None:
        """Write no more to this segment: what is appended waits in memory until there is a new one."""
        self._torn = True
        self._ring.stop()

    # ---------------------------------------------------------------------------------------------- a disk that is full

    def _refused(self, frame: bytes, points: int, written: int, error: OSError | None) -> None:
        if self._fd < 0:
            self.dropped += points
            self._trouble.too_late()
            return
        if written:
            self._cut()
        self._trouble.refused(error)
        self._retry_at = time.monotonic() + RETRY_S
        self._hold(frame, points)

    def _cut(self) -> None:
        """Take a half-written frame off the end of the file again."""
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._torn = True  # the next frame goes to a new segment; a reader stops before the torn one

    def _keep(self, frame: bytes, points: int) -> None:
        self._hold(frame, points)
        if time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + RETRY_S
            self.drain()

    def _hold(self, frame: bytes, points: int) -> None:
        dropped = self._ring.push(frame, points)
        if dropped:
            self.dropped += dropped
            self._trouble.dropped(self.dropped)


def _nothing() -> None:
    return None

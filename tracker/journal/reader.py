"""The reading end of a journal: frames from an offset on, across segments; a torn tail is cut and set aside.

Where whole frames follow a damaged place, only that place is lost: its bytes are set aside, and reading goes on.

A live journal and one left over by a dead process are read by the same code; `until` keeps the reader of a live one
behind its writer.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from tracker.errors import JournalError
from tracker.journal.frames import (
    HEADER,
    MAGIC,
    VERSION,
    Frame,
    Opening,
    decode,
    next_frame,
    read_opening,
    segment_name,
)
from tracker.model import id_number, id_text, is_id
from tracker.store.base import Offset

READ_BYTES = 256 * 1024
"""About what one batch holds; more at once is slower, for it leaves the processor's cache."""

_LONGEST = 17 * 1024 * 1024
_SEGMENT = re.compile(r"^([0-9a-z]{13})\.(\d{4,})\.journal$")
_ASIDE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Piece(NamedTuple):
    """A stretch of one segment: each frame with the byte after it, and the offset after the last one."""

    frames: list[tuple[Frame, int]]
    end: Offset


def sessions(folder: Path) -> dict[int, list[int]]:
    """Return the sessions that have a journal in `folder`, each with its segments' numbers in order."""
    found: dict[int, list[int]] = {}
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return {}
    for name in names:
        match = _SEGMENT.match(name)
        if match and is_id(match[1]):
            found.setdefault(id_number(match[1]), []).append(int(match[2]))
    return {session: sorted(numbers) for session, numbers in found.items()}


class JournalReader:
    """Reads one session's journal in `folder`.

    Raises:
        JournalError: no segment can be read, or it is of a newer version of tracker.
    """

    def __init__(self, folder: Path, session_id: int) -> None:
        self.folder = folder
        self.session_id = session_id
        self.corrupt: list[Path] = []
        """Torn tails that were set aside while reading."""
        self.damaged: dict[Path, int] = {}
        """Damaged places that were passed over and set aside, each with its bytes."""
        segments = self.segments()
        if not segments:
            raise JournalError(f"there is no journal {id_text(session_id)} in {folder}")
        self.opening = self._read_opening(segments[0])

    def segments(self) -> list[int]:
        """Return the numbers of the segments that are there, in order."""
        return sessions(self.folder).get(self.session_id, [])

    def read(self, start: Offset, until: Offset | None = None, size: int = READ_BYTES) -> Piece:
        """Return the frames from `start` on, about `size` bytes of them and at least one when there is one.

        Args:
            start: where to begin; the start of a segment or the end of a frame. When its segment is gone, reading
                goes on at the next one that is there.
            until: a live journal's end, which is never read beyond. None: the writer is dead, and what follows the
                last whole frame is cut off and set aside in `<session>.<segment>.corrupt`. A damaged place before
                it is passed over and set aside in `<session>.<segment>.<byte>.damaged`.
            size: bytes to read.
        """
        segments = self.segments()
        at = start
        while True:
            if at.segment not in segments:
                later = [n for n in segments if n > at.segment]
                if not later:
                    return Piece([], start)
                at = Offset(later[0], 0)
            limit = until.byte if until is not None and until.segment == at.segment else None
            last = at.segment == (until.segment if until is not None else segments[-1])
            frames, end, whole = self._read_segment(at, limit, size, live=until is not None and last)
            if frames or last or not whole:
                return Piece(frames, end if frames else start)
            at = Offset(at.segment + 1, 0)

    def _read_segment(
        self, at: Offset, limit: int | None, size: int, *, live: bool
    ) -> tuple[list[tuple[Frame, int]], Offset, bool]:
        """Return frames, the end, and whether the segment holds nothing more."""
        begin = max(at.byte, len(HEADER))
        path = self._path(at.segment)
        while True:
            data = _bytes(path, begin, size if limit is None else min(size, limit - begin))
            frames = decode(data, 0, begin)
            if frames:
                return frames, Offset(at.segment, frames[-1][1]), False
            if len(data) >= size and size < _LONGEST:
                size = _LONGEST  # one frame longer than a piece
                continue
            behind = self._pass_over(at.segment, begin, limit) if data else None
            if behind is not None:
                begin, size = behind, READ_BYTES
                continue
            if data and not live:
                self._set_aside(at.segment, begin, data)
            return [], at, True

    def _pass_over(self, segment: int, begin: int, limit: int | None) -> int | None:
        """Set the bytes of a damaged place aside and return where whole frames follow it; None where none do."""
        path = self._path(segment)
        data = _bytes(path, begin, min(_LONGEST, (limit or path.stat().st_size) - begin))
        length = next_frame(data, 1)
        if length < 0:
            return None
        aside = path.with_suffix(f".{begin}.damaged")
        with os.fdopen(os.open(aside, _ASIDE, 0o600), "wb") as out:  # anew, when the same place is read again
            out.write(data[:length])
        self.damaged[aside] = length
        return begin + length

    def _set_aside(self, segment: int, begin: int, head: bytes) -> None:
        """Move everything from a bad frame on into a file of its own, for `tracker doctor`."""
        path = self._path(segment)
        aside = path.with_suffix(".corrupt")
        fd = os.open(aside, _ASIDE, 0o600)
        with os.fdopen(fd, "wb") as out:
            while head:
                out.write(head)
                begin += len(head)
                head = _bytes(path, begin, READ_BYTES)
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        os.truncate(path, begin - size)
        self.corrupt.append(aside)

    def _read_opening(self, segment: int) -> Opening:
        path = self._path(segment)
        head = _bytes(path, 0, len(HEADER))
        if not head.startswith(MAGIC) or len(head) < len(HEADER):
            raise JournalError(f"{path} is not a journal: it does not begin as one")
        version = int.from_bytes(head[len(MAGIC) : len(HEADER)], "little")
        if version != VERSION:
            raise JournalError(
                f"{path} is a journal of version {version}, this installation reads {VERSION}: "
                "run pip install -U curvetracker"
            )
        for size in (READ_BYTES, _LONGEST):
            for frame, _ in decode(_bytes(path, 0, size), len(HEADER)):
                return read_opening(frame)
        raise JournalError(f"{path} holds no whole first frame: nothing can be recovered from it")

    def _path(self, segment: int) -> Path:
        return self.folder / segment_name(self.session_id, segment)


def _bytes(path: Path, begin: int, size: int) -> bytes:
    """Return up to `size` bytes of a file from `begin` on; a link is refused."""
    if size <= 0:
        return b""
    try:
        fd = os.open(path, _READ)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error.strerror or error}") from error
    try:
        os.lseek(fd, begin, os.SEEK_SET)
        return os.read(fd, size)
    finally:
        os.close(fd)

"""What lies in the journal folders, looked at without changing a byte: for `tracker doctor`, `tracker sync` and readers.

`recovery` takes, cuts and deletes; nothing here does. A journal whose owner lives may grow while it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tracker.errors import JournalError, StoreError
from tracker.journal.batches import points_in
from tracker.journal.folders import journal_folders
from tracker.journal.frames import HEADER, PREFIX_SIZE, Call, Frame, decode, next_frame, segment_name
from tracker.journal.notes import read_note
from tracker.journal.owner import OwnerLock
from tracker.journal.reader import JournalReader, sessions
from tracker.model import id_text
from tracker.store.base import START, Identity, Offset, Store

READ_BYTES = 1024 * 1024
_LONGEST = 17 * 1024 * 1024
_POINT_HEAD = b"\x96\x00"
"""How the payload of every frame of points begins: an array of six, the first 0."""


class Counted(NamedTuple):
    """How many points a stretch holds, and its bytes that are no whole frames."""

    points: int
    torn: int


@dataclass(frozen=True, slots=True)
class Found:
    """A session's journal in `folder`, of `size` bytes, written to last at `changed_s` (seconds since 1970).

    `identity` and `store` (the URL that it names, without password) are None when `trouble` says why its beginning
    cannot be read. `owned`: a living process writes or sends it.
    """

    folder: Path
    session_id: int
    segments: tuple[int, ...]
    size: int
    changed_s: float
    owned: bool
    identity: Identity | None = None
    store: str | None = None
    trouble: str = ""

    @property
    def run(self) -> str:
        """The run that the journal belongs to, as `project/name (id)`; the file's name when it cannot be read."""
        who = self.identity
        if who is None:
            return segment_name(self.session_id, self.segments[0])
        return f"{who.project}/{who.name} ({id_text(self.run_id or 0)})"

    @property
    def run_id(self) -> int | None:
        """The run under which it is shipped: another than its own when that was taken."""
        if self.identity is None:
            return None
        note = read_note(self.folder, self.session_id)
        return self.identity.run_id if note is None else note.run_id

    def count(self, start: Offset = START) -> Counted:
        """Return what the journal holds from `start` on."""
        points = torn = 0
        for segment in self.segments:
            if segment >= start.segment:
                begin = start.byte if segment == start.segment else 0
                path = self.folder / segment_name(self.session_id, segment)
                more = _count(path, max(begin, len(HEADER)))
                points, torn = points + more.points, torn + more.torn
        return Counted(points, torn)

    def unsent(self, store: Store | None) -> int:
        """Return how many points `store` does not hold yet; all of them when it is None or cannot be asked."""
        shipped = None
        if store is not None and self.run_id is not None:
            try:
                shipped = store.shipped(self.run_id, self.session_id)
            except StoreError:
                pass  # whoever uses the store for more than this count is told
        return self.count(shipped.offset if shipped is not None else START).points


@dataclass(frozen=True, slots=True)
class Aside:
    """A file that was set aside: what followed the last whole frame (`torn`), a damaged place, what the store refused.

    `points` were logged and are in whole frames of this file; `names` are some of theirs.
    """

    path: Path
    torn: bool
    size: int
    points: int
    names: tuple[str, ...]


def journals() -> list[Found]:
    """Return every journal that can be seen, the oldest session first."""
    found = [
        look
        for folder in journal_folders()
        for session, segments in sessions(folder).items()
        if (look := _look(folder, session, segments)) is not None
    ]
    return sorted(found, key=lambda one: (one.identity.created_ms if one.identity else 0, one.session_id))


def asides() -> list[Aside]:
    """Return the torn tails, damaged places and refused values that were set aside, by name."""
    found = []
    for folder in journal_folders():
        for ending in ("corrupt", "damaged", "rejected"):
            for path in sorted(_named(folder, ending)):
                try:
                    data = path.read_bytes()
                except OSError:
                    continue  # another user's, or gone since
                calls = list(_calls(data))
                names = tuple(dict.fromkeys(name for call in calls for name in call.values))
                points = sum(map(points_in, calls))
                found.append(Aside(path, ending == "corrupt", len(data), points, names[:5]))
    return found


def _look(folder: Path, session: int, segments: list[int]) -> Found | None:
    states = []
    for segment in segments:
        try:
            states.append((folder / segment_name(session, segment)).stat())
        except FileNotFoundError:
            return None  # sent and deleted while we looked
    size = sum(state.st_size for state in states)
    changed_s = max(state.st_mtime for state in states)
    owned = OwnerLock(folder / f"{id_text(session)}.lock").held_elsewhere()
    known = (folder, session, tuple(segments), size, changed_s, owned)
    try:
        opening = JournalReader(folder, session).opening
    except JournalError as error:
        empty = size <= len(HEADER)
        return None if empty else Found(*known, trouble=str(error))
    return Found(*known, identity=opening.identity, store=opening.store)


def _count(path: Path, begin: int) -> Counted:
    points = torn = 0
    try:
        with path.open("rb") as file:
            file.seek(begin)
            rest = b""
            while True:
                data = file.read(READ_BYTES)
                frames = decode(rest + data)
                points += sum(points_in(frame) for frame, _ in frames)
                rest = (rest + data)[frames[-1][1] if frames else 0 :]
                if data and len(rest) <= _LONGEST:
                    continue
                place = next_frame(rest, 1)  # whole frames may follow a damaged place
                if place < 0:
                    break
                torn, rest = torn + place, rest[place:]
            return Counted(points, torn + len(rest) + max(0, path.stat().st_size - file.tell()))
    except OSError:
        return Counted(points, torn)


def _calls(data: bytes) -> Iterator[Call]:
    """Yield the whole frames of points that stand anywhere in `data`, whatever is damaged around them."""
    place = data.find(_POINT_HEAD)
    while place >= 0:
        frames: list[tuple[Frame, int]] = decode(data, place - PREFIX_SIZE) if place >= PREFIX_SIZE else []
        for frame, _ in frames:
            if isinstance(frame, Call):
                yield frame
        place = data.find(_POINT_HEAD, max(place + 1, frames[-1][1] if frames else 0))


def _named(folder: Path, ending: str) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == f".{ending}"]
    except OSError:
        return []

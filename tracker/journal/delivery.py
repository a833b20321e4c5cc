"""One session's journal on its way into a store: what the live shipper and the recovery of left-over journals share.

The store keeps the offset up to which the journal has arrived, in the transaction of its points. So a batch may be
sent again after any failure: whatever the store answers is the place to go on from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tracker.errors import JournalError, Refused, RunClash, RunMissing, RunPurged
from tracker.journal.batches import make_batch, points_in, storable, well_formed
from tracker.journal.company import Company, Meeting
from tracker.journal.frames import Call, Frame, Kind, decode
from tracker.journal.notes import Note, read_note, write_note
from tracker.journal.reader import JournalReader
from tracker.journal.refused import parts_of, set_aside
from tracker.model import RunRecord, id_number, id_text, is_id
from tracker.store.base import START, Batch, Identity, Offset, Store

BATCH_POINTS = 20_000
"""Points in a batch at most. What the reader reads at once is less, unless the names are very short."""

_Entry = tuple[Frame, int]
"""A frame and the byte after it."""


class _Load(NamedTuple):
    """What one batch is made of: whole frames of one segment, and how many points they hold."""

    entries: list[_Entry]
    points: int


class Delivery:
    """Brings the journal that `reader` reads into `store`, batch by batch. One thread at a time.

    Args:
        reader: the journal.
        store: where it goes; prepared already.
        beat: returns the wall clock in ms of a live session, which keeps its run alive; None for a dead one.
        moved: called when the session goes on under another run id: with the new identity, and whether the run was
            deleted for good (else its id was taken).
        met: called when a live session finds that another process writes the run, see `Company`.
    """

    def __init__(
        self,
        reader: JournalReader,
        store: Store,
        beat: Callable[[], int] | None = None,
        moved: Callable[[Identity, bool], None] | None = None,
        met: Callable[[Meeting], None] | None = None,
    ) -> None:
        self.reader = reader
        self.store = store
        self.identity, self._left_out = storable(reader.opening.identity)
        self.position = START
        """Up to where the store holds the journal."""
        self.points = 0
        """Points that arrived while this object lives, or had arrived before at a place that it has read."""
        self.rejected = 0
        """Points that the store refused for what they are; they stand in `<session>.rejected`."""
        self.rejected_keys = 0
        """Other things that it refused, such as keys of a config; they stand there as well."""
        self.shipped_status = False
        self.version = 0
        """The run's version after the last batch."""
        self.others = 0
        """Other sessions that had written the run by then."""
        self._company = None if met is None else Company(self.identity, met)
        self._beat = beat or _no_sign_of_life
        self._moved = moved
        self._age_ms = 0
        self._settled = False
        self._began = False  # the store has held something of this session
        self._segment = 0
        self._queue: deque[_Load] = deque()  # of one segment

    def advance(self, until: Offset | None = None) -> int:
        """Ship the next batch, up to `until` at most.

        Returns:
            How many frames left the journal or were found in the store already; 0 when there is nothing to ship.

        Raises:
            StoreError: see `Store`; nothing is lost, the same call may be made again.
            JournalError: the journal cannot be read.
        """
        if not self._settled:
            self._settle()
        if not self._queue:
            self._read(until)
        if not self._queue:
            return 0
        entries = self._queue[0].entries
        self._send(entries)
        return len(entries)

    def _read(self, until: Offset | None) -> None:
        piece = self.reader.read(self.position, until)
        self._load(piece.frames, piece.end.segment)

    def bring(self, data: bytes, place: Offset) -> None:
        """Ship frames that stand in no file but would at `place`, behind all that the files hold.

        Raises:
            StoreError: see `Store`; the frames may be brought again.
        """
        self._queue.clear()
        self._load(decode(data, 0, place.byte), place.segment)
        while self._queue:
            self._send(self._queue[0].entries)

    def _load(self, frames: list[_Entry], segment: int) -> None:
        self._segment = segment
        counts = [len(frame.values) if isinstance(frame, Call) else 0 for frame, _ in frames]
        begin = points = 0
        for end, count in enumerate(counts if sum(counts) > BATCH_POINTS else ()):
            if points + count > BATCH_POINTS and end > begin:
                self._queue.append(_Load(frames[begin:end], points))
                begin, points = end, 0
            points += count
        if frames:
            self._queue.append(_Load(frames[begin:], sum(counts[begin:])))

    def beat(self) -> None:
        """Tell the store that the session lives."""
        if not self._settled:
            return
        try:
            offset = self._ship(Batch(self.identity, self.position, self.position, self._beat()))
        except RunClash as error:
            self._take_other_id(error)
        else:
            self._move_to(offset)

    def bury(self) -> None:
        """Tell the store that the session's process died without saying goodbye, once all of it has been sent."""
        if not self._settled or self.shipped_status:
            return
        try:
            self._move_to(self._ship(Batch(self.identity, self.position, self.position, 0, dead=True)))
        except RunPurged:
            pass  # somebody deleted it for good when all of it had arrived: there is nothing left to say

    def records(self) -> list[RunRecord]:
        """Return the session's run as the store holds it, also when a person deleted it; empty when it does not."""
        this = [self.identity.run_id]
        return self.store.runs(run_ids=this) or self.store.deleted(run_ids=this)

    # ------------------------------------------------------------------------------------------------------- sending

    def _send(self, entries: list[_Entry]) -> None:
        end = Offset(self._segment, entries[-1][1])
        frames = [frame for frame, _ in entries]
        try:
            if not all(well_formed(frame) for frame in frames if not isinstance(frame, Call)):
                raise Refused("a frame of the journal is not understood")
            batch = make_batch(self.identity, self.position, end, frames, self._beat(), self._age_ms)
            offset = self._ship(batch)
        except RunClash as error:
            self._take_other_id(error)
        except Refused:
            if len(entries) == 1:
                try:
                    self._send_in_parts(entries[0][0], end)
                except RunClash as error:
                    self._take_other_id(error)
                return
            middle = len(entries) // 2
            self._send(entries[:middle])
            if self.position == (self._segment, entries[middle - 1][1]):
                self._send(entries[middle:])
        else:
            self._move_to(offset)

    def _ship(self, batch: Batch) -> Offset:
        answer = self.store.ship(batch)
        self.version, self.others = answer.version, answer.others
        if self._company is not None:
            self._company.take(batch, answer)
        return answer.offset

    def _send_in_parts(self, frame: Frame, end: Offset) -> None:
        """Find the values of a refused frame that the store does take, set the others aside, and pass the frame."""
        parts = parts_of(frame)
        refused = 0
        for part in parts:
            try:
                if not well_formed(part):
                    raise Refused("a frame of the journal is not understood")
                here = self.position
                self._ship(make_batch(self.identity, here, here, [part], self._beat(), self._age_ms))
            except Refused:
                set_aside(self.reader.folder, self.reader.session_id, part)
                refused += 1
        offset = self._ship(Batch(self.identity, self.position, end, self._beat()))
        before = self.points
        self._move_to(offset)
        if offset != end:
            return  # the store has lost more than this frame, which is read again
        if isinstance(frame, Call) or frame[:1] == [Kind.POINT]:
            self.points = before + len(parts) - refused
            self.rejected += refused
        else:
            self.rejected_keys += refused

    def _move_to(self, offset: Offset) -> None:
        """Take the store's offset as ours: forget what it holds, read again from there when it is elsewhere."""
        if offset < self.position:
            self._count_back(offset)
        reached = self.position
        while self._queue and reached < offset:
            entries, points = self._queue.popleft()
            arrived = entries
            if (self._segment, entries[-1][1]) > offset:
                arrived = [entry for entry in entries if (self._segment, entry[1]) <= offset]
                rest = sum(points_in(frame) for frame, _ in entries[len(arrived) :])
                self._queue.appendleft(_Load(entries[len(arrived) :], rest))
                points -= rest
            self.points += points
            self.shipped_status |= any(f[:1] == [Kind.STATUS] for f, _ in arrived if not isinstance(f, Call))
            if len(arrived) < len(entries):
                reached = Offset(self._segment, arrived[-1][1]) if arrived else reached
                break
            reached = Offset(self._segment, entries[-1][1])
        if reached != offset:
            self._queue.clear()
        self.position = offset
        self._began |= offset > START

    def _count_back(self, offset: Offset) -> None:
        """Take what was counted since `offset` off again: the store has lost it and gets it once more."""
        at = offset
        while at < self.position:
            piece = self.reader.read(at, self.position)
            if not piece.frames:
                break
            self.points -= sum(points_in(frame) for frame, _ in piece.frames)
            at = piece.end
        self.points = max(0, self.points)  # what had arrived before this object lived was not counted

    # ------------------------------------------------------------------------------------------------ first shipping

    def _settle(self) -> None:
        """Find out where to go on, under which run id, and how old the run was when this session began."""
        clock = self.reader.opening.clock
        folder = self.reader.folder
        note, own = read_note(folder, self.reader.session_id), True
        if note is None and self.identity.helper and is_id(clock):
            note = self._note_of_parent(id_number(clock))
            own = False
        if note is not None:
            self._rename(note.run_id, own=own)
            self._age_ms = note.age_ms
        shipped = self.store.shipped(self.identity.run_id, self.identity.session_id)
        if shipped is not None:
            self.position = shipped.offset
            self._began = True
        elif note is None and clock == "session":
            self._age_ms = self._run_age()
            self._note_it()
        if shipped is None and self._left_out:
            set_aside(folder, self.reader.session_id, [Kind.CONFIG, self._left_out])
            self.rejected_keys += len(self._left_out)
        self._settled = True

    def _note_of_parent(self, session: int) -> Note | None:
        """Return what is noted of the session that this one was forked from, once that session has found its place.

        Raises:
            RunMissing: it is still to do so; until then this session's run and clock are not known.
        """
        folder = self.reader.folder
        if self.store.shipped(self.identity.run_id, session) is None and _stands(folder, session):
            note = read_note(folder, session)
            if note is None:
                raise RunMissing(f"the session {id_text(session)}, which began the run, is still to be sent")
            return note
        return read_note(folder, session)

    def _run_age(self) -> int:
        for record in self.records():
            return max(self.identity.created_ms - record.created_ms, record.duration_ms + 1)
        return 0

    def _take_other_id(self, why: RunClash) -> None:
        """The run's id is taken: go on as a run of its own, the same one however often this happens.

        A helper goes where its parent goes.

        Raises:
            RunMissing: `init` waits for the run that was deleted for good, or a parent is still to find out.
        """
        who = self.identity
        if who.resume == "must" and not who.helper and self._moved is not None and not self._began:
            raise RunMissing(str(why)) from why
        clock = self.reader.opening.clock
        family = id_number(clock) if who.helper and is_id(clock) else who.session_id
        note = read_note(self.reader.folder, family) if family != who.session_id else None
        if note is not None and note.run_id != who.run_id:
            self._rename(note.run_id)
        elif family != who.session_id and _stands(self.reader.folder, family):
            raise RunMissing(f"the session {clock}, which began the run, is still to find its place") from why
        else:
            mixed = blake2b(who.run_id.to_bytes(8, "big") + family.to_bytes(8, "big"), digest_size=8)
            self._rename(int.from_bytes(mixed.digest(), "big") >> 1, own=True)
            self._note_it()
        self._queue.clear()
        self.points = self.rejected = self.rejected_keys = 0
        shipped = self.store.shipped(self.identity.run_id, who.session_id)
        self.position = shipped.offset if shipped is not None else START
        if self._moved is not None:
            self._moved(self.identity, isinstance(why, RunPurged))

    def _rename(self, run_id: int, *, own: bool = False) -> None:
        """Go on under another id; one of its `own` need not be in the store yet."""
        if run_id != self.identity.run_id:
            resume = "allow" if own and self.identity.resume == "must" else self.identity.resume
            self.identity = replace(self.identity, run_id=run_id, resume=resume)

    def _note_it(self) -> None:
        write_note(self.reader.folder, self.reader.session_id, Note(self.identity.run_id, self._age_ms))


def _stands(folder: Path, session: int) -> bool:
    """Tell whether a session has a journal that can be sent."""
    try:
        JournalReader(folder, session)
    except JournalError:
        return False
    return True


def _no_sign_of_life() -> int:
    return 0

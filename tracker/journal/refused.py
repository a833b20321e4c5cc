"""What a store refuses for what it is: a frame is taken apart, and what is refused of it is kept in `<session>.rejected`."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import structs

from tracker.journal.batches import well_formed
from tracker.journal.frames import HEADER, Call, Frame, Kind, decode, encode
from tracker.model import id_text


def parts_of(frame: Frame) -> list[Frame]:
    """Return the values of a frame as frames of their own; a frame that says one thing is one part."""
    if isinstance(frame, Call):
        return [structs.replace(frame, values={name: value}) for name, value in frame.values.items()]
    if frame[:1] in ([Kind.CONFIG], [Kind.SUMMARY]) and well_formed(frame):
        return [[frame[0], {key: value}] for key, value in frame[1].items()]
    if frame[:1] != [Kind.POINT] or len(frame) != 6 or not isinstance(frame[5], dict):
        return [frame]
    head = frame[1:5]
    return [decode(encode(Kind.POINT, *head, {name: value}))[0][0] for name, value in frame[5].items()]


def set_aside(folder: Path, session: int, frame: Frame) -> None:
    """Keep a frame for `tracker doctor`.

    Raises:
        OSError: the disk does not take it.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(folder / f"{id_text(session)}.rejected", flags, 0o600)
    try:
        if os.fstat(fd).st_size == 0:
            os.write(fd, HEADER)
        kind, *parts = frame.as_list() if isinstance(frame, Call) else frame
        os.write(fd, encode(kind, *parts))
    finally:
        os.close(fd)

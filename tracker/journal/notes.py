"""What is noted beside a journal, in `<session>.shipment`: under which run it is sent, and how old that run was.

It must be the same after a restart, when the store no longer tells it. It outlives its journal, because a forked child
shares the run and the clock of the session that it was forked from, and may open a journal of its own much later.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tracker.model import id_text

OLD_S = 86_400.0
"""A note, or a lock, that was left for so long belongs to no process that is still to open its journal."""


class Note(NamedTuple):
    """The run under which a session is sent, and what is added to the session's clock to give the run's."""

    run_id: int
    age_ms: int


def read_note(folder: Path, session: int) -> Note | None:
    """Return what is noted of a session; None when nothing is."""
    try:
        note = json.loads(_path(folder, session).read_text())
        return Note(int(note["run_id"]), int(note["age_ms"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_note(folder: Path, session: int, note: Note) -> None:
    """Note it so that it survives power loss.

    Raises:
        OSError: the disk does not take it.
    """
    path = _path(folder, session)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as out:
        json.dump(note._asdict(), out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


def leave_note(folder: Path, session: int) -> None:
    """Say that the session's journal is removed now: its note becomes old from here on."""
    try:
        os.utime(_path(folder, session))
    except OSError:
        pass  # most sessions have none; one that cannot be touched is only swept earlier


def is_old(path: Path) -> bool:
    """Tell whether a file was left alone for `OLD_S`; False when it is gone."""
    try:
        return time.time() - path.stat().st_mtime > OLD_S
    except OSError:
        return False


def old_notes(folder: Path, journals: Iterable[int]) -> list[Path]:
    """Return the old notes of sessions that have no journal any more."""
    standing = {id_text(session) for session in journals}
    return [path for path in folder.glob("*.shipment") if path.stem not in standing and is_old(path)]


def _path(folder: Path, session: int) -> Path:
    return folder / f"{id_text(session)}.shipment"

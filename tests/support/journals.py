"""Journals as a dead process leaves them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tracker.journal.frames import Kind, Opening, encode, encode_points
from tracker.journal.writer import Journal
from tracker.model import new_id
from tracker.settings import without_password
from tracker.store.base import Identity


def left_behind(folder: Path, url: str, calls: int = 3, **identity: Any) -> Identity:
    """Write the journal of a run that logged `loss` and `val_loss` in each call, for the store at `url`."""
    given: dict[str, Any] = {"project": "late", "name": "run", "created_ms": 1_700_000_000_000, **identity}
    who = Identity(run_id=new_id(), session_id=new_id(), **given)
    journal = Journal(folder, Opening(without_password(url), "run", who), print)
    for i in range(calls):
        journal.append(
            encode_points(i, i, False, None, {"loss": 1.0 / (i + 1), "val_loss": 2.0 / (i + 1)}), 2
        )
    journal.append(encode(Kind.STATUS, "finished", None, calls))
    journal.close()
    return who


def files(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return size, mode and time of change of every file below a folder: what looking must not alter."""
    return {
        str(path.relative_to(folder)): (state.st_size, state.st_mode, state.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-shm", "-wal")) and not path.is_dir()
        for state in [os.lstat(path)]
    }

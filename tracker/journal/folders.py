"""Where journals live: the user's journal folder, and temporary ones that serve when nothing else can be written."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from tracker import settings
from tracker.errors import JournalError
from tracker.journal.frames import Opening
from tracker.journal.trouble import Limits
from tracker.journal.writer import Journal

_MEMORY = Path("/dev/shm")  # noqa: S108


def journal_folders() -> list[Path]:
    """Return the folders in which journals may be, the usual one first."""
    usual = settings.journal_dir()
    return [usual, *(spare for spare in spare_folders() if spare != usual and _is_ours(spare))]


def spare_folders() -> list[Path]:
    """Return the folders for journals on this machine's temporary disk and in its memory, the better one first.

    Both are wiped at the end of many a job. There may be no temporary disk at all, in a container that is read-only.
    """
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    places = [_MEMORY] if os.access(_MEMORY, os.W_OK) else []
    try:
        places.insert(0, Path(tempfile.gettempdir()))
    except OSError:
        pass  # no such disk takes a file
    return [place / f"tracker-{user}" for place in dict.fromkeys(places)]


def open_journal(opening: Opening, say: Callable[[str], None]) -> Journal:
    """Return a new journal in the usual folder, or, said so, in the temporary one.

    Raises:
        JournalError: neither can be written.
        BadInput: a limit in the environment is no number.
    """
    limits = Limits(*settings.journal_limits())
    try:
        return Journal(settings.journal_dir(), opening, say, limits=limits)
    except JournalError as error:
        trouble = error
    for spare in spare_folders():
        try:
            spare.mkdir(mode=0o700, exist_ok=True)
            if not _is_ours(spare):
                continue
            journal = Journal(spare, opening, say, limits=limits)
        except (OSError, JournalError):
            continue  # nor does this one take a file
        say(
            f"{trouble}. The journal is in {spare} instead, which may be wiped when this machine or job ends; "
            "set TRACKER_JOURNAL_DIR to a folder that lasts"
        )
        return journal
    raise trouble


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder in a shared place is a real one that only we can write."""
    try:
        state = os.lstat(folder)
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(state.st_mode)
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o077

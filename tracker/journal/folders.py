"""Where journals live: the user's journal folder, and the temporary one that serves when nothing else can be written."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from tracker import settings
from tracker.errors import JournalError
from tracker.journal.frames import Opening
from tracker.journal.writer import Journal, Limits


def journal_folders() -> list[Path]:
    """Return the folders in which journals may be, the usual one first."""
    folders = [settings.journal_dir()]
    spare = spare_folder()
    if spare != folders[0] and _is_ours(spare):
        folders.append(spare)
    return folders


def spare_folder() -> Path:
    """Return the folder for journals on this machine's temporary disk; it is wiped at the end of many a job."""
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"tracker-{user}"


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
        spare = spare_folder()
        try:
            spare.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            raise error from None
        if not _is_ours(spare):
            raise error
        journal = Journal(spare, opening, say, limits=limits)
        say(
            f"{error}. The journal is in {spare} instead, which may be wiped when this machine or job ends; "
            "set TRACKER_JOURNAL_DIR to a folder that lasts"
        )
        return journal


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder in a shared place is a real one that only we can write."""
    try:
        state = os.lstat(folder)
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(state.st_mode)
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o077

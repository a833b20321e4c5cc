"""The folders of journals and store: room on the disk, who may read and write them, and whether they are on a network."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from tracker.doctor.words import amount
from tracker.settings import is_sqlite, journal_dir, sqlite_path
from tracker.store.base import Check
from tracker.store.filesystem import network_file_system

FULL_BYTES, TIGHT_BYTES = 256 * 1024**2, 2 * 1024**3
"""Free space below which a disk is as good as full (four journal segments), and below which it is worth knowing."""


def checks(url: str) -> Iterator[Check]:
    """Yield what there is to say about the places on this machine that are written to."""
    folder = journal_dir()
    yield _room("journal folder's disk", folder, "TRACKER_HOME or TRACKER_JOURNAL_DIR to a folder")
    yield _journal_folder(folder)
    yield _journal_network(folder)
    if is_sqlite(url):
        path = sqlite_path(url)
        yield _room("store's disk", path.parent, "TRACKER_URL to a file")
        if _is_store(path):
            yield _store_file(path)
        yield _store_network(path)


def _room(name: str, folder: Path, elsewhere: str) -> Check:
    try:
        disk = shutil.disk_usage(_existing(folder))
    except OSError as error:
        return Check(
            name, "problem", f"{folder} cannot be looked at: {error.strerror or error}", "see that it exists"
        )
    fact = f"{amount(disk.free)} free of {amount(disk.total)} ({folder})"
    remedy = f"make room, or set {elsewhere} on a larger disk"
    if disk.free < FULL_BYTES:
        return Check(
            name, "problem", fact, f"{remedy}: at a full disk, points wait in memory and die with the process"
        )
    return Check(name, "note", fact, remedy) if disk.free < TIGHT_BYTES else Check(name, "ok", fact)


def _journal_folder(folder: Path) -> Check:
    name = "journal folder"
    here = _existing(folder)
    if not here.is_dir():
        return Check(name, "problem", f"{here} is no folder", "move it away, or set TRACKER_JOURNAL_DIR")
    if not os.access(here, os.W_OK | os.X_OK):
        return Check(
            name,
            "problem",
            f"{here} takes no files: runs write their journals to a temporary folder, which may be wiped",
            f"chmod u+rwx {shlex.quote(str(here))}, or set TRACKER_JOURNAL_DIR to a folder that can be written",
        )
    if here != folder:
        return Check(name, "ok", f"{folder} will be made by the first run")
    open_ = [path for path in (folder, *_files(folder)) if _mode(path) & 0o077]
    if not open_:
        return Check(name, "ok", f"{folder} can be written, and no other user can read it")
    others_write = any(_mode(path) & 0o022 for path in open_)
    many = "1 path is" if len(open_) == 1 else f"{len(open_):,} paths are"
    return Check(
        name,
        "problem" if others_write else "note",
        f"{many} open to other users, who could {'change' if others_write else 'read'} what runs log: {open_[0]} "
        f"(mode {_mode(open_[0]):o})",
        f"chmod -R go= {shlex.quote(str(folder))}",
    )


def _journal_network(folder: Path) -> Check:
    kind = network_file_system(_existing(folder))
    if kind is None:
        return Check("journal's file system", "ok", "local, as far as the system tells")
    return Check(
        "journal's file system",
        "note",
        f"{folder} is on a network ({kind}): safe, as only one process writes a journal, but log() takes as long as the "
        "network does",
        "TRACKER_JOURNAL_DIR can name a local folder, if it outlives the job",
    )


def _store_file(path: Path) -> Check:
    name = "store file"
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return Check(
            name,
            "problem",
            f"{path} or its folder cannot be written by this user: it can be read, but runs keep their journals",
            f"chmod u+rw {shlex.quote(str(path))} and u+rwx its folder, or set TRACKER_URL to another store",
        )
    mode = _mode(path)
    if mode & 0o022 or mode & 0o044:
        verb = "change" if mode & 0o022 else "read"
        return Check(
            name,
            "note",
            f"other users can {verb} {path} (mode {mode:o}), if its folder lets them in",
            f"unless you share it on purpose: chmod go= {shlex.quote(str(path))}",
        )
    return Check(name, "ok", "no other user can read it")


def _is_store(path: Path) -> bool:
    """Tell whether a file is there and, as far as we may read it, a SQLite file: no advice is given on another's."""
    try:
        with path.open("rb") as file:
            return file.read(16) in (b"", b"SQLite format 3\0")
    except OSError:
        return path.exists()


def _store_network(path: Path) -> Check:
    kind = network_file_system(_existing(path))
    if kind is None:
        return Check("store's file system", "ok", "local, as far as the system tells")
    return Check(
        "store's file system",
        "problem",
        f"{path} is on a network ({kind}), where SQLite is slow and two machines can harm the file",
        "use PostgreSQL (TRACKER_URL), or keep the store on a local disk and send runs with mode='offline' and "
        "`tracker sync`",
    )


def _existing(path: Path) -> Path:
    """Return the path itself, or the nearest folder above it that exists."""
    return next((one for one in (path, *path.parents) if one.exists()), Path(path.anchor or "."))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _mode(path: Path) -> int:
    """Return who may do what with a path; 0 where the system knows no such modes, or the file has gone."""
    if os.name != "posix":
        return 0
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except OSError:
        return 0

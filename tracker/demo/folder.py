"""The demo's own folder: a store and journals apart from the user's, new at every start."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tracker import settings
from tracker.errors import StoreUnavailable
from tracker.journal.owner import OwnerLock

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where one start of the demo keeps everything; `lock` is held for as long as it runs."""

    path: Path
    lock: OwnerLock

    @property
    def store(self) -> Path:
        """The SQLite file of its runs."""
        return self.path / "demo.db"

    @property
    def journals(self) -> Path:
        """The journals of its training processes."""
        return self.path / "journals"

    def log(self, name: str) -> Path:
        """Return the file that takes what a training process prints."""
        return self.path / f"{name}.log"


def claim() -> DemoFolder:
    """Make a new folder below TRACKER_HOME and remove those of earlier starts that have ended.

    Each start has a folder of its own, so that no training process of an earlier one can write into this one's runs,
    and two demos can run side by side.

    Raises:
        StoreUnavailable: the folder cannot be made.
    """
    parent = settings.home() / "demo"
    folder = parent / time.strftime(f"%Y%m%d-%H%M%S-{os.getpid()}")
    try:
        folder.mkdir(mode=0o700, parents=True)
        lock = OwnerLock(folder / _LOCK)
        lock.acquire()
    except OSError as error:
        raise StoreUnavailable(
            f"the demo cannot write to {parent} ({error.strerror}): set TRACKER_HOME to a folder that you may write to"
        ) from error
    _remove_ended(parent)
    return DemoFolder(folder, lock)


def _remove_ended(parent: Path) -> None:
    for path in [folder / _LOCK for folder in parent.iterdir()]:
        # Only what carries a lock of ours is ours to delete.
        if not path.is_file():
            continue
        lock = OwnerLock(path)
        try:
            if not lock.acquire():
                continue
        except OSError:
            continue  # another account's: it stays
        shutil.rmtree(path.parent, ignore_errors=True)
        lock.release()

"""The thread that makes journals survive power loss: `fdatasync` once a second, away from the training thread."""

from __future__ import annotations

import os
import threading
import time
import weakref

from tracker.journal.writer import Journal

EVERY_S = 1.0

_journals: weakref.WeakSet[Journal] = weakref.WeakSet()
_lock = threading.RLock()  # a destructor that the garbage collector calls in here may start a run
_thread: threading.Thread | None = None


def keep_durable(journal: Journal) -> None:
    """Sync `journal` once a second until it is closed. One thread serves all journals of the process."""
    global _thread
    with _lock:
        _journals.add(journal)
        if _thread is not None and _thread.is_alive():
            return
        _thread = threading.Thread(target=_sync_all, name="tracker-sync", daemon=True)
        try:
            _thread.start()
        except RuntimeError:
            _thread = None  # the interpreter is ending: closing the journal syncs it


def _sync_all() -> None:
    while True:
        time.sleep(EVERY_S)
        with _lock:
            open_ones = [journal for journal in _journals if not journal.closed]
            _journals.clear()
            _journals.update(open_ones)
            if not open_ones:
                global _thread
                _thread = None
                return
        for journal in open_ones:
            journal.sync()


def _forget() -> None:
    global _thread, _lock
    _lock = threading.RLock()
    _thread = None
    _journals.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

"""The end and the fork of the process that logs: every open run is ended once, and a child starts clean.

Nothing here changes how a process ends: exit codes and tracebacks are those of a program without tracker.
"""

from __future__ import annotations

import atexit
import functools
import os
import signal
import sys
import threading
import time
import weakref
from types import FrameType, TracebackType
from typing import Any, NoReturn, Protocol

from tracker import settings
from tracker.client.session import WAIT_S
from tracker.client.speech import warn


class Watched(Protocol):
    """What a run does at the ends of its process."""

    failure: tuple[str, str | None] | None

    def end(self, status: str, exception: str | None, *, late: bool = False) -> None:
        """Log the end, without waiting; nothing happens when the run has ended already."""

    def wait(self, deadline: float) -> None:
        """Wait for the store until `deadline` (monotonic seconds), and say what it does not hold."""

    def forked(self) -> None:
        """Drop what a child inherited."""

    def logged(self) -> int:
        """Return how many points were logged."""


_live: set[Watched] = set()
"""Runs that have to be ended when the process ends."""
_known: weakref.WeakSet[Watched] = weakref.WeakSet()
"""Every run that a forked child would inherit."""
_hooked = False
_previous_hook: Any = None
_previous_sigterm: Any = signal.SIG_DFL
_interrupted = False
_exits: weakref.WeakKeyDictionary[Watched, dict[int, tuple[str, str | None]]] = weakref.WeakKeyDictionary()
"""How `sys.exit` would end a run, by the number of points that were logged until then: a later log disproves it."""


def watch(run: Watched) -> None:
    """Have a run ended when the process ends, and its inherited parts dropped in a forked child.

    Raises:
        BadInput: TRACKER_SIGTERM holds what it cannot mean.
    """
    global _hooked, _previous_hook
    if settings.finishes_on_sigterm():
        _watch_sigterm()
    _live.add(run)
    _known.add(run)
    if not _hooked:
        _hooked = True
        atexit.register(_at_exit)
        _previous_hook, sys.excepthook = sys.excepthook, _excepthook
        _watch_sys_exit()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)
    _watch_worker()


def forget(run: Watched) -> None:
    """A run has ended and has been waited for: let go of it."""
    _live.discard(run)


def _at_exit(error: BaseException | None = None) -> None:
    """End what is still open; in all it takes at most 10 s."""
    deadline = time.monotonic() + WAIT_S
    runs = list(_live)
    for run in runs:
        status, exception = run.failure or _exits.pop(run, {}).get(run.logged()) or ended_by(error)
        run.end(status, exception, late=True)
    try:
        for run in runs:
            run.wait(deadline)
    except KeyboardInterrupt:
        pass  # the process is ending anyway: what is not stored has been said
    _live.difference_update(runs)
    if _interrupted:
        _die_of_sigint()


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    global _interrupted
    try:
        if not hasattr(sys, "ps1") and not sys.flags.interactive:  # at a prompt the process goes on
            _interrupted = isinstance(error, KeyboardInterrupt)
            for run in list(_live):
                run.failure = ended_by(error)
    finally:
        (_previous_hook or sys.__excepthook__)(kind, error, trace)


def _watch_sys_exit() -> None:
    """Learn of `sys.exit(3)`, which reaches no hook: the exception is handled before the process ends."""
    leave = sys.exit

    @functools.wraps(leave)
    def noticing_exit(status: Any = None, /) -> NoReturn:
        if threading.current_thread() is threading.main_thread():
            for run in list(_live):
                _exits[run] = {run.logged(): ended_by(SystemExit(status))}
        leave(status)

    sys.exit = noticing_exit


def _watch_sigterm() -> None:
    """Have SIGTERM end the runs; a program that ignores SIGTERM goes on ignoring it."""
    global _previous_sigterm
    previous = signal.getsignal(signal.SIGTERM)
    if previous is _on_sigterm or previous == signal.SIG_IGN:
        return
    if threading.current_thread() is not threading.main_thread():
        warn(
            "TRACKER_SIGTERM=finish has no effect on a run that a thread began: call tracker.init in the main thread"
        )
        return
    _previous_sigterm = previous
    signal.signal(signal.SIGTERM, _on_sigterm)


def _on_sigterm(number: int, frame: FrameType | None) -> None:
    """Mark the runs as interrupted, then do what SIGTERM did before."""
    if callable(_previous_sigterm):
        for run in list(_live):
            run.failure = "interrupted", None  # how they end if this ends the process
        _previous_sigterm(number, frame)
        return
    runs = list(_live)
    for run in runs:
        run.end("interrupted", None, late=True)
    deadline = time.monotonic() + WAIT_S
    try:
        for run in runs:
            run.wait(deadline)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)


def _die_of_sigint() -> None:
    """Let the process die of SIGINT, as it would without tracker.

    CPython remembers that a KeyboardInterrupt ended the program, and forgets it with the next string that is executed,
    which the shipper's imports do while the process ends. Executing one that is interrupted reminds it.
    """
    try:
        exec("raise KeyboardInterrupt")  # noqa: S102
    except KeyboardInterrupt:
        pass  # that it was raised is all that counts


def _after_fork() -> None:
    for run in list(_known):
        run.forked()
    _live.clear()


def _watch_worker() -> None:
    """In a child of multiprocessing, which ends without the handlers of atexit: end its runs by its own means."""
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None:
        return
    from multiprocessing.util import Finalize

    Finalize(None, _at_worker_exit, exitpriority=10)


def _at_worker_exit() -> None:
    _at_exit(sys.exc_info()[1])


def ended_by(error: BaseException | None) -> tuple[str, str | None]:
    """Return the status that an exception gives a run, and the exception's type; its text is never kept."""
    if error is None or isinstance(error, GeneratorExit):
        return "finished", None
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", None
    if isinstance(error, SystemExit):
        return ("finished", None) if not error.code else ("failed", "SystemExit")
    return "failed", type(error).__name__

"""Stops a thread of a child before every system call and kills it before the one that is asked for. Linux only."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

TRACEME, SYSCALL, KILL, SETOPTIONS = 0, 24, 8, 0x4200
MARK_SYSCALLS, DIE_WITH_TRACER = 0x1, 0x100000
ALL_THREADS = 0x40000000
"""`__WALL`: wait for threads too, which are children of their own to a tracer."""

NEEDED = (
    "killing a process between two system calls needs ptrace of Linux, which this system or container forbids: "
    "run this test on Linux, in a container with --cap-add=SYS_PTRACE"
)

_libc = ctypes.CDLL(None, use_errno=True)


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    arguments = (ctypes.c_long(request), ctypes.c_long(pid), ctypes.c_void_p(0), ctypes.c_void_p(data))
    if _libc.ptrace(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: {NEEDED}")


def be_traced() -> None:
    """In the child's thread that is to be killed: let the parent go on with it from here."""
    _ptrace(TRACEME, 0)
    getattr(_libc, "raise")(int(signal.SIGSTOP))  # of ctypes, so that it stops without the interpreter's lock


def kill_before(call: int, child: Callable[[], None], ready: Callable[[], None] | None = None) -> int | None:
    """Fork, run `child`, and kill it before its traced thread makes its system call number `call` (from 1).

    Args:
        call: which one; a number that is never reached lets the child end.
        child: has to call `be_traced` in one of its threads.
        ready: called in this process before the traced thread makes its first call.

    Returns:
        None when the child was killed, else how many calls its thread made until it ended.
    """
    pid = os.fork()
    if pid == 0:
        try:
            child()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    made = 0
    try:
        thread, status = os.waitpid(-1, ALL_THREADS)
        assert os.WIFSTOPPED(status), f"the child ended ({status}) before it was traced"
        _ptrace(SETOPTIONS, thread, MARK_SYSCALLS | DIE_WITH_TRACER)
        if ready is not None:
            ready()
        passed, entered = 0, False
        while True:
            _ptrace(SYSCALL, thread, passed)
            _, status = os.waitpid(thread, ALL_THREADS)
            if not os.WIFSTOPPED(status):
                break
            stop = os.WSTOPSIG(status)
            passed = 0 if stop == signal.SIGTRAP | 0x80 else stop
            if passed:
                continue  # a signal, handed on
            entered = not entered
            if entered:
                made += 1
                if made == call:
                    os.kill(pid, signal.SIGKILL)
                    _reap(pid)
                    return None
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    if thread != pid:
        _, status = os.waitpid(pid, ALL_THREADS)
    assert status == 0, f"the child ended with {status}"
    return made


def _reap(pid: int) -> None:
    """Take the deaths of a process and its traced thread, in whatever order they come."""
    while True:
        gone, status = os.waitpid(-1, ALL_THREADS)
        if gone == pid and not os.WIFSTOPPED(status):
            break
    try:
        while os.waitpid(-1, ALL_THREADS | os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass

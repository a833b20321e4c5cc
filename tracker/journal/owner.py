"""Who may write or ship a journal: one process at a time, for as long as it lives.

The lock is `flock`, which the kernel frees when its holder dies. It belongs to the open file, so a forked child has to
close its copy (`abandon`), or the lock would outlive the parent. Where there is no flock, filelock's soft lock serves.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_HELD = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK)
_NO_FLOCK = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


class OwnerLock:
    """The lock of one session's journal, at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._soft: Any = None

    @property
    def held(self) -> bool:
        """True while this object holds the lock."""
        return self._fd is not None or self._soft is not None

    def acquire(self) -> bool:
        """Take the lock without waiting; return False when another process (or object) holds it.

        Raises:
            OSError: the lock file cannot be made.
        """
        if fcntl is None:
            return self._acquire_soft()
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        fd = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us may have removed the file between our open and our flock.
            if not self._is_still(fd):
                os.close(fd)
                return False
        except OSError as error:
            os.close(fd)
            if error.errno in _HELD:
                return False
            if error.errno in _NO_FLOCK:
                return self._acquire_soft()
            raise
        self._fd = fd
        return True

    def renew(self) -> None:
        """Take the lock anew when somebody deleted its file: another process would get one that means nothing.

        Raises:
            OSError: the lock file cannot be made.
        """
        fd, soft = self._fd, self._soft
        if self._is_still(fd) if fd is not None else Path(f"{self.path}.soft").exists():
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if soft is not None:
            soft.release()
            self._soft = None
        self.acquire()
        if fd is not None and self._fd != fd:
            os.close(fd)

    def held_elsewhere(self) -> bool:
        """Tell whether another process (or object) holds the lock; nothing is made or changed."""
        soft = Path(f"{self.path}.soft").exists()
        if fcntl is None:
            return soft
        try:
            fd = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            return soft
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return soft
        except OSError as error:
            return error.errno in _HELD or soft
        finally:
            os.close(fd)

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back; `remove` also deletes its file, when the journal is gone."""
        if remove and self.held:
            self.path.unlink(missing_ok=True)
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
        soft, self._soft = self._soft, None
        if soft is not None:
            soft.release()

    def abandon(self) -> None:
        """In a forked child: close the inherited file without unlocking it, so that it stays the parent's alone."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
        self._soft = None

    def _is_still(self, fd: int) -> bool:
        try:
            return os.fstat(fd).st_ino == self.path.lstat().st_ino
        except FileNotFoundError:
            return False

    def _acquire_soft(self) -> bool:
        from filelock import SoftFileLock, Timeout

        lock = SoftFileLock(str(self.path) + ".soft", mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        self._soft = lock
        return True

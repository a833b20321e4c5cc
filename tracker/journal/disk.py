"""What is asked of the journal's disk, the same on every system."""

from __future__ import annotations

import os
from typing import TypeGuard

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NEW_FILE = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_EXCL
    | os.O_APPEND
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
"""How a segment is opened: it must be new, must be no link, and every write goes to its end.

It can be read, too: what was written to it is there for who holds it open, even when somebody deletes it.
"""


def datasync(fd: int) -> None:
    """Make what was written to `fd` survive power loss.

    On macOS `fsync` leaves it in the drive's own cache, and only F_FULLFSYNC empties that; not every file system there
    knows it.

    Raises:
        OSError: the disk fails.
    """
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        try:
            fcntl.fcntl(fd, full)
            return
        except OSError as error:
            if not of_the_disk(error):
                raise
    getattr(os, "fdatasync", os.fsync)(fd)


def of_the_disk(error: BaseException) -> TypeGuard[OSError]:
    """Tell what a system call raised from what a signal handler raised in its midst.

    A time limit made with SIGALRM raises TimeoutError, which is an OSError too, but has no error number.
    """
    return isinstance(error, OSError) and error.errno is not None

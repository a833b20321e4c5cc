"""A file that somebody takes away while it is written, and what can still be read of it by who holds it open."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tracker.journal.disk import of_the_disk
from tracker.journal.frames import whole_frames


def is_taken(fd: int, path: Path, size: int) -> bool:
    """Tell whether somebody deleted, moved, replaced or cut the file that `fd` writes to, of `size` bytes or more."""
    try:
        here, there = os.fstat(fd), path.lstat()
    except OSError as error:
        if not of_the_disk(error):
            raise
        return error.errno in (errno.ENOENT, errno.ESTALE)
    return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino) or here.st_size < size


def is_cut(fd: int, size: int) -> bool:
    """Tell whether the file, of which `size` bytes were written, is shorter: what followed the cut stands elsewhere.

    Raises:
        OSError: the disk fails.
    """
    return os.fstat(fd).st_size < size


def read_back(fd: int, begin: int) -> bytes:
    """Return the whole frames that were written to `fd` from byte `begin` on.

    Raises:
        OSError: the disk fails.
    """
    os.lseek(fd, begin, os.SEEK_SET)
    data = bytearray()
    while more := os.read(fd, 1024 * 1024):
        data += more
    return whole_frames(bytes(data))

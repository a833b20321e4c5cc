"""What a SQLite file needs of the folder that it lies in: who may read it, and whether it is on a network."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import sys
from pathlib import Path

NETWORK = {
    0x6969: "NFS",
    0x517B: "SMB",
    0xFE534D42: "SMB",
    0xFF534D42: "CIFS",
    0x65735546: "FUSE",
    0x0BD00BD0: "Lustre",
    0x47504653: "GPFS",
    0x00C36400: "Ceph",
    0x5346414F: "AFS",
    0x19830326: "BeeGFS",
    0x01021997: "9P",
}
"""`f_type` of file systems on which a write-ahead log's shared memory does not hold (linux/magic.h and their docs)."""


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the SQLite library that Python brings."""
    return sqlite3.sqlite_version_info


def network_file_system(path: Path) -> str | None:
    """Return the kind of the network file system that `path` lies on, None for a local or unknown one."""
    if sys.platform == "darwin":
        return _of_macos(path)
    return NETWORK.get(file_system_type(path))


def file_system_type(path: Path) -> int:
    """Return `f_type` of statfs(2), 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    # f_type is the first member of struct statfs on Linux, one machine word long.
    buffer = (ctypes.c_ulong * 64)()
    statfs = ctypes.CDLL(None, use_errno=True).statfs
    if statfs(os.fsencode(path), ctypes.byref(buffer)) != 0:
        return 0
    return int(buffer[0]) & 0xFFFFFFFF


def _of_macos(path: Path) -> str | None:
    buffer = ctypes.create_string_buffer(4096)
    library = ctypes.CDLL(None, use_errno=True)
    # On Intel the name without a suffix is that of an older layout.
    statfs = getattr(library, "statfs$INODE64", None) or library.statfs
    return None if statfs(os.fsencode(path), buffer) != 0 else read_macos_statfs(buffer.raw)


def read_macos_statfs(answer: bytes) -> str | None:
    """Return the kind of file system when macOS's `struct statfs` (sys/mount.h) says that it is not local."""
    flags = int.from_bytes(answer[64:68], "little")
    kind = answer[72:88].partition(b"\0")[0].decode(errors="replace")
    return None if flags & _MACOS_LOCAL else kind.upper() or "unknown"


_MACOS_LOCAL = 0x1000


def is_read_only(path: Path) -> bool:
    """Tell whether this process can read the SQLite file `path` but neither change it nor put its logs beside it."""
    return os.access(path, os.R_OK) and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def make_private_file(path: Path) -> None:
    """Make `path` with mode 0600 unless it exists, and its missing folders with mode 0700.

    Raises:
        OSError: it cannot be made.
    """
    make_private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass  # Another process was first, or it was there before: its owner chose its mode.


def make_private_folder(folder: Path) -> None:
    """Make `folder` and its missing parents with mode 0700; what exists stays as it is."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)

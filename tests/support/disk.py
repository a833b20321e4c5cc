"""A disk that can be full, a small file system of its own where one may be mounted, and a process bound by file modes.

Training scripts import this too: where nothing may be mounted, a limit on the size of files, which holds for the process
that sets it, stands in for a full disk.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 1024 * 1024


@contextmanager
def small_disk() -> Iterator[Path]:
    """Give a folder on a disk of `SIZE` bytes."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-disk-"))
    folder.chmod(0o755)
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        if mounted:
            _run("umount", "-l", str(folder))
        else:
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


def fill(folder: str | Path) -> None:
    """Let the disk of `folder` take nothing more."""
    if not os.path.ismount(folder):
        sizes = [p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()]
        limit = max([1024, *sizes])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return
    fd = os.open(Path(folder) / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (65536, 4096, 1):
            try:
                while True:
                    os.write(fd, bytes(size))
            except OSError:
                continue
    finally:
        os.close(fd)


def free(folder: str | Path) -> None:
    """Make room again."""
    if not os.path.ismount(folder):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        return
    (Path(folder) / "filler").unlink()


def obey_file_modes() -> None:
    """Give up what lets root write where a file's mode says that nobody may. Others obey already."""
    if os.geteuid() != 0:
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None).capset(header, nothing) != 0:
        raise SystemExit("the capabilities of root cannot be given up: run the tests as another user")


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False

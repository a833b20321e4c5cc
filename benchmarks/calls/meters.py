"""What a process and its helpers have taken so far: CPU and memory. Helpers are counted where /proc exists."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s() -> float:
    """Return the CPU seconds of this process, of its children that ended and of those that live."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(sum(map(int, _stat(pid)[11:13])) * TICK_S for pid in helpers())
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def peak_mb() -> float:
    """Return the most memory that this process and its living helpers held resident, each at its own worst moment."""
    if not PROC.exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return sum(_status(pid, "VmHWM") for pid in (os.getpid(), *helpers())) / 1024


def resident_mb() -> float:
    """Return what this process holds resident now; its peak where /proc does not exist."""
    return _status(os.getpid(), "VmRSS") / 1024 if PROC.exists() else peak_mb()


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of another process, of its children that ended and of those that live."""
    own, living = _stat(pid)[11:15], [_stat(helper)[11:13] for helper in helpers(pid)]
    return sum(sum(map(int, ticks)) for ticks in (own, *living)) * TICK_S


def helpers(of: int | None = None) -> list[int]:
    """Return the processes that descend from this one, or from another."""
    if not PROC.exists():
        return []
    parents = {int(p.name): int((_stat(int(p.name)) or ["", "0"])[1]) for p in PROC.glob("[0-9]*")}
    found: list[int] = []
    fresh = [os.getpid() if of is None else of]
    while fresh:
        fresh = [pid for pid, parent in parents.items() if parent in fresh]
        found += fresh
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none for a process that has gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _status(pid: int, field: str) -> int:
    try:
        text = (PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(field)), 0)

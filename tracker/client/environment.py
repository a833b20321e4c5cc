"""What is recorded about where a run was trained. Never the command line, never environment variables."""

from __future__ import annotations

import os
import platform
import socket
import sys
from pathlib import Path

FRAMEWORKS = (
    "torch",
    "tensorflow",
    "jax",
    "keras",
    "lightning",
    "pytorch_lightning",
    "transformers",
    "sklearn",
    "xgboost",
    "lightgbm",
    "catboost",
    "numpy",
)


def environment() -> dict[str, str | int]:
    """Return Python, platform, host, process, git commit and branch, and versions of frameworks imported already."""
    found: dict[str, str | int] = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "cpus": os.cpu_count() or 0,
    }
    found |= git_state()
    for name in FRAMEWORKS:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            found[name] = version[:64]
    return found


def git_state() -> dict[str, str]:
    """Return what is checked out around the working folder, read from git's few small files without starting git.

    Returns:
        `git_commit`, the commit in hexadecimal, and `git_branch`, the branch's name; each only where it is known: a
        detached head has no branch, a fresh repository no commit, and outside of a repository there is neither.
    """
    try:
        here = Path.cwd()
        for folder in (here, *here.parents):
            git = folder / ".git"
            if git.is_file():  # a worktree or a submodule
                git = folder / _small(git).removeprefix("gitdir:").strip()
            if git.is_dir():
                found = {"git_commit": _commit_of(git), "git_branch": _branch_of(git)}
                return {key: said for key, said in found.items() if said}
    except (OSError, ValueError):
        pass  # no working folder, or one that may not be read: a run without a commit
    return {}


def _branch_of(git: Path) -> str | None:
    head = _small(git / "HEAD")
    branch = head.removeprefix("ref:").strip().removeprefix("refs/heads/")
    return branch[:200] if head.startswith("ref:") and branch.isprintable() else None


def _commit_of(git: Path) -> str | None:
    head = _small(git / "HEAD")
    if not head.startswith("ref:"):
        return _checked(head)
    reference = head.removeprefix("ref:").strip()
    common = git / "commondir"
    folders = [git, git / _small(common)] if common.is_file() else [git]
    for folder in folders:
        if (folder / reference).is_file():
            return _checked(_small(folder / reference))
    packed = folders[-1] / "packed-refs"
    if packed.is_file() and packed.stat().st_size < 4_000_000:
        for line in packed.read_text().splitlines():
            commit, _, name = line.partition(" ")
            if name == reference:
                return _checked(commit)
    return None


def _checked(commit: str) -> str | None:
    return commit if len(commit) in (40, 64) and all(c in "0123456789abcdef" for c in commit) else None


def _small(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(4096).strip()

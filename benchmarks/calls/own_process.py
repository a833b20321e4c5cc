"""Run one contender in an interpreter of its own: the project's for us and the floors, a peer's for a peer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calls.contender import Contender

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
PATIENCE_S = 900.0

Found = dict[str, Any]


class Failed(Exception):
    """A contender's process ended badly; the text says how."""


class Peers:
    """Virtual environments of peers and tools, made when they are asked for first and kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missing: dict[str, str] = {}

    def bin(self, requires: tuple[str, ...]) -> Path:
        """Return where the programs of the environment are that has what is required."""
        return self.folder / requires[0].replace("==", "-") / ("Scripts" if os.name == "nt" else "bin")

    def python(self, contender: Contender) -> str:
        """Return the interpreter that has what the contender requires."""
        return str(self.bin(contender.requires) / "python") if contender.requires else sys.executable

    def install(self, contender: Contender) -> bool:
        """Make the contender's environment; tell whether it stands, and keep the last line of what went wrong."""
        why = self.make(contender.requires)
        if why:
            self.missing[contender.name] = why
        return not why

    def make(self, requires: tuple[str, ...]) -> str:
        """Make an environment that has what is required; return the last line of what went wrong, "" if nothing."""
        if not requires or (made := self.bin(requires).parent / ".made").exists():
            return ""
        home = made.parent
        print(f"installing {', '.join(requires)} into {home} ...", file=sys.stderr)
        pip = [str(self.bin(requires) / "python"), "-m", "pip", "install", "--quiet"]
        install = [*pip, "--disable-pip-version-check", *requires]
        for command in ([sys.executable, "-m", "venv", str(home)], install):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        made.touch()
        return ""


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a contender that lives in `folder`, without the settings of this shell."""
    strange = ("TRACKER_", "TRACKIO_", "WANDB_", "MLFLOW_", "WORLD_SIZE", "RANK", "LOCAL_RANK", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    path = os.pathsep.join(map(str, (BENCHMARKS, ROOT)))
    return {**kept, "HOME": str(folder), "TRACKER_HOME": str(folder), "PYTHONPATH": path}


def start(
    python: str,
    contender: Contender,
    task: str,
    name: str,
    folder: Path,
    url: str,
    before: Sequence[str] = (),
    **options: float,
) -> subprocess.Popen[str]:
    """Start a task of `calls.child` in `folder`; its last line of output is its answer, as JSON.

    `before` stands before the command, for a program that runs it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [*before, python, "-m", "calls.child", task, contender.name, name, url, json.dumps(options)]
    with open(folder / f"{name}.stderr", "ab") as errors:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def answer(process: subprocess.Popen[str], folder: Path, name: str) -> Found:
    """Wait for a started task and return its answer."""
    try:
        said, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Failed(f"not done after {PATIENCE_S:.0f} s") from None
    if process.returncode:
        errors = (folder / f"{name}.stderr").read_text(errors="replace").strip().splitlines()
        raise Failed((errors or [f"exit code {process.returncode}"])[-1][:300])
    # A sampler around it has a last word of its own.
    found: Found = json.loads(next(line for line in reversed(said.splitlines()) if line.startswith("{")))
    return found


def run(
    python: str, contender: Contender, task: str, name: str, folder: Path, url: str, **options: Any
) -> Found:
    """Run a task to its end and return its answer."""
    return answer(start(python, contender, task, name, folder, url, **options), folder, name)

"""The two servers whose pages are looked at, each in a process of its own on the loopback address."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 300.0


@contextmanager
def tracker(url: str, home: Path) -> Iterator[str]:
    """Serve a store of ours and yield the address."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "tracker.cli",
        "serve",
        "--no-token",
        "--no-browser",
        "--port",
        str(port),
    ]
    with _running([*command, "--store", url], home / "tracker.log", TRACKER_HOME=str(home)):
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/healthz", lambda answer: answer["status"] == "ok")
        yield address


@contextmanager
def tensorboard(python: str, folder: Path, runs: int, tags: int) -> Iterator[str]:
    """Serve event files and yield the address, when all of them have been read."""
    port = _free_port()
    command = [
        python,
        "-m",
        "tensorboard.main",
        "--logdir",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    quick = ["--samples_per_plugin", "scalars=1000"]
    with _running([*command, *quick], folder.with_suffix(".log")):
        address = f"http://127.0.0.1:{port}"
        read = f"{address}/data/plugin/scalars/tags"
        _wait(
            read,
            lambda answer: len(answer) == runs and all(len(tagged) == tags for tagged in answer.values()),
        )
        time.sleep(2)
        yield address


@contextmanager
def _running(command: list[str], log: Path, **more: str) -> Iterator[None]:
    import os

    with open(log, "wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env={**os.environ, **more})
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str, good: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                if good(json.load(answer)):
                    return
        except (urllib.error.URLError, OSError, ValueError):
            pass  # it has only just been started
        if time.monotonic() > until:
            raise TimeoutError(f"{address} did not come up within {PATIENCE_S:.0f} s")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

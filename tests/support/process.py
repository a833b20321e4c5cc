"""Real training processes for tests: small scripts run by this interpreter in a home of their own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from tracker import settings
from tracker.journal.recovery import recover
from tracker.model import RunRecord
from tracker.store import Store, open_store

ROOT = Path(__file__).parents[2]

LONGEST_S = float(os.environ.get("TRACKER_TEST_LONGEST_S", "240"))

_watched: list[tuple[float, subprocess.Popen[str]]] = []
_watching = threading.Lock()


class Home:
    """A user's data folder: where a script's journals go, and the store that it logs to."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.url = settings.store_url(url or folder / "tracker.db")
        self.journals = folder / "journals"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("TRACKER_", "WORLD_", "RANK", "LOCAL_RANK"))
        }
        ours = {"TRACKER_HOME": str(self.folder), "TRACKER_URL": self.url, "PYTHONPATH": str(ROOT)}
        return {**kept, **ours, **(more or {})}

    def start(
        self, script: str, *arguments: str, flags: tuple[str, ...] = (), **variables: str
    ) -> subprocess.Popen[str]:
        """Start a script; its standard streams are pipes. One that hangs is killed, so that no test waits for ever."""
        process = subprocess.Popen(
            [sys.executable, *flags, "-c", textwrap.dedent(script), *arguments],
            env=self.environment(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )
        _watch(process)
        return process

    def run(
        self, script: str, *arguments: str, flags: tuple[str, ...] = (), timeout: float = 60, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end, whatever its exit code."""
        process = self.start(script, *arguments, flags=flags, **variables)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"the script did not end within {timeout} s:\n{out}\n{err}") from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def good(self, script: str, *arguments: str, timeout: float = 60, **variables: str) -> str:
        """Run a script that must end with 0, and return what it printed."""
        done = self.run(script, *arguments, timeout=timeout, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def store(self) -> Store:
        return open_store(self.url)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody write to the SQLite store, as another process in the middle of a transaction does."""
        with closing(sqlite3.connect(self.folder / "tracker.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def settle(self) -> None:
        """Send what a slow machine did not send before its process ended."""
        store = self.store()
        store.prepare()
        recovered = recover(store, self.url)
        assert recovered.failed == []
        store.close()

    def only_run(self) -> RunRecord:
        runs = self.store().runs()
        assert len(runs) == 1, [r.name for r in runs]
        return runs[0]

    def values(self, name: str = "loss", run_id: int | None = None) -> dict[int, float]:
        """Return step -> value of a series of the only run."""
        number = self.only_run().run_id if run_id is None else run_id
        found = self.store().points([(number, name)]).get((number, name))
        return {} if found is None else dict(zip(found.step.tolist(), found.value.tolist(), strict=True))

    def files(self) -> list[str]:
        """Return what lies in the journal folder, but for the notes that stay a day for forked children to come."""
        found = self.journals.iterdir() if self.journals.exists() else ()
        return sorted(p.name for p in found if p.suffix != ".shipment")


def _watch(process: subprocess.Popen[str]) -> None:
    """Kill a process that lives longer than `LONGEST_S`; one thread does that for all, while there are any."""
    with _watching:
        _watched.append((time.monotonic() + LONGEST_S, process))
        if len(_watched) == 1:
            threading.Thread(target=_kill_late_ones, daemon=True).start()


def _kill_late_ones() -> None:
    while True:
        time.sleep(0.5)
        with _watching:
            _watched[:] = [(end, process) for end, process in _watched if process.returncode is None]
            for end, process in _watched:
                if time.monotonic() > end:
                    process.kill()
            if not _watched:
                return

"""The demo's eight training processes: started together, watched, judged as each ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracker import settings
from tracker.demo.folder import DemoFolder
from tracker.demo.table import PROJECT, RUNS, DemoRun
from tracker.errors import TrackerError
from tracker.model import Diagnosis, id_text, new_id

# Eight processes that each took all cores would only wait for one another.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_FOREIGN = ("TRACKER_", "RANK", "LOCAL_RANK", "WORLD_SIZE")
"""Variables of the user's own training that must not steer the demo's."""

STOP_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run of the demo ended: its diagnosis, or in `trouble` one line that says why there is none."""

    run: DemoRun
    seconds: float
    diagnosis: Diagnosis | None
    trouble: str | None = None


class Trainings:
    """The eight processes of one start of the demo.

    Args:
        folder: where they log to.
        dashboard_url: the address that their runs are watched at, None when nothing is served.
        runs: which rows of the table to train.
    """

    def __init__(
        self, folder: DemoFolder, dashboard_url: str | None = None, runs: tuple[DemoRun, ...] = RUNS
    ) -> None:
        self.folder = folder
        self._environment = _environment(folder, dashboard_url)
        self.runs = runs
        self.ids = {run.name: id_text(new_id()) for run in runs}
        """Ids of the runs by name, known before they start, so that a link can name them."""
        self._stopped = threading.Event()
        self._guard = threading.Lock()
        self._started: dict[str, float] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all of them at once."""
        for run in self.runs:
            # Under the guard, so that a Ctrl-C in the middle leaves none behind.
            with self._guard:
                if self._stopped.is_set():
                    return
                self._started[run.name] = time.monotonic()
                self._processes[run.name] = self._spawn(run)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield how each run ended, as it ends; nothing more after `stop`."""
        waiting = [run for run in self.runs if run.name in self._processes]
        while waiting:
            for run in [one for one in waiting if self._processes[one.name].poll() is not None]:
                if self._stopped.is_set():
                    return
                waiting.remove(run)
                yield self._judge(run, time.monotonic() - self._started[run.name])
            if self._stopped.wait(0.1):
                return

    def stop(self) -> None:
        """Interrupt those that still train, as Ctrl-C would, and wait until they are gone."""
        with self._guard:
            self._stopped.set()
        living = [process for process in self._processes.values() if process.poll() is None]
        for process in living:
            process.send_signal(signal.SIGINT)
        until = time.monotonic() + STOP_WAIT_S
        for process in living:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, run: DemoRun) -> subprocess.Popen[bytes]:
        with open(self.folder.log(run.name), "wb") as log:
            return subprocess.Popen(
                # -P: a file in the current folder must not stand in for a module.
                [sys.executable, "-P", "-m", "tracker.demo.train", run.name],
                env={**self._environment, "TRACKER_RUN_ID": self.ids[run.name]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the demo alone, which then stops them in order.
                start_new_session=True,
            )

    def _judge(self, run: DemoRun, seconds: float) -> Outcome:
        code = self._processes[run.name].returncode
        if code != 0:
            said = self.folder.log(run.name).read_text(errors="replace").strip().splitlines()
            last = said[-1] if said else "it said nothing"
            return Outcome(run, seconds, None, f"its process ended with {code}: {last}")
        from tracker.reader import diagnose

        try:
            return Outcome(run, seconds, diagnose(f"{PROJECT}/{run.name}", store=self.folder.store))
        except TrackerError as error:
            return Outcome(run, seconds, None, str(error))


def watch(trainings: Trainings, tell: Callable[[Outcome], None], done: Callable[[float], None]) -> None:
    """Start the trainings, tell how each ended, and at last after how many seconds all were."""
    began = time.monotonic()
    trainings.start()
    told = 0
    for outcome in trainings.outcomes():
        tell(outcome)
        told += 1
    if told == len(trainings.runs):
        done(time.monotonic() - began)


def _environment(folder: DemoFolder, dashboard_url: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    own = {
        "TRACKER_HOME": str(settings.home()),
        "TRACKER_URL": settings.store_url(folder.store),
        "TRACKER_JOURNAL_DIR": str(folder.journals),
    }
    if dashboard_url is not None:
        own["TRACKER_DASHBOARD_URL"] = dashboard_url
    return {**kept, **_ONE_THREAD, **own}

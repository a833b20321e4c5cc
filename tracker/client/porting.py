"""A script that says `import tracker as wandb`: what it means by its arguments, and what it asks of a run.

It was written for a logger that takes any value, counts a step with every call, and lets its user choose any id. So
its run is lenient, an `epoch` among its values is the epoch and never the step, and an id of its own names a run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.client.speech import say, warn, warn_caller
from tracker.errors import StoreError
from tracker.model import id_text, is_id

if TYPE_CHECKING:
    from tracker.client.run import Run

ALIASES = ("wandb", "trackio")
"""Names by which a script that was written for another tracker knows this package."""

FOLDER = "tracker-files"
MOST_TOLD = 1000

Record = Callable[[Any, Any, Any, dict[str, Any]], Exception | None]

_MODES = {"dryrun": "offline", "run": "online", "shared": "online"}


def speaks() -> bool:
    """Tell whether the code that called into this package knows it by one of `ALIASES`."""
    package = sys.modules["tracker"]
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "tracker":
        frame = frame.f_back
    return any(
        names.get(alias) is package for names in (frame.f_locals, frame.f_globals) for alias in ALIASES
    )


def arguments(
    project: str | None, id: str | None, resume: Any, mode: str | None
) -> tuple[str | None, str, str | None]:
    """Return the id, `resume` and mode that such a script means."""
    if isinstance(id, str) and not is_id(id):
        digest = blake2b(f"{project}\0{id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        chosen, id = id, id_text(int.from_bytes(digest, "big") >> 1)
        say(f"the run that this script calls {chosen!r} has the id {id}")
    if resume is None or isinstance(resume, bool):
        resume = "allow" if resume else "never"
    return id, {"auto": "allow"}.get(resume, resume), _MODES.get(str(mode), mode)


class Ported:
    """What such a script logs, as our logger takes it.

    Nested dicts are named as W&B does, `val.loss`; None is left out. `last` has the last value of each name, which
    these scripts read back from the summary.
    """

    def __init__(self, record: Record) -> None:
        self.last: dict[str, Any] = {}
        self.step = 0
        """The step of the next call without one, counted from 0, or the last that was given."""
        self.first_step: int | None = None
        self._given = record
        self._told: set[str] = set()

    def record(self, data: Any, step: Any, epoch: Any, metrics: dict[str, Any]) -> Exception | None:
        """As `Recorder.record`."""
        if data is not None and not isinstance(data, Mapping):
            return self._given(data, step, epoch, metrics)
        values: dict[Any, Any] = {}
        for name, value in _entries({**(data or {}), **metrics}):
            if value is None and name not in ("step", "epoch", "commit"):
                self._leave_out(name)
            else:
                values[name] = float(value) if name == "epoch" and isinstance(value, int) else value
        problem = self._given(values, step, epoch, {})
        chosen = values.pop("step", None) if step is None else step
        if isinstance(chosen, int):
            self.step = chosen
        elif values.pop("commit", True) is not False:
            self.step += 1
        self.last.update(values)
        return problem

    def _leave_out(self, name: Any) -> None:
        if name not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(name)
            warn_caller(f"log(): {name!r} is None: nothing is logged for it")


def _entries(data: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[Any, Any]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _entries(value, f"{prefix}{name}.")
        else:
            yield (f"{prefix}{name}" if prefix else name), value


# --------------------------------------------------------------------------------------- what scripts ask of a run


def _folder(run: Run) -> str:
    folder = Path(run._folder or ".", FOLDER, run.id)
    if not folder.is_dir():
        folder.mkdir(parents=True)
        say(f"run.dir is {folder}: what is put there stays on this machine")
    return str(folder)


def _first_step(run: Run) -> int:
    """Return the step at which this session begins to count: behind what a continued run has in the store."""
    from tracker.client.reading import steps_before

    ported, who = run._ported, run._logger.identity
    if ported is None or who.resume == "never" or run._offline or run.disabled:
        return 0
    if ported.first_step is None:
        try:
            ported.first_step = steps_before(run._logger.store_url, who)
        except StoreError as error:
            warn(f"whether run {run.name} is continued cannot be said now: {error}")
            return 0
    return ported.first_step


def _step(run: Run) -> int:
    return _first_step(run) + (run._ported.step if run._ported else 0)


ASKED: dict[str, Callable[[Run], Any]] = {
    "dir": _folder,
    "display_name": lambda run: run.name,
    "entity": lambda run: "",
    "get_project_url": lambda run: lambda: run.url.rpartition("/r/")[0],
    "get_url": lambda run: lambda: run.url,
    "job_type": lambda run: "",
    "offline": lambda run: run._offline,
    "path": lambda run: f"{run.project}/{run.id}",
    "project_name": lambda run: lambda: run.project,
    "resumed": lambda run: _first_step(run) > 0,
    "start_time": lambda run: run._logger.identity.created_ms / 1000,
    "starting_step": _first_step,
    "step": _step,
    "sweep_id": lambda run: None,
}
"""Attributes of a run that only scripts of other trackers ask for."""

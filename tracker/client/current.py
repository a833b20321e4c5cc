"""The module's current run: what `tracker.init`, `tracker.log` and their kin do."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from tracker.client.run import Run
from tracker.client.speech import say
from tracker.errors import TrackerError

_current: Run | None = None
_beginning = threading.RLock()


def _in_child() -> None:
    global _beginning
    _beginning = threading.RLock()  # the thread that held it was not forked


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def init(
    project: str | None = None,
    name: str | None = None,
    *,
    config: Any = None,
    group: str | None = None,
    tags: Iterable[str] = (),
    notes: str = "",
    id: str | None = None,
    resume: str = "never",
    mode: str | None = None,
    rank: str | None = None,
    on_error: str | None = None,
    store: str | os.PathLike[str] | None = None,
    **unknown: Any,
) -> Run:
    """Start a run and make it the module's current one. The arguments are those of `tracker.Run`.

    A current run is finished then, said so, without waiting for the store.

    Raises:
        BadInput: an argument cannot be used; the message says why.
        RunMissing: `resume="must"` and the store holds no such run.
        StoreUnavailable: `resume="must"` and the store cannot be reached.
    """
    global _current
    # A wrong argument must leave the current run as it is, so the new one is made first.
    new = Run(
        project,
        name,
        config=config,
        group=group,
        tags=tags,
        notes=notes,
        id=id,
        resume=resume,
        mode=mode,
        rank=rank,
        on_error=on_error,
        store=store,
        **unknown,
    )
    old, _current = _current, new
    if old is not None and not old.ended:
        if not old.disabled:
            say(f"run {old.name} ({old.id}) is finished, because a new one has begun")
        old._logger.end("finished", None)
    return new


def log(
    data: Mapping[str, Any] | None = None, /, step: Any = None, epoch: Any = None, **metrics: Any
) -> None:
    """Log numbers of one step to the current run, which is started if there is none. See `Run.log`."""
    run = _open_run()
    problem = run._record(data, step, epoch, metrics)
    if problem is not None:
        raise problem


def finish(status: str = "finished", *, exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the current run, if there is one. See `Run.finish`."""
    global _current
    run = _current
    if run is None:
        return
    try:
        run.finish(status, exit_code=exit_code, quiet=quiet)
    finally:
        if _current is run and run.ended:  # a wrong argument leaves the run as it is
            _current = None


def define_metric(
    name: str, goal: str | None = None, split: str | None = None, metric: str | None = None, **unknown: Any
) -> None:
    """Say what a metric of the current run is. See `Run.define_metric`."""
    _open_run().define_metric(name, goal, split, metric, **unknown)


def alert(title: str, text: str = "", **unknown: Any) -> None:
    """Put an alert on the current run. See `Run.alert`."""
    _open_run().alert(title, text, **unknown)


def _open_run() -> Run:
    now = _current
    if now is not None and not now.ended:
        return now
    with _beginning:  # the first logs of several threads belong to one run
        return run() or init()


class NoRun:
    """Stands where a run's config or summary would be while there is no run; any use says so."""

    def __init__(self, what: str) -> None:
        object.__setattr__(self, "_what", what)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TrackerError(
            f"tracker.{object.__getattribute__(self, '_what')} belongs to a run: call tracker.init first"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    __setattr__ = __setitem__ = __getitem__ = __delitem__ = __iter__ = __len__ = __contains__ = _refuse

    def __repr__(self) -> str:
        return f"<no tracker run: no {object.__getattribute__(self, '_what')}>"


def run() -> Run | None:
    """Return the current run, None when there is none."""
    return None if _current is None or _current.ended else _current


def config() -> Any:
    """Return the current run's config."""
    now = _current
    return NoRun("config") if now is None else now.config


def summary() -> Any:
    """Return the current run's summary."""
    now = _current
    return NoRun("summary") if now is None else now.summary

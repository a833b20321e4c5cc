"""What scripts of W&B call beside logging: taken and left out with one warning, or refused in one clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tracker.client.media import Media
from tracker.client.speech import say, warn_unknown
from tracker.errors import TrackerError
from tracker.model import id_text, new_id

LEFT_OUT = {
    "Artifact": "files are not kept",
    "link_artifact": "files are not kept",
    "link_model": "files are not kept",
    "log_artifact": "files are not kept",
    "log_code": "files are not kept; the git commit is",
    "log_model": "files are not kept",
    "mark_preempting": "a run that is continued needs no mark",
    "plot": "charts are drawn by the dashboard",
    "save": "files are not kept",
    "sklearn": "charts are drawn by the dashboard",
    "unwatch": "gradients are not watched",
    "upsert_artifact": "files are not kept",
    "watch": "gradients are not watched; log their norm",
}
"""Calls that do nothing here, and why: a ported script goes on."""

SILENT = {"Settings", "login", "require", "setup", "teardown"}
"""Calls that a script makes for the other tracker's server alone."""

REFUSED = {
    "Api": "read runs with tracker.runs() and tracker.history()",
    "agent": "let a search (Optuna, Ray Tune) call your training, with tracker.init(group=...) in each trial",
    "controller": "let a search (Optuna, Ray Tune) call your training",
    "restore": "files are not kept: read yours from where it lies",
    "sweep": "let a search (Optuna, Ray Tune) call your training, with tracker.init(group=...) in each trial",
    "use_artifact": "files are not kept: read yours from where it lies",
    "use_model": "files are not kept: read yours from where it lies",
}
"""Calls whose answer a script needs, and what to do instead."""

NAMES = {*LEFT_OUT, *SILENT, *REFUSED, "AlertLevel", "termerror", "termlog", "termwarn", "util"}


def find(name: str) -> Any:
    """Return what stands for a name of the other tracker.

    Raises:
        KeyError: it is none that we know.
        TrackerError: on calling it, where nothing can stand for it.
    """
    if name == "AlertLevel":
        return SimpleNamespace(INFO="INFO", WARN="WARN", ERROR="ERROR")
    if name == "util":
        return SimpleNamespace(generate_id=lambda length=13: id_text(new_id()))
    if name.startswith("term"):
        return lambda text, *_, **__: say(str(text))
    if name in SILENT:
        return lambda *_, **__: True
    if name in LEFT_OUT:
        warn_unknown("tracker", {f"{name} ({LEFT_OUT[name]})": None})
        return Media() if name in ("plot", "sklearn") else Media
    return _refusing(name, REFUSED[name])


def _refusing(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise TrackerError(f"tracker has no {name}: {instead}")

    return refuse

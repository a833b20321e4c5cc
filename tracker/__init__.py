"""tracker: log a training run, watch its curves, be told what they mean."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracker.presenting import set_presenter

if TYPE_CHECKING:
    from tracker.client.current import alert, define_metric, finish, init, log
    from tracker.client.run import Run
    from tracker.comparison import compare
    from tracker.reader import diagnose, dismiss, history, runs

__version__ = "0.1.0"

__all__ = [
    "Run",
    "__version__",
    "alert",
    "compare",
    "config",
    "define_metric",
    "diagnose",
    "dismiss",
    "finish",
    "history",
    "init",
    "log",
    "run",
    "runs",
    "summary",
]

_HOMES = {
    "Run": "tracker.client.run",
    "alert": "tracker.client.current",
    "compare": "tracker.comparison",
    "define_metric": "tracker.client.current",
    "diagnose": "tracker.reader",
    "dismiss": "tracker.reader",
    "finish": "tracker.client.current",
    "history": "tracker.reader",
    "init": "tracker.client.current",
    "log": "tracker.client.current",
    "runs": "tracker.reader",
}
"""Where each public name lives; a room is entered only when one of its names is used."""

_MEDIA = {
    "Audio",
    "Bokeh",
    "Classes",
    "Graph",
    "Histogram",
    "Html",
    "Image",
    "JoinedTable",
    "Molecule",
    "Object3D",
    "Plotly",
    "Table",
    "Video",
}
"""What other trackers call media: accepted, so that ported scripts run, and left out with one warning."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        thing = getattr(import_module(_HOMES[name]), name)
        globals()[name] = thing
        return thing
    if name in ("run", "config", "summary"):
        return getattr(import_module("tracker.client.current"), name)()
    if name in _MEDIA:
        return import_module("tracker.client.media").Media
    if not name.startswith("_"):
        ported = import_module("tracker.client.ported")
        if name in ported.NAMES:
            return ported.find(name)
    raise AttributeError(f"module 'tracker' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def _present(what: str, thing: object) -> Any:
    return import_module("tracker.pictures").present(what, thing)


set_presenter(_present)

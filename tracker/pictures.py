"""How a diagnosis looks: a plotly figure of its curves, and a piece of HTML for a notebook."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.client.run import Run
from tracker.curves.names import parse
from tracker.errors import TrackerError
from tracker.model import Diagnosis, Series
from tracker.notebook import show_diagnosis, show_run


def present(what: str, thing: object) -> Any:
    """Draw a diagnosis: "figure" gives a plotly figure, "html" a piece of HTML for a notebook, of a run too.

    Raises:
        TrackerError: the diagnosis was read back without its curves, so there is nothing to draw.
        TypeError: `thing` is nothing that can be drawn.
    """
    if isinstance(thing, Run) and what == "html":
        return _html_of(thing)
    if not isinstance(thing, Diagnosis):
        raise TypeError(f"a {type(thing).__name__} cannot be drawn: expected a Diagnosis")
    if what == "html":
        drawn = line(thing)
        curves = [one for one in (*drawn.loss, *drawn.accuracy) if one is not None and len(one)]
        return show_diagnosis(thing, drawn if curves else None)
    if what != "figure":
        raise TypeError(f"{what!r} is no way to draw: expected 'figure' or 'html'")
    if not thing.history:
        raise TrackerError(
            "this diagnosis holds no curves: it was read back from a store; call tracker.diagnose(run) for one that does"
        )
    return to_plotly(loss_accuracy([line(thing)], Options(x=thing.axis)))


def line(diagnosis: Diagnosis) -> Line:
    """Return the curves of a diagnosis as one line of a figure, called "this run"."""
    by_name = {series.name: series for series in diagnosis.history}

    def pair(names: tuple[str | None, str | None]) -> tuple[Series | None, Series | None]:
        train, val = (by_name.get(name) if name is not None else None for name in names)
        return train, val

    def spoken(names: tuple[str | None, str | None], default: str) -> str:
        return next((parse(name).metric or default for name in names if name is not None), default)

    return Line(
        id="history",
        name="this run",
        colour=0,
        loss=pair(diagnosis.loss),
        accuracy=pair(diagnosis.accuracy),
        diagnosis=diagnosis,
        loss_name=spoken(diagnosis.loss, "loss"),
        accuracy_name=spoken(diagnosis.accuracy, "accuracy"),
    )


def _html_of(run: Run) -> str:
    """Return a run as a notebook shows it: what it is, and what its curves say so far."""
    try:
        found = run.diagnosis()
    except TrackerError as error:
        return show_run(run.name, run.project, run.url, None, None, str(error))
    drawn = replace(line(found), name=run.name)
    return show_run(run.name, run.project, run.url, found, drawn)

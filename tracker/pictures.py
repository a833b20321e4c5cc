"""How a diagnosis looks: a plotly figure of its curves, and a small piece of HTML for a notebook."""

from __future__ import annotations

from html import escape
from typing import Any

from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.curves.names import parse
from tracker.errors import TrackerError
from tracker.model import Diagnosis, Series


def present(what: str, thing: object) -> Any:
    """Draw a diagnosis: "figure" gives a plotly figure, "html" a small piece of HTML for a notebook.

    Raises:
        TrackerError: the diagnosis was read back without its curves, so there is nothing to draw.
        TypeError: `thing` is nothing that can be drawn.
    """
    if not isinstance(thing, Diagnosis):
        raise TypeError(f"a {type(thing).__name__} cannot be drawn: expected a Diagnosis")
    if what == "html":
        return _html(thing)
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


def _html(diagnosis: Diagnosis) -> str:
    facts = "".join(
        f"<li>{escape(finding.fact)}</li>"
        for finding in diagnosis.findings
        if finding.fact != diagnosis.sentence
    )
    tries = "".join(f"<li>{escape(step)}</li>" for step in diagnosis.advice)
    return (
        '<div style="font:13px/1.5 system-ui,sans-serif;max-width:46em">'
        f"<strong>{escape(diagnosis.verdict.replace('_', ' ').capitalize())}</strong>"
        f"<p style='margin:.2em 0'>{escape(diagnosis.sentence)}</p>"
        + (f"<ul style='margin:.2em 0'>{facts}</ul>" if facts else "")
        + (f"<p style='margin:.2em 0'>To try:</p><ul style='margin:.2em 0'>{tries}</ul>" if tries else "")
        + "</div>"
    )

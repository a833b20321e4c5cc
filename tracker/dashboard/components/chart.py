"""The chart card, and the figure that stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dash import dcc, html

from tracker.charts.curves import loss_accuracy
from tracker.charts.lines import MANY, Line, Options
from tracker.curves.names import is_metric, parse
from tracker.dashboard.components.parts import attributes
from tracker.dashboard.data import Curves, Data
from tracker.dashboard.drawing import Beside, Run
from tracker.dashboard.grouping import group_of
from tracker.dashboard.state import METRIC, View
from tracker.diagnosis.rate import is_rate
from tracker.model import RunRecord

Figure = dict[str, Any]
_NAME_GAP = "\N{NO-BREAK SPACE}" * 2
_BLANK: Figure = {
    "data": [],
    "layout": {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    },
}


@dataclass(frozen=True, slots=True)
class Screen:
    """What the reader looks at the page with: the theme, a phone or not, and the chart's size in pixels."""

    theme: str = "light"
    compact: bool = False
    width: int | None = None
    height: int | None = None

    @classmethod
    def of(cls, data: Any) -> Screen:
        """Return the screen that the browser described; whatever cannot be read is left at its default."""
        data = data if isinstance(data, dict) else {}

        def pixels(name: str) -> int | None:
            given = data.get(name)
            return int(given) if isinstance(given, int | float) and 120 <= given <= 8000 else None

        return cls(
            theme="dark" if data.get("theme") == "dark" else "light",
            compact=bool(data.get("compact")),
            width=pixels("width"),
            height=pixels("height"),
        )


def figure(
    runs: Sequence[Run],
    view: View,
    screen: Screen,
    focus: str | None,
    *,
    names: bool = True,
    data: Data | None = None,
    kept: Beside | None = None,
) -> Figure:
    """Return the figure of these runs, its x and y as arrays of floats; see `tracker.charts.curves.loss_accuracy`.

    Args:
        runs: The drawn runs with their curves.
        view: How they are drawn.
        screen: What they are seen on.
        focus: The id of the focused run.
        names: Write the runs' names beside their curves.
        data: Where the focused run's notes and learning rate, a metric on the x axis and the points of a zoomed range
            come from; None leaves them out.
        kept: What `beside` gave for all runs when they were frozen, in place of `data`.
    """
    if data is not None:
        held = [run for run in runs if run[0].id == focus and view.ann]
        told = beside(data, runs, view, held)
    else:
        told = {record.run_id: _told(kept or {}, record, view, focus) for record, _ in runs}
    lines = [line_of(record, curves, view, **told[record.run_id]) for record, curves in runs]
    options = options_of(view, screen, focus, names=names)
    drawn = loss_accuracy(lines if data is None else data.in_range(lines, options), options)
    # the browser tells by it whether the reader has zoomed on since this figure was asked for
    # and by this whether a line without a raw one behind it has the values that were logged
    drawn["layout"]["meta"] |= {"asked": [view.x0, view.x1], "smoothing": view.sm}
    _name_by_traces(drawn)
    for part in (*drawn["data"], *drawn["layout"]["meta"]["outside"]):
        _pack(part)
    return drawn


def _name_by_traces(drawn: Figure) -> None:
    """Write the names in the right margin as one trace a panel: Plotly takes four times as long for an annotation each."""
    layout = drawn["layout"]
    names = [note for note in layout["annotations"] if note["name"].startswith("end:")]
    layout["annotations"] = [note for note in layout["annotations"] if not note["name"].startswith("end:")]
    for axis in ("y", "y2"):
        found = [note for note in names if note["yref"] == axis]
        if not found:
            continue
        scale, margin = layout["yaxis" if axis == "y" else "yaxis2"], layout["margin"]
        (low, high), (foot, head) = scale["range"], scale["domain"]
        unit = (high - low) / ((layout["height"] - margin["t"] - margin["b"]) * (head - foot))
        places = [note["y"] + note["yshift"] * unit for note in found]
        drawn["data"].append(
            {
                "type": "scatter",
                "mode": "text",
                "uid": f"names-{axis}",
                "meta": {"marks": True, "names": True},
                "x": [layout["xaxis"]["range"][1]] * len(found),
                "y": [10**y for y in places] if scale.get("type") == "log" else places,
                "yaxis": axis,
                "text": [_NAME_GAP + note["text"] for note in found],
                "ids": [note["name"].split(":", 2)[2] for note in found],
                "textposition": "middle right",
                "textfont": {
                    "color": [note["font"]["color"] for note in found],
                    "size": found[0]["font"]["size"],
                },
                "hoverinfo": "skip",
                "showlegend": False,
                "cliponaxis": False,
            }
        )


def _pack(part: dict[str, Any]) -> None:
    """Turn the numbers of a trace into arrays: Dash looks at each entry of a list before it writes it as JSON."""
    for name in ("x", "y", "at"):
        values = part.get(name)
        if isinstance(values, list) and not any(isinstance(v, str) for v in values[:1]):
            part[name] = np.array(values, dtype=float)


def line_of(record: RunRecord, curves: Curves, view: View, **more: Any) -> Line:
    """Return a run as charts draw it, with `more` fields of the line."""
    return Line(
        id=record.id,
        name=record.name,
        colour=record.colour,
        loss=curves.loss,
        accuracy=curves.accuracy,
        diagnosis=curves.diagnosis,
        pinned=record.id in view.pins or record.id == view.base,
        created_ms=record.created_ms,
        loss_name=curves.loss_pair.metric if curves.loss_pair else "loss",
        accuracy_name=curves.accuracy_pair.metric if curves.accuracy_pair else "accuracy",
        group=group_of(record, view.group),
        **more,
    )


def beside(data: Data, runs: Sequence[Run], view: View, held: Sequence[Run]) -> Beside:
    """Return what a figure draws beside the curves: the metric on the x axis, and notes and learning rate of some runs."""
    out: Beside = {record.run_id: {} for record, _ in runs}
    if view.x.startswith(METRIC):
        name = view.x.removeprefix(METRIC)
        for run_id, series in data.metric_lines([record for record, _ in runs], [name]).items():
            out[run_id]["across"] = series.get(name)
    for record, curves in held:
        out[record.run_id]["notes"] = data.notes(record)
        named = (s.name for s in curves.series if not is_metric(s.name) and is_rate(parse(s.name).metric))
        rate = next(named, None)
        if rate is not None:
            out[record.run_id]["lr"] = data.metric_lines([record], [rate])[record.run_id].get(rate)
    return out


def _told(kept: Beside, record: RunRecord, view: View, focus: str | None) -> dict[str, Any]:
    """Return what is drawn beside a frozen run: of one that is not focused no more than the metric on the x axis."""
    whole = record.id == focus and view.ann
    return {name: one for name, one in kept.get(record.run_id, {}).items() if whole or name == "across"}


def options_of(
    view: View, screen: Screen, focus: str | None, *, names: bool = True, points: int | None = None
) -> Options:
    """Return how a view wants its charts drawn on a screen; `focus` is the focused run's id, `points` kept per curve."""
    return Options(
        x=view.x,
        smoothing=view.sm,
        smoother=view.smoother,
        log_y=view.log,
        clip=view.clip,
        annotations=view.ann,
        band=view.band if view.group else "none",
        focus=focus,
        x_range=(view.x0, view.x1) if view.x0 is not None and view.x1 is not None else None,
        theme="dark" if screen.theme == "dark" else "light",
        compact=screen.compact,
        names=names,
        points=points,
        width=screen.width,
        height=screen.height,
    )


def chart_card(
    drawn: Figure, runs: int, prefix: str = "", *, grouped: bool = False, foot: Any = None
) -> html.Section:
    """Return the card that holds the chart, its legend and what the figure wants to be said about it.

    `runs` is how many runs the figure draws, `grouped` whether as groups. Ids start with `prefix`, since each page has a graph
    of its own; `foot` stands below the chart.
    """
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Loss and accuracy"),
                    html.Span("drag to zoom", className="hint desk-only"),
                    _legend(),
                    html.Div(className="tools", **attributes(data_tools="main")),
                ],
                className="card-head",
            ),
            html.Div(notes(drawn, 0 if grouped else runs), id=f"{prefix}notes", className="chart-notes"),
            html.Div(
                [
                    dcc.Store(id=f"{prefix}picture", data=drawn),
                    dcc.Graph(
                        id=f"{prefix}graph",
                        figure=_BLANK,
                        responsive=True,
                        config={"displayModeBar": False, "doubleClick": False, "showTips": False},
                    ),
                    html.Div(nothing(drawn, runs), id=f"{prefix}nothing"),
                ],
                className="chart",
            ),
            foot,
        ],
        className="card main-chart",
        **attributes(
            data_card="main",
            aria_label="Loss and accuracy over the x axis; the panel beside it says the same in words",
        ),
    )


def notes(drawn: Figure, runs: int = 0) -> list[Any]:
    """Return the sentences that belong to a figure: what it does not show, and why; `runs` is how many it draws apart."""
    meta = drawn["layout"].get("meta", {})
    said = list(meta.get("notices", ()))
    if runs > MANY:
        said.insert(
            0,
            f"Of {runs} runs only the focused and the pinned ones have a colour and a name; the others are grey.",
        )
    return [html.P(text) for text in said[:3]]


def nothing(drawn: Figure, runs: int) -> Any:
    """Return what stands in place of a chart without curves; `runs` is how many runs it was to draw."""
    if any(len(trace.get("x", ())) for trace in drawn["data"]):
        return None
    title, text = "No curves yet", "Points appear here as soon as the first loss is logged."
    layout = drawn["layout"]
    if list(layout["xaxis"]["range"]) != list(layout["meta"]["full"]["x"]):
        title, text = "Nothing in this range", "Reset the zoom to see the whole curves."
    if not runs:
        title, text = "No run is shown", "Show one with the eye beside its name."
    return html.Div([html.B(title), html.Span(text)], className="empty-chart")


def _legend() -> html.Div:
    keys = [
        ("solid", "validation"),
        ("dashed", "training"),
        ("ring", "best epoch"),
        ("onset", "onset"),
        ("region", "overfit region"),
    ]
    return html.Div(
        [html.Span([html.Span(className=kind), text]) for kind, text in keys],
        className="legend",
        **attributes(aria_hidden="true"),
    )

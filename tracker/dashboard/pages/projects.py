"""The first page: all projects, and for a new store the two lines that log a first run."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.components.parts import icon, link
from tracker.dashboard.components.shell import live_children, shell
from tracker.dashboard.data import Data
from tracker.dashboard.paths import runs_path
from tracker.dashboard.words import plural, when
from tracker.errors import TrackerError
from tracker.model import ProjectRecord

_FIRST_RUN = """import tracker

run = tracker.init(project="first-steps")
run.log({"train/loss": 0.41, "val/loss": 0.52}, epoch=1)"""


def layout(data: Data) -> html.Div:
    """Return the page."""
    found = data.projects()
    return shell(
        html.Div(
            [
                dcc.Interval(id="projects-tick", interval=2000),
                dcc.Store(id="projects-state", data=_state(found)),
                html.Div(_body(found), id="projects-body", className="inner"),
            ],
            className="sheet",
        ),
        live=sum(p.live for p in found),
    )


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks: projects and their counts follow the store."""

    @app.callback(
        Output("projects-body", "children"),
        Output("projects-state", "data"),
        Output("live", "children", allow_duplicate=True),
        Input("projects-tick", "n_intervals"),
        State("projects-state", "data"),
        prevent_initial_call=True,
    )
    def tick(_: int, known: Any) -> tuple[Any, Any, Any]:
        try:
            found = data.projects()
        except TrackerError:
            # The store is away for the moment: what is on the page stays, and the next tick asks again.
            return no_update, no_update, no_update
        state = _state(found)
        if state == known:
            return no_update, no_update, no_update
        return _body(found), state, live_children(sum(p.live for p in found))


def _state(found: list[ProjectRecord]) -> list[list[Any]]:
    return [[p.name, p.runs, p.live, when(p.changed_ms)] for p in found]


def _body(found: list[ProjectRecord]) -> list[Any]:
    if not found:
        return [_empty()]
    rows = [
        html.Tr(
            [
                html.Td(link(runs_path(p.name), p.name, title=p.name), className="wide"),
                html.Td(f"{p.runs:,}", className="right"),
                html.Td(
                    html.Span([html.I(), html.Span(f"{p.live} live")], className="live") if p.live else "",
                    className="right",
                ),
                html.Td(when(p.changed_ms), className="right spare"),
            ]
        )
        for p in found
    ]
    head = html.Tr(
        [
            html.Th("Project", scope="col"),
            html.Th("Runs", scope="col", className="right"),
            html.Th("Live now", scope="col", className="right"),
            html.Th("Last activity", scope="col", className="right spare"),
        ]
    )
    total = plural(sum(p.runs for p in found), "run")
    return [
        html.H1("Projects"),
        html.P(f"{plural(len(found), 'project')}, {total}", className="lead"),
        html.Div(
            html.Table([html.Thead(head), html.Tbody(rows)], className="plain"),
            className="card",
            style={"marginTop": "16px", "overflow": "hidden"},
        ),
    ]


def _empty() -> html.Div:
    return html.Div(
        [
            html.Div(icon("chart-line"), className="mark"),
            html.H1("Log a first run"),
            html.P(
                "This store holds no runs yet. Two lines in a training script are enough; this page shows the run a moment after."
            ),
            html.Pre(_FIRST_RUN, className="code", tabIndex=0),
            html.P(
                "The script has to log to the same store as this server: the default one, or the one that TRACKER_URL names."
            ),
        ],
        className="notice",
        style={"marginTop": "7vh", "padding": 0},
    )

"""The first page: all projects, and for a new store the two lines that log a first run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.charts.numbers import duration
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import attributes, icon, link
from tracker.dashboard.components.shell import live_children, shell
from tracker.dashboard.data import Data
from tracker.dashboard.paths import run_path, runs_path
from tracker.dashboard.summary import Summary
from tracker.dashboard.words import plural, verdict_words
from tracker.errors import TrackerError
from tracker.model import ProjectRecord

MANY = 12
"""More projects than this come with a search and an order to choose."""

_SORTS = {"activity": "Last activity", "name": "Name", "runs": "Runs", "past": "Past the best epoch"}
MOST_SPARKS = 40
_LEAST_MS = 1000
_FRESH_MS = 20_000  # the ages of projects are kept as fresh as the browser writes them
_FIRST_RUN = """import tracker
tracker.log({"train/loss": 0.41, "val/loss": 0.52}, epoch=1)"""


def layout(data: Data, search: str = "") -> html.Div:
    """Return the page; the address' query may hold the search (`q`) and the order (`sort`)."""
    found = data.projects()
    q, sort = _asked(search)
    body, state, sparks = _body(data, found, q, sort)
    many = len(found) > MANY
    return shell(
        html.Div(
            [
                dcc.Interval(id="projects-tick", interval=2000),
                dcc.Store(id="projects-state", data=state),
                dcc.Store(id="projects-sparks", data=sparks),
                dcc.Store(id="projects-quiet"),
                html.Div(
                    [
                        html.Div(
                            [
                                html.Div(_head(found), id="projects-head"),
                                html.Span(className="spacer"),
                                html.Div(_tools(q, sort), className="projects-tools", hidden=not many),
                            ],
                            className="projects-top",
                            hidden=not found,
                        ),
                        html.Div(body, id="projects-body"),
                    ],
                    className="inner",
                ),
            ],
            className="sheet projects",
        ),
        live=sum(p.live for p in found),
    )


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks: projects and what is said of them follow the store, the search and the order."""

    @app.callback(
        Output("projects-body", "children"),
        Output("projects-head", "children"),
        Output("projects-state", "data"),
        Output("projects-sparks", "data"),
        Output("live", "children", allow_duplicate=True),
        Input("projects-tick", "n_intervals"),
        Input("projects-q", "value"),
        Input("projects-sort", "value"),
        State("projects-state", "data"),
        prevent_initial_call=True,
    )
    def tick(_: int, q: str | None, sort: str | None, known: Any) -> tuple[Any, Any, Any, Any, Any]:
        try:
            found = data.projects()
            body, state, sparks = _body(data, found, q or "", sort or "activity")
        except TrackerError:
            # The store is away for the moment: what is on the page stays, and the next tick asks again.
            return (no_update,) * 5
        if state == known:
            return (no_update,) * 5
        return body, _head(found), state, sparks, live_children(sum(p.live for p in found))

    quiet = Output("projects-quiet", "data", allow_duplicate=True)
    in_browser(app, "projectsSparks", quiet, Input("projects-sparks", "data"), initial="duplicate")
    in_browser(
        app,
        "projectsQuery",
        Output("projects-quiet", "data"),
        Input("projects-q", "value"),
        Input("projects-sort", "value"),
    )


def _asked(search: str) -> tuple[str, str]:
    given = dict(parse_qsl(search.removeprefix("?")))
    sort = given.get("sort", "activity")
    return given.get("q", "")[:256], sort if sort in _SORTS else "activity"


def _body(
    data: Data, found: Sequence[ProjectRecord], q: str, sort: str
) -> tuple[list[Any], list[Any], dict[str, str]]:
    """Return what stands below the head, what tells it from what stood there before, and the best runs' pictures."""
    if not found:
        return [_empty()], [], {}
    said = data.summaries.of(found)
    listed = [p for p in found if q.strip().lower() in p.name.lower()]
    listed.sort(key=lambda p: _order(p, said.get(p.name), sort))
    if not listed:
        return [html.P(f"No project is named like “{q.strip()}”.", className="projects-none")], [q], {}
    sparks: dict[str, str] = {}
    for project in listed[:MOST_SPARKS]:
        best = said[project.name].best if project.name in said else None
        if best is not None:
            sparks |= data.tables.sparks(project.name, [best.id])
    state = [[p.name, p.runs, p.live, p.changed_ms // _FRESH_MS, repr(said.get(p.name))] for p in listed]
    return [_table(listed, said)], state, sparks


def _order(project: ProjectRecord, said: Summary | None, sort: str) -> tuple[Any, ...]:
    first: Any = {
        "name": project.name.lower(),
        "runs": -project.runs,
        "past": -(said.past_ms if said else 0.0),
    }.get(sort, -project.changed_ms)
    return first, project.name


def _head(found: Sequence[ProjectRecord]) -> list[Any]:
    total = plural(sum(p.runs for p in found), "run")
    return [html.H1("Projects"), html.P(f"{plural(len(found), 'project')}, {total}", className="lead")]


def _tools(q: str, sort: str) -> list[Any]:
    return [
        html.Div(
            dmc.TextInput(
                id="projects-q",
                value=q,
                placeholder="Find a project",
                leftSection=icon("search"),
                debounce=120,
                **attributes(aria_label="Find a project"),
            ),
            className="search",
        ),
        dmc.Select(
            id="projects-sort",
            value=sort,
            data=[{"value": key, "label": text} for key, text in _SORTS.items()],
            allowDeselect=False,
            checkIconPosition="right",
            **attributes(aria_label="Order of the projects"),
        ),
    ]


def _table(listed: Sequence[ProjectRecord], said: Mapping[str, Summary]) -> html.Div:
    heads = [
        ("Project", ""),
        ("Runs", "right"),
        ("Live now", "right"),
        ("Verdicts", ""),
        ("Best run", ""),
        ("Past the best epoch", ""),
        ("Last activity", "right"),
    ]
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(text, scope="col", className=where) for text, where in heads])),
                html.Tbody([_row(p, said.get(p.name)) for p in listed]),
            ],
            className="plain projects-table",
        ),
        className="card",
    )


def _row(project: ProjectRecord, said: Summary | None) -> html.Tr:
    live = (
        html.Span([html.I(), html.Span(f"{project.live:,} live")], className="live") if project.live else ""
    )
    return html.Tr(
        [
            html.Td(link(runs_path(project.name), project.name, title=project.name), className="wide"),
            html.Td(
                f"{project.runs:,}",
                className="right runs",
                **attributes(data_unit="runs" if project.runs != 1 else "run"),
            ),
            html.Td(live, className="right live-cell"),
            html.Td(_verdicts(said), className="verdict-cell"),
            html.Td(_best(project.name, said), className="best-cell"),
            html.Td(_past(said), className="past-cell"),
            html.Td(moment(project.changed_ms, ago=True), className="right when-cell"),
        ]
    )


def _verdicts(said: Summary | None) -> list[Any]:
    if said is None:
        return [html.Span("Reading", className="hint")]
    pills: list[Any] = []
    for verdict, count in said.counts:
        words = verdict_words(verdict)
        pills.append(
            html.Span(
                [icon(words.icon), html.Span(f"{words.label}: ", className="unseen"), f"{count:,}"],
                className=f"verdict badge {words.tone}",
                title=f"{words.label}: {plural(count, 'run')}",
            )
        )
    if said.unread:
        pills.append(html.Span(f"reading {said.unread:,}", className="hint"))
    return [html.Div(pills, className="verdict-counts")]


def _best(project: str, said: Summary | None) -> Any:
    if said is None or said.best is None:
        return html.Span("–", className="hint") if said is not None else ""
    best = said.best
    return html.Div(
        [
            html.Span(className="spark", **attributes(data_spark=best.id)),
            html.Div(
                [
                    link(run_path(project, best.id), best.name, title=best.name, classes="best-name"),
                    html.Span(
                        [html.Span(best.text, className="best-value"), f" {best.metric}"],
                        className="best-of",
                        title=best.metric,
                    ),
                ],
                className="best-lines",
            ),
        ],
        className="best",
    )


def _past(said: Summary | None) -> Any:
    if said is None:
        return ""
    if said.past_ms < _LEAST_MS:
        return html.Span("–", className="hint", title="No run went on past its best epoch into overfitting.")
    share = min(1.0, said.past_ms / (said.total_ms or 1.0))
    return html.Div(
        [
            html.Span(f"{duration(said.past_ms)} of {duration(said.total_ms)}"),
            html.Span(
                html.Span(style={"width": f"{share:.1%}"}),
                className="share",
                **attributes(aria_hidden="true"),
            ),
        ],
        className="past",
        title=f"{duration(said.past_ms)} of {duration(said.total_ms)} of training were spent past the best epoch, in runs that overfit.",
    )


def _empty() -> html.Div:
    return html.Div(
        [
            html.Div(icon("chart-line"), className="mark"),
            html.H1("Log a first run"),
            html.P(
                "This store holds no runs yet. Two lines in a training script are enough; this page shows the run a moment after."
            ),
            html.Pre(_FIRST_RUN, className="code", tabIndex=0),
            html.P("Or let eight small runs train now, overfitting ones among them:"),
            html.Pre("tracker demo", className="code", tabIndex=0),
            html.P(
                "The script has to log to the same store as this server: the default one, or the one that TRACKER_URL names."
            ),
        ],
        className="notice",
        style={"marginTop": "7vh", "padding": 0},
    )

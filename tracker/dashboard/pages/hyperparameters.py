"""The hyperparameters page: which settings go with which results, over all runs of a project."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard import trials as held
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.components.grid import run_list
from tracker.dashboard.components.hyperparts import PARTS, SMALL, TALL, parts
from tracker.dashboard.components.parts import act_button, attributes, icon, run_filter
from tracker.dashboard.components.shell import live_children, shell
from tracker.dashboard.data import Data
from tracker.dashboard.hyperview import COLOURS, HyperView
from tracker.dashboard.paths import hyperparameters_path
from tracker.dashboard.trials import gather
from tracker.errors import TrackerError

_GRAPH: Any = {"displayModeBar": False, "doubleClick": False, "showTips": False}


def layout(data: Data, project: str, query: str, screen: Screen) -> html.Div:
    """Return the page as the URL's query describes it.

    Raises:
        NotFound: there is no such project.
    """
    view = HyperView.from_query(query)
    trials = gather(data, project)
    drawn = parts(trials, project, view, screen)
    stores = html.Div(
        [
            dcc.Interval(id="hyper-tick", interval=2000),
            dcc.Store(id="hyper-project", data=project),
            dcc.Store(id="hyper-view", data=view.to_dict()),
            dcc.Store(id="hyper-pulse", data=held.pulse(data, project)),
            dcc.Store(id="hyper-now", data=drawn["now.data"]),
            dcc.Store(id="hyper-path", data=hyperparameters_path(project)),
            dcc.Store(id="hyper-act"),
            dcc.Store(id="hyper-paint"),
            dcc.Store(id="hyper-told"),
        ],
        hidden=True,
    )
    body = html.Div(
        [stores, _side(drawn, view), _main(drawn, view)],
        className="hyper",
        **attributes(data_prefix="hyper-"),
    )
    return shell(body, project=project, tab="hyperparameters", live=trials.live)


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks: what the reader does, what runs log, and the picture that follows from both."""
    _register_browser(app)

    @app.callback(
        Output("hyper-pulse", "data"),
        Input("hyper-tick", "n_intervals"),
        State("hyper-pulse", "data"),
        State("hyper-project", "data"),
        State("hyper-now", "data"),
        prevent_initial_call=True,
    )
    def tick(count: int, before: str, project: str, now: dict[str, Any]) -> Any:
        try:
            pulse = held.pulse(data, project)
        except TrackerError:
            return no_update  # the store is away for the moment; the next tick asks again
        if now["unread"]:
            return f"{pulse}~{count}"
        return no_update if pulse == before.partition("~")[0] else pulse

    @app.callback(
        *[Output(f"hyper-{name.partition('.')[0]}", name.partition(".")[2]) for name in PARTS],
        Output("live", "children", allow_duplicate=True),
        Input("hyper-view", "data"),
        Input("hyper-pulse", "data"),
        Input("hyper-paint", "data"),
        State("hyper-project", "data"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def draw(view: Any, _: str, paint: Any, project: str, screen: Any) -> tuple[Any, ...]:
        try:
            trials = gather(data, project)
        except TrackerError:
            return (no_update,) * (len(PARTS) + 1)  # what is on the page stays until the store is back
        drawn = parts(trials, project, HyperView.from_dict(view), Screen.of(paint or screen))
        return (*[drawn[name] for name in PARTS], live_children(trials.live))


# ------------------------------------------------------------------------------------------------------------- layout


def _side(drawn: dict[str, Any], view: HyperView) -> html.Aside:
    now = drawn["now.data"]
    runs = run_list(
        "hyper-list",
        {
            "valueGetter": {"function": "trackerTrial(params.data)"},
            "cellRenderer": "TrialItem",
            "cellRendererParams": {"base": now["base"]},
        },
        # Tab goes from row to row as they stand, also after another metric
        {"rowHeight": 42, "ensureDomOrder": True},
        now["list"],
    )
    return html.Aside(
        [
            html.Div(
                [
                    run_filter("hyper-q", value=view.q),
                    html.Div(drawn["count.children"], id="hyper-count", className="side-row", role="status"),
                    html.Div(
                        drawn["pills.children"],
                        id="hyper-pills",
                        className="pills",
                        role="group",
                        **attributes(aria_label="Filter by verdict"),
                    ),
                ],
                className="side-head",
            ),
            runs,
        ],
        className="side",
        **attributes(aria_label="Runs"),
    )


def _main(drawn: dict[str, Any], view: HyperView) -> html.Div:
    return html.Div(
        [
            _toolbar(drawn, view),
            html.Div(
                [
                    html.Div(drawn["lack.children"], id="hyper-lack", className="lack"),
                    _parallel(drawn),
                    _scatter(drawn),
                    html.Section(
                        [
                            html.Div(html.H2("Which settings go with the metric"), className="card-head"),
                            html.Div(
                                drawn["table.children"],
                                id="hyper-table",
                                className="settings-box",
                                tabIndex=0,
                                role="region",
                                **attributes(aria_label="Settings by how strongly they go with the metric"),
                            ),
                        ],
                        className="card settings-card",
                    ),
                ],
                className="work",
            ),
        ],
        className="hyper-main",
    )


def _toolbar(drawn: dict[str, Any], view: HyperView) -> html.Div:
    known = [one["value"] for one in drawn["metric.data"]]
    metric = dmc.Select(
        id="hyper-metric",
        data=drawn["metric.data"],
        value=view.metric if view.metric in known else known[0],
        allowDeselect=False,
        searchable=True,
        size="xs",
        w=210,
        comboboxProps={"withinPortal": True},
        **attributes(aria_label="Metric"),
    )
    colour = dmc.SegmentedControl(
        id="hyper-colour",
        value=view.colour,
        data=[{"value": one, "label": one.capitalize()} for one in COLOURS],
        size="xs",
        **attributes(aria_label="What the colour means"),
    )
    axes = html.Details(
        [
            html.Summary(html.Span(drawn["picked.children"], id="hyper-picked"), className="button"),
            html.Div(
                [
                    dcc.Input(
                        id="hyper-find",
                        type="search",
                        placeholder="Find a setting",
                        autoComplete="off",
                        className="find",
                    ),
                    html.Ul(drawn["picker.children"], id="hyper-picker"),
                    act_button("axes", icon("rotate-ccw"), "Standard axes", classes="button quiet"),
                ],
                className="pick-panel",
            ),
        ],
        className="pick",
    )
    return html.Div(
        [
            html.Div([html.Span("Metric", className="desk-only"), metric], className="field"),
            html.Div([html.Span("Colour", className="desk-only"), colour], className="field"),
            axes,
            html.Span(className="spacer"),
            html.Span(drawn["compare.children"], id="hyper-compare"),
        ],
        className="toolbar",
        role="toolbar",
        **attributes(aria_label="What is held against what"),
    )


def _parallel(drawn: dict[str, Any]) -> html.Section:
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Parallel coordinates"),
                    html.Span(
                        "drag on an axis to keep a range",
                        className="hint desk-only",
                    ),
                    html.Div(drawn["legend.children"], id="hyper-legend", className="legend"),
                ],
                className="card-head",
            ),
            html.Div(
                html.Div(
                    [
                        html.Div(drawn["heads.children"], id="hyper-heads", className="axis-heads"),
                        html.Div(
                            [
                                dcc.Graph(
                                    id="hyper-graph",
                                    figure=drawn["graph.figure"],
                                    responsive=True,
                                    config=_GRAPH,
                                ),
                                html.Div(drawn["rails.children"], id="hyper-rails", className="rails"),
                                html.Div(id="hyper-tip", className="hyper-tip", hidden=True),
                            ],
                            className="chart parallel-plot",
                            style={"height": f"{TALL}px"},
                        ),
                    ],
                    id="hyper-wide",
                    style=drawn["wide.style"],
                ),
                className="sideways",
                tabIndex=0,
                role="region",
                **attributes(aria_label="Parallel coordinates of the settings"),
            ),
        ],
        className="card parallel-card",
        id="hyper-parallel",
    )


def _scatter(drawn: dict[str, Any]) -> html.Section:
    x = dmc.Select(
        id="hyper-x",
        data=drawn["x.data"],
        value=drawn["x.value"],
        allowDeselect=False,
        searchable=True,
        limit=60,
        size="xs",
        w=200,
        nothingFoundMessage="No such setting",
        **attributes(aria_label="Setting across"),
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Against the metric"),
                    x,
                    html.Span(className="spacer"),
                    html.Div(drawn["logs.children"], id="hyper-logs", className="logs"),
                ],
                className="card-head",
            ),
            html.Div(
                dcc.Graph(id="hyper-scatter", figure=drawn["scatter.figure"], responsive=True, config=_GRAPH),
                className="scatter-plot",
                style={"height": f"{SMALL}px"},
            ),
            html.P(drawn["says.children"], id="hyper-says", className="in-words", role="status"),
        ],
        className="card scatter-card",
    )


# ------------------------------------------------------------------------------------------------------ in the browser


def _register_browser(app: Dash) -> None:
    """Add what must not wait for the server; the functions are in assets/hyperpage.js."""
    in_browser(
        app,
        "hyperReduce",
        Output("hyper-view", "data"),
        Input("hyper-act", "data"),
        Input("hyper-metric", "value"),
        Input("hyper-colour", "value"),
        Input("hyper-x", "value"),
        Input("hyper-q", "value"),
        State("hyper-view", "data"),
        State("hyper-now", "data"),
        initial=True,
    )
    in_browser(app, "hyperList", Output("hyper-list", "rowData"), Input("hyper-now", "data"), initial=True)
    in_browser(
        app,
        "hyperQuery",
        Output("hyper-told", "data"),
        Input("hyper-view", "data"),
        State("hyper-path", "data"),
        initial=True,
    )

"""The compare page: the run list, the chart over the comparison table, and what is happening in words."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from dash import Dash, Input, Output, Patch, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components import cards, comparison, runlist, share, toolbar, verdict
from tracker.dashboard.components import notes as remarks
from tracker.dashboard.components.chart import Figure, Screen, chart_card, figure, notes, nothing
from tracker.dashboard.components.keyfigures import reached
from tracker.dashboard.components.parts import attributes
from tracker.dashboard.components.shell import shell
from tracker.dashboard.components.static import static, tree
from tracker.dashboard.data import Data
from tracker.dashboard.drawing import Run, drawn
from tracker.dashboard.paths import compare_path
from tracker.dashboard.state import View
from tracker.dashboard.words import plural
from tracker.errors import TrackerError
from tracker.model import Axis, RunRecord

MOST_METRICS = 500
"""Metrics that the menu of the x axis offers."""


def layout(
    data: Data, project: str, query: str, screen: Screen, *, path: str | None = None, head: Any = None
) -> html.Div:
    """Return the page as the URL's query describes it.

    Args:
        data: The pages' way to the store.
        project: The project's name.
        query: The view, as it stands in the address.
        screen: What the reader looks at it with.
        path: The page's address without its query; None: the compare page of the project.
        head: What stands over the page, as over a saved view.

    Raises:
        NotFound: there is no such project.
    """
    view = View.from_query(query)
    records = data.runs(project)
    runs, focus, base = drawn(data, project, view)
    rows, marks = data.rows(records)
    picture = figure(runs, view, screen, focus, data=data)
    body = html.Div(
        [
            runlist.side(view, records),
            _main(
                data,
                view,
                runs,
                focus,
                picture,
                _table(data, runs, focus, base),
                cards.listed(data, runs),
            ),
        ],
        className="compare",
        **attributes(data_prefix=""),
    )
    stores = html.Div(
        [
            dcc.Interval(id="tick", interval=1000),
            dcc.Store(id="project", data=project),
            dcc.Store(id="view", data=view.to_dict()),
            dcc.Store(id="rows", data=rows),
            dcc.Store(id="marks", data=marks),
            dcc.Store(id="change"),
            dcc.Store(id="ask", data={"n": 0, "view": view.to_dict(), "paint": None}),
            dcc.Store(id="heard", data={"n": 0}),
            dcc.Store(id="drawn", data=state_of(runs)),
            dcc.Store(id="path", data=path or compare_path(project)),
            dcc.Store(
                id="sent",
                data={
                    "runs": [record.id for record, _ in runs],
                    "traces": fingerprints(picture),
                    "parts": [],
                },
            ),
            dcc.Store(id="act"),
            dcc.Store(id="paint"),
        ],
        hidden=True,
    )
    live = sum(r.status == "running" for r in records)
    whole = body if head is None else html.Div([head, body], className="under-head")
    tab = "compare" if head is None else "saved"
    extra = [share.menu(project)]
    return html.Div([stores, shell(whole, project=project, tab=tab, live=live, extra=extra)])


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks."""
    _register_browser(app)
    runlist.register(app, data)
    toolbar.register(app)
    remarks.register(app, data, "")
    cards.register(
        app, "", lambda view, project: (*drawn(data, project, view)[:2], data), ["project"], "drawn"
    )

    follows = remarks.follows("")

    @app.callback(
        Output("picture", "data"),
        Output("sent", "data"),
        Output("notes", "children"),
        Output("nothing", "children"),
        Output("says", "tree"),
        Output("says-count", "children"),
        Output("table-data", "data"),
        Output("cards-list", "data"),
        Output("metrics", "data"),
        Output("drawn", "data"),
        *follows,
        Output("change", "data"),
        Output("heard", "data"),
        Input("ask", "data"),
        State("project", "data"),
        State("marks", "data"),
        State("sent", "data"),
        State("screen", "data"),
        State("cards-list", "data"),
        prevent_initial_call=True,
    )
    def answer(
        ask: dict[str, Any],
        project: str,
        marks: dict[str, str],
        sent: dict[str, Any],
        screen: Any,
        known: Any,
    ) -> tuple[Any, ...]:
        """Say what changed in the list; and where that is drawn or it was asked for, answer chart, words and table.

        All in one piece: no part may show another state than its neighbour.
        """
        view, heard = View.from_dict(ask["view"]), {"n": ask["n"]}
        undrawn = (no_update,) * (10 + len(follows))
        try:
            standing = data.standing(project)
            change = data.changes(standing, marks)
            told_list = no_update if change is None else change.to_dict()
            moved = set() if change is None else change.moved
            seen = view.shown(standing.ids, standing.archived)
            if not ask["draw"] and moved.isdisjoint([*sent["runs"], *seen]):
                return (*undrawn, told_list, heard)
            runs, focus, base = drawn(data, project, view, standing)
            table = _table(data, runs, focus, base)
            listed = cards.listed(data, runs)
            picture = figure(runs, view, Screen.of(ask["paint"] or screen), focus, data=data)
            said = remarks.following(data, *_in_focus(runs, focus))
        except TrackerError:
            return (*undrawn, no_update, {**heard, "failed": True})
        fresh = fingerprints(picture)
        parts = (
            notes(picture, 0 if view.group else len(runs)),
            nothing(picture, len(runs)),
            tree(_says(runs, focus, view)),
            plural(len(runs), "run"),
            table,
            x_metrics(runs),
            *said,
        )
        told, hashes = news(parts, sent["parts"])
        return (
            change_of(picture, sent["traces"], fresh),
            {"runs": [record.id for record, _ in runs], "traces": fresh, "parts": hashes},
            *told[:5],
            listed if listed != known else no_update,
            told[5],
            state_of(runs),
            *told[6:],
            told_list,
            heard,
        )


def state_of(runs: Sequence[Run]) -> str:
    """Return what tells the state of the drawn runs from any other."""
    return " ".join(f"{record.id}:{record.version}" for record, _ in runs)


def x_metrics(runs: Sequence[Run]) -> list[str]:
    """Return the names of what the drawn runs logged, as it may stand on the x axis."""
    return sorted({series.name for _, curves in runs for series in curves.series})[:MOST_METRICS]


def fingerprints(picture: Figure) -> list[list[str]]:
    """Return what tells each trace of a figure from any other: its name and a hash of all that is in it."""
    return [
        [
            str(t.get("uid", "")),
            blake2b(orjson.dumps(t, option=orjson.OPT_SERIALIZE_NUMPY), digest_size=8).hexdigest(),
        ]
        for t in picture["data"]
    ]


def news(parts: Sequence[Any], sent: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Return parts of a page without those that the browser has, and what tells each from any other.

    For each part that it is given Dash asks the whole page whether something has to be drawn anew.
    """
    marks = [
        blake2b(
            orjson.dumps(part, default=lambda component: component.to_plotly_json()), digest_size=8
        ).hexdigest()
        for part in parts
    ]
    before = list(sent) + [""] * (len(marks) - len(sent))
    return [
        no_update if old == new else part for part, old, new in zip(parts, before, marks, strict=True)
    ], marks


def change_of(picture: Figure, sent: list[list[str]] | None, fresh: list[list[str]]) -> Any:
    """Return what the browser needs to show a figure: only the traces that changed, whole, and the layout.

    The result is the same however often it is applied. When other curves are drawn than before, the figure goes out
    as a whole.
    """
    if not sent or [s[0] for s in sent] != [f[0] for f in fresh]:
        return picture
    patch = Patch()
    for index, (old, new) in enumerate(zip(sent, fresh, strict=True)):
        if old[1] != new[1]:
            patch["data"][index] = picture["data"][index]
    patch["layout"] = picture["layout"]
    return patch


# ------------------------------------------------------------------------------------------------------------- layout


def _in_focus(runs: Sequence[Run], focus: str | None) -> tuple[RunRecord | None, float | None, Axis]:
    """Return the focused run, how far it has come, and on which axis."""
    record, curves = next((pair for pair in runs if pair[0].id == focus), (None, None))
    return (record, None, "epoch") if curves is None else (record, reached(curves), curves.diagnosis.axis)


def _main(
    data: Data,
    view: View,
    runs: Sequence[Run],
    focus: str | None,
    picture: Figure,
    table: dict[str, Any],
    listed: list[dict[str, Any]],
) -> html.Div:
    metrics = x_metrics(runs)
    record, last, axis = _in_focus(runs, focus)
    return html.Div(
        [
            toolbar.toolbar(view, metrics),
            runlist.chips(toolbar.opener()),
            html.Div(
                [
                    chart_card(picture, len(runs), grouped=bool(view.group)),
                    comparison.card(table),
                    cards.metric_cards("", listed, view),
                ],
                className="work",
            ),
            html.Aside(
                [
                    html.Div(
                        [
                            html.H2("What is happening"),
                            html.Span(className="spacer"),
                            html.Span(plural(len(runs), "run"), id="says-count", className="hint"),
                        ],
                        className="happening-head",
                    ),
                    static(_says(runs, focus, view), "says"),
                    remarks.folded("", record, data.notes(record) if record else (), last, axis),
                ],
                className="happening",
                tabIndex=0,
                **attributes(aria_label="What is happening"),
            ),
        ],
        className="workbench",
    )


def _table(data: Data, runs: Sequence[Run], focus: str | None, base: str | None) -> dict[str, Any]:
    rows, _ = data.rows([record for record, _ in runs], budget_s=5)
    return comparison.table([(record, row) for (record, _), row in zip(runs, rows, strict=True)], focus, base)


def _says(runs: Sequence[Run], focus: str | None, view: View) -> html.Div:
    return html.Div(verdict.panel(runs, focus, view.group), id="says")


# ------------------------------------------------------------------------------------------------------ in the browser


def _register_browser(app: Dash) -> None:
    """Add what must not wait for the server; the functions are in assets/wiring.js."""
    in_browser(
        app,
        "reduce",
        Output("view", "data"),
        Output("ask", "data", allow_duplicate=True),
        Input("act", "data"),
        Input("sm", "value"),
        Input("log", "checked"),
        Input("clip", "checked"),
        Input("ann", "checked"),
        Input("q", "value"),
        Input("mq", "value"),
        Input("graph", "relayoutData"),
        State("view", "data"),
        State("rows", "data"),
        State("paint", "data"),
        State("ask", "data"),
        initial="duplicate",
    )
    in_browser(
        app,
        "merge",
        Output("rows", "data"),
        Output("marks", "data"),
        Input("change", "data"),
        State("rows", "data"),
    )
    in_browser(
        app,
        "ask",
        Output("ask", "data"),
        Input("tick", "n_intervals"),
        Input("paint", "data"),
        # an input that follows from the output would make Dash put the question behind everything else
        State("heard", "data"),
        State("view", "data"),
        State("ask", "data"),
    )
    in_browser(app, "paint", Output("graph", "figure"), Input("picture", "data"), initial=True)
    in_browser(
        app,
        "table",
        Output("table", "title"),
        Output("table-said", "children"),
        Input("table-data", "data"),
        Input("view", "data"),
        State("rows", "data"),
        initial=True,
    )
    in_browser(
        app, "writeQuery", Output("path", "data"), Input("view", "data"), State("path", "data"), initial=True
    )

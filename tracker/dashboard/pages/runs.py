"""The runs page: every run of a project in one table to sort, search and pick from."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.grid import THEME
from tracker.dashboard.components.parts import attributes, icon, link
from tracker.dashboard.components.shell import shell
from tracker.dashboard.data import Data
from tracker.dashboard.paths import compare_path, runs_path
from tracker.dashboard.words import status_words
from tracker.errors import TrackerError
from tracker.model import Status

_STATUSES: tuple[Status, ...] = ("running", "finished", "failed", "interrupted", "lost")


def layout(data: Data, project: str) -> html.Div:
    """Return the page.

    Raises:
        NotFound: there is no such project.
    """
    rows, marks = data.rows(data.runs(project))
    body = html.Div(
        [
            dcc.Interval(id="runs-tick", interval=1000),
            dcc.Store(id="runs-project", data=project),
            dcc.Store(id="runs-rows", data=rows),
            dcc.Store(id="runs-marks", data=marks),
            dcc.Store(id="runs-change"),
            dcc.Store(id="runs-base", data=compare_path(project)),
            html.Div(
                [
                    html.Div(
                        dmc.TextInput(
                            id="runs-q",
                            placeholder="Filter by name, group or tag",
                            leftSection=icon("search"),
                            debounce=120,
                            **attributes(aria_label="Filter the runs"),
                        ),
                        className="search",
                    ),
                    html.Span(id="runs-count", className="hint"),
                    html.Span(className="spacer"),
                    html.Span("Tick runs to compare them", className="hint desk-only"),
                    link(
                        compare_path(project),
                        icon("git-compare-arrows"),
                        html.Span("Compare newest", id="runs-compare-text"),
                        classes="button main",
                        id="runs-compare",
                    ),
                ],
                className="runs-bar",
            ),
            html.Div(_grid(project), className="runs-grid-box"),
        ],
        className="runs-page",
    )
    return shell(body, project=project, tab="runs", live=sum(r["status"] == "running" for r in rows))


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks: the tick, the table, and the link that compares what is ticked."""

    @app.callback(
        Output("runs-change", "data"),
        Input("runs-tick", "n_intervals"),
        State("runs-project", "data"),
        State("runs-marks", "data"),
        prevent_initial_call=True,
    )
    def tick(_: int, project: str, marks: dict[str, str]) -> Any:
        try:
            change = data.changes(project, marks)
        except TrackerError:
            return no_update  # the store is away for the moment; the next tick asks again
        return no_update if change is None else change.to_dict()

    in_browser(
        app,
        "merge",
        Output("runs-rows", "data"),
        Output("runs-marks", "data"),
        Input("runs-change", "data"),
        State("runs-rows", "data"),
    )
    in_browser(
        app,
        "grid",
        Output("runs-grid", "rowData"),
        Output("runs-count", "children"),
        Output("live", "children", allow_duplicate=True),
        Input("runs-rows", "data"),
        Input("runs-q", "value"),
        initial="duplicate",
    )
    in_browser(
        app,
        "chosen",
        Output("runs-compare", "href"),
        Output("runs-compare-text", "children"),
        Input("runs-grid", "selectedRows"),
        State("runs-base", "data"),
    )


def _grid(project: str) -> dag.AgGrid:
    number = {"type": "rightAligned", "comparator": {"function": "trackerCompare"}}
    columns: list[dict[str, Any]] = [
        {
            "headerName": "Run",
            "field": "name",
            "cellRenderer": "RunName",
            "cellRendererParams": {"base": runs_path(project)},
            "pinned": "left",
            "minWidth": 190,
            "flex": 1.3,
        },
        {
            "headerName": "Status",
            "field": "status",
            "cellRenderer": "StatusCell",
            "cellRendererParams": {"statuses": {s: status_words(s)._asdict() for s in _STATUSES}},
            "width": 116,
        },
        {
            "headerName": "Verdict",
            "field": "verdict",
            "cellRenderer": "VerdictCell",
            "width": 140,
        },
        {
            "headerName": "Val loss",
            "colId": "spark",
            "valueGetter": {"function": "trackerSpark(params.data)"},
            "cellRenderer": "SparkCell",
            "sortable": False,
            "width": 88,
        },
        {
            "headerName": "Best val loss",
            "field": "best_loss",
            "cellRenderer": "ValueCell",
            "width": 140,
            **number,
        },
        {
            "headerName": "Best val acc",
            "field": "best_acc",
            "cellRenderer": "ValueCell",
            "width": 140,
            **number,
        },
        {"headerName": "Last", "field": "last_loss", "cellRenderer": "ValueCell", "width": 96, **number},
        {"headerName": "Gap", "field": "gap", "cellRenderer": "ValueCell", "width": 86, **number},
        {
            "headerName": "Duration",
            "field": "duration",
            "cellRenderer": "ValueCell",
            "width": 108,
            **number,
        },
        {
            "headerName": "Started",
            "field": "created",
            "cellRenderer": "DateCell",
            "width": 132,
            "type": "rightAligned",
        },
        {
            "headerName": "Group and tags",
            "colId": "tags",
            "valueGetter": {"function": "trackerTags(params.data)"},
            "cellRenderer": "TagsCell",
            "minWidth": 170,
            "flex": 1,
        },
    ]
    return dag.AgGrid(
        id="runs-grid",
        columnDefs=columns,
        rowData=[],
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "theme": THEME,
            "rowHeight": 38,
            "headerHeight": 36,
            "rowSelection": {"mode": "multiRow", "headerCheckbox": True, "selectAll": "filtered"},
            "selectionColumnDef": {"width": 40, "pinned": "left", "resizable": False},
            "animateRows": False,
        },
        className="runs-grid",
        style={"height": "100%", "width": "100%"},
        dangerously_allow_code=False,
    )

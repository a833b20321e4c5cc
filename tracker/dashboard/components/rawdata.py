"""The raw data of a run as a table that scrolls through any number of rows, also what a reader without the picture uses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import dash_ag_grid as dag
from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.grid import THEME
from tracker.dashboard.components.parts import act_button, attributes, icon
from tracker.dashboard.data import Data
from tracker.dashboard.rawdata import RawData, best_step
from tracker.dashboard.words import plural
from tracker.errors import TrackerError
from tracker.model import RunRecord

_BLOCK = 100
_WIDE = 20
"""Series that are shown until somebody filters the columns; a row of hundreds is slow and nobody reads it."""


def opener(prefix: str = "run-") -> html.Div:
    """Return the button under a chart that shows its numbers: what a reader has who does not see the picture."""
    return html.Div(
        act_button(
            "raw-show",
            icon("table"),
            "Data table",
            classes="text-button plain-text",
            **attributes(aria_controls=f"{prefix}raw-box"),
        ),
        className="chart-foot",
    )


def card(record: RunRecord, prefix: str = "run-") -> html.Section:
    """Return the card; its table is loaded when it is opened."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Raw data"),
                    html.Span(id=f"{prefix}raw-count", className="hint"),
                    html.Span(className="spacer"),
                    html.A(
                        [icon("download"), "CSV"],
                        href=f"/api/v1/runs/{quote(record.id)}/points.csv",
                        download=f"{record.id}.csv",
                        className="text-button",
                        title="Download every point of this run",
                        **attributes(aria_label="CSV: download every point of this run"),
                    ),
                    act_button(
                        "raw",
                        html.Span("Show table", id=f"{prefix}raw-label"),
                        classes="button",
                        id=f"{prefix}raw-button",
                        **attributes(aria_expanded="false", aria_controls=f"{prefix}raw-box"),
                    ),
                ],
                className="card-head",
            ),
            dcc.Store(id=f"{prefix}raw-open", data=False),
            html.Div(id=f"{prefix}raw-box"),
            html.Div(id=f"{prefix}raw-said", className="none", role="status"),
        ],
        className="card raw-card",
        id=f"{prefix}raw-card",
        **attributes(aria_label="Raw data"),
    )


def register(app: Dash, data: Data, raw: RawData, prefix: str = "run-") -> None:
    """Add the callbacks: open and close, rows as the reader scrolls, columns by name, the best epoch."""

    @app.callback(
        Output(f"{prefix}raw-box", "children"),
        Output(f"{prefix}raw-count", "children"),
        Output(f"{prefix}raw-label", "children"),
        Output(f"{prefix}raw-button", "aria-expanded"),
        Input(f"{prefix}raw-open", "data"),
        State(f"{prefix}place", "data"),
        prevent_initial_call=True,
        running=[(Output(f"{prefix}raw-said", "children"), "Reading the steps of this run …", "")],
    )
    def show(opened: bool, place: list[str]) -> tuple[Any, ...]:
        if not opened:
            return None, "", "Show table", "false"
        try:
            record = data.run(place[0], place[1])
            shape = raw.shape(record)
        except TrackerError as error:
            return html.P(f"The table cannot be read: {error}", className="none"), "", "Hide table", "true"
        count = f"{plural(shape.rows, 'row')}, {len(shape.names)} series"
        if not shape.rows:
            return html.P("No points yet.", className="none"), "", "Hide table", "true"
        return _table(shape.names, prefix), count, "Hide table", "true"

    @app.callback(
        Output(f"{prefix}raw-grid", "getRowsResponse"),
        Input(f"{prefix}raw-grid", "getRowsRequest"),
        State(f"{prefix}place", "data"),
        prevent_initial_call=True,
    )
    def rows(request: dict[str, Any] | None, place: list[str]) -> Any:
        if not request:
            return no_update
        try:
            record = data.run(place[0], place[1])
            best = best_step(data.curves([record])[record.run_id])
            listed, total = raw.rows(record, int(request["startRow"]), int(request["endRow"]), best)
        except (TrackerError, KeyError, TypeError, ValueError):
            return {"rowData": [], "rowCount": None}  # the grid asks again when it is scrolled
        return {"rowData": listed, "rowCount": total}

    @app.callback(
        Output(f"{prefix}raw-go", "data"),
        Input(f"{prefix}act", "data"),
        State(f"{prefix}place", "data"),
        prevent_initial_call=True,
    )
    def best_row(act: dict[str, Any] | None, place: list[str]) -> Any:
        if not act or act.get("do") != "raw-best":
            return no_update
        try:
            record = data.run(place[0], place[1])
            step = best_step(data.curves([record])[record.run_id])
            at = None if step is None else raw.place(record, step)
        except TrackerError:
            return no_update
        return {"row": at, "n": act.get("n")}

    in_browser(
        app,
        "rawOpen",
        Output(f"{prefix}raw-open", "data"),
        Input(f"{prefix}act", "data"),
        State(f"{prefix}raw-open", "data"),
        initial=True,
    )
    in_browser(app, "rawGo", Output(f"{prefix}raw-go", "id"), Input(f"{prefix}raw-go", "data"))
    in_browser(app, "rawColumns", Output(f"{prefix}raw-filter", "id"), Input(f"{prefix}raw-filter", "value"))
    in_browser(app, "rawFresh", Output(f"{prefix}raw-box", "id"), Input(f"{prefix}mark", "data"))


def _table(names: tuple[str, ...], prefix: str) -> html.Div:
    tools = [
        html.Div(
            [
                html.Label("Columns by name", htmlFor=f"{prefix}raw-filter", className="unseen"),
                icon("search"),
                dcc.Input(
                    id=f"{prefix}raw-filter",
                    type="text",
                    placeholder=f"Filter {len(names)} columns" if len(names) > 1 else "Filter columns",
                    className="plain-input",
                ),
            ],
            className="filter",
        ),
        act_button("raw-best", icon("target"), "Best epoch", classes="button"),
    ]
    fixed = [("step", "Step"), ("epoch", "Epoch"), ("time", "Time")]
    columns: list[dict[str, Any]] = [
        {"field": field, "headerName": title, "width": 84, "pinned": "left"} for field, title in fixed
    ]
    columns += [
        {"field": f"s{i}", "headerName": name, "width": 148, "headerTooltip": name, "hide": i >= _WIDE}
        for i, name in enumerate(names)
    ]
    grid = dag.AgGrid(
        id=f"{prefix}raw-grid",
        rowModelType="infinite",
        columnDefs=columns,
        defaultColDef={
            "sortable": False,
            "resizable": True,
            "type": "rightAligned",
            "suppressHeaderMenuButton": True,
        },
        dashGridOptions={
            "theme": THEME,
            "rowHeight": 28,
            "headerHeight": 34,
            "cacheBlockSize": _BLOCK,
            # the grid's component keeps one question: the answer to an earlier one would be lost
            "maxConcurrentDatasourceRequests": 1,
            "maxBlocksInCache": 20,
            "blockLoadDebounceMillis": 60,
            "animateRows": False,
            "rowClassRules": {"best-row": "params.data && params.data.best"},
            "enableCellTextSelection": True,
        },
        style={"height": "420px", "width": "100%"},
        className="raw-grid",
    )
    hint = html.Span(
        f"the first {_WIDE} of {len(names)} series are shown; filter to see others", className="hint"
    )
    foot = [hint] if len(names) > _WIDE else []
    return html.Div([html.Div([*tools, *foot], className="raw-tools"), dcc.Store(id=f"{prefix}raw-go"), grid])

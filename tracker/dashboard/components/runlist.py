"""The run list beside the charts: search, groups, order, verdict pills, and a row for each run."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.grid import run_list
from tracker.dashboard.components.parts import attributes, icon, menu, run_filter
from tracker.dashboard.components.static import static
from tracker.dashboard.data import Data
from tracker.dashboard.grouping import group_keys, group_of
from tracker.dashboard.state import View
from tracker.errors import TrackerError
from tracker.model import RunRecord

_MENUS = ("regex", "group-menu", "sort-menu")
"""What the head of the list shows of the view."""

_COUNTS = ("pills", "count", "run-chips", "list-said")
"""What it shows of the runs."""


def side(view: View, records: list[RunRecord]) -> html.Aside:
    """Return the list as a column; on a phone it is a sheet that a button opens.

    Args:
        view: What the address asks for.
        records: All runs of the project.
    """
    return html.Aside(
        [
            dcc.Store(id="group-keys", data=group_keys(records)),
            dcc.Store(id="group-ask"),
            dcc.Store(id="grouping", data=grouping(records, view.group)),
            html.Div(
                [
                    html.Div(
                        [
                            html.B("Runs"),
                            html.Span(className="spacer"),
                            html.Button(
                                "Done", className="button", type="button", **attributes(data_sheet="list")
                            ),
                        ],
                        className="sheet-head phone-only",
                    ),
                    run_filter("q", static(html.Span(id="regex"), "regex"), value=view.q),
                    html.Div(
                        [
                            menu("group-menu", find="Find a setting"),
                            menu("sort-menu"),
                        ],
                        className="side-row",
                    ),
                    static(html.Div(id="pills", className="pills"), "pills"),
                    static(html.Div(id="count", className="side-row"), "count"),
                    static(html.Div(id="list-said", className="list-said", role="status"), "list-said"),
                ],
                className="side-head",
            ),
            run_list(
                "list",
                {"valueGetter": {"function": "trackerItem(params.data)"}, "cellRenderer": "RunItem"},
                {"rowHeight": 46, "getRowHeight": {"function": "trackerItemHeight(params)"}},
            ),
        ],
        id="side",
        className="side",
        **attributes(aria_label="Runs"),
    )


def chips(*buttons: Any) -> html.Div:
    """Return the drawn runs as a row of a phone's page, after the button that opens the whole list and further ones."""
    return html.Div(
        [
            html.Button(
                [icon("eye"), "Runs"],
                className="button",
                type="button",
                **attributes(data_sheet="list", aria_haspopup="dialog"),
            ),
            *buttons,
            static(html.Div(id="run-chips", className="run-chips"), "run-chips"),
        ],
        className="run-bar phone-only",
    )


def grouping(records: list[RunRecord], by: str) -> dict[str, Any]:
    """Return the group of each run for the list, ready for JSON; runs of no group are left out."""
    names = {record.id: group_of(record, by) for record in records} if by.startswith("config:") else {}
    return {"by": by, "values": {run: name for run, name in names.items() if name}}


def register(app: Dash, data: Data) -> None:
    """Add the list's callbacks; the functions are in assets/wiring-list.js."""
    in_browser(
        app,
        "list",
        *(Output(name, "tree") for name in _COUNTS),
        Output("live", "children", allow_duplicate=True),
        Input("rows", "data"),
        Input("view", "data"),
        Input("grouping", "data"),
        *(State(name, "tree") for name in _COUNTS),
        State("live", "children"),
        initial="duplicate",
    )
    in_browser(
        app,
        "listMenus",
        *(Output(name, "tree") for name in _MENUS),
        Input("view", "data"),
        Input("group-keys", "data"),
        *(State(name, "tree") for name in _MENUS),
        initial=True,
    )
    in_browser(
        app,
        "groupedBy",
        Output("group-ask", "data"),
        Input("view", "data"),
        Input("rows", "data"),
        State("group-ask", "data"),
    )

    @app.callback(
        Output("grouping", "data"),
        Output("group-keys", "data"),
        Input("group-ask", "data"),
        State("project", "data"),
        prevent_initial_call=True,
    )
    def regroup(ask: dict[str, Any], project: str) -> tuple[Any, Any]:
        try:
            records = data.runs(project)
        except TrackerError:
            return no_update, no_update  # the next change of the list asks again
        return grouping(records, View.from_dict({"group": ask.get("by")}).group), group_keys(records)

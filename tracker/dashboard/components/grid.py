"""How a grid looks: AG Grid's theme spoken in our tokens, so that it follows light and dark by itself; and the list of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html

THEME = {
    "function": "themeQuartz.withParams({"
    "accentColor: 'var(--accent)', backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)', "
    "borderColor: 'var(--line-2)', headerBackgroundColor: 'var(--panel)', headerTextColor: 'var(--text-3)', "
    "rowHoverColor: 'var(--hover)', selectedRowBackgroundColor: 'var(--selected)', "
    "oddRowBackgroundColor: 'var(--panel)', browserColorScheme: 'inherit', wrapperBorder: false, "
    "wrapperBorderRadius: 0, columnBorder: false, headerColumnBorder: false, headerFontSize: 11.5, "
    "headerFontWeight: 500, fontFamily: 'inherit', fontSize: 12.5, spacing: 6, cellHorizontalPadding: 10, "
    "iconSize: 14, checkboxBorderRadius: 4})"
}
"""The `theme` entry of `dashGridOptions`."""


def run_list(
    name: str, cell: dict[str, Any], options: dict[str, Any], rows: Sequence[dict[str, Any]] = ()
) -> html.Div:
    """Return a list of runs: a grid of one column without a head, as high as its place.

    Args:
        name: The grid's id.
        cell: How a run is drawn: the renderer, and the value that it is drawn anew for.
        options: The grid's further options.
        rows: The first rows.
    """
    grid = dag.AgGrid(
        id=name,
        # no rows for a start: given some, even none, the grid tells Dash all of them again at each change
        rowData=list(rows) or None,
        columnDefs=[
            {
                "colId": "run",
                "headerName": "Run",
                **cell,
                "cellClass": "whole-cell",
                "flex": 1,
                "sortable": False,
            }
        ],
        getRowId="params.data.id",
        dashGridOptions={
            "theme": THEME,
            "headerHeight": 0,
            "animateRows": False,
            "suppressCellFocus": True,
            "suppressNoRowsOverlay": True,
            "loading": False,
            **options,
        },
        style={"height": "100%", "width": "100%"},
    )
    return html.Div(grid, className="list")

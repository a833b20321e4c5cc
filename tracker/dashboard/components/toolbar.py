"""How the charts are drawn: x axis, smoothing, log, outliers, annotations, bands, zoom; on a phone behind one button."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html

from tracker.curves.smoothing import SMOOTHERS
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.parts import act_button, attributes, icon, menu
from tracker.dashboard.components.static import static
from tracker.dashboard.state import View

_SHOWN = (
    ("x", "tree"),
    ("x-menu", "tree"),
    ("smoother-menu", "tree"),
    ("band-menu", "tree"),
    ("clipped", "children"),
    ("reset", "disabled"),
)
"""What the bar shows of the view and of the picture."""


def toolbar(view: View, metrics: list[str], prefix: str = "") -> html.Div:
    """Return the bar over the charts.

    Args:
        view: What the address asks for.
        metrics: The names as logged that may stand on the x axis.
        prefix: What the ids of the page start with.
    """
    slider = dmc.Slider(
        id=f"{prefix}sm",
        value=view.sm,
        min=0,
        max=0.99,
        step=0.01,
        size=3,
        w=56,
        label=None,
        updatemode="drag",
        thumbLabel="Smoothing",
    )
    return html.Div(
        [
            dcc.Store(id=f"{prefix}metrics", data=metrics),
            dcc.Store(
                id=f"{prefix}smoothers",
                data=[[kind, words.label, words.says] for kind, words in SMOOTHERS.items()],
            ),
            html.Div(
                [
                    html.Span("X axis", className="unseen"),
                    static(html.Div(id=f"{prefix}x", className="segments"), f"{prefix}x"),
                    menu(f"{prefix}x-menu", find="Find a metric for the x axis", classes="wide"),
                ],
                className="field",
            ),
            html.Div(
                [
                    "Smoothing",
                    slider,
                    html.Span(f"{view.sm:.2f}", id=f"{prefix}reading", className="reading"),
                    menu(f"{prefix}smoother-menu", classes="wide"),
                ],
                className="field",
            ),
            menu(f"{prefix}band-menu", classes="wide", hidden=not view.group),
            _switch(f"{prefix}log", "Log y", view.log),
            _switch(f"{prefix}ann", "Annotations", view.ann),
            html.Div(
                [
                    _switch(f"{prefix}clip", "Clip outliers", view.clip),
                    html.Span(
                        id=f"{prefix}clipped",
                        className="hint",
                        role="status",
                        title="Points beyond the y axis",
                    ),
                ],
                className="field",
            ),
            html.Span(className="spacer"),
            act_button(
                "reset",
                icon("rotate-ccw"),
                html.Span("Reset zoom", className="reset-word"),
                classes="button small",
                id=f"{prefix}reset",
                title="Reset zoom",
            ),
            html.Button(
                "Done",
                className="button phone-only",
                type="button",
                **attributes(data_sheet=f"{prefix}display"),
            ),
        ],
        id=f"{prefix}display",
        className="toolbar",
        role="toolbar",
        **attributes(aria_label="How the charts are drawn"),
    )


def opener(prefix: str = "") -> html.Button:
    """Return the button that opens the bar as a sheet on a phone."""
    return html.Button(
        [icon("sliders-horizontal"), "Display"],
        className="button phone-only",
        type="button",
        **attributes(data_sheet=f"{prefix}display", aria_haspopup="dialog"),
    )


def register(app: Dash, prefix: str = "") -> None:
    """Add the bar's callbacks; the functions are in assets/toolbar.js."""
    in_browser(
        app,
        "display",
        *(Output(f"{prefix}{name}", of) for name, of in _SHOWN),
        Input(f"{prefix}view", "data"),
        Input(f"{prefix}picture", "data"),
        Input(f"{prefix}metrics", "data"),
        State(f"{prefix}smoothers", "data"),
        *(State(f"{prefix}{name}", of) for name, of in _SHOWN),
        initial=True,
    )
    in_browser(app, "reading", Output(f"{prefix}reading", "children"), Input(f"{prefix}sm", "value"))


def _switch(name: str, label: str, on: bool) -> Any:
    return dmc.Switch(id=name, label=label, checked=on, size="xs", withThumbIndicator=False)

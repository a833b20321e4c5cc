"""The small parts that every page is made of."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from tracker.dashboard.words import Words


def attributes(**named: Any) -> dict[str, Any]:
    """Return aria and data attributes for a component: `attributes(aria_label="Runs")`."""
    return {name.replace("_", "-"): value for name, value in named.items()}


def icon(name: str) -> html.I:
    """Return one of the icons in assets/icons.css, in the colour of its text and silent for screen readers."""
    return html.I(className=f"i i-{name}", **attributes(aria_hidden="true"))


def badge(words: Words, *, plain: bool = False) -> html.Span:
    """Return a verdict or a status as icon and word, on its tone's ground unless `plain`."""
    ground = "" if plain else " badge"
    return html.Span([icon(words.icon), words.label], className=f"verdict {words.tone}{ground}")


def swatch(slot: int) -> html.Span:
    """Return a run's colour as a small square; the theme decides what the slot looks like."""
    return html.Span(className="swatch", style={"--run": f"var(--run-{slot})"})


def act_button(what: str, *children: Any, classes: str = "button", **others: Any) -> html.Button:
    """Return a button whose click is passed on as the act `what` (see assets/wiring.js)."""
    return html.Button(
        list(children), className=classes, type="button", **attributes(data_act=what), **others
    )


def link(href: str, *children: Any, classes: str = "", **attributes: Any) -> dcc.Link:
    """Return a link to another page of the dashboard that does not load everything again."""
    return dcc.Link(list(children), href=href, className=classes, **attributes)


def menu(label: str, body: str, *, find: str = "", classes: str = "", **others: Any) -> html.Details:
    """Return a menu that a button opens (see assets/menus.js), filled in the browser.

    Args:
        label: The id of what the button shows.
        body: The id of what stands in the menu.
        find: What a field that narrows the menu asks for; "" for none.
        classes: Further classes of the menu's body.
        others: Properties of the whole.
    """
    inside: list[Any] = [html.Div(id=body)]
    if find:
        field = dmc.TextInput(id=f"{body}-find", placeholder=find, size="xs", **attributes(aria_label=find))
        inside.insert(0, html.Div(field, className="search", **attributes(data_narrow="1")))
    return html.Details(
        [
            html.Summary(
                [html.Span(id=label, className="text"), icon("chevron-down")], className="button small"
            ),
            html.Div(inside, className=f"menu-body {classes}".strip()),
        ],
        className="menu",
        **others,
    )

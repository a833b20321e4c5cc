"""The small parts that every page is made of."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from tracker.dashboard.components.static import Static, static
from tracker.dashboard.words import Words
from tracker.model import Axis


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


def zoom_button(
    start: float,
    end: float,
    room: float,
    axis: Axis,
    *children: Any,
    classes: str = "text-button",
    **others: Any,
) -> html.Button:
    """Return a button that zooms the charts to a part of the x axis, with `room` at each side of it."""
    return act_button(
        "zoom",
        *children,
        classes=classes,
        title="Zoom the charts to it",
        **attributes(data_x0=repr(max(0.0, start - room)), data_x1=repr(end + room), data_x=axis),
        **others,
    )


def form_foot(send: str, hint: str = "") -> html.Div:
    """Return the buttons of a form; `send` is what the main one says, `hint` what stands before them."""
    return html.Div(
        [
            *([html.Span(hint, className="hint desk-only"), html.Span(className="spacer")] if hint else []),
            html.Button("Cancel", type="button", className="button", **attributes(data_cancel="1")),
            html.Button(send, type="button", className="button main", **attributes(data_send="1")),
        ],
        className="form-foot",
    )


def field(id: str, name: str = "", **more: Any) -> Static:
    """Return a line of a form, which is read and written by the browser alone; `more` are attributes as React has them."""
    named = {"name": name} if name else {}
    plain = {"id": id, "type": "text", **named, "className": "plain-input", **attributes(data_plain="1")}
    return Static([["input", {**plain, **more}]])


def author_field(id: str, longest: int = 80) -> Static:
    """Return the field for the name of who writes, which the browser can fill in; `longest` is its characters."""
    return field(id, "author", maxLength=longest, autoComplete="name")


def text_field(id: str, name: str, **more: Any) -> html.Textarea:
    """Return the field of a form for some lines; `more` are its properties."""
    return html.Textarea(id=id, name=name, className="plain-input", **attributes(data_plain="1"), **more)


def run_filter(name: str, *after: Any, **more: Any) -> html.Div:
    """Return the field that narrows a list of runs, with what stands `after` it; `more` are properties of the field."""
    line = dmc.TextInput(
        id=name,
        placeholder="Filter by name, group or tag",
        leftSection=icon("search"),
        debounce=120,
        **attributes(aria_label="Filter the runs"),
        **more,
    )
    return html.Div([line, *after], className="search")


def link(href: str, *children: Any, classes: str = "", **more: Any) -> html.A:
    """Return a link to another page of the dashboard that does not load everything again (see assets/grids.js)."""
    return html.A(list(children), href=href, className=classes, **attributes(data_page="1"), **more)


def menu(name: str, *, find: str = "", classes: str = "", hidden: bool = False) -> Static:
    """Return a menu that a button opens (see assets/menus.js): the room for what a callback fills in as its tree.

    Args:
        name: Its id.
        find: What a field that narrows the menu asks for; "" for none.
        classes: Further classes of the menu's body.
        hidden: Leave it out of sight for now.
    """
    inside: list[Any] = [html.Div()]
    if find:
        line = field(f"{name}-find", placeholder=find, **attributes(aria_label=find))
        inside.insert(0, html.Div(line, className="search", **attributes(data_narrow="1")))
    whole = html.Details(
        [
            html.Summary([html.Span(className="text"), icon("chevron-down")], className="button small"),
            html.Div(inside, className=f"menu-body {classes}".strip()),
        ],
        className="menu",
        hidden=hidden,
        **attributes(data_menu=name),
    )
    return static(whole, name)

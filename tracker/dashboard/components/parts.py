"""The small parts that every page is made of."""

from __future__ import annotations

from typing import Any

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

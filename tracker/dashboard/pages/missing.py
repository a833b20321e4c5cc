"""The pages for what is not there: an unknown address, project or run, and a store that does not answer."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from dash import dcc, html

from tracker.dashboard.components.parts import act_button, icon, link
from tracker.dashboard.paths import Place, runs_path

MOST_NEAR = 5
"""How many names that were perhaps meant a page offers."""

_ALIKE = 0.55
"""From which likeness on (0 to 1, difflib's ratio) a name may have been meant."""

Names = Sequence[tuple[str, str]]


def not_found(message: str, place: Place, names: Names = ()) -> html.Div:
    """Return the page for a project, run or saved view that the store does not hold.

    Args:
        message: Says what is not there, by its name.
        place: What was asked for.
        names: What there is instead, as (name, address); those that are like what was asked for are offered.
    """
    steps: list[Any] = [link("/", icon("arrow-left"), "All projects", classes="button")]
    if place.page == "run":
        steps.insert(0, link(runs_path(place.project), "Runs of this project", classes="button main"))
        then = "It may have been deleted, or logged to another store than the one that this server reads."
    elif place.page == "view":
        then = "Ask whoever sent the link for a new one. A project's saved comparisons are under its tab “Saved”."
    else:
        then = "It appears here with its first run; check its spelling and the store that this server reads."
    near = nearest(place.run or place.project, names)
    offered = [html.P(["Did you mean ", *_listed(near), "?"])] if near else []
    message = message[:1].upper() + message[1:].rstrip(".") + "."
    return _notice("compass", "Not here", [message, then], steps, may_come=True, more=offered)


def nearest(wanted: str, names: Names) -> list[tuple[str, str]]:
    """Return the few of `names` that are most like a name, the likest first."""
    text = wanted.lower()
    alike = [(SequenceMatcher(None, text, name.lower()).ratio(), name, path) for name, path in names]
    ordered = sorted((one for one in alike if one[0] >= _ALIKE), key=lambda one: -one[0])
    return [(name, path) for _, name, path in ordered[:MOST_NEAR]]


def _listed(near: Names) -> list[Any]:
    parts: list[Any] = []
    for i, (name, path) in enumerate(near):
        if i:
            parts.append(" or " if i == len(near) - 1 else ", ")
        parts.append(link(path, name))
    return parts


def unknown_address() -> html.Div:
    """Return the page for an address that no page has."""
    return _notice(
        "compass",
        "There is no page at this address",
        ["Projects are at /p/PROJECT, a run at /p/PROJECT/r/RUN-ID."],
        [link("/", icon("arrow-left"), "All projects", classes="button main")],
    )


def refused(message: str) -> html.Div:
    """Return the page for what is there but cannot be shown; `message` says why, and what to do."""
    return _notice(
        "circle-alert",
        "This cannot be shown",
        [message[:1].upper() + message[1:]],
        [
            act_button("reload", "Try again", classes="button main"),
            link("/", icon("arrow-left"), "All projects", classes="button"),
        ],
    )


def store_away() -> html.Div:
    """Return the page for a store that does not answer: nothing is lost, and how to go on."""
    return _notice(
        "unplug",
        "The store does not answer",
        [
            "Nothing is lost: running trainings keep their points in their journals until it is back.",
            "The log of this server names the reason.",
        ],
        [act_button("reload", "Try again", classes="button main")],
        may_come=True,
    )


def other_version() -> html.Div:
    """Return the page for a store whose schema this version cannot read."""
    return _notice(
        "circle-alert",
        "The store has another version",
        ["Run “tracker db check” where this server runs: it says whether to upgrade the store or tracker."],
        [act_button("reload", "Try again", classes="button main")],
    )


def _notice(
    icon_name: str,
    title: str,
    texts: list[str],
    steps: list[Any],
    *,
    may_come: bool = False,
    more: Sequence[Any] = (),
) -> html.Div:
    notice = html.Div(
        [
            html.Div(icon(icon_name), className="mark"),
            html.H1(title),
            *(html.P(text) for text in texts),
            *more,
            html.Div(steps, className="row"),
        ],
        className="notice",
    )
    # A page opened before the first run is logged becomes that run's page without a reload.
    waiting = [dcc.Interval(id="waiting", interval=1500)] if may_come else []
    return html.Div([notice, *waiting], className="sheet")

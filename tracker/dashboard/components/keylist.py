"""The list of keys that `?` opens over every page; assets/keys.js obeys the same rows."""

from __future__ import annotations

from itertools import groupby

from dash import html

from tracker.dashboard.components.parts import act_button, attributes, icon
from tracker.dashboard.keys import KEYS, PLACES, Key


def keys_overlay() -> html.Dialog:
    """Return the closed overlay; assets/overlays.js opens it, and the browser keeps the focus inside."""
    groups = [
        html.Section(
            [html.H3(where), html.Dl([_row(key) for key in keys])],
        )
        for where, keys in groupby(KEYS, key=lambda key: key.where)
    ]
    head = html.Div(
        [
            html.H2("Keys", id="keys-title"),
            html.Span(className="spacer"),
            act_button(
                "close",
                icon("x"),
                classes="button square quiet-button",
                title="Close (Esc)",
                **attributes(aria_label="Close"),
            ),
        ],
        className="overlay-head",
    )
    return html.Dialog(
        [head, html.Div(groups, className="keys-list")],
        id="keys",
        className="overlay keys-overlay",
        **attributes(aria_labelledby="keys-title", aria_modal="true"),
    )


def _row(key: Key) -> html.Div:
    caps = [html.Kbd(cap) for cap in key.shown.split(" ")]
    does = {
        "data_key": key.key,
        "data_press": key.press,
        "data_do": key.act,
        "data_by": str(key.by) if key.by else "",
        "data_focus": "1" if key.on_focus else "",
        "data_mod": "ctrl" if key.ctrl else "alt" if key.alt else "",
        "data_needs": PLACES.get(key.where, ""),
    }
    return html.Div(
        [html.Dt(caps), html.Dd(key.what)],
        className="key-row",
        **attributes(**{name: value for name, value in does.items() if value}),
    )

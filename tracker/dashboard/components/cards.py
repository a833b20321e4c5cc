"""All other metrics as cards in sections, below the loss and accuracy: drawn when they come into sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import dash_mantine_components as dmc
import orjson
from dash import Dash, Input, Output, State, dcc, html

from tracker.charts.lines import Line
from tracker.charts.metric import metric_figure
from tracker.curves.cards import Card
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.chart import Figure, Screen, line_of, options_of
from tracker.dashboard.components.parts import attributes, icon, menu
from tracker.dashboard.data import Data
from tracker.dashboard.drawing import Run
from tracker.dashboard.freezing import Frozen
from tracker.dashboard.state import View
from tracker.errors import TrackerError
from tracker.model import Series

MOST_AT_ONCE = 12
"""Cards that one answer draws; the rest of what is in sight follows with the next."""

_POINTS = 150
"""Points that a card keeps of a curve, with its spikes: it is a third as wide as the chart above."""

Source = Data | Frozen
"""Where the metrics of runs come from: the store, or what was kept of them."""

Gather = Callable[..., tuple[list[Run], str | None, Source]]


def metric_cards(prefix: str, cards: Sequence[dict[str, Any]], view: View, omitted: int = 0) -> html.Section:
    """Return the place of the cards; assets/cards.js fills it.

    Args:
        prefix: What the ids of the page start with.
        cards: See `listed`.
        view: What the address asks for.
        omitted: How many more there were when they were kept.
    """
    fewer = [html.Span(f"{omitted} more were not kept", className="hint")] if omitted else []
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Metrics"),
                    html.Span(id=f"{prefix}cards-count", className="hint"),
                    *fewer,
                    html.Span(className="spacer"),
                    html.Div(
                        dmc.TextInput(
                            id=f"{prefix}mq",
                            value=view.mq,
                            placeholder="Filter the metrics",
                            leftSection=icon("search"),
                            debounce=120,
                            size="xs",
                            **attributes(aria_label="Filter the metrics"),
                        ),
                        className="search",
                    ),
                    menu(f"{prefix}cards-menu", find="Find a metric"),
                ],
                className="cards-head",
            ),
            html.Div(id=f"{prefix}cards", className="cards"),
            dcc.Store(id=f"{prefix}cards-list", data=list(cards)),
            dcc.Store(id=f"{prefix}cards-ask"),
            dcc.Store(id=f"{prefix}cards-answer"),
        ],
        id=f"{prefix}cards-place",
        className="cards-place",
        hidden=not cards,
        **attributes(aria_label="Metrics"),
    )


def listed(source: Source, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the cards of these runs as the browser lists them: {key, section, title}, without their curves."""
    found = source.cards([record for record, _ in runs])
    return [{"key": card.key, "section": card.section, "title": card.title} for card in found]


def register(app: Dash, prefix: str, gather: Gather, states: Sequence[str], pulse: str) -> None:
    """Add the callbacks of a page's cards.

    The page has the stores `<prefix>view` and `<prefix>act` and puts `listed` into `<prefix>cards-list`.

    Args:
        app: The application.
        prefix: What the ids of the page start with.
        gather: Returns the drawn runs, the id of the focused one and where their metrics are, for a view and the `states`.
        states: Ids of stores that `gather` needs beside the view.
        pulse: The id of the store that changes when the drawn runs have.
    """

    @app.callback(
        Output(f"{prefix}cards-answer", "data"),
        Input(f"{prefix}cards-ask", "data"),
        *(State(name, "data") for name in states),
        prevent_initial_call=True,
    )
    def draw(ask: dict[str, Any], *state: Any) -> dict[str, Any]:
        view = View.from_dict(ask.get("view"))
        try:
            runs, focus, source = gather(view, *state)
            pictures = _pictures(source, runs, view, focus, ask)
        except TrackerError:
            return {"n": ask.get("n"), "failed": True}
        return {"n": ask.get("n"), "pictures": pictures}

    kept = [
        (f"{prefix}cards-place", "hidden"),
        (f"{prefix}cards-count", "children"),
        (f"{prefix}cards-menu", "tree"),
    ]
    in_browser(
        app,
        "cards",
        *(Output(*one) for one in kept),
        Input(f"{prefix}cards-list", "data"),
        Input(f"{prefix}view", "data"),
        Input(pulse, "data"),
        *(State(*one) for one in kept),
        initial=True,
    )
    in_browser(
        app,
        "cardsAnswer",
        Output(f"{prefix}cards", "title"),
        Input(f"{prefix}cards-answer", "data"),
    )


def _pictures(
    source: Source, runs: Sequence[Run], view: View, focus: str | None, ask: dict[str, Any]
) -> dict[str, Any]:
    """Return for each card that was asked for its figure, with what tells it from any other; None where it has not changed."""
    by_key = {card.key: card for card in source.cards([record for record, _ in runs])}
    known, sizes = ask.get("known") or {}, ask.get("sizes") or {}
    wanted = [by_key[key] for key in list(ask.get("keys") or ())[:MOST_AT_ONCE] if key in by_key]
    names = [name for card in wanted for name in card.names]
    if view.x.startswith("metric:"):
        names.append(view.x.removeprefix("metric:"))
    lines = source.metric_lines([record for record, _ in runs], names) if wanted else {}
    out: dict[str, Any] = {}
    for card in wanted:
        size = sizes.get(card.key) or {}
        screen = Screen.of({**(ask.get("screen") or {}), **size})
        picture = card_figure(source, card, runs, lines, view, screen, focus)
        stamp = blake2b(orjson.dumps(picture, option=orjson.OPT_SERIALIZE_NUMPY), digest_size=8).hexdigest()
        out[card.key] = {"stamp": stamp, "picture": None if known.get(card.key) == stamp else picture}
    return out


def card_figure(
    source: Source,
    card: Card,
    runs: Sequence[Run],
    series: dict[int, dict[str, Series]],
    view: View,
    screen: Screen,
    focus: str | None,
) -> Figure:
    """Return the figure of one card; `series` holds what each run logged by name, see `Data.metric_lines`."""
    lines: list[Line] = []
    for record, curves in runs:
        logged = series.get(record.run_id, {})
        metric = card.of_run(logged)
        if metric:
            across = logged.get(view.x.removeprefix("metric:")) if view.x.startswith("metric:") else None
            lines.append(
                line_of(
                    record, curves, view, metric=metric, metric_name=card.title, goal=card.goal, across=across
                )
            )
    options = options_of(view, screen, focus, names=False, points=_POINTS)
    drawn = metric_figure(source.in_range(lines, options), options)
    drawn["layout"]["meta"] |= {"asked": [view.x0, view.x1], "smoothing": view.sm}
    return drawn

"""The parts of the hyperparameters page: axis heads and rails, the axis picker, and what is said under the scatter plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dash import html

from tracker.charts.numbers import tick
from tracker.charts.shades import shades, standing_colour
from tracker.charts.trials import UNSET, Measure, Scale, said
from tracker.dashboard.components.parts import act_button, attributes, icon, link
from tracker.dashboard.hyperview import Brush, HyperView
from tracker.dashboard.words import plural, verdict_words
from tracker.diagnosis.association import FEWEST, Association, caution, correlation
from tracker.model import VERDICTS, Standing

MOST_LISTED = 300
"""Rows of the table of settings and entries of the axis picker."""

_STANDINGS: tuple[Standing, ...] = (*VERDICTS, "dismissed")


def heads(scales: Sequence[Scale], view: HyperView, goal: str | None) -> list[Any]:
    """Return the name above each axis, with its brushed range and the way to take it off."""
    brushes = {brush.key: brush for brush in view.brushes}
    return [
        _head(scale, brushes.get(scale.key), goal if at == len(scales) - 1 else None, at == len(scales) - 1)
        for at, scale in enumerate(scales)
    ]


def rails(scales: Sequence[Scale], view: HyperView) -> list[Any]:
    """Return what lies over each axis to drag a range on, with the band of its brush."""
    brushes = {brush.key: brush for brush in view.brushes}
    out = []
    for scale in scales:
        brush = brushes.get(scale.key)
        bands = [
            html.Span(className="band", style={"bottom": f"{low:.2%}", "height": f"{high - low:.2%}"})
            for low, high in (spans(scale, brush) if brush else ())
        ]
        now = said_range(brush) if brush else "all values"
        out.append(
            html.Div(
                html.Div(
                    bands,
                    className="rail",
                    tabIndex=0,
                    role="slider",
                    title="Drag to keep a range; Esc clears it",
                    **attributes(
                        data_key=scale.key,
                        aria_label=f"Range of {scale.title}",
                        aria_orientation="vertical",
                        aria_valuemin="0",
                        aria_valuemax="100",
                        aria_valuenow=f"{spans(scale, brush)[-1][1] * 100:.0f}"
                        if brush and spans(scale, brush)
                        else "100",
                        aria_valuetext=now,
                    ),
                ),
                className="rail-place",
            )
        )
    return out


def spans(scale: Scale, brush: Brush) -> list[tuple[float, float]]:
    """Return the parts of an axis, from the foot 0 to the top 1, that a brush covers."""
    out: list[tuple[float, float]] = []
    if UNSET in brush.values and scale.unset:
        out.append((0.0, 0.05))
    places = [at for name in brush.values if name != UNSET and (at := scale.place(name)) is not None]
    if places:
        room = min(0.06, 0.4 * (1 - scale.foot) / max(1, len(scale.categories)))
        out.append((max(0.0, min(places) - room), min(1.0, max(places) + room)))
    if scale.kind != "category" and brush.low is not None and brush.high is not None:
        ends = [max(scale.low, brush.low), min(scale.high, brush.high)]
        found = [at for end in ends if (at := scale.place(end)) is not None]
        if len(found) == 2 and ends[0] <= ends[1]:
            low, high = found
            out.append((low, high) if high - low >= 0.02 else (max(0.0, low - 0.01), min(1.0, high + 0.01)))
    return out


def said_range(brush: Brush) -> str:
    """Return what a brush keeps, in words."""
    parts = [said(name) for name in brush.values if name != UNSET]
    if brush.low is not None and brush.high is not None:
        low, high = (tick(float(f"{end:.3g}")) for end in (brush.low, brush.high))
        parts.append(low if low == high else f"{low} to {high}")
    if UNSET in brush.values:
        parts.append("not set")
    return ", ".join(parts)


def picker(keys: Sequence[str], drawn: Sequence[str], values: dict[str, int]) -> list[Any]:
    """Return the entries of the list in which axes are chosen."""
    on = set(drawn)
    return [
        html.Li(
            act_button(
                "axis",
                icon("check"),
                named(key),
                html.Span(plural(values[key], "value"), className="hint"),
                classes="pick-axis",
                **attributes(data_id=key, aria_pressed=str(key in on).lower()),
            ),
            **attributes(data_text=key.casefold()),
        )
        for key in sorted(keys, key=str.casefold)[:MOST_LISTED]
    ]


def pills(standings: Sequence[Standing | None], chosen: Sequence[str]) -> list[Any]:
    """Return a button for each verdict that there is, with its count."""
    counts = Counter(standings)
    return [
        act_button(
            "verdict",
            icon(words.icon),
            html.Span(words.label, className="unseen"),
            str(counts[one]),
            classes=f"verdict {words.tone}",
            title=f"{words.label}: {plural(counts[one], 'run')}",
            **attributes(data_id=one, aria_pressed=str(one in chosen).lower()),
        )
        for one in _STANDINGS
        if counts[one]
        for words in (verdict_words(one),)
    ]


def legend(standings: Sequence[Standing | None], measure: Measure, colour: str, theme: str) -> list[Any]:
    """Return what the colours mean."""
    look: Any = "dark" if theme == "dark" else "light"
    if colour == "metric":
        steps = shades(look)
        return [
            html.Span("worse", className="hint"),
            html.Span([html.I(style={"background": shade}) for shade in steps], className="ramp"),
            html.Span(f"better {measure.title.removeprefix('best ')}", className="hint"),
        ]
    there = set(standings)
    named = [one for one in _STANDINGS if one in there]
    return [
        html.Span(
            [
                html.I(className="line", style={"background": standing_colour(one, look)}),
                verdict_words(one).label,
            ]
        )
        for one in named
    ]


def table(found: Sequence[Association], x: str) -> Any:
    """Return the settings that go with the metric, the strongest first; a click on one draws it."""
    if not found:
        return html.P("No setting differs between these runs.", className="hint pad")
    rows = [_row(one, x) for one in found[:MOST_LISTED]]
    head = html.Tr(
        [
            html.Th("Setting", scope="col"),
            html.Th("Rank correlation", scope="col", className="right"),
            html.Th("95 % interval", scope="col", className="right"),
            html.Th("Runs", scope="col", className="right"),
        ]
    )
    told = sum(one.n >= FEWEST for one in found)
    notes = [caution(told), "Seen together, never shown to be a cause: settings change together too."]
    return html.Div(
        [
            html.Table([html.Thead(head), html.Tbody(rows)], className="plain settings"),
            *[html.P(note, className="hint pad") for note in notes if note],
        ]
    )


def named(key: str) -> html.Span:
    """Return a setting's name so that its last part, which tells it from its siblings, is cut last."""
    at = key.rfind(".") + 1
    if not at:
        return html.Span(key, className="text")
    return html.Span(
        [html.Span(key[:at], className="part-lead"), html.Span(key[at:], className="part-tail")],
        className="text parted",
    )


def _row(one: Association, x: str) -> html.Tr:
    few = one.n < FEWEST
    rho, low, high = one.bend or (one.rho, one.low, one.high)
    kind = "from the middle" if one.bend else f"{len(one.levels)} kinds" if one.levels and rho is None else ""
    why = (
        "Correlation with the distance from the middle of the values"
        if one.bend
        else "How far the categories differ, 0 to 1; they have no order"
    )
    strength = correlation(rho) if rho is not None else correlation(one.strength) if one.levels else "–"
    value: Any = (
        html.Span("too few runs", className="hint")
        if few
        else html.Span(
            [
                html.I(className="apart", title="Stands apart from chance") if one.apart else "",
                html.Span([kind, " "], className="hint", title=why) if kind else "",
                strength,
            ]
        )
    )
    bar = html.Span(
        html.I(style={"width": f"{0 if few else one.strength:.0%}"}),
        className="strength" + (" against" if rho is not None and rho < 0 else ""),
    )
    between = f"{correlation(low)} to {correlation(high)}" if low is not None and high is not None else "–"
    return html.Tr(
        [
            html.Td(
                act_button(
                    "x",
                    named(one.key),
                    classes="set-x",
                    title=one.key,
                    **attributes(data_id=one.key, aria_pressed=str(one.key == x).lower()),
                )
            ),
            html.Td([value, bar], className="right"),
            html.Td(between, className="right"),
            html.Td(f"{one.n:,}", className="right"),
        ],
        className="on" if one.key == x else "",
    )


def _head(scale: Scale, brush: Brush | None, goal: str | None, metric: bool) -> html.Div:
    hint: Any = []
    if brush is not None:
        text = said_range(brush)
        hint = act_button(
            "unbrush",
            html.Span(text, className="text"),
            icon("x"),
            classes="brushed",
            title=f"Show all values again ({text})",
            **attributes(data_id=scale.key, aria_label=f"{text}: show all values of {scale.title} again"),
        )
    elif metric and goal:
        hint = html.Span("lower is better" if goal == "min" else "higher is better", className="hint")
    elif scale.kind == "log":
        hint = html.Span("log", className="hint")
    name: Any
    if metric:
        name = html.Span(scale.title, className="axis-name", title=scale.title)
    else:
        name = html.Button(
            named(scale.title),
            type="button",
            className="axis-name",
            title=f"{scale.title}: click to see it below, drag or arrow keys to move it, Delete to take it away",
            **attributes(data_axis=scale.key),
        )
    return html.Div([name, hint], className="axis-head")


def compare_link(href: str, count: int, left: int) -> Any:
    """Return the way to the curves of the runs that are left, the best of them where they are too many."""
    if not count:
        return ""
    return link(
        href,
        icon("git-compare-arrows"),
        f"Compare the best {count}"
        if left > count
        else f"Compare these {count}"
        if count > 1
        else "Compare this run",
        classes="button main",
    )

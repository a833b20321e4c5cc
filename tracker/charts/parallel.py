"""Parallel coordinates: every run as one line across the axes of its settings, up to its best metric.

Drawn as scatter lines, a few traces for any number of runs: lines of one colour share a trace, broken between runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tracker.charts.lines import ThemeName
from tracker.charts.shades import run_colour, shades
from tracker.charts.text import safe, shorten, uid
from tracker.charts.theme import FONT, theme
from tracker.charts.trials import ROOM, Scale, Trial, Value, said
from tracker.model import Goal

Item = dict[str, Any]

HIGHLIGHT = "highlight"
"""uid of the trace that lies empty on top, for the one line under the pointer."""

MOST_BUNDLES = 48
"""Traces that the lines are shared out to: where traces cross, their colours add up, inside a trace they do not."""


def parallel(
    trials: Sequence[Trial],
    columns: Mapping[str, Sequence[Value]],
    scales: Sequence[Scale],
    *,
    goal: Goal | None = None,
    colour: str = "verdict",
    kept: frozenset[str] | None = None,
    look: ThemeName = "light",
    height: int = 320,
) -> Item:
    """Return the figure as a dict, {"data", "layout"}.

    Axis i stands at x = i, its values run from y = 0 to 1 by its scale. `layout.meta` holds `axes`, each with what is
    needed to turn a height into a value, and `lines`: id, heights and values in words of every kept run.

    Args:
        trials: The runs.
        columns: Their values by the key of each scale, in the order of the runs.
        scales: The axes from left to right; the metric is the last.
        goal: Which direction of the metric is better.
        colour: "verdict", or "metric": the better, the stronger.
        kept: Ids of the runs that the reader's brushes leave; None: all. The others stay as a faint ground.
        look: Light or dark.
        height: In pixels.
    """
    tokens = theme(look)
    places = heights(columns, scales, len(trials))
    on = [i for i, trial in enumerate(trials) if kept is None or trial.id in kept]
    left = sorted(set(range(len(trials))) - set(on))
    data: list[Item] = []
    if left:
        data.append(_lines("context", left, places, tokens.context, 0.35 if len(left) < 100 else 0.18))
    opacity = _opacity(len(on))
    classes: dict[str, list[int]] = {}
    for i in on:
        place = places[i, -1] if _has(columns, scales, i) else None
        shade = run_colour(colour, trials[i].standing, place, goal, look)
        classes.setdefault(shade, []).append(i)
    parts = max(1, MOST_BUNDLES // max(1, len(classes)))
    order = {shade: at for at, shade in enumerate(("", *shades(look)))}
    for shade, members in sorted(classes.items(), key=lambda one: order.get(one[0], 0)):
        for part in range(min(parts, len(members))):
            data.append(_lines(f"{shade}.{part}", members[part::parts], places, shade, opacity))
    data.append({**_lines(HIGHLIGHT, [], places, tokens.text, 1.0), "uid": HIGHLIGHT})
    data[-1]["line"]["width"] = 3
    return {"data": data, "layout": _layout(trials, places, on, columns, scales, look, height)}


def heights(columns: Mapping[str, Sequence[Value]], scales: Sequence[Scale], count: int) -> Any:
    """Return where each run's line crosses each axis, 0 to 1, one row a run; lines of one category lie side by side."""
    out = np.zeros((count, len(scales)))
    for j, scale in enumerate(scales):
        values = columns[scale.key]
        placed = [scale.place(value) for value in values]
        groups: dict[float, list[int]] = {}
        for i, (value, at) in enumerate(zip(values, placed, strict=True)):
            out[i, j] = 0.0 if at is None else at
            if value is None or isinstance(value, str):
                groups.setdefault(out[i, j], []).append(i)
        room = min(0.8 * ROOM, 0.3 / max(1, len(scale.categories)))
        for members in groups.values():
            if len(members) > 1:
                out[members, j] += np.linspace(-room, room, len(members))
    return np.clip(out, 0.0, 1.0)


def _has(columns: Mapping[str, Sequence[Value]], scales: Sequence[Scale], i: int) -> bool:
    return bool(scales) and columns[scales[-1].key][i] is not None


def _opacity(count: int) -> float:
    return 0.95 if count <= 12 else 0.75 if count <= 50 else 0.5 if count <= 200 else 0.22


def _lines(name: str, members: Sequence[int], places: Any, colour: str, opacity: float) -> Item:
    across = list(range(places.shape[1]))
    x: list[Any] = []
    y: list[Any] = []
    for i in members:
        x += [*across, None]
        y += [*np.round(places[i], 4).tolist(), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "uid": uid(name),
        "x": x,
        "y": y,
        "line": {"color": colour, "width": 1.6, "simplify": False},
        "opacity": opacity,
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _layout(
    trials: Sequence[Trial],
    places: Any,
    on: Sequence[int],
    columns: Mapping[str, Sequence[Value]],
    scales: Sequence[Scale],
    look: ThemeName,
    height: int,
) -> Item:
    tokens = theme(look)
    notes = [
        {
            "x": j,
            "y": at,
            "text": safe(shorten(text, 84, 10.5)),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 5,
            "font": {"size": 10.5, "color": tokens.text2},
            "bgcolor": tokens.panel,
            "opacity": 0.86,
            "borderpad": 1,
        }
        for j, scale in enumerate(scales)
        for at, text in scale.ticks
    ]
    lines = [
        {
            "type": "line",
            "x0": j,
            "x1": j,
            "y0": 0 if not scale.unset else scale.foot - 0.03,
            "y1": 1,
            "line": {"color": tokens.text3, "width": 1},
            "layer": "below",
        }
        for j, scale in enumerate(scales)
    ]
    blank = {"visible": False, "fixedrange": True, "autorange": False}
    return {
        "autosize": True,
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 12, "b": 14, "pad": 0, "autoexpand": False},
        "paper_bgcolor": tokens.panel,
        "plot_bgcolor": tokens.panel,
        "font": {"family": FONT, "size": 11, "color": tokens.text},
        "showlegend": False,
        "hovermode": False,
        "dragmode": False,
        "xaxis": {**blank, "range": [-0.5, max(len(scales), 1) - 0.5]},
        "yaxis": {**blank, "range": [0, 1]},
        "shapes": lines,
        "annotations": notes,
        "meta": {
            "axes": [
                {
                    "key": scale.key,
                    "title": scale.title,
                    "kind": scale.kind,
                    "low": scale.low,
                    "high": scale.high,
                    "categories": list(scale.categories),
                    "unset": scale.unset,
                    "foot": scale.foot,
                }
                for scale in scales
            ],
            "lines": [
                [trials[i].id, np.round(places[i], 4).tolist(), [said(columns[s.key][i]) for s in scales]]
                for i in on
            ],
        },
    }

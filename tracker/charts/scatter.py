"""One setting against one metric: a point a run; categories become strips with their medians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from tracker.charts.lines import ThemeName
from tracker.charts.numbers import tick, value
from tracker.charts.shades import run_colour
from tracker.charts.text import safe, shorten, uid, width
from tracker.charts.theme import FONT, theme
from tracker.charts.trials import Scale, Trial, Value
from tracker.charts.words import verdict_words
from tracker.model import Goal

Item = dict[str, Any]

STRIP = 0.28
"""Half the width of a strip, in units of the distance between two."""

_ROOM = 0.05
_ACROSS, _ASLANT = 420.0, 100.0  # pixels for the names of all categories side by side, and for one that leans
_SYMBOLS = {
    "overfitting": "triangle-up",
    "overconfident": "diamond",
    "diverged": "x-thin",
    "underfitting": "triangle-down",
}


def scatter(
    trials: Sequence[Trial],
    xs: Sequence[Value],
    ys: Sequence[Value],
    x: Scale,
    y: Scale,
    *,
    goal: Goal | None = None,
    colour: str = "verdict",
    kept: frozenset[str] | None = None,
    look: ThemeName = "light",
    height: int = 320,
) -> Item:
    """Return the figure as a dict, {"data", "layout"}; runs without either value are left out.

    Args:
        trials: The runs.
        xs: Their values of the setting, in their order.
        ys: Their values of the metric.
        x: The setting's scale.
        y: The metric's scale.
        goal: Which direction of the metric is better.
        colour: "verdict", or "metric": the better, the stronger.
        kept: Ids of the runs that the reader's brushes leave; None: all. The others stay as a faint ground.
        look: Light or dark.
        height: In pixels.
    """
    tokens = theme(look)
    both = [
        (i, b)
        for i, (a, b) in enumerate(zip(xs, ys, strict=True))
        if x.place(a) is not None and a is not None and isinstance(b, float)
        if y.place(b) is not None
    ]
    across = _across(both, xs, x)
    groups: dict[tuple[str, str, float], list[tuple[int, float]]] = {}
    for i, b in both:
        trial = trials[i]
        faint = kept is not None and trial.id not in kept
        shade = tokens.context if faint else run_colour(colour, trial.standing, y.place(b), goal, look)
        symbol = (
            _SYMBOLS.get(trial.standing or "", "circle") if colour == "verdict" and not faint else "circle"
        )
        groups.setdefault((shade, symbol, 0.3 if faint else _opacity(len(both))), []).append((i, b))
    data = [
        _points(f"{shade}-{symbol}-{alpha}", members, trials, across, shade, symbol, alpha, tokens.panel)
        for (shade, symbol, alpha), members in sorted(groups.items(), key=lambda one: one[0][2])
    ]
    if x.kind == "category":
        data += _medians(both, xs, x, tokens.text)
    return {"data": data, "layout": _layout(x, y, look, height)}


def _across(both: Sequence[tuple[int, float]], xs: Sequence[Value], x: Scale) -> dict[int, float]:
    """Return where each run stands on the x axis; in a strip runs lie side by side in the order of their metric."""
    if x.kind != "category":
        return {i: float(v) for i, _ in both if isinstance(v := xs[i], float)}
    out = {}
    for at, name in enumerate(x.categories):
        members = sorted((i for i, _ in both if xs[i] == name))
        for k, i in enumerate(members):
            spread = 0.0 if len(members) == 1 else (2 * ((k * 0.618034) % 1) - 1) * STRIP
            out[i] = at + spread
    return out


def _opacity(count: int) -> float:
    return 0.9 if count <= 50 else 0.7 if count <= 200 else 0.5


def _points(
    name: str,
    members: Sequence[tuple[int, float]],
    trials: Sequence[Trial],
    across: dict[int, float],
    shade: str,
    symbol: str,
    alpha: float,
    panel: str,
) -> Item:
    size = 9 if len(trials) <= 50 else 7
    thin = symbol.endswith("-thin")
    return {
        "type": "scatter",
        "mode": "markers",
        "uid": uid(name),
        "x": [across[i] for i, _ in members],
        "y": [b for _, b in members],
        "customdata": [trials[i].id for i, _ in members],
        "text": [
            f"<b>{safe(shorten(trials[i].name, 260, 12))}</b><br>{verdict_words(trials[i].standing).label} · {value(b)}"
            for i, b in members
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": shade,
            "size": size,
            "symbol": symbol,
            "opacity": alpha,
            "line": {"color": shade if thin else panel, "width": 2 if thin else 1},
        },
        "showlegend": False,
        "cliponaxis": False,
    }


def _medians(both: Sequence[tuple[int, float]], xs: Sequence[Value], x: Scale, ink: str) -> list[Item]:
    lines: list[tuple[list[Any], list[Any]]] = []
    for at, name in enumerate(x.categories):
        values = [b for i, b in both if xs[i] == name]
        if values:
            middle = median(values)
            lines.append(([at - STRIP - 0.08, at + STRIP + 0.08, None], [middle, middle, None]))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "uid": "medians",
            "x": [v for line in lines for v in line[0]],
            "y": [v for line in lines for v in line[1]],
            "line": {"color": ink, "width": 2.5},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _layout(x: Scale, y: Scale, look: ThemeName, height: int) -> Item:
    tokens = theme(look)
    font = {"size": 11, "color": tokens.text2}
    axis = {"zeroline": False, "showline": False, "tickfont": font, "fixedrange": True, "autorange": False}
    wide = max((len(text) for at, text in y.ticks), default=3)
    across = _range(x)
    lean = across.get("tickangle", 0)
    return {
        "autosize": True,
        "height": height,
        "margin": {
            "l": 30 + 7 * min(wide, 9),
            "r": 16,
            "t": 10,
            "b": 88 if lean else 44,
            "pad": 0,
            "autoexpand": False,
        },
        "paper_bgcolor": tokens.panel,
        "plot_bgcolor": tokens.panel,
        "font": {"family": FONT, "size": 11, "color": tokens.text},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 16,
        "hoverlabel": {
            "bgcolor": tokens.panel,
            "bordercolor": tokens.line,
            "font": {"family": FONT, "size": 12, "color": tokens.text},
            "align": "left",
        },
        "dragmode": False,
        "xaxis": {
            **axis,
            "title": {"text": safe(shorten(x.title, 380, 11)), "font": font, "standoff": 6},
            **across,
            "gridcolor": tokens.grid,
            "showgrid": x.kind != "category",
        },
        "yaxis": {
            **axis,
            "title": {"text": safe(shorten(y.title, height - 90, 11)), "font": font, "standoff": 6},
            **_range(y),
            "gridcolor": tokens.grid,
        },
    }


def _range(scale: Scale) -> Item:
    if scale.kind == "category":
        last = len(scale.categories) - 1
        shown = [name for at, name in scale.ticks if name in scale.categories]
        leaning = max((width(name, 11) for name in shown), default=0.0) > _ACROSS / (last + 1)
        return {
            "type": "linear",
            "range": [-0.6, max(last, 0) + 0.6],
            "tickvals": [scale.categories.index(name) for name in shown],
            "ticktext": [safe(shorten(name, _ASLANT, 11)) for name in shown],
            **({"tickangle": -30} if leaning else {}),
        }
    log = scale.kind == "log"
    low, high = (math.log10(scale.low), math.log10(scale.high)) if log else (scale.low, scale.high)
    room = (high - low) * _ROOM or abs(high) * 0.1 or 1.0
    named = [(at, text) for at, text in _values(scale)]
    return {
        "type": "log" if log else "linear",
        "range": [low - room, high + room],
        "tickvals": [at for at, _ in named],
        "ticktext": [text for _, text in named],
    }


def _values(scale: Scale) -> list[tuple[float, str]]:
    """Return the ticks of a scale of numbers in data units, with the same texts as on an axis of the other picture."""
    out = []
    for at, _ in scale.ticks:
        if scale.unset and at < scale.foot / 2:
            continue
        share = (at - scale.foot) / (1 - scale.foot)
        if scale.kind == "log":
            number = 10 ** (math.log10(scale.low) * (1 - share) + math.log10(scale.high) * share)
        else:
            number = scale.low * (1 - share) + scale.high * share
        out.append((number, tick(float(f"{number:.4g}"))))
    return out

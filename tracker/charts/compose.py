"""One figure from its panels: geometry, curves from back to front, marks, axes and what code has to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts import axes, marks, telling
from tracker.charts.across import XScale, time_unit
from tracker.charts.axes import YScale
from tracker.charts.ends import end_width
from tracker.charts.frame import LABEL, TICK, Frame, frame
from tracker.charts.groups import grouped
from tracker.charts.lines import MANY, Line, Options, Range
from tracker.charts.onset import title
from tracker.charts.panels import Panel, plains
from tracker.charts.scene import Marks, Scene
from tracker.charts.text import safe, shorten
from tracker.charts.theme import FONT, Theme, theme
from tracker.charts.traces import traces

Item = dict[str, Any]
Floats = NDArray[np.float64]
MOST_POINTS = 60_000
"""Points of a figure, unless somebody says how many of each curve are kept."""

_POINTS = ((80, 100), (30, 150), (0, 300))  # beyond so many lines, points kept of each curve


def compose(
    panels: dict[str, Panel],
    lines: Sequence[Line],
    across: XScale,
    options: Options,
    notices: Sequence[str],
    whole: Range,
) -> Item:
    """Return the Plotly figure of these panels, the upper one first, as a plain dict ready for JSON.

    Args:
        panels: the curves by metric.
        lines: the visible runs in the order of the list.
        across: what stands on the x axis.
        options: how the reader wants to see them.
        notices: sentences that belong to the figure.
        whole: the range of x that shows everything.
    """
    look = theme(options.theme)
    made = grouped(panels, lines, across, options)
    panels, lines, options = made.panels, made.lines, made.options
    focus = _focus(lines, options)
    coloured = [line for line in lines if len(lines) <= MANY or line is focus or line.pinned]
    held = frozenset(line.id for line in coloured)
    scales = {metric: axes.y_scale(panel, options, held) for metric, panel in panels.items()}
    named = 0.0 if options.compact or not options.names else end_width(coloured, focus)
    scene = _scene(panels, lines, coloured, focus, options, scales, options.x_range or whole, named)
    drawn = marks.draw(scene)
    points = options.points or _kept(panels, lines, coloured, options)
    data = [
        trace
        for line in _back_to_front(lines, coloured, focus)
        for trace in traces(line, scene, look, points)
    ]
    for axis, digits in (("x", 9), ("y", 6)):
        for trace, numbers in zip(data, plains([trace[axis] for trace in data], digits), strict=True):
            trace[axis] = numbers
    outside = telling.outside(panels, scales, scene.frame.x)
    meta = {
        "notices": [*notices, *made.notices, *drawn.notices, *telling.notices(panels, scales, options)],
        "clipped": sum(one["count"] for one in outside),
        "outside": outside,
        "notes": drawn.notes,
        "x": {"kind": across.kind, "title": across.title, "rising": telling.rising(panels)},
        "full": telling.full(whole, panels, options),
        "percent": any(panel.percent for panel in panels.values()),
        "goal": {panel.axis: panel.goal for panel in panels.values()},
        "splits": telling.splits(panels),
    }
    return {
        "data": data + drawn.traces,
        "layout": _layout(scene.frame, panels, across, options, look, drawn, meta),
    }


def _kept(panels: dict[str, Panel], lines: Sequence[Line], coloured: Sequence[Line], options: Options) -> int:
    """Return how many points are kept of each curve."""
    kept = next(kept for beyond, kept in _POINTS if len(lines) > beyond or not beyond)
    curves = [curve for panel in panels.values() for curve in panel.curves.values()]
    ids = {line.id for line in coloured} if options.smoothing > 0 else set()  # these have a raw curve below
    drawn = len(curves) + sum(curve.line.id in ids for curve in curves)
    return min(kept, MOST_POINTS // max(1, drawn))


def _scene(
    panels: dict[str, Panel],
    lines: Sequence[Line],
    coloured: Sequence[Line],
    focus: Line | None,
    options: Options,
    scales: dict[str, YScale],
    x: Range,
    named: float,
) -> Scene:
    """Return the geometry of a figure; its upper panel is raised where a curve would run through the onset's title."""
    look = theme(options.theme)

    def scene() -> Scene:
        ticks = [t for scale in scales.values() for t in axes.tick_texts(scale.ticks())]
        space = frame(options.size, x, scales, ticks, named)
        return Scene(space, panels, lines, coloured, focus, options, look)

    first = scene()
    words = title(first, focus) if focus is not None and options.annotations else None
    if words is None or panels[first.top].asked(options) is not None:
        return first
    area = first.frame.areas[first.top]
    highest = -np.inf
    near_ids = {line.id for line in coloured}
    for curve in (c for c in panels[first.top].curves.values() if c.line.id in near_ids):
        at = first.frame.pxs(curve.x)
        near = curve.drawn[
            (at > words.box.x0 - 4) & (at < words.box.x1 + 4) & (curve.drawn <= area.scale.high)
        ]
        highest = max(highest, float(near.max(initial=-np.inf)))
    if not highest > area.scale.low:
        return first
    under = 1 - (words.box.y1 + 5 - area.box.y0) / (area.box.y1 - area.box.y0)
    scales[first.top] = axes.with_headroom(area.scale, highest, under)
    return scene()


def _focus(lines: Sequence[Line], options: Options) -> Line | None:
    if len(lines) == 1:
        return lines[0]
    return next((line for line in lines if line.id == options.focus), None)


def _back_to_front(lines: Sequence[Line], coloured: Sequence[Line], focus: Line | None) -> list[Line]:
    """Return the lines in drawing order: grey ones, others, pinned ones, the focused one on top."""
    names = {line.id for line in coloured}
    return sorted(lines, key=lambda line: (line is focus, line.pinned, line.id in names))


def _layout(
    space: Frame,
    panels: dict[str, Panel],
    across: XScale,
    options: Options,
    look: Theme,
    drawn: Marks,
    meta: Item,
) -> Item:
    bottom = list(space.areas.values())[-1].axis
    small = {"size": TICK, "color": look.text2}
    wide = space.plot.x1 - space.plot.x0
    title, ticks = _clock(space.x, wide) if across.kind == "time" else (across.title, {})
    layout: Item = {
        "autosize": True,
        "height": space.height,
        "margin": {**space.margin, "pad": 0, "autoexpand": False},
        "paper_bgcolor": look.panel,
        "plot_bgcolor": look.panel,
        "font": {"family": FONT, "size": LABEL, "color": look.text},
        "showlegend": False,
        "hovermode": False,
        "dragmode": False if options.compact else "zoom",
        "uirevision": f"{across.kind}:{options.log_y}:{'+'.join(space.areas)}",
        "shapes": drawn.shapes,
        "annotations": drawn.annotations,
        "meta": meta,
        "xaxis": {
            "anchor": bottom,
            "range": list(space.x),
            "autorange": False,
            "title": {
                "text": safe(shorten(title, wide, TICK)),
                "font": small,
                "standoff": 6,
            },
            "tickfont": small,
            "showgrid": False,
            "zeroline": False,
            "showline": False,
            "showticklabels": any(panel.curves for panel in panels.values()),
            "nticks": max(6, round(wide / 58)),
            "separatethousands": True,
            **({"dtick": 1} if across.kind in ("epoch", "step") and space.x[1] - space.x[0] < 7 else {}),
            **ticks,
        },
    }
    for metric, area in space.areas.items():
        title = shorten(panels[metric].title, area.box.y1 - area.box.y0, TICK)
        layout["yaxis" if area.axis == "y" else "yaxis2"] = {
            "anchor": "x",
            "domain": list(area.domain),
            "title": {"text": safe(title), "font": small, "standoff": 8},
            "tickfont": small,
            "range": [area.scale.at(area.scale.low), area.scale.at(area.scale.high)],
            "autorange": False,
            "fixedrange": True,
            "gridcolor": look.grid,
            "zeroline": False,
            "showline": False,
            "showticklabels": bool(panels[metric].curves),
            **_ticks(area.scale, area.box.y1 - area.box.y0),
        }
    return layout


def _clock(x: Range, wide: float) -> tuple[str, Item]:
    """Return title and ticks of an axis of seconds, written in the unit that suits what is visible."""
    unit, word = time_unit(max(x))
    values = axes.round_ticks(x[0] / unit, x[1] / unit, max(3, round(wide / 80)))
    ticks = {"tickmode": "array", "tickvals": [v * unit for v in values], "ticktext": axes.tick_texts(values)}
    return f"Time ({word})", ticks


def _ticks(scale: YScale, tall: float) -> Item:
    if not scale.log:
        return {"nticks": max(3, round(tall / 30)), "exponentformat": "e", "minexponent": 5}
    values = scale.ticks()
    return {"type": "log", "tickmode": "array", "tickvals": values, "ticktext": axes.tick_texts(values)}

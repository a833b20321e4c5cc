"""One figure from its panels: geometry, curves from back to front, marks, axes and what code has to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts import axes, marks
from tracker.charts.across import XScale
from tracker.charts.axes import YScale
from tracker.charts.ends import end_width
from tracker.charts.frame import LABEL, TICK, Frame, frame
from tracker.charts.groups import group_id, grouped
from tracker.charts.lines import MANY, Line, Options, Range
from tracker.charts.onset import title
from tracker.charts.panels import SPLITS, Curve, Panel, plains, seen
from tracker.charts.scene import Marks, Scene
from tracker.charts.text import safe, shorten, uid
from tracker.charts.theme import FONT, Theme, theme
from tracker.curves.bands import Band
from tracker.curves.sampling import sample
from tracker.curves.smoothing import MOST

Item = dict[str, Any]
Floats = NDArray[np.float64]
_DASHES = {"train": "4px,3px", "test": "1.5px,2.5px"}
_PLACES = 20  # places named of a curve that leaves the visible range
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
    points = options.points or next(kept for beyond, kept in _POINTS if len(lines) > beyond or not beyond)
    data = [
        trace
        for line in _back_to_front(lines, coloured, focus)
        for trace in _traces(line, scene, look, points)
    ]
    for axis, digits in (("x", 9), ("y", 6)):
        for trace, numbers in zip(data, plains([trace[axis] for trace in data], digits), strict=True):
            trace[axis] = numbers
    outside = _outside(panels, scales, scene.frame.x)
    meta = {
        "notices": [
            *notices,
            *made.notices,
            *_averaged(panels),
            *_apart(panels, options),
            *drawn.notices,
            *_not_positive(panels, scales),
        ],
        "clipped": sum(one["count"] for one in outside),
        "outside": outside,
        "notes": drawn.notes,
        "x": {"kind": across.kind, "title": across.title, "rising": _rising(panels)},
        "full": _full(whole, panels, options),
        "percent": any(panel.percent for panel in panels.values()),
        "goal": {panel.axis: panel.goal for panel in panels.values()},
        "splits": [s for s in ("train", "val", "test", "") if _has_split(panels, s)],
    }
    return {
        "data": data + drawn.traces,
        "layout": _layout(scene.frame, panels, across, options, look, drawn, meta),
    }


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


def _traces(line: Line, scene: Scene, look: Theme, points: int) -> list[Item]:
    """Return a line's curves: the raw ones below the smoothed, train below val, the upper panel first."""
    out = []
    grey = all(line is not other for other in scene.coloured)
    focused = line is scene.focus
    stands_back = scene.focus is not None and not focused
    for metric, panel in scene.panels.items():
        for split in SPLITS:
            curve = panel.curves.get((line.id, split))
            if curve is None:
                continue
            behind = split == "train"
            stroke: Item = {
                "color": look.context if grey else look.colour(line.colour),
                "width": 1.0 if grey else (1.4 if behind else 2.0) + (0.5 if focused else 0.0),
            }
            if split in _DASHES:
                stroke["dash"] = _DASHES[split]
            opacity = 1.0
            if grey or stands_back:
                opacity = (0.25 if grey else 0.55) if behind else (0.55 if grey else 0.8)
            band = panel.bands.get((line.id, split))
            if band is not None:
                out.append(_band(curve, band, metric, scene, str(stroke["color"]), points))
            elif scene.options.smoothing > 0 and not grey:
                faint = {**stroke, "width": 1.0}
                out.append(_trace(curve, metric, scene, faint, 0.22, points, raw=True))
            out.append(_trace(curve, metric, scene, stroke, opacity, points, raw=False))
    return out


def _trace(
    curve: Curve, metric: str, scene: Scene, stroke: Item, opacity: float, points: int, *, raw: bool
) -> Item:
    line, area = curve.line, scene.frame.areas[metric]
    values = curve.raw if raw else curve.drawn
    if area.scale.log:
        values = np.where(values > 0, values, np.nan)
    x, y = seen(curve, values, scene.options, points)
    meta: Item = {"run": line.id, "name": line.name, "split": curve.split, "metric": metric}
    if line.id == group_id(line.group):
        meta["group"] = line.group
    if raw:
        meta["raw"] = True
    return {
        "type": "scatter",
        "mode": "lines",
        "uid": uid(line.id, metric, curve.split, *(["raw"] if raw else [])),
        "name": safe(f"{line.name} {curve.split}".strip()),
        "meta": meta,
        "x": x,
        "y": y,
        "yaxis": area.axis,
        "line": stroke,
        "opacity": opacity,
        "hoverinfo": "skip",
        "showlegend": False,
        "connectgaps": False,
    }


def _band(curve: Curve, band: Band, metric: str, scene: Scene, colour: str, points: int) -> Item:
    """Return the area round a group's mean: one closed outline for each stretch without a gap."""
    area, split = scene.frame.areas[metric], curve.split
    low, high = band.low, band.high
    if area.scale.log:
        low = np.where(low > 0, low, area.scale.low)
    xs: list[Floats] = [np.empty(0)]
    ys: list[Floats] = [np.empty(0)]
    known = np.isfinite(low) & np.isfinite(high) & (high > 0 if area.scale.log else True)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    gap = np.array([np.nan])
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        part = slice(begin, end)
        kept = np.union1d(sample(low[part], points // 2), sample(high[part], points // 2))
        x = band.x[part][kept]
        xs += [x, x[::-1], gap]
        ys += [high[part][kept], low[part][kept][::-1], gap]
    return {
        "type": "scatter",
        "mode": "lines",
        "uid": uid(curve.line.id, metric, split, "band"),
        "meta": {
            "run": curve.line.id, "name": curve.line.name, "split": split, "metric": metric,
            "group": curve.line.group, "marks": True, "band": True,
        },
        "x": np.concatenate(xs)[:-1],
        "y": np.concatenate(ys)[:-1],
        "yaxis": area.axis,
        "line": {"width": 0, "color": colour},
        "fill": "toself",
        "fillcolor": _faded(colour, 0.08 if split == "train" else 0.16),
        "hoverinfo": "skip",
        "showlegend": False,
    }  # fmt: skip


def _faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


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
                "text": safe(shorten(across.title, space.plot.x1 - space.plot.x0, TICK)),
                "font": small,
                "standoff": 6,
            },
            "tickfont": small,
            "showgrid": False,
            "zeroline": False,
            "showline": False,
            "showticklabels": any(panel.curves for panel in panels.values()),
            "nticks": max(6, round((space.plot.x1 - space.plot.x0) / 58)),
            "separatethousands": True,
            **({"dtick": 1} if across.kind in ("epoch", "step") and space.x[1] - space.x[0] < 7 else {}),
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


def _ticks(scale: YScale, tall: float) -> Item:
    if not scale.log:
        return {"nticks": max(3, round(tall / 30)), "exponentformat": "e", "minexponent": 5}
    values = scale.ticks()
    return {"type": "log", "tickmode": "array", "tickvals": values, "ticktext": axes.tick_texts(values)}


def _full(whole: Range, panels: dict[str, Panel], options: Options) -> Item:
    everything = replace(options, clip=False, x_range=None, y_ranges=(None, None))
    out: Item = {"x": list(whole)}
    for panel in panels.values():
        scale = axes.y_scale(panel, everything, frozenset())
        out[panel.axis] = [scale.low, scale.high]
    return out


def _outside(panels: dict[str, Panel], scales: dict[str, YScale], x: Range) -> list[Item]:
    """Return which curves leave the visible range of y, with how many points and at which places, the most first."""
    found = []
    for metric, panel in panels.items():
        for (run, split), curve in panel.curves.items():
            out = axes.hidden(curve, scales[metric], x)
            if len(out):
                places = [float(place) for place in curve.x[out[:_PLACES]]]
                one = {"run": run, "name": curve.line.name, "split": split, "metric": metric}
                found.append({**one, "count": len(out), "at": places})
    return sorted(found, key=lambda one: -int(one["count"]))


def _rising(panels: dict[str, Panel]) -> bool:
    """Tell whether every curve goes from left to right; over a metric it may turn back."""
    return all(curve.rises for panel in panels.values() for curve in panel.curves.values())


def _has_split(panels: dict[str, Panel], split: str) -> bool:
    return any(found == split for panel in panels.values() for _, found in panel.curves)


def _apart(panels: dict[str, Panel], options: Options) -> list[str]:
    """Return a notice of the runs that are not in sight, since they would flatten all others."""
    found: dict[str, str] = {}
    for panel in panels.values():
        found |= axes.apart(panel, options) if panel.asked(options) is None else {}
    if not found:
        return []
    rest, verb = (f" and {len(found) - 1} more", "lie") if len(found) > 1 else ("", "lies")
    first = shorten(next(iter(found.values())), 200)
    return [f"{first}{rest} {verb} far above the other runs and out of sight; a log axis shows all."]


def _averaged(panels: dict[str, Panel]) -> list[str]:
    """Return a notice of the means that long curves were smoothed over."""
    longest = max((curve.bucket for panel in panels.values() for curve in panel.curves.values()), default=1)
    return (
        [f"Smoothed over means of {longest} points: a curve is longer than {MOST:,}."] if longest > 1 else []
    )


def _not_positive(panels: dict[str, Panel], scales: dict[str, YScale]) -> list[str]:
    """Return a notice of the values that a log axis cannot show."""
    counts: dict[str, int] = {}
    for metric, panel in panels.items():
        for curve in panel.curves.values() if scales[metric].log else ():
            with np.errstate(invalid="ignore"):
                if n := int((curve.drawn <= 0).sum()):
                    counts[curve.line.name] = counts.get(curve.line.name, 0) + n
    if not counts:
        return []
    total, first = sum(counts.values()), next(iter(counts))
    of = shorten(first, 200) + (f" and {len(counts) - 1} more" if len(counts) > 1 else "")
    noun = "value is" if total == 1 else "values are"
    return [f"{total:,} {noun} zero or negative and cannot be drawn on a log axis: {of}."]

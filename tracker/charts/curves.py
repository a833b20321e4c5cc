"""The figure of this house: loss over accuracy on one x axis, train dashed and validation solid, as a plain dict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracker.charts import axes, marks
from tracker.charts.axes import YScale
from tracker.charts.ends import end_width
from tracker.charts.frame import LABEL, TICK, Frame, frame
from tracker.charts.lines import MANY, Line, Options, Range
from tracker.charts.onset import title
from tracker.charts.panels import Curve, Metric, Panel, XScale, prepare, seen, x_scale
from tracker.charts.scene import Marks, Scene
from tracker.charts.text import safe, shorten, uid
from tracker.charts.theme import FONT, Theme, theme

__all__ = ["MANY", "Line", "Options", "loss_accuracy"]

Item = dict[str, Any]
_METRICS: tuple[Metric, Metric] = ("loss", "accuracy")


def loss_accuracy(lines: Sequence[Line], options: Options = Options()) -> Item:  # noqa: B008
    """Return one Plotly figure of these runs' losses over their accuracies.

    Every trace carries `meta` {"run", "name", "split", "metric"}, with "raw": True where it is the unsmoothed line
    under a smoothed one and "marks": True where it holds markers instead of a curve. `layout.meta` holds "notices"
    (sentences for the reader), "clipped" (points outside the visible range of y), "x" (kind and title of the axis),
    "full" (ranges of x, y and y2 that show everything) and "percent" (accuracy is in percent).

    Args:
        lines: the visible runs, in the order of the list; none gives an empty figure with its axes.
        options: how the reader wants to see them.

    Returns:
        {"data": [...], "layout": {...}} of lists, dicts, strings and numbers only, ready for JSON.
    """
    look = theme(options.theme)
    across, notices = x_scale(lines, options)
    panels: dict[str, Panel] = {metric: prepare(lines, metric, across, options) for metric in _METRICS}
    panels = {metric: panel for metric, panel in panels.items() if panel.curves} or {"loss": panels["loss"]}
    every = [curve for panel in panels.values() for curve in panel.curves.values()]
    whole = axes.x_range(every)
    focus = _focus(lines, options)
    coloured = [line for line in lines if len(lines) <= MANY or line is focus or line.pinned]
    held = frozenset(line.id for line in coloured)
    scales = {metric: axes.y_scale(panel, options, held) for metric, panel in panels.items()}
    named = 0.0 if options.compact or not options.names else end_width(coloured, focus)
    scene = _scene(panels, lines, coloured, focus, options, scales, options.x_range or whole, named)
    drawn = marks.draw(scene)
    data = [trace for line in _back_to_front(lines, coloured, focus) for trace in _traces(line, scene, look)]
    hidden = sum(
        len(axes.hidden(c, scales[metric], scene.frame.x))
        for metric, p in panels.items()
        for c in p.curves.values()
    )
    meta = {
        "notices": notices + drawn.notices + _not_positive(panels, scales),
        "clipped": int(hidden),
        "x": {"kind": across.kind, "title": across.title},
        "full": _full(whole, panels, options),
        "percent": panels["accuracy"].percent if "accuracy" in panels else False,
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
    if words is None or options.y_ranges[0 if first.top == "loss" else 1] is not None:
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


def _traces(line: Line, scene: Scene, look: Theme) -> list[Item]:
    """Return a line's curves: the raw ones below the smoothed, train below val, loss before accuracy."""
    out = []
    grey = all(line is not other for other in scene.coloured)
    focused = line is scene.focus
    for metric, panel in scene.panels.items():
        for split in ("train", "val"):
            curve = panel.curves.get((line.id, split))
            if curve is None:
                continue
            val = split == "val"
            stroke: Item = {
                "color": look.context if grey else look.colour(line.colour),
                "width": 1.0 if grey else (2.0 if val else 1.4) + (0.5 if focused else 0.0),
            }
            if not val:
                stroke["dash"] = "4px,3px"
            stands_back = scene.focus is not None and not focused
            opacity = (0.55 if val else 0.25) if grey else (0.8 if val else 0.55) if stands_back else 1.0
            if scene.options.smoothing > 0 and not grey:
                faint = {**stroke, "width": 1.0}
                out.append(_trace(curve, metric, scene, faint, 0.22, raw=True))
            out.append(_trace(curve, metric, scene, stroke, opacity, raw=False))
    return out


def _trace(curve: Curve, metric: str, scene: Scene, stroke: Item, opacity: float, *, raw: bool) -> Item:
    line, area = curve.line, scene.frame.areas[metric]
    values = curve.raw if raw else curve.drawn
    if area.scale.log:
        values = np.where(values > 0, values, np.nan)
    x, y = seen(curve, values, scene.options)
    meta: Item = {"run": line.id, "name": line.name, "split": curve.split, "metric": metric}
    if raw:
        meta["raw"] = True
    return {
        "type": "scatter",
        "mode": "lines",
        "uid": uid(line.id, metric, curve.split, *(["raw"] if raw else [])),
        "name": safe(f"{line.name} {curve.split}"),
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


def _layout(
    space: Frame,
    panels: dict[str, Panel],
    across: XScale,
    options: Options,
    look: Theme,
    drawn: Marks,
    meta: Item,
) -> Item:
    bottom = space.areas["accuracy"].axis if "accuracy" in space.areas else "y"
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
            "title": {"text": across.title, "font": small, "standoff": 6},
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


def _full(whole: tuple[float, float], panels: dict[str, Panel], options: Options) -> Item:
    everything = Options(log_y=options.log_y, clip=False)
    out: Item = {"x": list(whole)}
    for metric, panel in panels.items():
        scale = axes.y_scale(panel, everything, frozenset())
        out["y" if metric == "loss" else "y2"] = [scale.low, scale.high]
    return out


def _not_positive(panels: dict[str, Panel], scales: dict[str, YScale]) -> list[str]:
    """Return a notice of the values that a log axis cannot show."""
    if "loss" not in scales or not scales["loss"].log:
        return []
    counts: dict[str, int] = {}
    for curve in panels["loss"].curves.values():
        with np.errstate(invalid="ignore"):
            if n := int((curve.drawn <= 0).sum()):
                counts[curve.line.name] = counts.get(curve.line.name, 0) + n
    if not counts:
        return []
    total, first = sum(counts.values()), next(iter(counts))
    of = shorten(first, 200) + (f" and {len(counts) - 1} more" if len(counts) > 1 else "")
    noun = "value is" if total == 1 else "values are"
    return [f"{total:,} {noun} zero or negative and cannot be drawn on a log axis: {of}."]

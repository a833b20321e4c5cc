"""The curves of one line as plotly traces: their strokes by split and standing, and the area round a group's mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts.groups import group_id
from tracker.charts.lines import Line
from tracker.charts.panels import SPLITS, Curve, seen
from tracker.charts.scene import Scene
from tracker.charts.text import safe, uid
from tracker.charts.theme import Theme
from tracker.curves.bands import Band
from tracker.curves.sampling import sample

Item = dict[str, Any]
Floats = NDArray[np.float64]
_DASHES = {"train": "4px,3px", "test": "1.5px,2.5px"}


def traces(line: Line, scene: Scene, look: Theme, points: int) -> list[Item]:
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

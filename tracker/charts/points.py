"""Markers on the curves: best epochs, onsets, breaks, clipped spikes and points that no line would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.charts import axes
from tracker.charts.frame import Place
from tracker.charts.lines import Line
from tracker.charts.onset import triangle
from tracker.charts.panels import SPLITS, Curve, Panel
from tracker.charts.scene import Marks, Scene
from tracker.charts.text import uid
from tracker.model import Axis, Diagnosis

_FEWEST = 3  # points of a series before one of them is called its best
_SPIKES = 20  # marks of clipped spikes a curve
_CROSSES = 50  # marks of breaks a curve


def points(marks: Marks, scene: Scene, metric: str, line: Line) -> list[Place]:
    """Draw a line's rings, onset triangle, crosses where it breaks and clipped spikes, as one trace of markers.

    Returns where they stand, in pixels.
    """
    panel, area, theme = scene.panels[metric], scene.frame.areas[metric], scene.theme
    colour, focused = theme.colour(line.colour), line is scene.focus
    found: list[tuple[float, float, str, float, str]] = []  # x, y, symbol, size, fill
    crosses: list[tuple[float, float, str, float, str]] = []
    for split in SPLITS:
        curve = panel.curves.get((line.id, split))
        if curve is None:
            continue
        found += [
            (x, y, "circle", 4.5, theme.panel if split == "train" else colour) for x, y in _lonely(curve)
        ]
        crosses += [(x, area.scale.held(y), "x-thin", 7, colour) for x, y in _breaks(curve)]
        found += [(x, y, symbol, 7, colour) for x, y, symbol in _spikes(curve, scene, metric)]
    if scene.options.annotations:
        if not focused and metric == "loss" and (rise := triangle(scene, metric, line)) is not None:
            found.append((*rise, "triangle-down", 7, colour))
        if (best := best_of(scene, metric, line)) is not None:
            found.append((best.x, best.y, "circle", 10 if focused else 7.5, theme.panel))
    found = [
        p
        for p in found + crosses
        if scene.frame.x[0] <= p[0] <= scene.frame.x[1] and area.y(p[1]) is not None
    ]
    if not found:
        return []
    xs, ys, symbols, sizes, fills = zip(*found, strict=True)
    marks.traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "uid": uid(line.id, "marks", metric),
            "meta": {"run": line.id, "name": line.name, "split": "val", "metric": metric, "marks": True},
            "x": list(xs),
            "y": list(ys),
            "yaxis": area.axis,
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
            "marker": {
                "symbol": list(symbols),
                "size": list(sizes),
                "color": list(fills),
                "opacity": 1,
                "line": {"color": colour, "width": 2.2 if focused else 1.8},
            },
        }
    )
    return list(zip(scene.frame.pxs(np.array(xs)), area.ys(np.array(ys)), strict=True))


@dataclass(frozen=True, slots=True)
class Best:
    """The best point of a line: where it is drawn, its raw value, and its place in the run on an axis."""

    x: float
    y: float
    value: float
    at: float
    axis: Axis


def best_of(scene: Scene, metric: str, line: Line) -> Best | None:
    """Return the best point of a line by one metric; None out of sight, or where nothing says which is best.

    It is the diagnosis' best where that judged this very series, else the best raw value of what was not trained on.
    """
    panel, diagnosis = scene.panels[metric], line.diagnosis
    curve = panel.main(line.id)
    if curve is None or curve.split == "train" or (diagnosis and diagnosis.verdict == "too_early"):
        return None
    if metric != "metric":
        found = _diagnosed(diagnosis, metric)
    else:
        judged = {"loss": diagnosis.loss[1], "accuracy": diagnosis.accuracy[1]} if diagnosis else {}
        name = series.name if (series := line.metric.get(curve.split)) is not None else None
        known = next((which for which, series in judged.items() if series == name), None)
        found = _highest(curve, panel) if known is None else _diagnosed(diagnosis, known)
    if found is None or (x := curve.place(found[0], found[2])) is None:
        return None
    at, value, axis = found
    share = scene.frame.areas[metric].scale.share(y := value * panel.scale[line.id])
    return Best(x, y, value, at, axis) if share is not None and 0 <= share <= 1 else None


def _diagnosed(diagnosis: Diagnosis | None, metric: str) -> tuple[float, float, Axis] | None:
    if diagnosis is None:
        return None
    at, value = diagnosis.best_accuracy_epoch, diagnosis.best_accuracy
    if metric == "loss":
        at, value = diagnosis.best_epoch, diagnosis.best_loss
    return None if at is None or value is None else (at, value, diagnosis.axis)


def _highest(curve: Curve, panel: Panel) -> tuple[float, float, Axis] | None:
    """Return the place and value of the best raw point in the direction of the panel's goal."""
    known = np.flatnonzero(np.isfinite(curve.raw))
    if panel.goal is None or len(known) < _FEWEST:
        return None
    values = curve.raw[known]
    i = known[int(np.argmin(values) if panel.goal == "min" else np.argmax(values))]
    by_epoch = bool(np.isfinite(curve.epoch[i]))
    at = curve.epoch[i] if by_epoch else curve.step[i]
    return float(at), float(curve.raw[i] / panel.scale[curve.line.id]), "epoch" if by_epoch else "step"


def _lonely(curve: Curve) -> list[tuple[float, float]]:
    """Return the finite points without a finite neighbour, which a line alone would not show."""
    known = np.isfinite(curve.drawn) & np.isfinite(curve.x)
    if len(known) > 1 and known.all():
        return []
    before, after = np.concatenate([[False], known[:-1]]), np.concatenate([known[1:], [False]])
    alone = np.flatnonzero(known & ~before & ~after)[:200]
    return [(float(curve.x[i]), float(curve.drawn[i])) for i in alone]


def _breaks(curve: Curve) -> list[tuple[float, float]]:
    """Return the last finite point before each stretch of non-finite values."""
    if curve.first_bad is None:
        return []
    known = np.isfinite(curve.drawn) & np.isfinite(curve.x)
    ends = np.flatnonzero(known[:-1] & ~np.isfinite(curve.drawn[1:]))[:_CROSSES]
    return [(float(curve.x[i]), float(curve.drawn[i])) for i in ends]


def before_break(curve: Curve) -> tuple[float, float] | None:
    """Return the point before the break that a curve is labelled for: the final one, else the first."""
    assert curve.first_bad is not None
    i = curve.first_bad - 1
    return (float(curve.x[i]), float(curve.drawn[i])) if i >= 0 and np.isfinite(curve.x[i]) else None


def _spikes(curve: Curve, scene: Scene, metric: str) -> list[tuple[float, float, str]]:
    """Return the marks at the panel's edge above (or below) which a settled curve leaves it, one a spike."""
    scale = scene.frame.areas[metric].scale
    if not scene.options.clip or scene.panels[metric].asked(scene.options) is not None:
        return []
    out = axes.hidden(curve, scale, scene.frame.x)
    out = out[out >= curve.start]
    # A start that is still falling is no spike.
    begin = curve.start
    while len(out) and out[0] == begin:
        out, begin = out[1:], begin + 1
    if len(out) == 0:
        return []
    groups = np.split(out, np.flatnonzero(np.diff(out) > 1) + 1)
    marks = []
    for group in groups[:_SPIKES]:
        above = bool(curve.drawn[group[0]] > scale.high)
        peak = group[int(np.argmax(curve.drawn[group]) if above else np.argmin(curve.drawn[group]))]
        edge = scale.high if above else scale.low
        marks.append((float(curve.x[peak]), edge, "triangle-up" if above else "triangle-down"))
    return marks

"""What a diagnosis says, drawn: onset and region, best epochs, the gap, broken curves, clipped spikes, names at the ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tracker.charts import axes, numbers
from tracker.charts.frame import LABEL, Box, Frame
from tracker.charts.lines import Line, Options
from tracker.charts.panels import Curve, Panel
from tracker.charts.places import HEIGHT, PADDING, Ink, Placer, around, label_box, relax
from tracker.charts.text import safe, shorten, width
from tracker.charts.theme import Theme

Item = dict[str, Any]

END_GAP = 15.0
"""Least distance of two names in the right margin, pixels."""
END_WIDTH = 150.0
_SPIKES = 20  # marks of clipped spikes a curve
_BROKEN = 5  # labels of broken curves a panel


@dataclass(slots=True)
class Marks:
    """What has been drawn on top of the curves so far, as plotly items."""

    annotations: list[Item] = field(default_factory=list)
    shapes: list[Item] = field(default_factory=list)
    traces: list[Item] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a mark has to know: the figure's geometry, its curves, which run is in focus and which have colour."""

    frame: Frame
    panels: dict[str, Panel]
    lines: Sequence[Line]
    coloured: Sequence[Line]
    focus: Line | None
    options: Options
    theme: Theme

    def placer(self, metric: str) -> Placer:
        """Return a placer for one panel that knows where the coloured curves run."""
        panel, area = self.panels[metric], self.frame.areas[metric]
        names = {line.id for line in self.coloured}
        ink = Ink.of(
            (self.frame.pxs(c.x), area.ys(c.drawn), self._weight(c))
            for c in panel.curves.values()
            if c.line.id in names
        )
        return Placer(Box(area.box.x0 + 3, area.box.y0 + 2, area.box.x1 - 3, area.box.y1 - 2), ink)

    def _weight(self, curve: Curve) -> float:
        if self.focus is not None and curve.line.id == self.focus.id:
            return 4.0 if curve.split == "val" else 2.0
        return 1.0 if curve.split == "val" else 0.5


def draw(scene: Scene) -> Marks:
    """Return every mark of a figure; without `options.annotations` only names, broken curves and clipped spikes."""
    marks = Marks()
    placers = {metric: scene.placer(metric) for metric in scene.panels}
    diagnosed = scene.options.annotations
    if diagnosed and scene.focus is not None:
        _onset(marks, scene, scene.focus, placers)
        _gap_bracket(marks, scene, scene.focus)
    for metric in scene.panels:
        for line in scene.coloured:
            _points(marks, scene, metric, line)
    if diagnosed and scene.focus is not None:
        for metric in scene.panels:
            _best_label(marks, scene, metric, scene.focus, placers[metric])
        _gap_label(marks, scene, scene.focus, placers)
    for metric in scene.panels:
        _broken_labels(marks, scene, metric, placers[metric])
        if not scene.options.compact:
            _end_labels(marks, scene, metric)
    return marks


def _onset(marks: Marks, scene: Scene, focus: Line, placers: dict[str, Placer]) -> None:
    """Draw the dotted line where validation loss starts to rise for good, the region after it and their title."""
    place = _onset_place(scene, focus)
    if place is None:
        return
    x, end = place
    red = scene.theme.bad
    shared = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    region = {
        "type": "rect",
        "x0": x,
        "x1": max(end, x),
        "fillcolor": scene.theme.region,
        "line": {"width": 0},
    }
    dotted = {"type": "line", "x0": x, "x1": x, "line": {"color": red, "width": 1.4, "dash": "3px,2px"}}
    marks.shapes += [
        {"name": f"region:{focus.id}", **shared, **region},
        {"name": f"onset:{focus.id}", **shared, **dotted},
    ]
    metric = "loss" if "loss" in scene.panels else "accuracy"
    area, plot, at = scene.frame.areas[metric], scene.frame.plot, scene.frame.px(x)
    if at > plot.x1 or scene.frame.px(end) < plot.x0:
        return
    title, side, left = _title_place(scene, focus, at)
    bold, rest = title
    box = Box(left, area.box.y0 + 3, left + _title_width(title), area.box.y0 + 3 + HEIGHT)
    placers[metric].take(box)
    text = f"<b>{safe(bold)}</b>" + (f"  {safe(rest)}" if rest else "")
    marks.annotations.append(
        {
            **_label(scene, text, f"title:{focus.id}"),
            "xref": "x" if side else "paper",
            "x": x if side else 0,
            "xanchor": "right" if side < 0 else "left",
            "xshift": side * 6 if side else left - plot.x0,
            "yref": "paper",
            "y": area.domain[1],
            "yanchor": "top",
            "yshift": -3,
            "font": {"color": red, "size": LABEL},
            "bgcolor": "rgba(0,0,0,0)",
        }
    )


def _title_place(scene: Scene, focus: Line, at: float) -> tuple[tuple[str, str], int, float]:
    """Return the title's (bold, plain) text, its side of the line (1 right, -1 left, 0 neither) and its left edge."""
    diagnosis, plot = focus.diagnosis, scene.frame.plot
    assert diagnosis is not None
    assert diagnosis.onset_epoch is not None
    where = numbers.position(diagnosis.onset_epoch, diagnosis.axis)
    brief = numbers.position(diagnosis.onset_epoch, diagnosis.axis, compact=True)
    rise = _rise(focus)
    titles = [(f"Overfitting from {where}", ""), (f"Overfitting · {brief}", ""), (brief, "")]
    if rise and not scene.options.compact:
        titles.insert(
            0, (titles[0][0], f"val {focus.loss_name if len(focus.loss_name) <= 12 else 'loss'} {rise}")
        )
    for title in titles:
        wide = _title_width(title)
        if at < plot.x0:
            if plot.x0 + 6 + wide <= plot.x1:
                return ("← " + title[0], title[1]), 0, plot.x0 + 6
        elif at + 6 + wide <= plot.x1 - 2:
            return title, 1, at + 6
        elif at - 6 - wide >= plot.x0 + 2:
            return title, -1, at - 6 - wide
    wide = _title_width(titles[-1])
    left = min(max(at + 6, plot.x0), plot.x1 - wide)
    return titles[-1], 0, left


def _title_width(title: tuple[str, str]) -> float:
    bold, rest = title
    return width(bold, LABEL, True) + (width("  " + rest, LABEL) if rest else 0) + 2 * PADDING


def _rise(line: Line) -> str:
    """Return how much the validation loss rose from its best to its last value, "+28 %", or nothing to say."""
    best, val = line.diagnosis.best_loss if line.diagnosis else None, line.loss[1]
    if val is None or best is None or not best > 0:
        return ""
    known = val.value[np.isfinite(val.value)]
    return numbers.change(float(known[-1]) / best - 1) if len(known) and known[-1] > best else ""


def _onset_place(scene: Scene, line: Line) -> tuple[float, float] | None:
    """Return where on the x axis a line's onset lies and where its curves end; None without one."""
    diagnosis = line.diagnosis
    if diagnosis is None or not diagnosis.overfitting or diagnosis.onset_epoch is None:
        return None
    for panel in scene.panels.values():
        curve = panel.curves.get((line.id, "val"))
        if curve is not None and (x := curve.place(diagnosis.onset_epoch, diagnosis.axis)) is not None:
            return x, float(np.nanmax(curve.x))
    return None


# ------------------------------------------------------------------------------------------------------------ points


def _points(marks: Marks, scene: Scene, metric: str, line: Line) -> None:
    """Draw a line's rings, onset triangle, crosses where it breaks and clipped spikes, as one trace of markers."""
    panel, area, theme = scene.panels[metric], scene.frame.areas[metric], scene.theme
    colour, focused = theme.colour(line.colour), line is scene.focus
    found: list[tuple[float, float, str, float, str]] = []  # x, y, symbol, size, fill
    for split in ("train", "val"):
        curve = panel.curves.get((line.id, split))
        if curve is None:
            continue
        found += [(x, y, "circle", 4.5, colour if split == "val" else theme.panel) for x, y in _lonely(curve)]
        if curve.first_bad is not None and (point := _before_break(curve)) is not None:
            found.append((*point, "x-thin", 8, colour))
        found += [(x, y, symbol, 7, colour) for x, y, symbol in _spikes(curve, scene, metric)]
    if scene.options.annotations:
        if not focused and metric == "loss" and (triangle := _triangle(scene, metric, line)) is not None:
            found.append((*triangle, "triangle-down", 7, colour))
        if (ring := _ring(scene, metric, line)) is not None:
            found.append((*ring, "circle", 10 if focused else 7.5, theme.panel))
    found = [p for p in found if scene.frame.x[0] <= p[0] <= scene.frame.x[1] and area.y(p[1]) is not None]
    if not found:
        return
    xs, ys, symbols, sizes, fills = zip(*found, strict=True)
    marks.traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "uid": f"{line.id}:marks:{metric}",
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


def _ring(scene: Scene, metric: str, line: Line) -> tuple[float, float] | None:
    """Return the place of the best epoch by one metric: x and the raw value, as the diagnosis names it."""
    diagnosis, panel = line.diagnosis, scene.panels[metric]
    curve = panel.curves.get((line.id, "val"))
    if diagnosis is None or curve is None:
        return None
    at, best = (
        (diagnosis.best_epoch, diagnosis.best_loss)
        if metric == "loss"
        else (diagnosis.best_accuracy_epoch, diagnosis.best_accuracy)
    )
    if at is None or best is None or (x := curve.place(at, diagnosis.axis)) is None:
        return None
    share = scene.frame.areas[metric].scale.share(y := best * panel.scale[line.id])
    return (x, y) if share is not None and 0 <= share <= 1 else None


def _triangle(scene: Scene, metric: str, line: Line) -> tuple[float, float] | None:
    """Return the place of the small onset mark, a few pixels above a line's validation curve."""
    place, curve = _onset_place(scene, line), scene.panels[metric].curves.get((line.id, "val"))
    if place is None or curve is None:
        return None
    known = np.isfinite(curve.drawn) & np.isfinite(curve.x)
    if not known.any():
        return None
    area = scene.frame.areas[metric]
    y = area.y(float(np.interp(place[0], curve.x[known], curve.drawn[known])))
    return (place[0], area.value(y - 7)) if y is not None and area.box.y0 + 10 <= y <= area.box.y1 else None


def _lonely(curve: Curve) -> list[tuple[float, float]]:
    """Return the finite points without a finite neighbour, which a line alone would not show."""
    known = np.isfinite(curve.drawn) & np.isfinite(curve.x)
    before, after = np.concatenate([[False], known[:-1]]), np.concatenate([known[1:], [False]])
    alone = np.flatnonzero(known & ~before & ~after)[:200]
    return [(float(curve.x[i]), float(curve.drawn[i])) for i in alone]


def _before_break(curve: Curve) -> tuple[float, float] | None:
    """Return the last finite point before a curve breaks."""
    assert curve.first_bad is not None
    i = curve.first_bad - 1
    return (float(curve.x[i]), float(curve.drawn[i])) if i >= 0 and np.isfinite(curve.x[i]) else None


def _spikes(curve: Curve, scene: Scene, metric: str) -> list[tuple[float, float, str]]:
    """Return the marks at the panel's edge above (or below) which a settled curve leaves it, one a spike."""
    scale = scene.frame.areas[metric].scale
    if not scene.options.clip or scene.options.y_ranges[0 if metric == "loss" else 1] is not None:
        return []
    out = axes.hidden(curve, scale)
    out = out[out >= axes.start(curve)]
    # A start that is still falling is no spike.
    begin = axes.start(curve)
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


# ------------------------------------------------------------------------------------------------------------ labels


def _best_label(marks: Marks, scene: Scene, metric: str, focus: Line, placer: Placer) -> None:
    """Name the focused run's best epoch beside its ring, with a leader line."""
    ring, diagnosis = _ring(scene, metric, focus), focus.diagnosis
    if ring is None or diagnosis is None:
        return
    x, y = scene.frame.px(ring[0]), scene.frame.areas[metric].y(ring[1])
    if y is None or not scene.frame.plot.x0 <= x <= scene.frame.plot.x1:
        return
    loss = metric == "loss"
    at, logged = (
        (diagnosis.best_epoch, diagnosis.best_loss)
        if loss
        else (diagnosis.best_accuracy_epoch, diagnosis.best_accuracy)
    )
    assert at is not None
    compact = scene.options.compact
    name = shorten((focus.loss_name if loss else focus.accuracy_name).replace("_", " "), 110, LABEL)
    percent = scene.panels[metric].percent
    value = numbers.percent(ring[1]) if percent else (numbers.short if compact else numbers.value)(logged)
    where = numbers.position(at, diagnosis.axis, compact=compact)
    lead = "" if compact else f"best {name} "
    placer.take(Box(x - 7, y - 7, x + 7, y + 7))
    box = placer.choose(around(x, y, f"{lead}{value} · {where}"))
    if box is None:
        return
    marks.annotations.append(
        {
            **_label(scene, f"{safe(lead)}<b>{safe(value)}</b> · {safe(where)}", f"best:{metric}:{focus.id}"),
            **_leader(scene, metric, ring, x, y, box),
        }
    )


def _gap_bracket(marks: Marks, scene: Scene, focus: Line) -> None:
    """Draw the bracket between the ends of the focused run's two losses."""
    ends = _gap_ends(scene, focus)
    if ends is None:
        return
    x, low, high = ends
    stroke = {"color": scene.theme.text2, "width": 1.2}
    shared = {"type": "line", "xref": "x", "yref": "y", "line": stroke, "name": f"gap:{focus.id}"}
    cap = {"xsizemode": "pixel", "xanchor": x, "x0": -5, "x1": 5}
    marks.shapes.append({**shared, "x0": x, "x1": x, "y0": low, "y1": high})
    marks.shapes += [{**shared, **cap, "y0": y, "y1": y} for y in (low, high)]


def _gap_label(marks: Marks, scene: Scene, focus: Line, placers: dict[str, Placer]) -> None:
    ends = _gap_ends(scene, focus)
    if ends is None or focus.diagnosis is None or focus.diagnosis.gap is None:
        return
    x, low, high = ends
    area = scene.frame.areas["loss"]
    at, top, bottom = scene.frame.px(x), area.y(high), area.y(low)
    assert top is not None
    assert bottom is not None
    gap = numbers.short(focus.diagnosis.gap)
    half = width(f"gap {gap}", LABEL, True) / 2 + PADDING
    heights = [top + share * (bottom - top) for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)]
    heights += [top - 14, bottom + 14, top - 26, bottom + 26]
    boxes = [(label_box(at - 7 - half, y, f"gap {gap}", bold=True), i * 0.6) for i, y in enumerate(heights)]
    box = placers["loss"].choose(boxes)
    if box is None:
        return
    middle = (box.y0 + box.y1) / 2
    marks.annotations.append(
        {
            **_label(scene, f"gap <b>{gap}</b>", f"gap:{focus.id}"),
            "xref": "x",
            "x": x,
            "xanchor": "right",
            "xshift": -7,
            "yref": "y",
            "y": area.scale.at(area.value(min(max(middle, area.box.y0), area.box.y1))),
            "yanchor": "middle",
        }
    )


def _gap_ends(scene: Scene, focus: Line) -> tuple[float, float, float] | None:
    """Return x and the raw last train and val losses, lower first; None where the bracket would be too small to see."""
    if "loss" not in scene.panels:
        return None
    curves = scene.panels["loss"].curves
    train, val = curves.get((focus.id, "train")), curves.get((focus.id, "val"))
    if train is None or val is None or focus.diagnosis is None or focus.diagnosis.gap is None:
        return None
    if train.dead or val.dead or train.last is None or val.last is None:
        return None
    x, a, b = val.last[0], train.last[1], val.last[1]
    area = scene.frame.areas["loss"]
    ya, yb = area.y(a), area.y(b)
    seen = scene.frame.x[0] <= x <= scene.frame.x[1]
    if ya is None or yb is None or abs(ya - yb) < 8 or not seen:
        return None
    return x, min(a, b), max(a, b)


def _broken_labels(marks: Marks, scene: Scene, metric: str, placer: Placer) -> None:
    """Say beside the cross from where a curve has no numbers; the focused run first."""
    panel, area = scene.panels[metric], scene.frame.areas[metric]
    order = sorted(scene.coloured, key=lambda line: line is not scene.focus)
    labelled = 0
    for line in order:
        for split in ("val", "train"):
            curve = panel.curves.get((line.id, split))
            if curve is None or curve.first_bad is None:
                continue
            at, kind = (
                (curve.epoch, "epoch") if np.isfinite(curve.epoch[curve.first_bad]) else (curve.step, "step")
            )
            since = numbers.position(
                float(at[curve.first_bad]),
                "epoch" if kind == "epoch" else "step",
                compact=scene.options.compact,
            )
            text = f"{curve.bad_word} {'from' if curve.dead else 'at'} {since}"
            point = _before_break(curve)
            if point is None:
                name = shorten(line.name, 200)
                marks.notices.append(f"{name}: {split} {_metric_name(line, metric)} is {text}.")
                break
            x, y = scene.frame.px(point[0]), area.y(point[1])
            if y is None or labelled >= _BROKEN:
                break
            placer.take(Box(x - 6, y - 6, x + 6, y + 6))
            if (box := placer.choose(around(x, y, text))) is not None:
                labelled += 1
                marks.annotations.append(
                    {
                        **_label(scene, safe(text), f"broken:{metric}:{line.id}"),
                        **_leader(scene, metric, point, x, y, box),
                        "font": {"color": scene.theme.ink(line.colour), "size": LABEL},
                    }
                )
            break


def _end_labels(marks: Marks, scene: Scene, metric: str) -> None:
    """Write the coloured runs' names in the right margin, beside the ends of their validation curves."""
    panel, area = scene.panels[metric], scene.frame.areas[metric]
    wanted: list[tuple[float, float, Line]] = []
    for line in scene.coloured:
        curve = panel.curves.get((line.id, "val")) or panel.curves.get((line.id, "train"))
        end = _last_seen(curve, scene) if curve is not None else None
        if end is not None and (y := area.y(end)) is not None and area.box.y0 - 1 <= y <= area.box.y1 + 1:
            wanted.append((y, end, line))
    wanted.sort(key=lambda w: w[0])
    room = int((area.box.y1 - area.box.y0 - 10) / END_GAP) + 1
    while len(wanted) > room:
        wanted.pop(_least_missed(wanted, scene))
    places = relax([w[0] for w in wanted], END_GAP, area.box.y0 + 5, area.box.y1 - 5)
    limit = scene.frame.margin["r"] - 14
    for (y, end, line), place in zip(wanted, places, strict=True):
        bold = line is scene.focus
        name = safe(shorten(line.name, limit, LABEL, bold))
        marks.annotations.append(
            {
                **_label(scene, f"<b>{name}</b>" if bold else name, f"end:{metric}:{line.id}"),
                "xref": "paper",
                "x": 1,
                "xanchor": "left",
                "xshift": 5,
                "align": "left",
                "yref": area.axis,
                "y": area.scale.at(end),
                "yanchor": "middle",
                "yshift": round(y - place, 1),
                "font": {"color": scene.theme.ink(line.colour), "size": LABEL},
                "bgcolor": "rgba(0,0,0,0)",
            }
        )


def end_width(lines: Sequence[Line], focus: Line | None) -> float:
    """Return how wide the names in the right margin are, pixels, at most END_WIDTH."""
    return min(max((width(line.name, LABEL, line is focus) for line in lines), default=0.0), END_WIDTH)


def _least_missed(wanted: list[tuple[float, float, Line]], scene: Scene) -> int:
    """Return the index of the name that stands closest to another, never the focused or a pinned one if avoidable."""

    def cost(i: int) -> tuple[bool, bool, float]:
        near = [abs(wanted[i][0] - wanted[k][0]) for k in (i - 1, i + 1) if 0 <= k < len(wanted)]
        line = wanted[i][2]
        return line is scene.focus, line.pinned, min(near, default=0.0)

    return min(range(len(wanted)), key=cost)


def _last_seen(curve: Curve, scene: Scene) -> float | None:
    """Return the drawn value at the right end of the visible part of a curve."""
    with np.errstate(invalid="ignore"):
        known = np.isfinite(curve.drawn) & (curve.x >= scene.frame.x[0]) & (curve.x <= scene.frame.x[1])
    at = np.flatnonzero(known)
    return float(curve.drawn[at[-1]]) if len(at) else None


def _metric_name(line: Line, metric: str) -> str:
    return line.loss_name if metric == "loss" else line.accuracy_name


def _label(scene: Scene, text: str, name: str) -> Item:
    return {
        "name": name,
        "text": text,
        "showarrow": False,
        "font": {"color": scene.theme.text, "size": LABEL},
        "bgcolor": scene.theme.panel,
        "borderpad": 2,
        "captureevents": False,
    }


def _leader(scene: Scene, metric: str, point: tuple[float, float], x: float, y: float, box: Box) -> Item:
    area = scene.frame.areas[metric]
    return {
        "xref": "x",
        "x": point[0],
        "yref": area.axis,
        "y": area.scale.at(point[1]),
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": scene.theme.text3,
        "standoff": 6,
        "axref": "pixel",
        "ayref": "pixel",
        "ax": round((box.x0 + box.x1) / 2 - x, 1),
        "ay": round((box.y0 + box.y1) / 2 - y, 1),
        "xanchor": "center",
        "yanchor": "middle",
    }

"""Texts beside the curves: the best epochs and the gap of the run in focus, and from where a curve has no numbers."""

from __future__ import annotations

import numpy as np

from tracker.charts import numbers
from tracker.charts.frame import LABEL, Box
from tracker.charts.lines import Line
from tracker.charts.panels import SPLITS
from tracker.charts.places import PADDING, Placer, around, label_box
from tracker.charts.points import before_break, best_of
from tracker.charts.scene import Marks, Scene, label, leader
from tracker.charts.text import safe, shorten, width

_BROKEN = 5  # labels of broken curves a panel


def best_label(marks: Marks, scene: Scene, metric: str, focus: Line, placer: Placer) -> None:
    """Name the focused run's best epoch beside its ring, with a leader line."""
    found = best_of(scene, metric, focus)
    if found is None:
        return
    x, y = scene.frame.px(found.x), scene.frame.areas[metric].y(found.y)
    if y is None or not scene.frame.plot.x0 <= x <= scene.frame.plot.x1:
        return
    compact = scene.options.compact
    name = shorten(focus.called(metric).replace("_", " "), 110, LABEL)
    percent = scene.panels[metric].percent
    value = (
        numbers.percent(found.y) if percent else (numbers.short if compact else numbers.value)(found.value)
    )
    where = numbers.position(found.at, found.axis, compact=compact)
    lead = "" if compact else f"best {name} "
    placer.take(Box(x - 7, y - 7, x + 7, y + 7))
    box = placer.choose(around(x, y, f"{lead}{value} · {where}"), (x, y))
    if box is None:
        return
    marks.annotations.append(
        {
            **label(scene, f"{safe(lead)}<b>{safe(value)}</b> · {safe(where)}", f"best:{metric}:{focus.id}"),
            **leader(scene, metric, (found.x, found.y), x, y, box),
        }
    )


def gap_bracket(marks: Marks, scene: Scene, focus: Line) -> None:
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


def gap_label(marks: Marks, scene: Scene, focus: Line, placer: Placer) -> None:
    """Write the gap left of its bracket, where it covers least."""
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
    box = placer.choose(boxes)
    if box is None:
        return
    middle = (box.y0 + box.y1) / 2
    marks.annotations.append(
        {
            **label(scene, f"gap <b>{gap}</b>", f"gap:{focus.id}"),
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
    if focus.diagnosis.verdict == "too_early":
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


def broken_labels(marks: Marks, scene: Scene, metric: str, placer: Placer) -> None:
    """Say beside the cross from where a curve has no numbers; the focused run first."""
    panel, area = scene.panels[metric], scene.frame.areas[metric]
    order = sorted(scene.coloured, key=lambda line: line is not scene.focus)
    labelled = 0
    for line in order:
        for split in reversed(SPLITS):
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
            point = before_break(curve)
            if point is None:
                name = shorten(line.name, 200)
                shown = " ".join(filter(None, (split, line.called(metric))))
                marks.notices.append(f"{name}: {shown} is {text}.")
                break
            point = point[0], area.scale.held(point[1])
            x, y = scene.frame.px(point[0]), area.y(point[1])
            if y is None or labelled >= _BROKEN:
                break
            placer.take(Box(x - 6, y - 6, x + 6, y + 6))
            if (box := placer.choose(around(x, y, text), (x, y))) is not None:
                labelled += 1
                marks.annotations.append(
                    {
                        **label(scene, safe(text), f"broken:{metric}:{line.id}"),
                        **leader(scene, metric, point, x, y, box),
                        "font": {"color": scene.theme.ink(line.colour), "size": LABEL},
                    }
                )
            break

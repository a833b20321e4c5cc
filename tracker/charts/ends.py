"""The runs' names in the right margin, beside the ends of their curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.charts.frame import LABEL, NAME_GAP
from tracker.charts.lines import Line
from tracker.charts.panels import Curve
from tracker.charts.places import relax
from tracker.charts.scene import Marks, Scene, label
from tracker.charts.text import safe, shorten, width

END_GAP = 15.0
"""Least distance of two names in the right margin, pixels."""
END_WIDTH = 150.0
"""A longer name is shortened in its middle, pixels."""


def end_labels(marks: Marks, scene: Scene, metric: str) -> None:
    """Write the coloured runs' names in the right margin, beside the ends of their validation curves."""
    panel, area = scene.panels[metric], scene.frame.areas[metric]
    wanted: list[tuple[float, float, Line]] = []
    for line in scene.coloured:
        curve = panel.main(line.id)
        end = _last_seen(curve, scene) if curve is not None else None
        if end is not None and (y := area.y(end)) is not None and area.box.y0 - 1 <= y <= area.box.y1 + 1:
            wanted.append((y, end, line))
    wanted.sort(key=lambda w: w[0])
    room = int((area.box.y1 - area.box.y0 - 10) / END_GAP) + 1
    while len(wanted) > room:
        wanted.pop(_least_missed(wanted, scene))
    places = relax([w[0] for w in wanted], END_GAP, area.box.y0 + 5, area.box.y1 - 5)
    limit = scene.frame.margin["r"] - NAME_GAP - 4
    for (y, end, line), place in zip(wanted, places, strict=True):
        bold = line is scene.focus
        name = safe(shorten(line.name, limit, LABEL, bold))
        marks.annotations.append(
            {
                **label(scene, f"<b>{name}</b>" if bold else name, f"end:{metric}:{line.id}"),
                "xref": "paper",
                "x": 1,
                "xanchor": "left",
                "xshift": NAME_GAP - 3,
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

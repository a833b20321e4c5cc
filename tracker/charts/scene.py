"""What every mark of a figure has to know, and how a text is written into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.charts.frame import LABEL, Box, Frame
from tracker.charts.lines import Line, Options
from tracker.charts.panels import Curve, Panel
from tracker.charts.places import Ink, Placer
from tracker.charts.theme import Theme

Item = dict[str, Any]


@dataclass(slots=True)
class Marks:
    """What has been drawn on top of the curves so far, as plotly items."""

    annotations: list[Item] = field(default_factory=list)
    shapes: list[Item] = field(default_factory=list)
    traces: list[Item] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    notes: list[Item] = field(default_factory=list)


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

    @property
    def top(self) -> str:
        """The metric of the upper panel."""
        return next(iter(self.frame.areas))

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
            return 2.0 if curve.split == "train" else 4.0
        return 0.5 if curve.split == "train" else 1.0


def label(scene: Scene, text: str, name: str) -> Item:
    """Return a text without a place yet; `text` is plotly markup, `name` says what it belongs to."""
    return {
        "name": name,
        "text": text,
        "showarrow": False,
        "font": {"color": scene.theme.text, "size": LABEL},
        "bgcolor": scene.theme.panel,
        "borderpad": 2,
        "captureevents": False,
    }


def leader(scene: Scene, metric: str, point: tuple[float, float], x: float, y: float, box: Box) -> Item:
    """Return the place of a text at `box`, tied by a thin line to a point: (x, y) in data units and in pixels."""
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

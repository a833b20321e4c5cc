"""The figure's geometry in pixels, by which labels are placed: margins, the boxes of the panels, the way from data to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts.axes import YScale
from tracker.charts.lines import Range
from tracker.charts.text import width

Floats = NDArray[np.float64]
Place = tuple[float, float]

LABEL = 11.5
"""Font size of labels in pixels."""
TICK = 11.0
"""Font size of ticks and axis titles in pixels."""

NAME_GAP = 9
"""From the plot to the names in the right margin, pixels."""

_LOSS = (0.43, 1.0)
_ACCURACY = (0.0, 0.36)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels from the figure's top left corner, y downwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Tell whether the two come nearer to each other than `gap`."""
        return (
            self.x0 < other.x1 + gap
            and other.x0 < self.x1 + gap
            and self.y0 < other.y1 + gap
            and other.y0 < self.y1 + gap
        )

    def inside(self, other: Box) -> bool:
        """Tell whether this rectangle lies wholly in the other."""
        return self.x0 >= other.x0 and self.x1 <= other.x1 and self.y0 >= other.y0 and self.y1 <= other.y1

    @property
    def middle(self) -> Place:
        """Its centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def holds(self, place: Place) -> bool:
        """Tell whether a point lies in this rectangle."""
        return self.x0 <= place[0] <= self.x1 and self.y0 <= place[1] <= self.y1

    def crossed(self, start: Place, end: Place, inset: float = 0.0) -> bool:
        """Tell whether the straight line between two points comes farther into this rectangle than `inset`."""
        first, last = 0.0, 1.0
        for at, to, low, high in (
            (start[0], end[0], self.x0 + inset, self.x1 - inset),
            (start[1], end[1], self.y0 + inset, self.y1 - inset),
        ):
            if at == to:
                if not low <= at <= high:
                    return False
                continue
            enters, leaves = sorted(((low - at) / (to - at), (high - at) / (to - at)))
            first, last = max(first, enters), min(last, leaves)
        return first <= last


@dataclass(frozen=True, slots=True)
class Area:
    """Where one chart lies: its plotly axis ("y" or "y2"), share of the height, scale and rectangle in pixels."""

    axis: str
    domain: Range
    scale: YScale
    box: Box

    def y(self, value: float) -> float | None:
        """Return the height of a value in pixels from the figure's top; None where a log axis has no place for it."""
        share = self.scale.share(value)
        return None if share is None else self.box.y1 - share * (self.box.y1 - self.box.y0)

    def value(self, y: float) -> float:
        """Return the value that stands at a height in pixels."""
        share = (self.box.y1 - y) / (self.box.y1 - self.box.y0)
        low, high = self.scale.at(self.scale.low), self.scale.at(self.scale.high)
        at = low + share * (high - low)
        return float(10**at) if self.scale.log else at

    def ys(self, values: Floats) -> Floats:
        """Return the heights of many values in pixels, NaN where there is no place for one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.log10(np.where(values > 0, values, np.nan)) if self.scale.log else values
        low, high = self.scale.at(self.scale.low), self.scale.at(self.scale.high)
        shares: Floats = (at - low) / (high - low)
        return self.box.y1 - shares * (self.box.y1 - self.box.y0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The whole figure: size and margins in pixels, the range of x, and its areas by metric."""

    width: int
    height: int
    margin: dict[str, int]
    x: Range
    areas: dict[str, Area]

    @property
    def plot(self) -> Box:
        """The rectangle that all panels share, between the margins."""
        return Box(
            self.margin["l"], self.margin["t"], self.width - self.margin["r"], self.height - self.margin["b"]
        )

    def px(self, x: float) -> float:
        """Return a place on the x axis in pixels from the figure's left."""
        return self.plot.x0 + (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.plot.x1 - self.plot.x0)

    def pxs(self, x: Floats) -> Floats:
        """Return many places on the x axis in pixels."""
        plot, (low, high) = self.plot, self.x
        return plot.x0 + (x - low) / (high - low) * (plot.x1 - plot.x0)


def frame(
    size: tuple[int, int], x: Range, scales: dict[str, YScale], ticks: Sequence[str], right: float
) -> Frame:
    """Return the geometry of a figure.

    Args:
        size: width and height in pixels.
        x: visible range of x.
        scales: scale of each panel that is shown, the upper one first.
        ticks: the labels along the y axes; the left margin holds the widest.
        right: width in pixels of what stands in the right margin.
    """
    left = 34 + max((width(t, TICK) for t in ticks), default=20)
    margin: dict[str, Any] = {
        "l": round(left),
        "r": round(right + NAME_GAP + 6) if right else 14,
        "t": 6,
        "b": 40,
    }
    w, h = max(size[0], margin["l"] + margin["r"] + 40), max(size[1], 120)
    top, tall = margin["t"], h - margin["t"] - margin["b"]
    both = len(scales) == 2
    areas = {}
    for metric, scale in scales.items():
        domain = (_ACCURACY if metric == "accuracy" else _LOSS) if both else (0.0, 1.0)
        box = Box(margin["l"], top + (1 - domain[1]) * tall, w - margin["r"], top + (1 - domain[0]) * tall)
        areas[metric] = Area("y2" if metric == "accuracy" else "y", domain, scale, box)
    return Frame(w, h, margin, x, areas)

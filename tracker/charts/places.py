"""Places for labels: none over another, none cut off, and off the curves where there is room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker.charts.frame import LABEL, Box, Place
from tracker.charts.text import width

Floats = NDArray[np.float64]

HEIGHT = 19.0
"""Height of a label's box in pixels."""
PADDING = 3.0
_MARKED = ((0, 0), (5, 0), (-5, 0), (0, 5), (0, -5))  # from the middle of a small mark: itself and its edges
_STRUCK = 200.0  # cost of a leader through a text: more than the curves that a text may cover


def label_box(x: float, y: float, plain: str, *, bold: bool = False) -> Box:
    """Return the rectangle of a label whose centre is at (x, y); `plain` is its text without markup."""
    half = width(plain, LABEL, bold) / 2 + PADDING
    return Box(x - half, y - HEIGHT / 2, x + half, y + HEIGHT / 2)


def relax(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places as near to the wanted ones as a minimum gap allows, in the same order, inside [low, high].

    Least squares by pooling adjacent violators (isotonic regression of wanted[i] - i * gap).

    Args:
        wanted: ascending places in pixels.
        gap: least distance of two neighbours in pixels.
        low: lowest place allowed.
        high: highest place allowed; at least (len(wanted) - 1) * gap above `low`, else the gap shrinks.
    """
    n = len(wanted)
    if n == 0:
        return []
    if n > 1:
        gap = min(gap, max(high - low, 0.0) / (n - 1))
    pools: list[list[float]] = []  # [sum, count]
    for i, place in enumerate(wanted):
        pools.append([place - i * gap, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    means = [total / count for total, count in pools for _ in range(int(count))]
    top = high - (n - 1) * gap
    return [min(max(mean, low), top) + i * gap for i, mean in enumerate(means)]


@dataclass(slots=True)
class Ink:
    """What is drawn already and is better not covered: points along curves in pixels, each with a weight."""

    x: Floats = field(default_factory=lambda: np.empty(0))
    y: Floats = field(default_factory=lambda: np.empty(0))
    weight: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, curves: Iterable[tuple[Floats, Floats, float]]) -> Ink:
        """Return the ink of polylines (x, y, weight), x ascending, a point every four pixels."""
        known = [(x, y, w, np.isfinite(x) & np.isfinite(y)) for x, y, w in curves]
        lines = [(x[ok], y[ok], w) for x, y, w, ok in known if ok.any()]
        if not lines:
            return cls()
        # all in one go, as one long way of which the stretches between two curves are left out: there are many, and short
        x, y = (np.concatenate([line[i] for line in lines]) for i in (0, 1))
        ends = np.cumsum([len(line[0]) for line in lines])
        steps = np.hypot(*(np.diff(np.clip(one, -999, 9999)) for one in (x, y)))
        along = np.concatenate([[0.0], np.cumsum(steps)])
        first, last = along[np.concatenate([[0], ends[:-1]])], along[ends - 1]
        counts = np.minimum((last - first) / 4, 800).astype(np.int64) + 1
        gaps = np.repeat((last - first) / np.maximum(counts - 1, 1), counts)
        number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(first, counts) + number * gaps
        weight = np.repeat([line[2] for line in lines], counts)
        return cls(np.interp(at, along, x), np.interp(at, along, y), weight)

    @property
    def parts(self) -> tuple[Floats, Floats, Floats]:
        """The three arrays."""
        return self.x, self.y, self.weight

    def under(self, box: Box) -> float:
        """Return the weight of the points that a rectangle would cover."""
        hit = (self.x > box.x0) & (self.x < box.x1) & (self.y > box.y0) & (self.y < box.y1)
        return float(self.weight[hit].sum())


@dataclass(slots=True)
class Placer:
    """Finds places in one panel, each rectangle taken once; `leaders` tie those that were chosen for a point to it."""

    bounds: Box
    ink: Ink
    taken: list[Box] = field(default_factory=list)
    leaders: list[tuple[Place, Place]] = field(default_factory=list)

    def take(self, box: Box) -> None:
        """Mark a rectangle as taken."""
        self.taken.append(box)

    def avoid(self, x: float, box: Box) -> None:
        """Add a vertical line through a rectangle to what is better not covered."""
        self._add(Ink.of([(np.array([x, x]), np.array([box.y0, box.y1]), 1.0)]))

    def spare(self, marks: Sequence[Place]) -> None:
        """Add small marks, by their middles, to what is better not covered, nor cut at an edge."""
        if marks:
            x, y = np.reshape(np.array(marks) + np.reshape(_MARKED, (5, 1, 2)), (-1, 2)).T
            self._add(Ink(x, y, np.full(len(x), 20.0)))

    def _add(self, more: Ink) -> None:
        self.ink = Ink(*(np.concatenate(pair) for pair in zip(self.ink.parts, more.parts, strict=True)))

    def free(self, box: Box) -> bool:
        """Tell whether a rectangle lies in the panel and off every other."""
        return box.inside(self.bounds) and not any(box.overlaps(other, 2) for other in self.taken)

    def choose(self, boxes: Iterable[tuple[Box, float]], point: Place | None = None) -> Box | None:
        """Take the free rectangle of least cost, its own plus what it covers; None when none is free.

        Args:
            boxes: the rectangles and their own costs.
            point: what a leader ties the rectangle to; None: it has none.
        """
        best, least = None, float("inf")
        for box, own in boxes:
            if own < least and self.free(box):
                cost = own + self.ink.under(box) + _STRUCK * self._struck(box, point)
                if cost < least:
                    best, least = box, cost
        if best is not None:
            self.take(best)
            if point is not None:
                self.leaders.append((point, best.middle))
        return best

    def _struck(self, box: Box, point: Place | None) -> int:
        """Return through how many texts a leader would run: the rectangle's own, and others' through the rectangle."""
        through = sum(box.crossed(*leader, PADDING) for leader in self.leaders)
        if point is None:
            return through
        return through + sum(
            other.crossed(point, box.middle, PADDING) for other in self.taken if not other.holds(point)
        )


def around(x: float, y: float, plain: str) -> Iterable[tuple[Box, float]]:
    """Yield rectangles for a label round a point, near ones first, with the cost of their distance."""
    half = width(plain, LABEL, True) / 2 + PADDING
    for reach in (26.0, 40.0, 58.0, 80.0, 110.0):
        for side in (0.9, 0.3, -0.3, -0.9):
            for up in (1, -1):
                yield label_box(x + side * (half + 10), y + up * reach, plain, bold=True), reach * 0.12
    for side in (1, -1):
        yield label_box(x + side * (half + 16), y, plain, bold=True), 4.0
    # Where the panel's edges leave no room near the point: along its top and bottom.
    for shift in range(-240, 241, 40):
        for reach in (-150.0, -60.0, 60.0, 150.0):
            yield (
                label_box(x + shift, y + reach, plain, bold=True),
                20.0 + abs(shift) * 0.05 + abs(reach) * 0.1,
            )

"""Learning curves on a terminal: dots of braille, eight to a character, with the onset and the best epoch marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from tracker.charts.numbers import position, value
from tracker.cli.console import encodes
from tracker.curves.sampling import sample
from tracker.model import Axis, Diagnosis, Series

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by row and column."""

_QUANTILE = 0.985
"""Share of the values that the axis holds at least; the rest is cut off at its edge."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One curve: places and values of one length, NaN where there is none, and its colour and name."""

    name: str
    style: str
    x: Floats
    y: Floats


def plot(
    strokes: Sequence[Stroke],
    *,
    width: int,
    height: int,
    axis: Axis,
    onset: float | None = None,
    best: float | None = None,
) -> Text:
    """Draw curves over one axis.

    Args:
        strokes: the curves, the least important first: a later one covers an earlier.
        width: characters of the whole picture, axis and labels included.
        height: characters of the plot's area.
        axis: what the places count.
        onset: where overfitting begins, drawn as a line of its own.
        best: the best epoch, marked below the axis.
    """
    if not encodes("\u2801"):
        return Text("curves need a terminal of UTF-8: set PYTHONUTF8=1", style="dim")
    known = [s for s in strokes if np.isfinite(s.y).any()]
    if not known:
        return Text("nothing to draw yet", style="dim")
    x0, x1 = min(float(s.x.min()) for s in known), max(float(s.x.max()) for s in known)
    low, high = _range(known)
    labels = [value(high), value((low + high) / 2), value(low)]
    left = max(map(len, labels)) + 2
    across = max(10, width - left)
    canvas = _Canvas(across, height)
    for stroke in known:
        canvas.draw(stroke, (x0, x1), (low, high))
    if onset is not None and x1 > x0:
        canvas.upright((onset - x0) / (x1 - x0), "red")
    out = Text()
    for row in range(height):
        label = {0: labels[0], height // 2: labels[1], height - 1: labels[2]}.get(row, "")
        out.append(f"{label:>{left - 2}} ", style="dim")
        out.append("┤" if label else "│", style="dim")
        out.append_text(canvas.row(row))
        out.append("\n")
    out.append(" " * (left - 1) + "└" + "─" * across + "\n", style="dim")
    out.append_text(_places(x0, x1, left, across, axis, onset, best))
    return out


def strokes(series: Sequence[tuple[Series | None, str, str]], axis: Axis, most: int = 2_000) -> list[Stroke]:
    """Return series as strokes over epochs or steps; each is given with its name and style.

    A long series is thinned to `most` points that keep its extremes.
    """
    out = []
    for one, name, style in series:
        if one is None or not len(one):
            continue
        x = one.epoch if axis == "epoch" else one.step.astype(np.float64)
        y = np.where(np.isfinite(one.value), one.value, np.nan)
        if len(x) > most:
            kept = sample(y, most)
            x, y = x[kept], y[kept]
        there = np.isfinite(x)
        out.append(Stroke(name, style, x[there], y[there]))
    return out


def of_diagnosis(found: Diagnosis, width: int, height: int = 12) -> Text:
    """Return the curves that a diagnosis judged, loss above accuracy, with a line that names the colours."""
    by_name = {one.name: one for one in found.history}
    out = Text()
    for (train, val), style in ((found.loss, "yellow"), (found.accuracy, "green")):
        drawn = strokes(
            [
                (by_name.get(train or ""), train or "", "bright_black"),
                (by_name.get(val or ""), val or "", style),
            ],
            found.axis,
        )
        if not drawn:
            continue
        for stroke in drawn:
            out.append(" ━ ", style=stroke.style)
            out.append(f"{stroke.name}  ")
        out.append("\n")
        of_loss = style == "yellow"
        out.append_text(
            plot(
                drawn,
                width=width,
                height=height if of_loss else max(5, height // 2),
                axis=found.axis,
                onset=found.marked_onset,
                best=found.best_epoch if of_loss else found.best_accuracy_epoch,
            )
        )
        out.append("\n")
    return out


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """Return a curve as one line of characters, eight heights each; "" where there is nothing finite."""
    finite = np.array([v for v in values if math.isfinite(v)], np.float64)
    if not len(finite):
        return ""
    kept = finite[np.linspace(0, len(finite) - 1, min(width, len(finite))).round().astype(int)]
    low, high = float(kept.min()), float(np.quantile(kept, _QUANTILE))
    share = np.clip((kept - low) / (high - low), 0, 1) if high > low else np.zeros(len(kept))
    return "".join("▁▂▃▄▅▆▇█"[round(s * 7)] for s in share.tolist())


class _Canvas:
    """A field of braille dots, each character in the colour of what was drawn last in it."""

    def __init__(self, width: int, height: int) -> None:
        self.bits = np.zeros((height, width), np.int64)
        self.styles = [[""] * width for _ in range(height)]
        self.lines: dict[int, str] = {}

    def draw(self, stroke: Stroke, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Draw a curve as lines between its points, broken where it has none."""
        height, width = self.bits.shape
        span = (x[1] - x[0]) or 1.0
        columns = (stroke.x - x[0]) / span * (width * 2 - 1)
        rows = (1 - (stroke.y - y[0]) / ((y[1] - y[0]) or 1.0)) * (height * 4 - 1)
        places = list(zip(columns.tolist(), np.clip(rows, 0, height * 4 - 1).tolist(), strict=True))
        for place, after in zip(places, [*places[1:], (math.nan, math.nan)], strict=True):
            if not math.isfinite(place[1]):
                continue
            whole = math.isfinite(after[1])
            count = int(max(abs(after[0] - place[0]), abs(after[1] - place[1]))) + 1 if whole else 1
            for part in range(count):
                share = part / count
                column = place[0] + (after[0] - place[0]) * share if whole else place[0]
                row = place[1] + (after[1] - place[1]) * share if whole else place[1]
                self._dot(round(column), round(row), stroke.style)

    def upright(self, share: float, style: str) -> None:
        """Draw a line from top to bottom at a share of the width."""
        self.lines[min(self.bits.shape[1] - 1, max(0, round(share * (self.bits.shape[1] - 1))))] = style

    def row(self, row: int) -> Text:
        """Return a line of characters."""
        cells = []
        for column, bits in enumerate(self.bits[row].tolist()):
            if bits:
                cells.append((chr(0x2800 + bits), self.styles[row][column]))
            else:
                cells.append(("╎", self.lines[column]) if column in self.lines else (" ", ""))
        return _joined(cells)

    def _dot(self, column: int, row: int, style: str) -> None:
        self.bits[row // 4, column // 2] |= _DOTS[row % 4][column % 2]
        self.styles[row // 4][column // 2] = style


def _range(strokes: Sequence[Stroke]) -> tuple[float, float]:
    values = np.concatenate([s.y[np.isfinite(s.y)] for s in strokes])
    ends = [float(s.y[np.isfinite(s.y)][-1]) for s in strokes]
    low, high = float(values.min()), max(float(np.quantile(values, _QUANTILE)), *ends)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _places(
    x0: float, x1: float, left: int, across: int, axis: Axis, onset: float | None, best: float | None
) -> Text:
    """Return the lines below the axis: where it begins and ends, then the best epoch and the onset."""

    def start_of(at: float, text: str) -> int:
        centre = left + round((at - x0) / ((x1 - x0) or 1.0) * (across - 1))
        return min(max(left, centre - len(text) // 2), left + across - len(text))

    def line(*marks: tuple[float, str, str]) -> Text:
        cells = [(" ", "")] * (left + across)
        for at, text, style in marks:
            start = max(0, start_of(at, text))
            cells[start : start + len(text)] = [(character, style) for character in text]
        return _joined(cells)

    ends = [(x0, position(x0, axis, compact=False), "dim")] + [(x1, _number(x1), "dim")] * (x1 > x0)
    out = line(*ends)
    marks = [(best, f"best {_number(best)}", "bold")] if best is not None else []
    marks += [(onset, f"onset {_number(onset)}", "red")] if onset is not None else []
    for at, text, style in marks:
        out.append("\n").append_text(line((at, text, style)))
    return out


def _joined(cells: Sequence[tuple[str, str]]) -> Text:
    """Return characters as text, neighbours of one style together."""
    out = Text()
    for style, group in groupby(cells, key=itemgetter(1)):
        out.append("".join(character for character, _ in group), style=style)
    out.rstrip()
    return out


def _number(at: float) -> str:
    return f"{at:g}" if at < 1e6 else f"{at:,.0f}"

"""The x axis that all lines can stand on: epochs, steps, time, progress or any metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.charts.lines import METRIC_X, Line, Options
from tracker.charts.text import shorten
from tracker.curves.align import clock
from tracker.model import Series

Floats = NDArray[np.float64]

_UNITS = ((120.0, 1.0, "s"), (7200.0, 60.0, "min"), (172_800.0, 3600.0, "h"))


@dataclass(frozen=True, slots=True)
class XScale:
    """What stands on the x axis: `kind` ("metric" for a metric called `name`), and its `title`.

    Time is always in seconds, so that a zoom means the same on every chart and for as long as runs grow.
    """

    kind: str
    title: str
    name: str = ""

    def of(self, line: Line, series: Series) -> Floats:
        """Return the place of each point of a series of a line, NaN where it has none; not for epochs."""
        if self.kind == "time":
            times: Floats = series.elapsed_ms / 1000
            return times
        steps = series.step.astype(np.float64)
        if self.kind == "metric":
            return _joined(steps, line.across)
        if self.kind == "step":
            return steps
        first, last = _span(line)
        return (steps - first) / (last - first) * 100 if last > first else np.full(len(steps), 100.0)


def x_scale(lines: Sequence[Line], options: Options) -> tuple[XScale, list[str]]:
    """Return the x axis that the lines can stand on, and notices where it is not the one asked for."""
    if options.x.startswith(METRIC_X):
        name = options.x[len(METRIC_X) :]
        without = [line for line in lines if line.across is None or not len(line.across)]
        if lines and len(without) == len(lines):
            scale, notices = _standard("epoch", lines)
            shown = scale.title.lower() + "s"
            return scale, [
                f"No run shown logged {shorten(name, 200)}, so the x axis shows {shown}.",
                *notices,
            ]
        told = (
            [f"{_and_more(without)} did not log {shorten(name, 200)} and cannot be drawn over it."]
            if without
            else []
        )
        return XScale("metric", name, name=name), told
    return _standard(options.x, lines)


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit in which a time is read best: its length in seconds, and its symbol."""
    return next(((unit, word) for below, unit, word in _UNITS if seconds < below), (86_400.0, "d"))


def _standard(x: str, lines: Sequence[Line]) -> tuple[XScale, list[str]]:
    if x == "time":
        return XScale("time", "Time (s)"), []
    if x == "relative":
        return XScale("relative", "Progress (%)"), []
    if x == "step":
        return XScale("step", "Step"), []
    without = [line for line in lines if not _has_epochs(line)]
    if not without:
        return XScale("epoch", "Epoch"), []
    if len(without) == len(lines):
        return XScale("step", "Step"), []
    return XScale("step", "Step"), [f"{_and_more(without)} logged no epochs, so the x axis shows steps."]


def _and_more(lines: Sequence[Line]) -> str:
    rest = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"{lines[0].name}{rest}"


def _joined(steps: Floats, across: Series | None) -> Floats:
    """Return the value of another series at these steps: between its own points only, and over none that is not finite."""
    if across is None or len(across) == 0:
        return np.full(len(steps), np.nan)
    known, value = across.step.astype(np.float64), np.asarray(across.value, np.float64)
    bad = ~np.isfinite(value)
    out = np.interp(steps, known, np.where(bad, 0.0, value), left=np.nan, right=np.nan)
    if bad.any():
        out = np.where(np.interp(steps, known, bad.astype(np.float64)) > 0, np.nan, out)
    return np.asarray(out, np.float64)


def _span(line: Line) -> tuple[int, int]:
    """Return the first and the last step of a run's curves, so that train and validation share one progress."""
    return min(int(s.step[0]) for s in line.logged), max(int(s.step[-1]) for s in line.logged)


def _has_epochs(line: Line) -> bool:
    """Tell whether every point of a run has an epoch, logged or interpolated."""
    logged = line.logged
    return all(np.isfinite(s.epoch).all() for s in logged) or clock(logged) is not None

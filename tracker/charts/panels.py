"""From runs to drawable curves: one x axis for all of them, accuracy on one scale, smoothed, sampled to what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tracker.charts.lines import Line, Options, Range, XAxis
from tracker.curves.align import Clock, clock, positions
from tracker.curves.sampling import sample
from tracker.curves.smoothing import SPAN, smooth
from tracker.curves.words import is_accuracy
from tracker.model import Axis, Series

Floats = NDArray[np.float64]
Metric = Literal["loss", "accuracy"]
Split = Literal["train", "val"]
_HUGE = 1e200  # beyond it no screen can place a point, and sums of two overflow
_POWERS = 10.0 ** np.arange(309)
SPLITS: tuple[Split, Split] = ("train", "val")

_UNITS = ((120_000, 1000.0, "s"), (7_200_000, 60_000.0, "min"), (172_800_000, 3_600_000.0, "h"))


@dataclass(frozen=True, slots=True)
class XScale:
    """What stands on the x axis: `kind`, its `title` and, for time, milliseconds in a `unit`."""

    kind: XAxis
    title: str
    unit: float = 1.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of one line, ready to draw: arrays of one length in step order.

    `x` in units of the axis, `raw` as logged (accuracy scaled to the axis), `drawn` smoothed, both NaN where not
    finite; `epoch` and `step` for places that a diagnosis names; `first_bad` is the index from which all values are
    non-finite, or of the first one that is (`dead` tells which), None where all are finite.
    """

    line: Line
    split: Split
    x: Floats
    raw: Floats
    drawn: Floats
    epoch: Floats
    step: Floats
    first_bad: int | None
    dead: bool
    bad_word: str

    @property
    def last(self) -> tuple[float, float] | None:
        """Place and drawn value of the last finite point."""
        known = np.flatnonzero(np.isfinite(self.drawn) & np.isfinite(self.x))
        return (float(self.x[known[-1]]), float(self.drawn[known[-1]])) if len(known) else None

    def place(self, at: float, axis: Axis) -> float | None:
        """Return where on the x axis an epoch or step of this curve lies; None when it has no such points."""
        known = np.isfinite(self.x) & np.isfinite(self.epoch if axis == "epoch" else self.step)
        if not known.any():
            return None
        source, x = (self.epoch if axis == "epoch" else self.step)[known], self.x[known]
        order = np.argsort(source, kind="stable")
        return float(np.interp(at, source[order], x[order]))


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two charts: its curves by line and split, the title of its axis and what its values mean.

    `scale` holds the factor from logged to drawn values of each line; `percent`: values are percent.
    """

    metric: Metric
    title: str
    curves: dict[tuple[str, Split], Curve]
    scale: dict[str, float]
    percent: bool = False


def x_scale(lines: Sequence[Line], options: Options) -> tuple[XScale, list[str]]:
    """Return the x axis that all lines can stand on, and a notice where it is not the one asked for."""
    every = [s for line in lines for s in _logged(line)]
    if options.x == "time":
        longest = max((int(s.elapsed_ms.max()) for s in every), default=0)
        for below, unit, word in _UNITS:
            if longest < below:
                return XScale("time", f"Time ({word})", unit), []
        return XScale("time", "Time (d)", 86_400_000.0), []
    if options.x == "relative":
        return XScale("relative", "Progress (%)"), []
    if options.x == "step":
        return XScale("step", "Step"), []
    without = [line.name for line in lines if not _has_epochs(line)]
    if not without:
        return XScale("epoch", "Epoch"), []
    if len(without) == len(lines):
        return XScale("step", "Step"), []
    rest = f" and {len(without) - 1} more" if len(without) > 1 else ""
    return XScale("step", "Step"), [f"{without[0]}{rest} logged no epochs, so the x axis shows steps."]


def prepare(lines: Sequence[Line], metric: Metric, scale: XScale, options: Options) -> Panel:
    """Return one panel's curves; a panel without curves has none of its lines logged."""
    logged = [line for line in lines if any(s is not None and len(s) for s in getattr(line, metric))]
    names = list(dict.fromkeys(getattr(line, f"{metric}_name") for line in logged))
    percent = metric == "accuracy" and bool(names) and all(_is_accuracy(line) for line in logged)
    factors = {line.id: _factor(line) if percent else 1.0 for line in logged}
    raws = {
        (line.id, split): _raw(line, split, series, scale, factors[line.id], run_clock)
        for line in logged
        for run_clock in [_clock(line)]
        for split, series in zip(SPLITS, getattr(line, metric), strict=True)
        if series is not None and len(series)
    }
    if options.smoothing > 0 and raws:
        raws = _smoothed(raws, options)
    return Panel(metric, _title(metric, names, percent), raws, factors, percent)


def seen(curve: Curve, values: Floats, options: Options) -> tuple[list[Any], list[Any]]:
    """Return x and y as plain lists of what is visible of a curve, at most `options.points`, one point beyond each edge."""
    x = curve.x
    if options.x_range is not None:
        inside = np.flatnonzero((x >= options.x_range[0]) & (x <= options.x_range[1]))
        if len(inside) == 0:
            return [], []
        window = slice(max(int(inside[0]) - 1, 0), int(inside[-1]) + 2)
        x, values = x[window], values[window]
    if len(x) <= options.points:
        return plain(x, 9), plain(values, 6)
    chosen = sample(values, options.points)
    return plain(x[chosen], 9), plain(values[chosen], 6)


def plain(values: NDArray[Any], digits: int) -> list[Any]:
    """Return a list of ints or floats of so many significant digits, None where not finite: small as JSON."""
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    filled = np.where(known, numbers, 0.0)
    if (filled == np.rint(filled)).all() and np.abs(filled).max(initial=0.0) < 1e15:
        out: list[Any] = filled.astype(np.int64).tolist()
    else:
        size = np.abs(filled)
        size[size < 1e-300] = 1.0
        places = digits - 1 - np.floor(np.log10(size)).astype(np.int64)
        up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]
        out = (np.rint(filled * up / down) / up * down).tolist()
    return out if known.all() else [v if k else None for v, k in zip(out, known.tolist(), strict=True)]


def _raw(
    line: Line, split: Split, series: Series, scale: XScale, factor: float, run_clock: Clock | None
) -> Curve:
    epoch = _epochs(series, run_clock)
    x = epoch if scale.kind == "epoch" else _x(line, series, scale)
    logged = np.asarray(series.value, np.float64)
    finite = np.isfinite(logged)
    values = np.where(finite, np.clip(logged, -_HUGE, _HUGE) * factor, np.nan)
    values[np.abs(values) < 1 / _HUGE] = 0.0
    bad, dead, word = None, False, ""
    if not finite.all():
        known = np.flatnonzero(finite)
        dead = len(known) == 0 or int(known[-1]) < len(values) - 1
        bad = (int(known[-1]) + 1 if len(known) else 0) if dead else int(np.flatnonzero(~finite)[0])
        word = "NaN" if np.isnan(logged[bad]) else "Inf"
    return Curve(line, split, x, values, values, epoch, series.step.astype(np.float64), bad, dead, word)


def _epochs(series: Series, run_clock: Clock | None) -> Floats:
    """Return the epoch of each point, the missing ones from the run's steps; all NaN where the run logged none."""
    epoch = np.asarray(series.epoch, np.float64)
    return epoch if run_clock is None or np.isfinite(epoch).all() else positions(series, run_clock)


def _x(line: Line, series: Series, scale: XScale) -> Floats:
    if scale.kind == "time":
        times: Floats = series.elapsed_ms / scale.unit
        return times
    steps = series.step.astype(np.float64)
    if scale.kind == "step":
        return steps
    first, last = _span(line)
    return (steps - first) / (last - first) * 100 if last > first else np.full(len(steps), 100.0)


def _span(line: Line) -> tuple[int, int]:
    """Return the first and the last step of a run's curves, so that train and validation share one progress."""
    logged = _logged(line)
    return min(int(s.step[0]) for s in logged), max(int(s.step[-1]) for s in logged)


def _smoothed(raws: dict[tuple[str, Split], Curve], options: Options) -> dict[tuple[str, Split], Curve]:
    """Smooth all curves of a panel over the same length of x, so that they stay comparable."""
    low = min(float(np.fmin.reduce(c.x)) for c in raws.values())
    high = max(float(np.fmax.reduce(c.x)) for c in raws.values())
    # With few points W&B's thousandth of the range is shorter than one epoch and the slider would do nothing.
    span = min(SPAN, max(len(c.x) for c in raws.values()))
    out = {}
    for key, curve in raws.items():
        drawn = smooth(curve.x, curve.raw, options.smoothing, options.smoother, x_span=high - low, span=span)
        out[key] = Curve(
            curve.line, curve.split, curve.x, curve.raw, drawn, curve.epoch, curve.step,
            curve.first_bad, curve.dead, curve.bad_word,
        )  # fmt: skip
    return out


def _logged(line: Line) -> list[Series]:
    return [s for s in (*line.loss, *line.accuracy) if s is not None and len(s)]


def _has_epochs(line: Line) -> bool:
    """Tell whether every point of a run has an epoch, logged or interpolated."""
    return _clock(line) is not None or all(np.isfinite(s.epoch).all() for s in _logged(line))


def _clock(line: Line) -> Clock | None:
    """Return how a run's steps turn into epochs; None where no epoch is missing or none can be found."""
    logged = _logged(line)
    return None if all(np.isfinite(s.epoch).all() for s in logged) else clock(logged)


def _is_accuracy(line: Line) -> bool:
    """Tell whether a run's score is a share of right answers, by its name and by its values, 0 to 1 or 0 to 100."""
    low, high = _extent(line)
    return is_accuracy(line.accuracy_name.lower()) and low >= 0 and high <= 100.5


def _factor(line: Line) -> float:
    """Return 100 for a run that logs shares of one, 1 for one that logs percent."""
    return 100.0 if _extent(line)[1] <= 1.0 else 1.0


def _extent(line: Line) -> Range:
    """Return the lowest and highest finite score of a run, (0, 0) where there is none."""
    low, high = 0.0, 0.0
    for series in line.accuracy:
        if series is not None:
            finite = np.isfinite(series.value)
            low = min(low, float(np.min(series.value, where=finite, initial=low)))
            high = max(high, float(np.max(series.value, where=finite, initial=high)))
    return low, high


def _title(metric: str, names: list[str], percent: bool) -> str:
    shown = [name.replace("_", " ") for name in names[:2]] or [metric]
    title = " / ".join(shown) + (" / …" if len(names) > 2 else "")
    return title[:1].upper() + title[1:] + (" %" if percent else "")

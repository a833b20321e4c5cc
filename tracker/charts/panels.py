"""From runs to drawable curves: one scale for each panel, smoothed, sampled to what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts.across import XScale
from tracker.charts.lines import Line, Options, Range
from tracker.curves.align import Clock, clock, positions
from tracker.curves.bands import Band
from tracker.curves.sampling import sample, spikes
from tracker.curves.smoothing import smooth
from tracker.model import Axis, Goal, Overview, Series

Floats = NDArray[np.float64]
_HUGE = 1e200  # beyond it no screen can place a point, and sums of two overflow
_POWERS = 10.0 ** np.arange(309)
SPLITS = ("train", "test", "", "val")
"""Splits in drawing order, the one that decides on top; "" is a series whose name does not say its split."""
_BY_WORTH = ("val", "", "test", "train")
_GOALS: dict[str, Goal] = {"loss": "min", "accuracy": "max"}


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of one line, ready to draw: arrays of one length in step order.

    `x` in units of the axis, `raw` as logged (accuracy scaled to the axis), `drawn` smoothed, both NaN where not
    finite; `epoch` and `step` for places that a diagnosis names; `first_bad` is the index from which all values are
    non-finite, or of the first one that is (`dead` tells which), None where all are finite. `bucket` is how many
    points were averaged before smoothing. `rises`: it goes from left to right, while over a metric it may turn back.
    `start` is the index of the first point after the first two epochs, when the curve has left its start.
    """

    line: Line
    split: str
    x: Floats
    raw: Floats
    drawn: Floats
    epoch: Floats
    step: Floats
    first_bad: int | None
    dead: bool
    bad_word: str
    bucket: int = 1
    rises: bool = True
    start: int = field(init=False)

    def __post_init__(self) -> None:
        n, epoch = len(self.x), self.epoch
        early = int(epoch.searchsorted(epoch[0] + 2)) if n and epoch[-1] > epoch[0] + 4 else 0
        object.__setattr__(self, "start", min(max(early, 2, n // 20), max(n - 1, 0)))

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
    """One chart: its curves by line and split, the title of its axis and what its values mean.

    `metric` is "loss", "accuracy" or "metric", `scale` the factor from logged to drawn values of each line;
    `percent`: values are percent; `goal`: which direction is better, None where not known; `log`: its axis is
    logarithmic. `bands` lie round the means of groups, by the keys of those.
    """

    metric: str
    title: str
    curves: dict[tuple[str, str], Curve]
    scale: dict[str, float]
    percent: bool = False
    goal: Goal | None = "min"
    log: bool = False
    bands: dict[tuple[str, str], Band] = field(default_factory=dict)

    @property
    def axis(self) -> str:
        """Its plotly axis: "y", and "y2" for the accuracy below the loss."""
        return "y2" if self.metric == "accuracy" else "y"

    def asked(self, options: Options) -> Range | None:
        """Return the range of values that the reader asked for."""
        return options.y_ranges[1 if self.metric == "accuracy" else 0]

    def main(self, line_id: str) -> Curve | None:
        """Return the curve of a line that decides: validation before any other."""
        found = (self.curves.get((line_id, split)) for split in _BY_WORTH)
        return next((curve for curve in found if curve is not None), None)


def prepare(lines: Sequence[Line], metric: str, scale: XScale, options: Options) -> Panel:
    """Return one panel's curves; a panel without curves has none of its lines logged."""
    logged = [line for line in lines if line.drawn(metric)]
    names = list(dict.fromkeys(line.called(metric) for line in logged))
    scales = {line.id: line.percent_scale(metric) for line in logged}
    percent = metric != "loss" and bool(scales) and all(scales.values())
    factors = {line: float(scale) if percent else 1.0 for line, scale in scales.items()}
    curves = {}
    for line in logged:
        run_clock = _clock(line)
        for split, series in line.drawn(metric).items():
            curve = _raw(line, split, series, scale, factors[line.id], run_clock)
            if curve is None:
                continue
            drawn = _smoothed(curve, scale, options)
            if isinstance(series, Overview) and options.smoothing > 0:
                means = _raw(line, split, series.means, scale, factors[line.id], run_clock)
                drawn = drawn if means is None else _over(curve, _smoothed(means, scale, options), series)
            curves[line.id, split] = drawn
    goals = {line.goal for line in logged}
    goal = _GOALS.get(metric) or (goals.pop() if len(goals) == 1 else None)
    log = options.log_y and (metric == "loss" or (metric == "metric" and goal != "max" and _positive(curves)))
    return Panel(metric, _title(metric, names, percent), curves, factors, percent, goal, log)


def x_ends(lines: Sequence[Line], scale: XScale) -> list[Floats]:
    """Return the lowest and highest place of everything that figures of these lines draw, one pair a series."""
    found = []
    for line in lines:
        run_clock = _clock(line)
        for series in {id(one): one for one in line.logged}.values():
            x = _epochs(series, run_clock) if scale.kind == "epoch" else scale.of(line, series)
            found.append(np.array([np.fmin.reduce(x), np.fmax.reduce(x)]))
    return found


def seen(curve: Curve, values: Floats, options: Options, points: int) -> tuple[Floats, Floats]:
    """Return x and y of what is visible of a curve, one point beyond each edge.

    At most `points` are kept, the extremes of every stretch and all its spikes of one point first.
    """
    x = curve.x
    if options.x_range is not None:
        inside = np.flatnonzero((x >= options.x_range[0]) & (x <= options.x_range[1]))
        if len(inside) == 0:
            inside = around(curve, options.x_range[0])
        if len(inside) == 0:
            return x[:0], x[:0]
        window = slice(max(int(inside[0]) - 1, 0), int(inside[-1]) + 2)
        x, values = x[window], values[window]
    if len(x) <= points:
        return x, values
    chosen = _chosen(curve, x, values, points)
    return x[chosen], values[chosen]


def _chosen(curve: Curve, x: Floats, values: Floats, points: int) -> NDArray[np.int64]:
    if not curve.rises:  # a path: how far it swings left and right is to be seen too
        return np.union1d(sample(values, points // 2), sample(x, points // 2))
    kept = spikes(values, points // 3)
    return sample(values, points - len(kept), keep=kept)


def around(curve: Curve, at: float) -> NDArray[np.int64]:
    """Return the two points between which a place lies, none where the curve has none on both sides or turns back."""
    known = np.flatnonzero(np.isfinite(curve.x))
    after = int(np.searchsorted(curve.x[known], at))
    return known[after - 1 : after + 1] if curve.rises and 0 < after < len(known) else known[:0]


def plain(values: NDArray[Any], digits: int) -> list[Any]:
    """Return a list of ints or floats of so many significant digits, None where not finite: small as JSON."""
    return plains([values], digits)[0]


def plains(arrays: Sequence[NDArray[Any]], digits: int) -> list[list[Any]]:
    """Return several arrays as `plain` lists, in one go: a figure has hundreds."""
    ends = np.cumsum([len(one) for one in arrays])
    numbers = np.concatenate([*arrays, np.empty(0)], dtype=np.float64)
    known = np.isfinite(numbers)
    filled = np.where(known, numbers, 0.0)
    size = np.abs(filled)
    odd = (filled != np.rint(filled)) | (size >= 1e15)
    size[size < 1e-300] = 1.0
    places = digits - 1 - np.floor(np.log10(size)).astype(np.int64)
    up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]
    floats: list[Any] = (np.rint(filled * up / down) / up * down).tolist()
    whole: list[Any] = np.where(odd, 0.0, filled).astype(np.int64).tolist()
    for i in np.flatnonzero(~known).tolist():
        floats[i] = whole[i] = None
    out, begin = [], 0
    for end in ends.tolist():
        out.append((floats if odd[begin:end].any() else whole)[begin:end])
        begin = end
    return out


def _raw(
    line: Line, split: str, series: Series, scale: XScale, factor: float, run_clock: Clock | None
) -> Curve | None:
    """Return a series on the axis, or None where none of its points has a place there."""
    epoch = _epochs(series, run_clock)
    x = epoch if scale.kind == "epoch" else scale.of(line, series)
    placed = np.isfinite(x)
    if not placed.any():
        return None
    logged = np.asarray(series.value, np.float64)
    finite = np.isfinite(logged)
    values = np.where(finite, np.clip(logged, -_HUGE, _HUGE) * factor, np.nan)
    values[np.abs(values) < 1 / _HUGE] = 0.0
    bad, dead, word = None, False, ""
    if not finite.all():
        known = np.flatnonzero(finite)
        dead = len(known) == 0 or int(known[-1]) < len(values) - 1
        bad = (int(known[-1]) + 1 if len(known) else 0) if dead else int(np.flatnonzero(~finite)[0])
        word = "NaN" if np.isnan(logged[bad]) else "Inf" if logged[bad] > 0 else "−Inf"
    known_x = x
    if not placed.all():
        values, known_x = np.where(placed, values, np.nan), x[placed]
    rises = bool((known_x[1:] >= known_x[:-1]).all())
    steps = series.step.astype(np.float64)
    return Curve(line, split, x, values, values, epoch, steps, bad, dead, word, rises=rises)


def _epochs(series: Series, run_clock: Clock | None) -> Floats:
    """Return the epoch of each point, the missing ones from the run's steps; all NaN where the run logged none."""
    epoch = np.asarray(series.epoch, np.float64)
    return epoch if run_clock is None or np.isfinite(epoch).all() else positions(series, run_clock)


def _clock(line: Line) -> Clock | None:
    """Return how a run's steps turn into epochs; None where no epoch is missing or none can be found."""
    logged = line.logged
    return None if all(np.isfinite(s.epoch).all() for s in logged) else clock(logged)


def _smoothed(curve: Curve, scale: XScale, options: Options) -> Curve:
    if options.smoothing <= 0:
        return curve
    # What stands on the axis need not rise, or start at zero; steps do.
    along = curve.step if scale.name else curve.x
    drawn, bucket = smooth(along, curve.raw, options.smoothing, options.smoother)
    return replace(curve, drawn=drawn, bucket=bucket)


def _over(curve: Curve, means: Curve, series: Overview) -> Curve:
    """Return a long curve with the smoothed line of its stretches' means: its extremes have no place in a mean."""
    known = np.isfinite(means.drawn)
    if not known.any():
        return curve
    drawn = np.interp(curve.step, means.step[known], means.drawn[known])
    size = max(1, round(series.points / len(series.means)))
    return replace(curve, drawn=np.where(np.isfinite(curve.raw), drawn, np.nan), bucket=size * means.bucket)


def _positive(curves: dict[tuple[str, str], Curve]) -> bool:
    lows = [float(np.fmin.reduce(curve.raw)) for curve in curves.values()]
    return all(low > 0 for low in lows if np.isfinite(low))


def _title(metric: str, names: list[str], percent: bool) -> str:
    shown = [name.replace("_", " ") for name in names[:2]] or [metric]
    title = " / ".join(shown) + (" / …" if len(names) > 2 else "")
    title = title if metric == "metric" else title[:1].upper() + title[1:]
    return title + (" %" if percent else "")

"""Ranges and ticks: what part of the curves is shown, and the numbers along the axes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.charts import numbers
from tracker.charts.lines import Options, Range
from tracker.charts.panels import Curve, Panel, around

Floats = NDArray[np.float64]

_QUANTILE = 0.985
_QUANTILE_LOW = 0.95  # of scores: their climb is less telling than their end
_QUANTILE_MANY = 0.95
_WORTH = 1.15  # clipping has to win at least this factor, else it only hides
_WORTH_LOG = 1.5
_DEEPEST = 2.0  # decades below all validation: a training loss that goes on to zero would squeeze the others
_MAGNITUDE = 30.0  # so many times the next lower curve is another scale
_WORTH_UNKNOWN = (
    3.0  # of a metric that is neither good nor bad, such as a gradient norm, high values may be the news
)


@dataclass(frozen=True, slots=True)
class YScale:
    """The visible range of a panel in data units, whether it is logarithmic, and its ticks."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a value stands in plotly's units of this axis: its log10 on a log axis."""
        return math.log10(value) if self.log else value

    def share(self, value: float) -> float | None:
        """Return a value's height in the panel, 0 bottom to 1 top; None where it cannot be shown."""
        if (self.log and value <= 0) or not math.isfinite(value):
            return None
        low, high = self.at(self.low), self.at(self.high)
        return (self.at(value) - low) / (high - low)

    def held(self, value: float) -> float:
        """Return the value, or the edge that it lies beyond."""
        return min(max(value, self.low), self.high)

    def ticks(self) -> list[float]:
        """Return tick values: round numbers, on a log axis 1, 2 and 5 of each decade."""
        return _log_ticks(self.low, self.high) if self.log else round_ticks(self.low, self.high, 5)


def x_range(places: Iterable[Floats]) -> Range:
    """Return the range of x that holds all places, with a little room at both ends.

    It ends on a multiple of about a thirtieth of it, so that it stays the same for most points that a curve grows by.
    """
    ends = [(float(np.fmin.reduce(x)), float(np.fmax.reduce(x))) for x in places]
    ends = [(a, b) for a, b in ends if math.isfinite(a)]
    if not ends:
        return 0.0, 1.0
    low, high = min(a for a, _ in ends), max(b for _, b in ends)
    high = _on_grid(low, high, 30)[1]
    room = (high - low) * 0.012 or max(abs(high) * 0.05, 0.5)
    return low - room, high + room


def y_scale(panel: Panel, options: Options, held: frozenset[str]) -> YScale:
    """Return the range that shows a panel's curves, without the outliers where the reader wants them clipped.

    Args:
        panel: the curves.
        options: the reader's wishes.
        held: ids of the lines whose last values stay visible under clipping. When not all lines are held, the others
            are context and may leave the panel sooner.
    """
    log, asked = panel.log, panel.asked(options)
    if asked is not None and asked[0] < asked[1] and (asked[0] > 0 or not log):
        return YScale(asked[0], asked[1], log)
    beyond = apart(panel, options)
    curves = [curve for curve in panel.curves.values() if curve.line.id not in beyond]
    drawn = [_visible(curve, options) for curve in curves]
    values = np.concatenate([v for v, _ in drawn]) if drawn else np.empty(0)
    values = values[values > 0] if log else values
    if len(values) == 0:
        return YScale(0.1, 1.0, True) if log else YScale(0.0, 100.0 if panel.percent else 1.0)
    scaled = np.log10(values) if log else values
    low, high = float(scaled.min()), float(scaled.max())
    if options.clip:
        drawn = _below_roof(drawn, top=panel.goal != "max")
        sound = _sound(curves, options.focus)
        settled = np.concatenate([v[s:] for (v, s), ok in zip(drawn, sound, strict=True) if ok])
        kept = [curve.line.id in held for curve in curves]
        shown = [
            (v, s) for (v, s), keep, ok in zip(drawn, kept, sound, strict=True) if len(v) and keep and ok
        ]
        ends = np.array([v[-1] for v, _ in shown])
        if panel.goal == "max":
            # A poor run among good ones is no outlier: each keeps most of its settled values.
            ends = np.append(ends, [_quantile(v[s:], 1 - _QUANTILE_LOW) for v, s in shown if len(v) > s])
        if log:
            settled, ends = np.log10(settled[settled > 0]), np.log10(ends[ends > 0])
        low, high = _without_outliers(
            scaled,
            settled,
            ends,
            top=panel.goal != "max",
            share=_share(panel, all(kept)),
            worth=_WORTH_LOG if log else _WORTH if panel.goal is not None else _WORTH_UNKNOWN,
        )
        lowest = [
            v[v > 0].min()
            for (v, _), c in zip(drawn, curves, strict=True)
            if c.split == "val" and (v > 0).any()
        ]
        if log and panel.goal == "min" and lowest:
            low = max(low, math.log10(min(lowest)) - _DEEPEST)
    return _with_room(*_with_bands(low, high, log, panel, options), log, panel)


def apart(panel: Panel, options: Options) -> dict[str, str]:
    """Return the lines (id: name) of another order of magnitude than most, which would flatten the others to a line.

    They do not set the range where outliers are clipped, unless the reader looks at one of them; a log axis holds all.
    """
    if panel.log or not options.clip or panel.percent:
        return {}
    levels: dict[str, float] = {}
    names = {}
    for curve in panel.curves.values():
        sizes = np.abs(curve.drawn[curve.start :])
        sizes = sizes[np.isfinite(sizes)]
        if len(sizes):
            middle = float(np.partition(sizes, len(sizes) // 2)[len(sizes) // 2])
            levels[curve.line.id] = max(levels.get(curve.line.id, 0.0), middle)
            names[curve.line.id] = curve.line.name
    order = sorted(levels, key=lambda run: levels[run])
    for i in range((len(order) + 1) // 2, len(order)):
        if levels[order[i]] > _MAGNITUDE * levels[order[i - 1]] > 0:
            return {} if options.focus in order[i:] else {run: names[run] for run in order[i:]}
    return {}


def with_headroom(scale: YScale, highest: float, share: float) -> YScale:
    """Return the scale raised so far that `highest` stands no higher than `share` of the panel."""
    if share < 0.6:
        return scale  # a panel so low has no room to give
    low, top = scale.at(scale.low), scale.at(highest)
    high = low + (top - low) / share
    if high <= scale.at(scale.high):
        return scale
    return YScale(scale.low, 10**high if scale.log else high, scale.log)


def hidden(curve: Curve, scale: YScale, x: Range) -> NDArray[np.int64]:
    """Return the indices of the drawn points that lie above or below what is visible."""
    out = (curve.drawn > scale.high) | (curve.drawn < scale.low)
    return np.flatnonzero(out & (curve.x >= x[0]) & (curve.x <= x[1]))


def tick_texts(values: list[float]) -> list[str]:
    """Return the labels of tick values."""
    return [numbers.tick(v) for v in values]


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten inside [low, high], about `count` of them."""
    rough = high / max(count, 1) - low / max(count, 1)
    if 0 < rough < 1e-300:
        return [low]  # no power of ten is small enough to count in
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    decimals = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, decimals) + 0.0 for k in range(first, last + 1)]


def _visible(curve: Curve, options: Options) -> tuple[Floats, int]:
    """Return the finite drawn values in the visible range of x, and how many of them belong to the start."""
    mask = np.isfinite(curve.drawn)
    begin = curve.start if options.clip else 0
    if options.x_range is not None:
        mask &= (curve.x >= options.x_range[0]) & (curve.x <= options.x_range[1])
        if not mask.any():
            ends = around(curve, options.x_range[0])
            crossing = (
                np.interp(options.x_range, curve.x[ends], curve.drawn[ends]) if len(ends) else curve.x[:0]
            )
            return crossing[np.isfinite(crossing)], 0
    elif mask.all():
        return curve.drawn, begin
    return curve.drawn[mask], int(mask[:begin].sum())


def _sound(curves: list[Curve], focus: str | None) -> list[bool]:
    """Tell which curves set the range: where a diverged run ended is no level, unless the reader looks at that run."""
    sound = [
        c.line.id == focus or c.line.diagnosis is None or c.line.diagnosis.verdict != "diverged"
        for c in curves
    ]
    return sound if any(sound) else [True] * len(curves)


def _below_roof(drawn: list[tuple[Floats, int]], *, top: bool) -> list[tuple[Floats, int]]:
    """Return the curves without what lies 20 times farther out than any of them starts or usually is.

    A run that diverges to 1e30 must not flatten those beside it; it leaves the panel at the edge, where a mark says so.
    """
    best = (
        min((float(v.min()) for v, _ in drawn if len(v)), default=0.0)
        if top
        else max((float(v.max()) for v, _ in drawn if len(v)), default=0.0)
    )
    zero = min(best, 0.0) if top else best
    away = [np.abs(v - zero) for v, _ in drawn]
    roof = 20 * max(
        (min(float(a[0]), float(np.partition(a, len(a) // 2)[len(a) // 2])) for a in away if len(a)),
        default=0.0,
    )
    if not top:
        # a score that falls to zero from where it started near its best is no spike
        roof = max(roof, 20 * abs(best))
    if roof <= 0:
        return drawn
    return [(v[a <= roof], int((a[:s] <= roof).sum())) for (v, s), a in zip(drawn, away, strict=True)]


def _with_bands(low: float, high: float, log: bool, panel: Panel, options: Options) -> Range:
    """Return the range widened so that it holds the bands, though no more than to three times its height."""
    span = high - low
    edges = []
    for key, band in panel.bands.items():
        begin = panel.curves[key].start if options.clip else 0
        seen = np.isfinite(band.low)
        if options.x_range is not None:
            seen &= (band.x >= options.x_range[0]) & (band.x <= options.x_range[1])
        seen[:begin] = False
        for edge in (band.low[seen], band.high[seen]):
            known = np.log10(edge[edge > 0]) if log else edge
            edges += [_quantile(known, q) for q in (0.02, 0.98)] if len(known) else []
    if not edges or span <= 0:
        return low, high
    return max(min(low, *edges), low - span), min(max(high, *edges), high + span)


def _quantile(values: Floats, share: float) -> float:
    """Return a quantile of finite values as numpy's `quantile` does, which takes ten times as long for a short curve."""
    at = share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    parted = np.partition(values, (below, above))
    return float(parted[below] + (at - below) * (parted[above] - parted[below]))


def _share(panel: Panel, all_held: bool) -> float:
    if not all_held:
        return _QUANTILE_MANY
    return _QUANTILE_LOW if panel.goal == "max" else _QUANTILE


def _without_outliers(
    values: Floats, settled: Floats, ends: Floats, *, top: bool, share: float, worth: float
) -> Range:
    low, high = float(values.min()), float(values.max())
    if len(settled) == 0:
        return low, high
    if top:
        cut = max(_quantile(settled, share), float(ends.max(initial=-np.inf)))
        cut += 0.04 * (cut - low)
        return (low, _near(values, low, cut)) if high - low > worth * (cut - low) > 0 else (low, high)
    cut = min(_quantile(settled, 1 - share), float(ends.min(initial=np.inf)))
    cut -= 0.04 * (high - cut)
    return (_near(values, high, cut), high) if high - low > worth * (high - cut) > 0 else (low, high)


def _near(values: Floats, end: float, cut: float) -> float:
    """Return the last value that a range from `end` reaches when it is hardly longer than to the cut: no outlier."""
    reach = values[np.abs(values - end) <= _WORTH * abs(cut - end)]
    return float(max(cut, reach.max()) if cut > end else min(cut, reach.min()))


def _with_room(low: float, high: float, log: bool, panel: Panel) -> YScale:
    low, high = _on_grid(low, high, 50)
    span = high - low or (0.3 if log else max(abs(high) * 0.1, 1e-3))
    if log:
        return YScale(10 ** max(low - 0.05 * span, -300), 10 ** (high + 0.05 * span), True)
    if panel.metric != "accuracy" and not panel.percent and 0 <= low < 0.3 * high:
        low, span = 0.0, high
    bottom, top = low - 0.04 * span, high + 0.04 * span
    if high == low:
        bottom, top = low - span, high + span
    if panel.percent:
        bottom, top = max(bottom, -2.0), min(top, 103.0)
    return YScale(bottom, top)


def _on_grid(low: float, high: float, parts: int) -> Range:
    """Return the range out to the next multiples of about so many parts of it.

    So it stays the same while a run more or less, or another point, would move it by less than anybody sees.
    """
    span = high - low
    if not (1e-290 < span < math.inf) or span < 1e-12 * max(abs(low), abs(high)):
        return low, high
    step = _coarse(span / parts)
    decimals = max(0, -math.floor(math.log10(step)))
    return round(math.floor(low / step) * step, decimals), round(math.ceil(high / step) * step, decimals)


def _coarse(rough: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is no larger."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((m * power for m in (5, 2) if m * power <= rough), power)


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    every = 1 if last - first <= 8 else math.ceil((last - first) / 6)
    return [
        v
        for power in range(first, last + 1, every)
        for m in steps
        if low <= (v := float(f"{m}e{power}")) <= high
    ]

"""What code and readers have to know of a figure beside its curves: ranges, what is out of sight, what was averaged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tracker.charts import axes
from tracker.charts.axes import YScale
from tracker.charts.lines import Options, Range
from tracker.charts.panels import Panel
from tracker.charts.text import shorten
from tracker.curves.smoothing import MOST

Item = dict[str, Any]
_PLACES = 20  # places named of a curve that leaves the visible range


def full(whole: Range, panels: dict[str, Panel], options: Options) -> Item:
    """Return the ranges of x and of each y axis that show everything."""
    everything = replace(options, clip=False, x_range=None, y_ranges=(None, None))
    out: Item = {"x": list(whole)}
    for panel in panels.values():
        scale = axes.y_scale(panel, everything, frozenset())
        out[panel.axis] = [scale.low, scale.high]
    return out


def outside(panels: dict[str, Panel], scales: dict[str, YScale], x: Range) -> list[Item]:
    """Return which curves leave the visible range of y, with how many points and at which places, the most first."""
    found = []
    for metric, panel in panels.items():
        for (run, split), curve in panel.curves.items():
            out = axes.hidden(curve, scales[metric], x)
            if len(out):
                places = [float(place) for place in curve.x[out[:_PLACES]]]
                one = {"run": run, "name": curve.line.name, "split": split, "metric": metric}
                found.append({**one, "count": len(out), "at": places})
    return sorted(found, key=lambda one: -int(one["count"]))


def rising(panels: dict[str, Panel]) -> bool:
    """Tell whether every curve goes from left to right; over a metric it may turn back."""
    return all(curve.rises for panel in panels.values() for curve in panel.curves.values())


def splits(panels: dict[str, Panel]) -> list[str]:
    """Return the splits that are drawn, in the order of a readout."""
    found = {split for panel in panels.values() for _, split in panel.curves}
    return [split for split in ("train", "val", "test", "") if split in found]


def notices(panels: dict[str, Panel], scales: dict[str, YScale], options: Options) -> list[str]:
    """Return the sentences on what the curves do not show as they were logged."""
    return [*_averaged(panels), *_apart(panels, options), *_not_positive(panels, scales)]


def _apart(panels: dict[str, Panel], options: Options) -> list[str]:
    """Return a notice of the runs that are not in sight, since they would flatten all others."""
    found: dict[str, str] = {}
    for panel in panels.values():
        found |= axes.apart(panel, options) if panel.asked(options) is None else {}
    if not found:
        return []
    rest, verb = (f" and {len(found) - 1} more", "lie") if len(found) > 1 else ("", "lies")
    first = shorten(next(iter(found.values())), 200)
    return [f"{first}{rest} {verb} far above the other runs and out of sight; a log axis shows all."]


def _averaged(panels: dict[str, Panel]) -> list[str]:
    """Return a notice of the means that long curves were smoothed over."""
    longest = max((curve.bucket for panel in panels.values() for curve in panel.curves.values()), default=1)
    return (
        [f"Smoothed over means of {longest} points: a curve is longer than {MOST:,}."] if longest > 1 else []
    )


def _not_positive(panels: dict[str, Panel], scales: dict[str, YScale]) -> list[str]:
    """Return a notice of the values that a log axis cannot show."""
    counts: dict[str, int] = {}
    for metric, panel in panels.items():
        for curve in panel.curves.values() if scales[metric].log else ():
            with np.errstate(invalid="ignore"):
                if n := int((curve.drawn <= 0).sum()):
                    counts[curve.line.name] = counts.get(curve.line.name, 0) + n
    if not counts:
        return []
    total, first = sum(counts.values()), next(iter(counts))
    of = shorten(first, 200) + (f" and {len(counts) - 1} more" if len(counts) > 1 else "")
    noun = "value is" if total == 1 else "values are"
    return [f"{total:,} {noun} zero or negative and cannot be drawn on a log axis: {of}."]

"""The figure of this house: loss over accuracy on one x axis, train dashed and validation solid, as a plain dict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.charts import axes
from tracker.charts.across import x_scale
from tracker.charts.compose import compose
from tracker.charts.lines import MANY, Line, Options
from tracker.charts.panels import prepare

__all__ = ["MANY", "Line", "Options", "loss_accuracy"]


def loss_accuracy(lines: Sequence[Line], options: Options = Options()) -> dict[str, Any]:  # noqa: B008
    """Return one Plotly figure of these runs' losses over their accuracies.

    Every trace carries `meta` {"run", "name", "split", "metric"}, with "raw": True where it is the unsmoothed line
    under a smoothed one and "marks": True where it holds markers or a band instead of a curve. The mean of a group's
    lines has the run "group:<name>" and "group": its name. `layout.meta` holds

    - "notices": sentences for the reader;
    - "clipped": points outside the visible range of y; "outside": which curves they are of, each {"run", "name",
      "split", "metric", "count", "at"} with the first places on the x axis, the most first;
    - "notes": what each pin of a note stands for, see `tracker.charts.pins.notes`;
    - "x": kind and title of the axis, and whether all curves are "rising" along it;
    - "full": the ranges of x, y and y2 that show everything;
    - "percent": accuracy is in percent; "goal": the better direction by axis ("y", "y2"), None where not known;
    - "splits": those that are drawn, in the order of a readout.

    Args:
        lines: the visible runs, in the order of the list; none gives an empty figure with its axes.
        options: how the reader wants to see them.

    Returns:
        {"data": [...], "layout": {...}} of lists, dicts, strings and numbers only, ready for JSON.
    """
    across, notices = x_scale(lines, options)
    panels = {metric: prepare(lines, metric, across, options) for metric in ("loss", "accuracy")}
    panels = {metric: panel for metric, panel in panels.items() if panel.curves} or {"loss": panels["loss"]}
    whole = axes.x_range(curve.x for panel in panels.values() for curve in panel.curves.values())
    return compose(panels, lines, across, options, notices, whole)

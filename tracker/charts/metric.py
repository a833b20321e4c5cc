"""One metric as a card: its splits in one panel, over the same x axis as the loss and the accuracy beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.charts import axes
from tracker.charts.across import x_scale
from tracker.charts.compose import compose
from tracker.charts.lines import Line, Options
from tracker.charts.panels import prepare, x_ends


def metric_figure(lines: Sequence[Line], options: Options = Options()) -> dict[str, Any]:  # noqa: B008
    """Return one Plotly figure of these runs' `Line.metric`: train dashed, validation solid, test dotted.

    Colours, dashes, uids and `meta` are those of `loss_accuracy`, with "metric" as the metric of every trace, so that
    painting, crosshair and zoom work alike. A log axis is drawn where all values are positive and more is not better.
    The best point is marked where `Line.goal` says which direction is better.

    Args:
        lines: the visible runs, in the order of the list. Give them the loss and accuracy too: all figures of a page
            then show the same range of x.
        options: how the reader wants to see them.

    Returns:
        {"data": [...], "layout": {...}} of lists, dicts, strings and numbers only, ready for JSON.
    """
    across, notices = x_scale(lines, options)
    panel = prepare(lines, "metric", across, options)
    return compose({"metric": panel}, lines, across, options, notices, axes.x_range(x_ends(lines, across)))

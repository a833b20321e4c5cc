"""Which steps of long series a figure is about to show, so that no more of them is read in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tracker.charts.across import x_scale
from tracker.charts.lines import Line, Options
from tracker.curves.align import clock, positions
from tracker.model import Overview, Series

Steps = tuple[int, int]


def steps_seen(lines: Sequence[Line], options: Options) -> dict[tuple[str, str], Steps]:
    """Return the first and the last step of what is zoomed to, by line and name, for series that came as an `Overview`.

    A stretch more at either end belongs to it, since a line runs on beyond the edges of a chart.
    """
    if options.x_range is None:
        return {}
    across, _ = x_scale(lines, options)
    low, high = options.x_range
    found = {}
    for line in lines:
        long = [series for series in line.logged if isinstance(series, Overview)]
        run_clock = clock(line.logged) if long and across.kind == "epoch" else None
        for series in long:
            x = positions(series, run_clock) if across.kind == "epoch" else across.of(line, series)
            inside = np.flatnonzero((x >= low) & (x <= high))
            if len(inside):
                first, last = int(inside[0]), int(inside[-1])
            else:  # a zoom between two points that were kept
                first = last = int(np.searchsorted(x, low))
            places = series.step[[max(first - 1, 0), min(last + 1, len(series) - 1)]]
            found[line.id, series.name] = (int(places[0]), int(places[1]))
    return found


def with_windows(lines: Sequence[Line], windows: Mapping[tuple[str, str], Series]) -> list[Line]:
    """Return lines with what was read in full put in the place of the same stretch of their overviews."""

    def seen(line: Line, series: Series | None) -> Series | None:
        window = None if series is None else windows.get((line.id, series.name))
        return _spliced(series, window) if isinstance(series, Overview) and window is not None else series

    out = []
    for line in lines:
        loss, accuracy = [(seen(line, train), seen(line, val)) for train, val in (line.loss, line.accuracy)]
        metric = {split: seen(line, series) or series for split, series in line.metric.items()}
        out.append(replace(line, loss=loss, accuracy=accuracy, metric=metric))
    return out


def _spliced(whole: Overview, window: Series) -> Overview:
    if len(window) == 0:
        return whole
    joined = _joined(whole, window)
    return Overview(
        whole.name,
        joined.step,
        joined.epoch,
        joined.value,
        joined.elapsed_ms,
        whole.points,
        whole.means,  # smoothers count points: the line is the same however far a reader has zoomed
    )


def _joined(whole: Series, window: Series) -> Series:
    before = int(np.searchsorted(whole.step, window.step[0]))
    after = int(np.searchsorted(whole.step, window.step[-1], "right"))
    columns = [
        np.concatenate([column[:before], inner, column[after:]])
        for column, inner in (
            (whole.step, window.step),
            (whole.epoch, window.epoch),
            (whole.value, window.value),
            (whole.elapsed_ms, window.elapsed_ms),
        )
    ]
    return Series(whole.name, *columns)

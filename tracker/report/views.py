"""The figures of a report as plain data: every curve once, and for each run in focus what `charts` writes beside them.

The one figure builder draws for a server's page, which asks it again at every click. A report has no server: the
figure is built beforehand for each run in focus, with and without a log axis, wide and for a phone. Colours become the
names of the page's own tokens, so that both themes share all of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.charts.curves import MANY, Line, Options, loss_accuracy
from tracker.charts.lines import XAxis
from tracker.charts.theme import LIGHT
from tracker.curves.align import clock, positions
from tracker.curves.sampling import sample
from tracker.model import PALETTE_SIZE, Series

Item = dict[str, Any]

POINTS = 60_000
"""Points of all curves together; a report of more is sampled."""
FEWEST, MOST = 120, 4_000
"""Points that a curve keeps at least and at most when it is sampled."""
PHONE = (350, 420)
"""Width and height in pixels for which labels are placed on a phone."""
WIDE, ALONE = (1020, 520), (1240, 520)
"""The same on a wide screen: beside the list of runs, and of one run, which has no list."""

_TOKENS = {
    getattr(LIGHT, name): name for name in ("panel", "text", "text2", "text3", "bad", "shade", "context")
}
_TOKENS |= {LIGHT.region: "region"} | {LIGHT.colour(slot): f"run-{slot}" for slot in range(PALETTE_SIZE)}


@dataclass(frozen=True, slots=True)
class Views:
    """What the browser draws: `data` is ready for JSON, `drawn` of the `logged` points are in it."""

    data: Item
    drawn: int
    logged: int


def views(lines: Sequence[Line], axis: XAxis, focus: str | None) -> Views:
    """Return the figures of these runs.

    Args:
        lines: the runs with their curves as logged, in the order of the page.
        axis: what stands on the x axis.
        focus: id of the run that is in focus when the page opens; None: none.
    """
    logged = sum(len(series) for line in lines for series in _series(line))
    count = sum(1 for line in lines for _ in _series(line))
    kept = max(FEWEST, min(MOST, POINTS // max(count, 1)))
    light = [_sampled(line, kept) for line in lines]
    order = {line.id: at for at, line in enumerate(light)}
    sizes = {"wide": WIDE if len(lines) > 1 else ALONE, "phone": PHONE}
    width, height = sizes["wide"]
    first = loss_accuracy(light, Options(x=axis, points=10**9, width=width, height=height))
    traces = [trace for trace in first["data"] if trace["mode"] == "lines"]
    across: list[list[float]] = []
    curves = [_curve(trace, order, across) for trace in traces]
    numbers = {trace["uid"]: at for at, trace in enumerate(traces)}
    made = _Maker(light, axis, order, numbers, sizes)
    data = {
        "runs": [{"id": line.id, "name": line.name, "colour": line.colour} for line in light],
        "focus": order.get(focus) if focus is not None else None,
        "x": first["layout"]["meta"]["x"]["title"],
        "percent": first["layout"]["meta"]["percent"],
        "xs": across,
        "curves": curves,
        "views": {
            f"{size} {scale}": made.views(size, log_y=scale == "log")
            for size in sizes
            for scale in ("linear", "log")
        },
    }
    return Views(data, sum(len(curve["y"]) for curve in curves), logged)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Builds figures and turns them into plain data; `order` gives the place of a run, `numbers` that of a curve."""

    lines: Sequence[Line]
    axis: XAxis
    order: dict[str, int]
    numbers: dict[str, int]
    sizes: dict[str, tuple[int, int]]

    def views(self, size: str, *, log_y: bool) -> Item:
        """Return the figure without a run in focus as `base`, and in `focus` the one of each run.

        Of many runs only the focused one is coloured, so that its figure holds no more than what is drawn of it.
        """
        width, height = self.sizes[size]
        phone, names = size == "phone", len(self.lines) > 1
        options = Options(
            x=self.axis, log_y=log_y, compact=phone, names=names, points=4, width=width, height=height
        )
        base = loss_accuracy(self.lines, options)
        many = len(self.lines) > MANY
        focused = [
            self._over(base, line, options)
            if many
            else loss_accuracy(self.lines, replace(options, focus=line.id))
            for line in self.lines
        ]
        return {"base": self._plain(base), "focus": [self._plain(figure) for figure in focused], "over": many}

    def _over(self, base: Item, line: Line, options: Options) -> Item:
        """Return the figure of one run alone in the ranges of all."""
        layout = base["layout"]
        ranges = [_data_range(layout, axis) for axis in ("yaxis", "yaxis2")]
        alone = replace(
            options, focus=line.id, x_range=tuple(layout["xaxis"]["range"]), y_ranges=(ranges[0], ranges[1])
        )
        alone = replace(alone, x=layout["meta"]["x"]["kind"])
        figure = loss_accuracy([line], alone)
        return figure if figure["layout"]["meta"]["percent"] == layout["meta"]["percent"] else base

    def _plain(self, figure: Item) -> Item:
        layout = figure["layout"]
        meta, margin = layout["meta"], layout["margin"]
        return {
            "height": layout["height"],
            "margin": [margin[side] for side in "ltrb"],
            "x": layout["xaxis"]["range"],
            "panels": [
                _panel(layout[name], metric, meta["full"])
                for name, metric in (("yaxis", "loss"), ("yaxis2", "accuracy"))
                if name in layout
            ],
            "lines": [
                self._stroke(t) for t in figure["data"] if t["mode"] == "lines" and t["uid"] in self.numbers
            ],
            "marks": [self._marks(trace) for trace in figure["data"] if trace["mode"] == "markers"],
            "shapes": [self._shape(shape) for shape in layout["shapes"]],
            "texts": [self._text(text, layout) for text in layout["annotations"]],
            "notices": meta["notices"],
        }

    def _stroke(self, trace: Item) -> list[Any]:
        stroke = trace["line"]
        return [
            self.numbers[trace["uid"]],
            _TOKENS[stroke["color"]],
            stroke["width"],
            int("dash" in stroke),
            trace["opacity"],
        ]

    def _marks(self, trace: Item) -> Item:
        marker = trace["marker"]
        found = zip(trace["x"], trace["y"], marker["symbol"], marker["size"], marker["color"], strict=True)
        return {
            "run": self.order[trace["meta"]["run"]],
            "metric": trace["meta"]["metric"],
            "colour": _TOKENS[marker["line"]["color"]],
            "width": marker["line"]["width"],
            "at": [[x, y, symbol, size, _TOKENS[fill]] for x, y, symbol, size, fill in found],
        }

    def _shape(self, shape: Item) -> Item:
        kind, _, run = shape["name"].partition(":")
        out = {key: shape[key] for key in ("x0", "x1", "y0", "y1")} | {"kind": kind, "run": self.order[run]}
        return out | ({"from": shape["xanchor"]} if shape.get("xsizemode") == "pixel" else {})

    def _text(self, text: Item, layout: Item) -> Item:
        """Return a text as spans of plain letters: the builder's markup is undone here, so that nothing has to parse it."""
        kind, _, run = text["name"].rpartition(":")
        slot = self.lines[self.order[run]].colour % PALETTE_SIZE
        named = kind.partition(":")[0]
        spans = [part for part in re.split(r"(</?b>)", text["text"]) if part]
        bold, out = False, []
        for part in spans:
            if part in ("<b>", "</b>"):
                bold = part == "<b>"
            else:
                out.append([html.unescape(part), int(bold)])
        axis = {"y": "yaxis", "y2": "yaxis2"}.get(text["yref"])
        log = axis is not None and layout[axis].get("type") == "log"
        return {
            "kind": named,
            "run": self.order[run],
            "metric": {"y": "loss", "y2": "accuracy"}.get(text["yref"]),
            "spans": out,
            "colour": f"ink-{slot}" if named in ("end", "broken") else _TOKENS[text["font"]["color"]],
            "ground": _TOKENS.get(text["bgcolor"]),
            "x": text["x"] if text["xref"] == "x" else None,
            "y": float(10 ** text["y"]) if log else text["y"],
            "anchor": [text["xanchor"], text["yanchor"]],
            "shift": [text.get("xshift", 0), text.get("yshift", 0)],
            "arrow": [text["ax"], text["ay"], text["standoff"]] if text["showarrow"] else None,
        }


def _panel(axis: Item, metric: str, full: Item) -> Item:
    return {
        "metric": metric,
        "title": html.unescape(axis["title"]["text"]),
        "domain": axis["domain"],
        "range": _range(axis),
        "full": full["y" if metric == "loss" else "y2"],
        "log": axis.get("type") == "log",
    }


def _range(axis: Item) -> tuple[float, float]:
    """Return the range of an axis in data units."""
    low, high = axis["range"]
    return (10.0**low, 10.0**high) if axis.get("type") == "log" else (low, high)


def _data_range(layout: Item, axis: str) -> tuple[float, float] | None:
    return _range(layout[axis]) if axis in layout else None


def _curve(trace: Item, order: dict[str, int], across: list[list[float]]) -> Item:
    """Return a curve; curves on the same x share it."""
    if trace["x"] not in across:
        across.append(trace["x"])
    meta = trace["meta"]
    return {
        "run": order[meta["run"]],
        "metric": meta["metric"],
        "split": meta["split"],
        "x": across.index(trace["x"]),
        "y": trace["y"],
    }


def _series(line: Line) -> list[Series]:
    return [series for series in (*line.loss, *line.accuracy) if series is not None]


def _sampled(line: Line, most: int) -> Line:
    """Return a line of which no curve has more than `most` points: the extremes of every stretch stay."""
    run_clock = clock(_series(line))

    def part(series: Series | None) -> Series | None:
        if series is None or len(series) <= most:
            return series
        # The epochs are filled in first: the steps that they are interpolated from may be among those left out.
        epoch = series.epoch if run_clock is None else positions(series, run_clock)
        at = sample(series.value, most)
        return Series(series.name, series.step[at], epoch[at], series.value[at], series.elapsed_ms[at])

    loss, accuracy = ((part(train), part(val)) for train, val in (line.loss, line.accuracy))
    return replace(line, loss=loss, accuracy=accuracy)

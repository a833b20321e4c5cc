"""What a figure is asked to draw: the runs as lines and the reader's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tracker.curves.smoothing import Smoother
from tracker.curves.words import percent_scale
from tracker.model import Annotation, Diagnosis, Goal, Series

XAxis = Literal["epoch", "step", "time", "relative"]
METRIC_X = "metric:"
"""What `Options.x` starts with where a metric stands on the x axis; the name as logged follows."""
Band = Literal["none", "std", "minmax", "ci95"]
ThemeName = Literal["light", "dark"]
Range = tuple[float, float]
Pair = tuple[Series | None, Series | None]

MANY = 12
"""Above this number of visible runs only the focused and the pinned ones keep their colour and name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One visible run: its curves as logged, never smoothed or sampled, and what the diagnosis says of them.

    `colour` is the run's palette slot; `loss` and `accuracy` are (train, val), either None where not logged.
    `accuracy` may be any metric of which more is better; `accuracy_name` says which.

    `metric` holds the series of one metric card by split ("train", "val", "test", "" where the names do not say),
    `metric_name` its title and `goal` which direction is better (None: not known). `across` is the series that stands
    on the x axis where that is a metric. `lr` is the learning rate, for the marks of its drops. `notes` are pinned at
    their epochs. Lines of one `group` are drawn as one band where the reader asks for bands; "" is no group.
    """

    id: str
    name: str
    colour: int
    loss: Pair = (None, None)
    accuracy: Pair = (None, None)
    diagnosis: Diagnosis | None = None
    pinned: bool = False
    created_ms: int = 0
    loss_name: str = "loss"
    accuracy_name: str = "accuracy"
    metric: Mapping[str, Series] = field(default_factory=dict)
    metric_name: str = "metric"
    goal: Goal | None = None
    across: Series | None = None
    lr: Series | None = None
    notes: tuple[Annotation, ...] = ()
    group: str = ""

    def drawn(self, panel: str) -> dict[str, Series]:
        """Return the series with points of one panel ("loss", "accuracy" or "metric") by split."""
        if panel == "metric":
            return {split: series for split, series in self.metric.items() if len(series)}
        pair = self.loss if panel == "loss" else self.accuracy
        return {s: one for s, one in zip(("train", "val"), pair, strict=True) if one is not None and len(one)}

    def called(self, panel: str) -> str:
        """Return the name of what a panel shows of this line."""
        return {"loss": self.loss_name, "accuracy": self.accuracy_name}.get(panel, self.metric_name)

    def percent_scale(self, panel: str) -> int:
        """Return what the values of a panel are multiplied by to be percent, 0 where they are no share."""
        low, high = 0.0, 0.0
        for series in self.drawn(panel).values():
            finite = np.isfinite(series.value)
            low = min(low, float(np.min(series.value, where=finite, initial=low)))
            high = max(high, float(np.max(series.value, where=finite, initial=high)))
        return percent_scale(self.called(panel).lower(), low, high)

    @property
    def logged(self) -> list[Series]:
        """All series with points that figures of this line draw."""
        every = [*self.loss, *self.accuracy, *self.metric.values()]
        return [series for series in every if series is not None and len(series)]


@dataclass(frozen=True, slots=True)
class Options:
    """How the reader wants to see the lines; every default is what a page shows first.

    `x`: one of `XAxis`, where "time" counts from the run's creation and "relative" is the share of the run's own
    length, or "metric:<name as logged>".
    `smoothing` 0 to 1 (0: none) by `smoother`; `clip` keeps outliers from flattening the rest.
    `band` is what is drawn around the mean of a group's lines: "none" draws every line by itself.
    `focus` is a line's id (a single line is always in focus). `x_range` is the visible range in units of the x axis,
    `y_ranges` those of the upper panel and of the accuracy in data units, also on a log axis; None: all of it.
    `points` is kept per curve, with its spikes; None: 300 of few lines, 150 beyond 30 and 100 beyond 80. `compact` is
    for phones. `names` writes the runs' names beside their curves (never on a phone); a page about one run leaves
    them out. `width` and `height` are the figure's size in pixels, by which labels are placed; None: 760 x 430,
    compact 350 x 400.
    """

    x: str = "epoch"
    smoothing: float = 0.0
    log_y: bool = False
    clip: bool = True
    annotations: bool = True
    focus: str | None = None
    x_range: Range | None = None
    y_ranges: tuple[Range | None, Range | None] = (None, None)
    theme: ThemeName = "light"
    compact: bool = False
    names: bool = True
    points: int | None = None
    smoother: Smoother = "time_weighted"
    band: Band = "none"
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels by which labels are placed."""
        width, height = (350, 400) if self.compact else (760, 430)
        return self.width or width, self.height or height

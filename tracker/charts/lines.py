"""What a figure is asked to draw: the runs as lines and the reader's options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tracker.model import Diagnosis, Series

XAxis = Literal["epoch", "step", "time", "relative"]
ThemeName = Literal["light", "dark"]
SmootherName = Literal["time_weighted", "ema", "mean", "gaussian"]
Range = tuple[float, float]
Pair = tuple[Series | None, Series | None]

MANY = 12
"""Above this number of visible runs only the focused and the pinned ones keep their colour and name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One visible run: its curves as logged, never smoothed or sampled, and what the diagnosis says of them.

    `colour` is the run's palette slot; `loss` and `accuracy` are (train, val), either None where not logged.
    `accuracy` may be any metric of which more is better; `accuracy_name` says which.
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


@dataclass(frozen=True, slots=True)
class Options:
    """How the reader wants to see the lines; every default is what a page shows first.

    `x`: "time" counts from the run's creation, "relative" is the share of the run's own length.
    `smoothing` 0 to 1 (0: none) by `smoother`; `clip` keeps outliers from flattening the rest.
    `focus` is a line's id (a single line is always in focus). `x_range` is the visible range in units of the x axis,
    `y_ranges` those of loss and accuracy in data units, also on a log axis; None: all of it.
    `points` is kept per curve. `compact` is for phones. `names` writes the runs' names beside their curves (never on a
    phone); a page about one run leaves them out. `width` and `height` are the figure's size in pixels, by which
    labels are placed; None: 760 x 430, compact 350 x 400.
    """

    x: XAxis = "epoch"
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
    points: int = 300
    smoother: SmootherName = "time_weighted"
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels by which labels are placed."""
        width, height = (350, 400) if self.compact else (760, 430)
        return self.width or width, self.height or height

"""Numbers as a reader wants them: enough digits to compare two runs and no more."""

from __future__ import annotations

import math
from collections.abc import Callable

from tracker.model import Axis

THIN = "\u202f"
"""Narrow no-break space, between a number and its unit."""


def value(number: float | None, digits: int = 4) -> str:
    """Return a metric's value: 1.317, 0.0843, 3e-4, 12,345; "–" for None, "NaN", "inf".

    Args:
        number: the value as logged.
        digits: significant digits from 1 upwards; below 1 one digit less.
    """
    if number is None:
        return "–"
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("−inf" if number < 0 else "inf")
    size = abs(number)
    sign = "−" if number < 0 else ""
    if size == 0:
        return "0"
    if size < 0.001 or size >= 1e7:
        return sign + _scientific(size, digits - 2)
    kept = digits if size >= 1 else digits - 1
    exponent = int(f"{size:.{kept - 1}e}".split("e")[1])  # of the rounded number: 0.9996 is written 1.00
    return sign + f"{size:,.{max(0, kept - 1 - exponent)}f}"


def short(number: float | None) -> str:
    """Return a value with three significant digits from 1 upwards and two below: 1.64, 0.16."""
    return value(number, 3)


def percent(number: float | None, decimals: int = 1) -> str:
    """Return a number of percent with its unit, 75.7 as "75.7 %"; "–" for None."""
    if number is None:
        return "–"
    return f"{number:.{decimals}f}".replace("-", "−") + f"{THIN}%" if math.isfinite(number) else value(number)


def as_share(scale: int) -> Callable[[float | None], str]:
    """Return how values are written that are percent when multiplied by `scale`; 0: they are no share, see `value`."""
    if scale == 0:
        return value
    return lambda number: percent(None if number is None else number * scale)


def change(share: float) -> str:
    """Return a relative change with its sign, 0.28 as "+28 %"; one decimal below 1 %."""
    if not math.isfinite(share):
        return value(share)
    size = abs(share) * 100
    number = f"{size:,.0f}" if size >= 0.95 or size == 0 else f"{size:.1f}"
    return ("−" if share < 0 else "+") + number + f"{THIN}%"


def duration(milliseconds: float) -> str:
    """Return a length of time: 0.8 s, 48 s, 31 min, 2 h 05 min, 3 d 4 h."""
    seconds = max(0.0, milliseconds / 1000)
    if seconds < 9.95:
        return f"{seconds:.1f}{THIN}s"
    if seconds < 119.5:
        return f"{seconds:.0f}{THIN}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{THIN}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}{THIN}h {minutes:02d}{THIN}min" if minutes else f"{hours}{THIN}h"
    days, hours = divmod(hours, 24)
    return f"{days}{THIN}d {hours}{THIN}h" if hours else f"{days}{THIN}d"


def number(x: float) -> str:
    """Return a place on the x axis: 1,200 or, between two epochs, 2.5."""
    return f"{round(x):,}" if abs(x - round(x)) < 1e-6 else f"{x:,.2f}".rstrip("0").rstrip(".")


def position(x: float, axis: Axis = "epoch", *, compact: bool = False) -> str:
    """Return a place in a run in words: "epoch 10", "step 1,200"; compact "ep 10"."""
    return f"{'ep' if compact and axis == 'epoch' else axis} {number(x)}"


def stretch(start: float, end: float | None, axis: Axis = "epoch") -> str:
    """Return a part of a run in words: "epoch 9 to 20"; "epoch 9" where it has no length."""
    return position(start, axis) + (f" to {number(end)}" if end not in (None, start) else "")


def tick(number: float) -> str:
    """Return the label of an axis tick: no more digits than it needs."""
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return value(number)
    if abs(number) < 0.001 or abs(number) >= 1e6:
        return _scientific(abs(number), 2).join(("−" if number < 0 else "", ""))
    return f"{number:,.10f}".rstrip("0").rstrip(".").replace("-", "−")


def _scientific(size: float, decimals: int) -> str:
    mantissa, exponent = f"{size:.{decimals}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"

"""What `log` accepts: a name and a number, checked and copied at the call, so that what was accepted is what is stored.

Scalars of numpy, torch, jax and tensorflow are known by what they can do; no framework is ever imported here. Every
function returns the error instead of raising it, so that `log` raises it at the user's own line.
"""

from __future__ import annotations

import math
import operator
import unicodedata
from decimal import Decimal
from numbers import Rational
from typing import Any

from tracker.model import LARGEST_STEP, NAME_BYTES

EXACT_INT = 2**53
"""Integers beyond this are stored as the nearest float64."""

_NOT_SCALARS = (dict, list, tuple, set, frozenset, range)


def check_name(name: Any) -> str | Exception:
    """Return the name as it is stored (Unicode NFC), or the error that tells what is wrong with it."""
    if not isinstance(name, str):
        return TypeError(f"log(): a metric's name is text, not {_shown(name)}: write {str(name)!r}")
    stored = name if name.isascii() else unicodedata.normalize("NFC", name)
    if not stored or stored.isspace():
        return ValueError(f"log(): a metric needs a name, not {name!r}")
    if not stored.isprintable():
        for c in stored:
            if unicodedata.category(c) in ("Cc", "Cs"):
                return ValueError(
                    f"log(): the name {_cut(name)} holds the control character {c!r}: leave it out"
                )
    size = len(stored) if stored.isascii() else len(stored.encode("utf-8", "surrogatepass"))
    if size > NAME_BYTES:
        return ValueError(
            f"log(): the name {_cut(name)} is {size} bytes long in UTF-8, the limit is {NAME_BYTES}: shorten it"
        )
    return stored


def check_value(name: str, value: Any) -> float | Exception:
    """Return a metric's value as a float, or the error that names the key, the value's type and what to do."""
    if isinstance(value, float | bool):
        return float(value)
    if isinstance(value, int | Decimal | Rational):
        return _as_float(name, value)
    if isinstance(value, str | bytes):
        return TypeError(
            f"log(): {name!r} is the text {_cut(value)}: log a number; text belongs in run.config, run.summary "
            "or run.notes"
        )
    if value is None:
        return TypeError(f"log(): {name!r} is None: log a number, or leave the key out of this call")
    if isinstance(value, complex):
        return TypeError(f"log(): {name!r} is the complex number {value}: log its parts or abs() of it")
    if isinstance(value, dict):
        return TypeError(
            f"log(): {name!r} is a dict: log its entries under names of their own, such as {name + '/loss'!r}"
        )
    if isinstance(value, _NOT_SCALARS):
        return TypeError(
            f"log(): {name!r} is a {type(value).__name__}: log one number, such as its mean or its last"
        )
    return _scalar(name, value)


def check_step(step: Any) -> int | Exception:
    """Return a step as an int in 0..2**62-1, or the error."""
    if isinstance(step, bool):
        return TypeError(f"log(): step is {step}: a step is a whole number, 0 or more")
    if isinstance(step, float):
        if not step.is_integer():
            return ValueError(f"log(): step is {step}: a step is a whole number; use epoch= for fractions")
        step = int(step)
    try:
        number = operator.index(step)
    except TypeError:
        return TypeError(f"log(): step is {_shown(step)}: a step is a whole number, 0 or more")
    if number < 0:
        return ValueError(f"log(): step is {number}: a step is 0 or more")
    if number > LARGEST_STEP:
        return ValueError(f"log(): step is {number}: the largest step is 2**62 - 1")
    return number


def check_epoch(epoch: Any) -> tuple[float, int | None] | Exception:
    """Return an epoch as a float, and as the step that it gives when it is a whole number type; or the error."""
    if isinstance(epoch, bool) or epoch is None:
        return TypeError(f"log(): epoch is {epoch}: an epoch is a number such as 3 or 2.5")
    value = check_value("epoch", epoch)
    if isinstance(value, Exception):
        return value
    if not math.isfinite(value):
        return ValueError(f"log(): epoch is {value}: an epoch is a finite number such as 3 or 2.5")
    if isinstance(epoch, float):
        return value, None
    try:
        whole = operator.index(epoch)
    except TypeError:
        return value, None
    return value, whole if 0 <= whole <= LARGEST_STEP else None


def _scalar(name: str, value: Any) -> float | Exception:
    """Return the number in a framework's zero-dimensional array, asking only for what such an object can do."""
    try:
        dimensions = getattr(value, "ndim", 0)
        if callable(dimensions):
            dimensions = dimensions()
        if dimensions:
            shape = tuple(getattr(value, "shape", ()))
            return TypeError(
                f"log(): {name!r} is an array ({type(value).__name__} of shape {shape}): log one number, such as "
                "its .mean()"
            )
        item = value.item() if hasattr(value, "item") else value
        if isinstance(item, bool | int | float):
            return _as_float(name, item)
        if isinstance(item, complex | str | bytes) or not hasattr(item, "__float__"):
            return _no_number(name, value)
        return float(item)
    except Exception as error:  # whatever a framework raises becomes the caller's error, with its cause
        told = TypeError(
            f"log(): {name!r} of type {type(value).__name__} gives no number ({type(error).__name__}: "
            f"{_cut(str(error))}): call float() on it before logging"
        )
        told.__cause__ = error
        return told


def _as_float(name: str, value: Any) -> float | Exception:
    try:
        return float(value)
    except OverflowError:
        return ValueError(f"log(): {name!r} is beyond the range of a float64: scale it down")
    except ValueError:
        return math.nan  # a signalling NaN of decimal
    except TypeError:
        return _no_number(name, value)  # numpy counts a span of time among the integers


def _no_number(name: str, value: Any) -> TypeError:
    return TypeError(
        f"log(): {name!r} is of type {type(value).__name__}, which is not a number: log a Python number or a scalar of "
        "numpy, torch, jax or tensorflow"
    )


def _shown(value: Any) -> str:
    return f"{_cut(value)} of type {type(value).__name__}"


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

"""How values stand in columns, and what can never stand there: checked before a transaction begins."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from tracker.errors import Refused
from tracker.model import KEY_BYTES, LARGEST_STEP, NAME_BYTES, Annotation
from tracker.store.base import Batch, Points
from tracker.store.tables import FINITE, INFINITE, MINUS_INFINITE, NAN

_FLOATS = {NAN: math.nan, INFINITE: math.inf, MINUS_INFINITE: -math.inf}


def checked(batch: Batch) -> Points:
    """Return the batch's points with what can be stored of them: an epoch that is no number is None.

    Raises:
        Refused: something in the batch can never be stored; the message names it.
    """
    identity = batch.identity
    _check_key("project", identity.project)
    for tag in (*identity.tags, *(batch.tags or ())):
        check_tag(tag)
    for what, items in (("config", identity.config), ("config", batch.config), ("summary", batch.summary)):
        for key in items:
            _check_key(f"{what} key", key)
    said = (identity.name, identity.group, identity.notes, batch.name, batch.notes, batch.exception)
    for text in said:
        check_text("text", text or "")
    shapes = set(map(tuple, batch.points.values))
    for name in {*batch.metrics, *chain.from_iterable(shapes)}:
        _check_key("metric name", name, NAME_BYTES)
    for note in batch.annotations:
        check_annotation(note)
    return _checked_points(batch.points)


def check_annotation(note: Annotation) -> None:
    """Check what a note, an alert or a dismissal holds.

    Raises:
        Refused: it can never be stored.
    """
    for text in (note.title, note.text, note.author):
        check_text("text", text)
    if note.step is not None:
        _check_integer("step", note.step, note.title)


def check_tag(tag: str) -> None:
    """Check a tag.

    Raises:
        Refused: it can never be stored.
    """
    _check_key("tag", tag)


def kind_of(value: float) -> tuple[float | None, int]:
    """Return a value as its two columns: the number where it is finite, and its kind."""
    if math.isfinite(value):
        return value, FINITE
    return None, NAN if math.isnan(value) else INFINITE if value > 0 else MINUS_INFINITE


def columns_of(values: Sequence[float]) -> tuple[Sequence[float | None], Sequence[int] | None]:
    """Return many values as their two columns, as `kind_of` does one; kinds are None when all are finite.

    -0.0 becomes 0.0, for engines differ in whether they keep its sign.
    """
    if math.isfinite(sum(values)):
        return ([v + 0.0 for v in values] if 0.0 in values else values), None
    numbers, kinds = zip(*map(kind_of, values), strict=True)
    return [None if n is None else n + 0.0 for n in numbers], kinds


def value_of(number: float | None, kind: int) -> float:
    """Return the value that two columns stand for."""
    return number if number is not None else _FLOATS.get(kind, math.nan)


def as_json(value: Any) -> str:
    """Return a config or summary value as JSON text that every engine can keep, exactly."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    # NUL is escaped by JSON itself; a lone surrogate only when everything outside ASCII is.
    return text if _encodable(text) else json.dumps(value, default=str)


def from_json(text: str) -> Any:
    """Return the value that `as_json` wrote, a new object where it can be changed."""
    return json.loads(text) if text[0] in "[{" else _scalar(text)


def number_of(value: Any) -> float | None:
    """Return a config or summary value as the number that filters compare, None where it is not a finite one."""
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


@lru_cache(maxsize=4096)
def _scalar(text: str) -> Any:
    """Read a scalar: many runs share few distinct values."""
    return json.loads(text)


def _checked_points(points: Points) -> Points:
    if not points.values:
        return points
    _check_integers("step", points.step, points)
    _check_integers("elapsed_ms", points.elapsed_ms, points)
    epoch = points.epoch
    if not all(e is None or math.isfinite(e) for e in set(epoch)):
        epoch = [None if e is None or not math.isfinite(e) else e for e in epoch]
    return replace(points, epoch=epoch)


def _check_integers(what: str, numbers: Sequence[int], points: Points) -> None:
    if min(numbers) < 0 or max(numbers) > LARGEST_STEP:
        for number, values in zip(numbers, points.values, strict=True):
            _check_integer(what, number, next(iter(values), ""))


def _check_integer(what: str, number: int, name: str) -> None:
    if not 0 <= number <= LARGEST_STEP:
        raise Refused(
            f"the {what} {number} of {name!r} cannot be stored: it must be from 0 to {LARGEST_STEP}"
        )


def _check_key(what: str, text: str, limit: int = KEY_BYTES) -> None:
    check_text(what, text)
    size = len(text.encode())
    if not 0 < size <= limit:
        raise Refused(
            f"the {what} {text[:40]!r} cannot be stored: it has {size} bytes and 1 to {limit} are allowed"
        )


def check_text(what: str, text: str) -> None:
    """Check a text of any length.

    Raises:
        Refused: it can never be stored.
    """
    if "\0" in text or not _encodable(text):
        raise Refused(
            f"the {what} {text[:40]!r} cannot be stored: it holds a NUL or a lone surrogate character"
        )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Histories that other programs left, as series: dicts of lists, rows and data frames.

Everything is first brought into columns of one length in which None means "not logged here"; a NaN that was logged
stays a NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from tracker.curves.names import is_metric, resolve
from tracker.errors import BadInput
from tracker.model import Series

Columns: TypeAlias = dict[str, list[float | None]]

EPOCHS = ("epoch", "epochs")
STEPS = (
    "step",
    "steps",
    "global_step",
    "iteration",
    "iterations",
    "iter",
    "round",
    "trainer/global_step",
    "_step",
)
_TEXTS = (str, bytes)
_WRITTEN = re.compile(r"(?<!\w)\d")


def is_keras(thing: object) -> bool:
    """Tell whether `thing` looks like what `model.fit` of Keras returns."""
    return isinstance(getattr(thing, "history", None), Mapping) and hasattr(thing, "epoch")


def is_frame(thing: object) -> bool:
    """Tell whether `thing` looks like a pandas DataFrame, without importing pandas."""
    return hasattr(thing, "columns") and hasattr(thing, "iloc") and hasattr(thing, "to_dict")


def from_keras(history: Any) -> list[Series]:
    """Return the series of a Keras History along its `.epoch`, counted from 1 as Keras prints and saves its epochs.

    A validation every k epochs (`validation_freq=k`) is put at every k-th epoch where its length leaves no doubt.
    """
    # A metric of each class apart, an F1 without average, has an array an epoch and is no curve.
    kept = {name: values for name, values in history.history.items() if not _holds_arrays(values)}
    columns = _flat(kept)
    epochs = [float(e) + 1 for e in history.epoch or ()]
    longest = max((len(column) for column in columns.values()), default=0)
    for name, column in columns.items():
        if 0 < len(column) < longest:
            paces = [k for k in range(2, longest + 1) if longest // k == len(column)]
            if len(paces) == 1:
                spread: list[float | None] = [None] * longest
                spread[paces[0] - 1 :: paces[0]] = column
                columns[name] = spread
    if epochs and len(epochs) == longest:
        columns["epoch"] = list(epochs)
    return from_columns(columns)


def from_mapping(data: Mapping[str, Any]) -> list[Series]:
    """Return the series of a dict of lists, nested or flat (`{"train": {"loss": [...]}}` becomes `train/loss`)."""
    if isinstance(data.get("log_history"), list):
        return from_rows(data["log_history"])
    return from_columns(_flat(data))


def from_rows(rows: Iterable[Any]) -> list[Series]:
    """Return the series of a list of dicts, one a log call, as Hugging Face keeps them; a missing key is no point.

    Raises:
        BadInput: a row is not a dict.
    """
    listed = list(rows)
    columns: dict[str, list[Any]] = {}
    for place, row in enumerate(listed):
        if not isinstance(row, Mapping):
            raise BadInput(f"row {place} of the history is {short(row)}: expected a dict of metrics")
        for name, value in row.items():
            words = isinstance(value, _TEXTS) and not measures_in(str(name), [value])
            if words or value is None or isinstance(value, bool | Mapping | list | tuple):
                continue
            columns.setdefault(str(name), [None] * len(listed))[place] = value
    return from_columns(_checked(columns))


def from_frame(frame: Any) -> list[Series]:
    """Return the series of a pandas DataFrame, one row a step or epoch.

    A NaN is read as not logged, as a frame cannot tell the two apart; but a column that was full until it became NaN
    for good is a loss that turned NaN, and is kept so.

    Raises:
        BadInput: two columns have one name, or it cannot be read as curves.
    """
    columns: dict[str, list[Any]] = {}
    check_once([str(name) for name in frame.columns], "the data frame")
    index = str(frame.index.name).lower()
    if index in EPOCHS + STEPS and index not in {str(c).lower() for c in frame.columns}:
        columns[index] = list(frame.index)
    for at, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True)):
        values = frame.iloc[:, at].tolist()
        numbers = getattr(dtype, "kind", "O") in "iuf" or all(_is_number(v) or _is_missing(v) for v in values)
        if numbers or measures_in(str(name), values):
            columns[str(name)] = [None if _is_missing(v) else v for v in values]
    metrics = {name: column for name, column in columns.items() if is_metric(name)}
    broken = {name: place for name, column in metrics.items() if (place := _breaks(column)) is not None}
    sparse = [column for name, column in metrics.items() if None in column and name not in broken]
    for name, place in broken.items():
        if all(value is None for column in sparse for value in column[place:]):
            columns[name][place:] = [math.nan] * (len(columns[name]) - place)
    return from_columns(_checked(columns))


def from_columns(columns: Columns) -> list[Series]:
    """Return the series of columns of one length; epochs count 1..n where neither epoch nor step was given.

    Raises:
        BadInput: the lengths differ, nothing is left, or no name says a loss or score.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {n}" for name, n in list(lengths.items())[:6])
        raise BadInput(f"the lists differ in length ({told}): put None where nothing was logged")
    size = next(iter(lengths.values()), 0)
    if size == 0:
        raise BadInput(
            'the history is empty: expected lists of numbers such as {"loss": [...], "val_loss": [...]}'
        )
    epoch, step = _axis(columns, EPOCHS), _axis(columns, STEPS)
    if step is None and epoch is not None and _falls(epoch):
        # The newest row stands first, as in some logs: without steps the rows' order is the order in time.
        columns = {name: column[::-1] for name, column in columns.items()}
        epoch = _axis(columns, EPOCHS)
    axes = {name for name in columns if name.lower() in EPOCHS + STEPS}
    series = []
    for name, column in columns.items():
        places = [i for i, value in enumerate(column) if value is not None]
        if name in axes or not places:
            continue
        series.append(_series(name, column, places, epoch, step))
    if not any(is_metric(one.name) for one in series):
        known = ", ".join(map(repr, list(columns)[:6]))
        raise BadInput(
            f"no loss or score among {known}: expected names such as loss, val_loss, train/loss, accuracy"
        )
    _check_directions(series)
    return series


def read_setting(said: str) -> int | float | str:
    """Return a setting that another tool keeps as text as the number that it reads as, else as it is."""
    for kind in (int, float):
        try:
            return kind(said)
        except ValueError:
            continue
    return said


def measures_in(name: str, words: Iterable[Any]) -> bool:
    """Tell whether words such as `tensor(0.5)` or `90%` are numbers of a loss or score: a mistake to be told.

    A column `loss_fn` of words such as `smooth_l1` is none.
    """
    written = any(isinstance(word, str) and _WRITTEN.search(word) for word in words)
    return written and resolve([name])[name].goal is not None


def check_once(names: Sequence[str], where: str) -> None:
    """Refuse two columns of one name: which of them is the metric, nobody can tell.

    Raises:
        BadInput: a metric or an axis stands twice in `names`; the message begins with `where`.
    """
    for name in names:
        if name and names.count(name) > 1 and (is_metric(name) or name.lower() in EPOCHS + STEPS):
            raise BadInput(f"{where} has {names.count(name)} columns {name!r}: give each a name of its own")


def _check_directions(series: Sequence[Series]) -> None:
    read = resolve([one.name for one in series])
    if not any(name.goal for name in read.values()):
        known = ", ".join(repr(one.name) for one in series[:6])
        raise BadInput(
            f"the names {known} do not say whether up or down is better: "
            "rename one like loss, val_loss, train/loss or accuracy"
        )


def _series(
    name: str,
    column: Sequence[float | None],
    places: list[int],
    epoch: list[float | None] | None,
    step: list[float | None] | None,
) -> Series:
    rows = np.array(places, np.int64)
    value = np.array([column[i] for i in places], np.float64)
    at = np.full(len(rows), np.nan)
    if epoch is not None:
        at = np.array([math.nan if epoch[i] is None else epoch[i] for i in places], np.float64)
    elif step is None:
        at = rows + 1.0
    # Without steps the row's number orders the points; a fractional or missing step falls back to it as well.
    steps = rows
    if step is not None and all(step[i] is not None and float(step[i] or 0).is_integer() for i in places):
        steps = np.array([int(step[i] or 0) for i in places], np.int64)
        order = np.argsort(steps, kind="stable")
        steps, at, value = steps[order], at[order], value[order]
    return Series(name, steps, at, value, np.zeros(len(rows), np.int64))


def _axis(columns: Columns, names: tuple[str, ...]) -> list[float | None] | None:
    for name, column in columns.items():
        if name.lower() in names and any(value is not None for value in column):
            for place, value in enumerate(column):
                if value is not None and not abs(value) < 2**53:
                    raise BadInput(f"{name!r} holds {value} at place {place}: an axis needs finite numbers")
            return column
    return None


def _falls(axis: Sequence[float | None]) -> bool:
    known = [value for value in axis if value is not None]
    return len(known) > 1 and known[0] > known[-1] and all(a >= b for a, b in pairwise(known))


# ---------------------------------------------------------------------------------------------------------- into columns


def _flat(data: Mapping[str, Any], prefix: str = "") -> Columns:
    columns: dict[str, list[Any]] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            columns.update(_flat(value, f"{name}/"))
        elif isinstance(value, _TEXTS) or not hasattr(value, "__iter__"):
            raise BadInput(f"{name!r} is {short(value)}: expected a list of numbers")
        else:
            columns[name] = list(value)
    return _checked(columns)


def _checked(columns: Mapping[str, Sequence[Any]]) -> Columns:
    out: Columns = {}
    for name, column in columns.items():
        out[name] = [None if value is None else _number(value, name, i) for i, value in enumerate(column)]
    return out


def _number(value: Any, name: str, place: int) -> float:
    if _is_number(value):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            pass  # told below, with the place
    raise BadInput(f"{name!r} holds {short(value)} at place {place}: expected a number")


def _is_number(value: Any) -> bool:
    if isinstance(value, _TEXTS) or getattr(value, "ndim", 0) not in (0, None):
        return False
    return isinstance(value, int | float) or hasattr(value, "__float__")


def _is_missing(value: Any) -> bool:
    # pandas' own NA refuses comparison with itself; its name is all that can be asked without importing pandas.
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and math.isnan(value))
    )


def _breaks(column: Sequence[float | None]) -> int | None:
    """Return where a full column becomes empty for good; None when it never does or was sparse before."""
    if None not in column:
        return None
    place = list(column).index(None)
    return place if place > 0 and all(value is None for value in column[place:]) else None


def _holds_arrays(values: object) -> bool:
    return isinstance(values, list | tuple) and any(np.size(value) > 1 for value in values)


def short(value: object) -> str:
    """Return a value as an error message shows it: in 40 characters at most."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."

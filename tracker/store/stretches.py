"""A batch's points, call by call, become one stretch of columns a series; nothing here is done point by point.

Calls of a training loop log the same names again and again: calls of one shape are turned into columns together, by
the interpreter's own loops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from operator import itemgetter, lt
from typing import Any, NamedTuple

from tracker.store.base import Points
from tracker.store.encoding import columns_of

Column = Sequence[Any]


class Stretch(NamedTuple):
    """Points of one series as columns of equal length, each step once and in ascending order.

    `value` holds None where `kind` is not FINITE, as the columns of the table do. `kind` None means that all are
    finite, `epoch` None that no point has one: a driver takes longest over a None.
    """

    step: Sequence[int]
    value: Sequence[float | None]
    kind: Sequence[int] | None
    epoch: Sequence[float | None] | None
    elapsed_ms: Sequence[int]

    def taken(self, places: Sequence[int]) -> Stretch:
        """Return the points at these places."""
        step, value, kind, epoch, elapsed_ms = (None if c is None else _take(c, places) for c in self)
        return Stretch(step or (), value or (), kind, epoch, elapsed_ms or ())


def stretches(points: Points, base: int) -> dict[str, Stretch]:
    """Return the last point of each (series, step), in the order of the series' first logs.

    `base` is what counted steps are moved by, behind those of earlier sessions.
    """
    if base and any(points.counted):
        moved = [s + base if c else s for s, c in zip(points.step, points.counted, strict=True)]
    else:
        moved = list(points.step)
    calls = _Calls(moved, points.epoch, points.elapsed_ms)
    shapes = _shapes(points)
    often = Counter(chain.from_iterable(shapes))
    found: dict[str, Stretch] = {}
    scattered: dict[str, list[tuple[int, float]]] = {}
    for shape, places in shapes.items():
        columns = zip(*(values.values() for values in _take(points.values, places)), strict=True)
        some = calls.at(places)
        for name, column in zip(shape, columns, strict=True):
            if often[name] == 1:
                found[name] = some.stretch(column)
            else:
                found.setdefault(name, _NOTHING)  # keeps its place in the order
                scattered.setdefault(name, []).extend(zip(places, column, strict=True))
    for name, pairs in scattered.items():
        pairs.sort(key=itemgetter(0))
        found[name] = calls.at([place for place, _ in pairs]).stretch([value for _, value in pairs])
    return found


class _Calls:
    """What all values of a call share, of some of a batch's calls: worked out once for all their names."""

    def __init__(self, step: Column, epoch: Column, elapsed_ms: Column) -> None:
        self._all = (step, epoch, elapsed_ms)
        self._order = _last_of_each(step)
        kept = self._all if self._order is None else tuple(_take(c, self._order) for c in self._all)
        self._step, epoch, self._elapsed_ms = kept
        self._epoch = None if epoch.count(None) == len(epoch) else epoch

    def at(self, places: Sequence[int]) -> _Calls:
        """Return the calls at these places, which ascend."""
        if len(places) == len(self._all[0]):
            return self
        return _Calls(*(_take(column, places) for column in self._all))

    def stretch(self, values: Sequence[float]) -> Stretch:
        """Return the points of a series that has one of `values` in each call."""
        last = values if self._order is None else _take(values, self._order)
        return Stretch(self._step, *columns_of(last), self._epoch, self._elapsed_ms)


def _shapes(points: Points) -> dict[tuple[str, ...], Sequence[int]]:
    """Return the places of the calls that log the same names in the same order, for each such shape."""
    shapes = list(map(tuple, points.values))
    if shapes and shapes.count(shapes[0]) == len(shapes):
        return {shapes[0]: range(len(shapes))}
    found: dict[tuple[str, ...], list[int]] = {}
    for place, shape in enumerate(shapes):
        found.setdefault(shape, []).append(place)
    return {shape: places for shape, places in found.items() if shape}


def _last_of_each(steps: Sequence[int]) -> list[int] | None:
    """Return the place of each step's last log, in ascending order of steps; None when they ascend already."""
    if all(map(lt, steps, islice(steps, 1, None))):
        return None
    last = {step: place for place, step in enumerate(steps)}
    return [last[step] for step in sorted(last)]


def _take(column: Column, places: Sequence[int]) -> Column:
    if len(places) == len(column) and isinstance(places, range):
        return column
    return [column[place] for place in places] if len(places) < 2 else itemgetter(*places)(column)


_NOTHING = Stretch((), (), None, None, ())

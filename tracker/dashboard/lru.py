"""A small cache with a limit, shared by the threads that answer pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Keeps what was used last, up to a total weight.

    Args:
        capacity: The most weight that is kept.
        weigh: How much a value weighs; every value weighs 1 without it.
    """

    def __init__(self, capacity: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept under `key`, None when nothing is."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V) -> None:
        """Keep `value`, dropping what was not used for longest when there is too much."""
        weight = self._weigh(value)
        with self._lock:
            old = self._kept.pop(key, None)
            self._weight += weight - (old[1] if old else 0)
            self._kept[key] = value, weight
            while self._weight > self._capacity and len(self._kept) > 1:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._weight -= dropped


class Newest(Generic[K, V]):
    """Keeps things of which only the newest state is asked for: another state takes the place of the one before.

    Args:
        capacity: The most weight that is kept.
        weigh: How much a value weighs; every value weighs 1 without it.
    """

    def __init__(self, capacity: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._kept: Lru[K, tuple[Hashable, V]] = Lru(capacity, lambda kept: weigh(kept[1]))

    def get(self, key: K, state: Hashable) -> V | None:
        """Return what is kept of this state, None when nothing is."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] == state else None

    def put(self, key: K, state: Hashable, value: V) -> None:
        """Keep `value`, in place of any other state."""
        self._kept.put(key, (state, value))

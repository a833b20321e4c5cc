"""Pictures, sounds and tables of other trackers' calls: a ported script goes on, and hears once that they are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Media:
    """Takes whatever a medium is made from and keeps nothing of it; `log` leaves it out with one warning."""

    def __init__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Media()

    def __call__(self, *_: Any, **__: Any) -> Media:
        """Stand for what a medium's own method gives."""
        return self

    def __enter__(self) -> Media:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getitem__(self, key: Any) -> Media:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        return iter(())

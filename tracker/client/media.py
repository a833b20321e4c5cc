"""Pictures, sounds and tables of other trackers' calls: a ported script goes on, and hears once that they are not kept."""

from __future__ import annotations

from typing import Any


class Media:
    """Takes whatever a medium is made from and keeps nothing of it; `log` leaves it out with one warning."""

    def __init__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None

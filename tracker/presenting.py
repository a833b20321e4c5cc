"""Who draws a thing of the model: said from above, so that the rooms below `charts/` need not know it."""

from __future__ import annotations

from collections.abc import Callable

Presenter = Callable[[str, object], object]
_presenter: Presenter | None = None


def set_presenter(presenter: Presenter) -> None:
    """Say who draws: `presenter(what, thing)` with what "figure" or "html". Set once, by `tracker/__init__.py`."""
    global _presenter
    _presenter = presenter


def present(what: str, thing: object) -> object:
    """Draw `thing` by the presenter.

    Raises:
        RuntimeError: none is set.
    """
    if _presenter is None:
        raise RuntimeError("no presenter is set: import tracker first")
    return _presenter(what, thing)

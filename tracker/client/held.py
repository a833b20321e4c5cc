"""`run.config` and `run.summary`: dicts whose changes are logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from tracker.client.redaction import as_mapping


class Held(MutableMapping[str, Any]):
    """A dict that tells `changed` about every change; keys can be read and set as attributes too.

    What the user put in is what the user gets back; secrets are replaced only on the way to the journal. A key that
    nobody put in is looked up in `beside`.
    """

    __slots__ = ("_beside", "_changed", "_items")

    def __init__(
        self,
        items: Mapping[str, Any],
        changed: Callable[[dict[str, Any]], None],
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        object.__setattr__(self, "_items", dict(items))
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_beside", {} if beside is None else beside)

    def update(self, *others: Any, **more: Any) -> None:
        """Set many keys at once, from mappings, dataclasses or argparse namespaces, and from keywords.

        Raises:
            TypeError: an argument cannot be read as a dict.
        """
        new: dict[str, Any] = {}
        for other in others:
            if isinstance(other, str | bytes):
                raise TypeError(f"update() takes a dict, not the text {other[:40]!r}")
            mapping = as_mapping(other)
            new.update(dict(other) if mapping is None else mapping)
        new.update(more)
        new.pop("allow_val_change", None)  # W&B's; here a config may always change
        self._items.update(new)
        if new:
            self._changed(new)

    def to_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self._items)

    def as_dict(self) -> dict[str, Any]:
        """As `to_dict`, by W&B's name."""
        return self.to_dict()

    def setdefaults(self, items: Mapping[str, Any]) -> None:
        """Set the keys that are not there yet."""
        self.update({key: value for key, value in items.items() if key not in self._items})

    def __getitem__(self, key: str) -> Any:
        return self._items[key] if key in self._items else self._beside[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._items[key] = value
        self._changed({key: value})

    def __delitem__(self, key: str) -> None:
        del self._items[key]
        self._changed({key: None})

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"there is no {name!r} here; known keys: {', '.join(map(str, self._items))}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Held], tuple[dict[str, Any]]]:
        """Let a config go into a checkpoint, a copy or a worker process; what is set there is not logged."""
        return _apart, (self.to_dict(),)


def _apart(items: dict[str, Any]) -> Held:
    return Held(items, lambda new: None)

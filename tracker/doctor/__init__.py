"""What `tracker doctor` finds out: a look at everything between `log()` and the store, with what to do about each thing.

Nothing is changed by looking: no file is made, cut, moved or deleted, no row written, no schema upgraded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracker.doctor import installation, journals, places, stores
from tracker.store.base import Check


@dataclass(frozen=True, slots=True)
class Section:
    """The checks of one part, such as "store"."""

    title: str
    checks: tuple[Check, ...]


@dataclass(slots=True)
class Report:
    """All sections that were looked at."""

    sections: list[Section] = field(default_factory=list)

    def count(self, state: str) -> int:
        """Return how many checks came out as `state`: "ok", "note" or "problem"."""
        return sum(check.state == state for section in self.sections for check in section.checks)

    @property
    def summary(self) -> str:
        """One line: how much there is to do."""
        problems, notes, fine = map(self.count, ("problem", "note", "ok"))
        todo = (
            "Nothing to do"
            if not problems
            else "1 thing to do"
            if problems == 1
            else f"{problems} things to do"
        )
        return f"{todo}: {problems + notes + fine} checks, {notes} to know of, {fine} well."

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain dicts and lists, ready for JSON."""
        return {
            "problems": self.count("problem"),
            "notes": self.count("note"),
            "summary": self.summary,
            "sections": {s.title: [check._asdict() for check in s.checks] for s in self.sections},
        }


def examine(url: str, *, full: bool = False) -> Iterator[Section]:
    """Look at everything, one section at a time.

    Args:
        url: the store, in normal form; a password in it appears nowhere.
        full: look at all of the store, however long it takes; else at a sample of what grows with its points.
    """
    yield Section("installation", tuple(installation.checks(url)))
    store, found = stores.checks(url, full=full)
    yield Section("store", tuple(found))
    try:
        yield Section("journals", tuple(journals.checks(url, store)))
    finally:
        if store is not None:
            store.close()
    yield Section("places", tuple(places.checks(url)))

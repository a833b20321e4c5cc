"""The small parts of a report's page as HTML text. Every text of a user goes through `own` or `plain`."""

from __future__ import annotations

import html
import unicodedata

from tracker.charts.words import Words
from tracker.model import PALETTE_SIZE

_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object) -> str:
    """Return a text as HTML shows it literally, also inside a quoted attribute.

    Control characters become blanks; marks that turn the direction of writing, by which a name could rewrite what
    stands beside it, are left out. Line breaks stay.
    """
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n" else c
        for c in str(text)
        if c not in _TURNS
    )
    return html.escape("".join(kept))


def own(text: object) -> str:
    """Return a user's text in an element of its own, so that a name written right to left turns nothing around it."""
    return f"<bdi>{plain(text)}</bdi>"


def icon(name: str) -> str:
    """Return one of the symbols of assets/icons.svg, silent for screen readers."""
    return f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>'


def badge(words: Words, kind: str = "badge") -> str:
    """Return a verdict or a status as icon and word."""
    return f'<span class="verdict {kind} {words.tone}">{icon(words.icon)}{plain(words.label)}</span>'


def swatch(slot: int) -> str:
    """Return a run's colour as a small square."""
    return f'<span class="swatch run-{slot % PALETTE_SIZE}"></span>'

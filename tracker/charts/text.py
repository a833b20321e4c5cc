"""Texts inside a figure: made safe for Plotly, measured, shortened."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# Widths in em of Inter at weight 400 with tabular figures, by class; other letters 0.61, other capitals 0.70.
_WIDTHS = {
    c: em
    for em, chars in (
        (0.28, " .,:;'ijlI·\u202f\u2009"),
        (0.37, "!|`/\\frt()[]{}"),
        (0.47, '_^"–s'),
        (0.65, "0123456789-+−<>=~*#$&"),
        (0.77, "ADGHKNOQUVXC"),
        (0.87, "mw←…"),
        (1.01, "MW@%—"),
    )
    for c in chars
}
_SAFETY = 1.06  # a fallback font may be a little wider than the one measured


@lru_cache(4096)
def safe(text: str) -> str:
    """Return a user's text for a Plotly string: no markup, no `%{template}`, no line break or control character.

    Plotly's texts know some HTML and fill templates; entities are decoded after both, so the reader sees the text as
    it was given.
    """
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return html.escape(plain, quote=False).replace("%{", "%&#123;")


@lru_cache(16_384)
def uid(*parts: str) -> str:
    """Return a trace's uid; Plotly looks traces up by it as a CSS class, so it holds letters, digits, - and _ alone."""
    return "-".join(re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}", part) for part in parts)


@lru_cache(4096)
def width(text: str, size: float = 12, bold: bool = False) -> float:
    """Return the approximate width in pixels of plain text, on the generous side.

    Args:
        text: without markup.
        size: font size in pixels.
        bold: whether it is set bold.
    """
    units = sum(_em(c) for c in text)
    return units * size * _SAFETY * (1.06 if bold else 1.0)


def shorten(text: str, pixels: float, size: float = 12, bold: bool = False) -> str:
    """Return `text` no wider than `pixels`, its middle replaced by an ellipsis: runs differ at either end."""
    if width(text, size, bold) <= pixels:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        kept = (low + high + 1) // 2
        if width(_cut(text, kept), size, bold) <= pixels:
            low = kept
        else:
            high = kept - 1
    return _cut(text, low)


def _em(c: str) -> float:
    known = _WIDTHS.get(c)
    if known is not None:
        return known
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    return 0.70 if c.isupper() else 0.61


def _cut(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}" if kept else "…"

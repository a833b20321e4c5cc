"""Texts inside a figure: made safe for Plotly, measured, shortened."""

from __future__ import annotations

import html
import unicodedata
from functools import lru_cache

_NARROW = frozenset("fijlrt.,:;|!'`()[]{}I/\\·° -\u202f\u2009")
_WIDE = frozenset("mwMWO@%QGNDH—…")
_SAFETY = 1.06  # a fallback font may be a little wider than the one measured


def safe(text: str) -> str:
    """Return a user's text for a Plotly string: no markup, no `%{template}`, no line break or control character.

    Plotly's texts know some HTML and fill templates; entities are decoded after both, so the reader sees the text as
    it was given.
    """
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return html.escape(plain, quote=False).replace("%{", "%&#123;")


@lru_cache(4096)
def width(text: str, size: float = 12, bold: bool = False) -> float:
    """Return the approximate width in pixels of plain text, on the generous side.

    Args:
        text: without markup.
        size: font size in pixels.
        bold: whether it is set bold.
    """
    units = 0.0
    for c in text:
        if c in _NARROW:
            units += 0.34
        elif unicodedata.east_asian_width(c) in "WF":
            units += 1.0
        elif c in _WIDE or (c.isupper() and c.isascii()):
            units += 0.78 if c in _WIDE else 0.67
        else:
            units += 0.58
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


def _cut(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}" if kept else "…"

"""Moments of time on a page: written by the server's clock, and turned into the reader's zone by assets/moments.js."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html

from tracker.dashboard.components.parts import attributes
from tracker.dashboard.words import date, when


def moment(at_ms: int, *, ago: bool = False) -> html.Time:
    """Return a moment, given in ms since 1970, as a date and time; with `ago` as "12 min ago" while it is fresh."""
    stamp = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return html.Time(
        when(at_ms) if ago else date(at_ms),
        dateTime=stamp,
        className="moment",
        **attributes(data_ms=str(at_ms), data_ago="1" if ago else "0"),
    )

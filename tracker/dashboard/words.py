"""What the pages call things: times, counts, an accuracy in percent; verdicts and statuses as reports call them too."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from tracker.charts.numbers import THIN, percent, value
from tracker.charts.words import Words, status_sentence, status_words, verdict_words
from tracker.model import SeriesRecord

__all__ = [
    "Words",
    "as_percent",
    "date",
    "percent_scale",
    "plural",
    "status_sentence",
    "status_words",
    "verdict_words",
    "when",
]


def as_percent(series: SeriesRecord | None) -> Callable[[float | None], str]:
    """Return how values of an accuracy are written: in percent when it lies in 0..1, else as they are."""
    scale = percent_scale(series)
    if scale == 0:
        return value
    return percent if scale == 1 else lambda v: percent(None if v is None else v * scale)


def percent_scale(series: SeriesRecord | None) -> int:
    """Return what values of an accuracy are multiplied by to be shown in percent; 0 for those that are no share."""
    if series is None or series.max_value is None or series.min_value is None:
        return 0
    name = series.name.lower()
    if not any(word in name for word in ("acc", "top1", "top5", "top_1", "top_5")) or series.min_value < 0:
        return 0
    return 100 if series.max_value <= 1 else 1 if series.max_value <= 100 else 0


def when(at_ms: int, now_ms: int | None = None) -> str:
    """Return a moment as people say it: "just now", "12 min ago", "3 h ago", else the date."""
    now = time.time() * 1000 if now_ms is None else now_ms
    ago = max(0.0, now - at_ms) / 1000
    if ago < 60:
        return "just now"
    if ago < 3600:
        return f"{ago // 60:.0f}{THIN}min ago"
    if ago < 24 * 3600:
        return f"{ago // 3600:.0f}{THIN}h ago"
    return date(at_ms, now)


def date(at_ms: int, now_ms: float | None = None) -> str:
    """Return a moment as a date and time of this server's clock, with the year when it is not this one."""
    moment = datetime.fromtimestamp(at_ms / 1000)
    year = datetime.fromtimestamp((time.time() * 1000 if now_ms is None else now_ms) / 1000).year
    years = f" {moment.year}" if moment.year != year else ""
    return f"{moment.day} {moment:%b}{years}, {moment:%H:%M}"


def plural(count: int, word: str) -> str:
    """Return a count with its word: "1 run", "1,200 runs"."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")

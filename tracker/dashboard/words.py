"""What the pages call things: verdicts and statuses with their icon and tone, times, an accuracy in percent."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tracker.charts.numbers import THIN, duration, percent, value
from tracker.model import RunRecord, SeriesRecord, Standing, Status


class Words(NamedTuple):
    """A label with its icon and its tone (bad, warn, ok, info or mute): meaning never rests on colour alone."""

    label: str
    icon: str
    tone: str


_VERDICTS: dict[Standing, Words] = {
    "overfitting": Words("Overfitting", "trending-up", "bad"),
    "overconfident": Words("Overconfident", "triangle-alert", "warn"),
    "underfitting": Words("Underfitting", "trending-down", "info"),
    "diverged": Words("Diverged", "octagon-x", "bad"),
    "healthy": Words("Healthy", "circle-check", "ok"),
    "improving": Words("Still improving", "move-up-right", "info"),
    "too_early": Words("Too early", "clock", "mute"),
    "uncertain": Words("Uncertain", "circle-question-mark", "mute"),
    "dismissed": Words("Dismissed", "eye-off", "mute"),
}
_STATUSES: dict[Status, Words] = {
    "running": Words("Running", "loader", "ok"),
    "finished": Words("Finished", "circle-check", "mute"),
    "failed": Words("Failed", "circle-x", "bad"),
    "interrupted": Words("Interrupted", "x", "warn"),
    "lost": Words("Lost", "unplug", "warn"),
}
UNKNOWN = Words("Reading", "loader", "mute")


def verdict_words(verdict: Standing | None) -> Words:
    """Return how a verdict, or that it was dismissed, is shown; None stands for a run whose curves are still being read."""
    return UNKNOWN if verdict is None else _VERDICTS[verdict]


def status_words(status: Status) -> Words:
    """Return how a run's status is shown."""
    return _STATUSES[status]


def status_sentence(record: RunRecord) -> str:
    """Return a run's status with its duration: "Finished in 31 min", "Failed with ValueError after 2 min"."""
    took = duration(record.duration_ms)
    if record.status == "running":
        return f"Running for {took}"
    if record.status == "finished":
        return f"Finished in {took}"
    if record.status == "failed":
        return f"Failed with {record.exception} after {took}" if record.exception else f"Failed after {took}"
    if record.status == "interrupted":
        return f"Interrupted after {took}"
    return f"Lost after {took}: no sign of life for 90{THIN}s"


def as_percent(series: SeriesRecord | None) -> Callable[[float | None], str]:
    """Return how values of an accuracy are written: in percent when it lies in 0..1, else as they are."""
    if series is None or series.max_value is None or series.min_value is None:
        return value
    name = series.name.lower()
    if not any(word in name for word in ("acc", "top1", "top5", "top_1", "top_5")) or series.min_value < 0:
        return value
    if series.max_value <= 1:
        return lambda v: percent(None if v is None else v * 100)
    return percent if series.max_value <= 100 else value


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

"""What the pages call things: times, counts, an accuracy in percent; verdicts and statuses as reports call them too."""

from __future__ import annotations

import time
from datetime import datetime

from tracker.charts.numbers import THIN
from tracker.charts.words import Words, plural, status_sentence, status_words, verdict_words
from tracker.curves.names import Pair, parse
from tracker.curves.words import is_accuracy
from tracker.curves.words import percent_scale as of_metric
from tracker.diagnosis.advice import spoken
from tracker.model import SeriesRecord

__all__ = [
    "Words",
    "date",
    "percent_scale",
    "plural",
    "score_name",
    "status_sentence",
    "status_words",
    "verdict_words",
    "when",
]

LONGEST_SCORE = 24
"""Characters of a score's name that a head has room for."""


def percent_scale(*series: SeriesRecord | None) -> int:
    """Return what values of a metric are multiplied by to be shown in percent; 0 for those that are no share.

    Args:
        series: Those of one run that share a scale, as train and validation; the first names the metric.
    """
    known = [one for one in series if one is not None]
    lows = [one.min_value for one in known if one.min_value is not None]
    highs = [one.max_value for one in known if one.max_value is not None]
    if not lows or not highs:
        return 0
    metric = known[0].definition.metric or parse(known[0].name).metric
    return of_metric(metric.lower(), min(lows), max(highs))


def score_name(pair: Pair | None) -> str:
    """Return what the score beside the loss is called: "accuracy" for accuracies of any kind, else its own name."""
    return "accuracy" if pair is None or is_accuracy(pair.metric) else spoken(pair.metric)[:LONGEST_SCORE]


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

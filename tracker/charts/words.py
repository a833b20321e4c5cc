"""What readers see a verdict and a status called, with icon and tone: the same words on pages and in reports."""

from __future__ import annotations

from typing import NamedTuple

from tracker.charts.numbers import THIN, duration
from tracker.model import VERDICTS, RunRecord, Severity, Standing, Status


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
SEVERITY: dict[Severity, str] = {"strong": "Strong", "likely": "Likely", "note": "Note"}


def verdict_words(verdict: Standing | None) -> Words:
    """Return how a verdict, or that it was dismissed, is shown; None stands for a run whose curves are still being read."""
    return UNKNOWN if verdict is None else _VERDICTS[verdict]


def finding_words(kind: str) -> Words:
    """Return how a finding is shown: as the verdict of the same name, else by what its kind is called."""
    for verdict in VERDICTS:
        if verdict == kind:
            return _VERDICTS[verdict]
    return Words(kind.replace("_", " ").capitalize(), "info", "mute")


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


def plural(count: int, word: str) -> str:
    """Return a count with its word: "1 run", "1,200 runs"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"

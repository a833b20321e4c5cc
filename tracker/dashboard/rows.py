"""A run as one row of a list: its verdict, its best values and a sparkline, small enough to send by the hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tracker.charts.numbers import as_share, duration, position, short, value
from tracker.curves.names import Pair, main_accuracy, main_loss, pairs, resolve
from tracker.dashboard.words import percent_scale, score_name, status_sentence, status_words, verdict_words
from tracker.diagnosis.reads import judged_pairs
from tracker.model import Diagnosis, MetricDefinition, RunRecord, SeriesRecord


@dataclass(frozen=True, slots=True)
class Digest:
    """What a list says about a run's curves, without the curves.

    `loss` and `accuracy` are the names of the pairs that are shown, `spark` its validation loss as a small SVG.
    """

    diagnosis: Diagnosis
    loss: Pair | None
    accuracy: Pair | None
    series: tuple[SeriesRecord, ...]
    spark: str


def main_pairs(series: Sequence[SeriesRecord]) -> tuple[Pair | None, Pair | None]:
    """Return the loss and the accuracy that stand for a run: those that its diagnosis judges, found by their names."""
    return _main_pairs(tuple((s.name, s.definition, min(s.count, 2)) for s in series))


def spark_name(pair: Pair | None) -> str | None:
    """Return the name of the series that a sparkline draws: validation, else training."""
    return None if pair is None else pair.val or pair.train


def row(record: RunRecord, digest: Digest | None) -> dict[str, Any]:
    """Return a run as the lists show it, ready for JSON.

    Numbers stand beside their texts, so that a list sorts by the number and shows the text; accuracies are percent,
    whether they were logged as 0 to 1 or 0 to 100. Without a digest the curves are still being read and the row says so.
    """
    out: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "group": record.group or "",
        "tags": list(record.tags),
        "status": record.status,
        "broke_off": _broke_off(record),
        "exception": record.exception or "",
        "colour": record.colour,
        "created": record.created_ms,
        "archived": record.archived_ms is not None,
        "duration": record.duration_ms,
        "duration_text": duration(record.duration_ms),
        "verdict": None,
    }
    if digest is None:
        return out
    d = digest.diagnosis
    by_name = {s.name: s for s in digest.series}
    val = by_name.get((digest.loss.val or "") if digest.loss else "")
    acc = by_name.get((digest.accuracy.val or "") if digest.accuracy else "")
    share = percent_scale(acc, by_name.get((digest.accuracy.train or "") if digest.accuracy else ""))
    best, best_at = (d.best_loss, d.best_epoch) if d.best_loss is not None and val else _lowest(val)
    top, top_at = (
        (d.best_accuracy, d.best_accuracy_epoch) if d.best_accuracy is not None and acc else _highest(acc)
    )
    words = verdict_words(d.standing)
    return out | {
        "verdict": d.standing,
        "label": words.label,
        "tone": words.tone,
        "icon": words.icon,
        "best_loss": best,
        "best_loss_text": value(best) if best is not None else "–",
        "best_loss_at": _at(best_at, d),
        "best_acc": top if top is None else top * (share or 1),
        "best_acc_text": as_share(share)(top),
        "best_acc_at": _at(top_at, d),
        "score": score_name(digest.accuracy) if acc is not None else None,
        "conflict": d.found("loss_accuracy_conflict"),
        "last_loss": val.last_value if val is not None and np.isfinite(val.last_value) else None,
        "last_loss_text": value(val.last_value) if val is not None else "–",
        "gap": d.gap,
        "gap_text": short(d.gap) if d.gap is not None else "–",
        "points": sum(s.count for s in digest.series),
        "spark": digest.spark,
    }


def _broke_off(record: RunRecord) -> dict[str, str] | None:
    """Return how a run that did not come to its end is marked in a list; None for any other."""
    if not record.broke_off:
        return None
    words = status_words(record.status)
    return {"icon": words.icon, "tone": words.tone, "said": status_sentence(record)}


@lru_cache(4096)
def _main_pairs(series: tuple[tuple[str, MetricDefinition, int], ...]) -> tuple[Pair | None, Pair | None]:
    # runs of one project log the same names, and reading names is the dearest part of a long list
    names = resolve([name for name, _, _ in series], {name: said for name, said, _ in series})
    found = pairs(names, {name: count for name, _, count in series})
    loss, accuracy = judged_pairs(found)
    return loss or main_loss(found), accuracy or main_accuracy(found)


def _at(epoch: float | None, diagnosis: Diagnosis) -> str:
    return position(epoch, diagnosis.axis, compact=True) if epoch is not None else ""


def _lowest(series: SeriesRecord | None) -> tuple[float | None, float | None]:
    if series is None:
        return None, None
    return series.min_value, series.min_epoch if series.min_epoch is not None else series.min_step


def _highest(series: SeriesRecord | None) -> tuple[float | None, float | None]:
    if series is None:
        return None, None
    return series.max_value, series.max_epoch if series.max_epoch is not None else series.max_step

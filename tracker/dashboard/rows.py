"""A run as one row of a list: its verdict, its best values and a sparkline, small enough to send by the hundred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.charts.numbers import duration, position, short, value
from tracker.curves.names import Pair, main_accuracy, main_loss, pairs, resolve
from tracker.dashboard.words import as_percent, verdict_words
from tracker.model import Diagnosis, RunRecord, Series, SeriesRecord

SPARK_WIDTH, SPARK_HEIGHT = 58, 22
_SPARK_POINTS = 40


@dataclass(frozen=True, slots=True)
class Digest:
    """What a list says about a run's curves, without the curves.

    `loss` and `accuracy` are the names of the pairs that are shown, `spark` the drawing of the validation loss.
    """

    diagnosis: Diagnosis
    loss: Pair | None
    accuracy: Pair | None
    series: tuple[SeriesRecord, ...]
    spark: dict[str, Any] | None


def main_pairs(series: Sequence[SeriesRecord]) -> tuple[Pair | None, Pair | None]:
    """Return the loss and the accuracy that stand for a run, found by their names."""
    names = resolve([s.name for s in series], {s.name: s.definition for s in series})
    found = pairs(names, {s.name: s.count for s in series})
    return main_loss(found), main_accuracy(found)


def spark_name(pair: Pair | None) -> str | None:
    """Return the name of the series that a sparkline draws: validation, else training."""
    return None if pair is None else pair.val or pair.train


def row(record: RunRecord, digest: Digest | None) -> dict[str, Any]:
    """Return a run as the lists show it, ready for JSON.

    Numbers stand beside their texts, so that a list sorts by the number and shows the text. Without a digest the
    curves are still being read and the row says so.
    """
    out: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "group": record.group or "",
        "tags": list(record.tags),
        "status": record.status,
        "exception": record.exception or "",
        "colour": record.colour,
        "created": record.created_ms,
        "duration": record.duration_ms,
        "duration_text": duration(record.duration_ms) if record.duration_ms else "–",
        "verdict": None,
    }
    if digest is None:
        return out
    d = digest.diagnosis
    by_name = {s.name: s for s in digest.series}
    val = by_name.get(spark_name(digest.loss) or "")
    acc = by_name.get((digest.accuracy.val or digest.accuracy.train or "") if digest.accuracy else "")
    percent = as_percent(acc)
    best, best_at = (d.best_loss, d.best_epoch) if d.best_loss is not None else _lowest(val)
    top, top_at = (d.best_accuracy, d.best_accuracy_epoch) if d.best_accuracy is not None else _highest(acc)
    words = verdict_words(d.verdict)
    return out | {
        "verdict": d.verdict,
        "label": words.label,
        "tone": words.tone,
        "icon": words.icon,
        "best_loss": best,
        "best_loss_text": value(best) if best is not None else "–",
        "best_loss_at": _at(best_at, d),
        "best_acc": top,
        "best_acc_text": percent(top),
        "best_acc_at": _at(top_at, d),
        "last_loss": val.last_value if val is not None and np.isfinite(val.last_value) else None,
        "last_loss_text": value(val.last_value) if val is not None else "–",
        "gap": d.gap,
        "gap_text": short(d.gap) if d.gap is not None else "–",
        "points": sum(s.count for s in digest.series),
        "spark": digest.spark,
    }


def sparkline(series: Series | None, diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    """Return a sparkline as an SVG path in a box of `SPARK_WIDTH` x `SPARK_HEIGHT`, None when there is nothing to draw.

    Returns:
        `d` the path, `at` the best epoch's place (x, y) or None, `onset` the x from which the run overfits or None.
    """
    if series is None:
        return None
    finite = np.isfinite(series.value)
    if finite.sum() < 2:
        return None
    y = series.value[finite]
    at = series.epoch[finite] if np.isfinite(series.epoch).all() else series.step[finite].astype(float)
    kept = _spread(len(y))
    # the first epochs of a loss are far above the rest; without a ceiling every sparkline would be an L
    ceiling = max(float(np.quantile(y, 0.9)), float(y[-1]))
    low = float(y.min())
    span = (ceiling - low) or 1.0
    left, right = float(at.min()), float(at.max())
    width = (right - left) or 1.0

    def place(x: float, v: float) -> tuple[float, float]:
        down = 1 - (min(v, ceiling) - low) / span
        return round((x - left) / width * (SPARK_WIDTH - 4) + 2, 1), round(down * (SPARK_HEIGHT - 6) + 3, 1)

    order = np.argsort(at[kept], kind="stable")
    path = "M" + "L".join(
        f"{px:g} {py:g}" for px, py in (place(float(at[i]), float(y[i])) for i in kept[order])
    )
    best = int(np.argmin(y))
    onset = diagnosis.onset_epoch if diagnosis is not None and diagnosis.overfitting else None
    return {
        "d": path,
        "at": list(place(float(at[best]), float(y[best]))),
        "onset": None if onset is None else place(onset, low)[0],
    }


def newest_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the order of the lists: the run created last comes first."""
    return sorted(rows, key=lambda r: (-r["created"], r["id"]))


def _spread(count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.unique(np.linspace(0, count - 1, min(count, _SPARK_POINTS)).round().astype(np.int64))


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

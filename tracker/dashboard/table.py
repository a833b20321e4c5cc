"""A run as one line of the runs table: what its diagnosis judged, its best values, and its test metric there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tracker.curves.names import parse
from tracker.dashboard.words import percent_scale
from tracker.diagnosis.configs import is_seed
from tracker.model import Diagnosis, Goal, MetricDefinition, RunRecord, Series, SeriesRecord

FIELDS = (
    "id", "name", "status", "exception", "colour", "group", "tags", "created", "duration", "archived",
    "verdict", "axis", "onset", "loss", "best_loss", "best_loss_at", "accuracy", "best_acc", "best_acc_at",
    "percent", "conflict", "test", "test_value", "test_at", "test_percent", "last", "gap",
)  # fmt: skip
"""What `line` returns, by place: a list of 10,000 runs says each name once.

`loss` and `accuracy` name the validation series that were judged, `test` the test series. `test_at` is the epoch of
`test_value`, None where that is the last one logged. `percent` and `test_percent` are 1 for an
accuracy, which is told in percent however it was logged. A value that is no number is the text "NaN", "inf" or "-inf".
"""

SHOWN_KEYS = 4
"""How many config columns a table has before anybody chose some."""

MOST_READ = 20_000
"""Points of a test series that are read for the one at the best epoch; of a longer one the last value is shown."""


def line(
    record: RunRecord,
    diagnosis: Diagnosis | None,
    series: Sequence[SeriesRecord] = (),
    tested: tuple[SeriesRecord, float | None, float | None] | None = None,
) -> list[Any]:
    """Return a run as the table shows it, its values in the order of `FIELDS`, ready for JSON.

    Args:
        record: The run.
        diagnosis: What is said about it; None while its curves are still being read.
        series: What the store keeps about the judged series.
        tested: The test series, its value and the epoch of that (see `at_best`).
    """
    known: list[Any] = [
        record.id,
        record.name,
        record.status,
        record.exception or "",
        record.colour,
        record.group or "",
        list(record.tags),
        record.created_ms,
        record.duration_ms,
        record.archived_ms is not None,
    ]
    if diagnosis is None:
        return known
    d = diagnosis
    by_name = {one.name: one for one in series}
    val, accuracy = by_name.get(d.loss[1] or ""), by_name.get(d.accuracy[1] or "")
    best = (d.best_loss, d.best_epoch) if d.best_loss is not None else _best(val, "min")
    top = (d.best_accuracy, d.best_accuracy_epoch) if d.best_accuracy is not None else _best(accuracy, "max")
    test, test_value, test_at = tested or (None, None, None)
    share = accuracy_scale(d, series)
    beside = [one for one in _accuracies(d, series) if test is not None and _called(one) == _called(test)]
    test_share = percent_scale(test, *beside)
    drawn = val or accuracy
    return [
        *known,
        d.standing,
        d.axis,
        _number(d.marked_onset),
        d.loss[1] or d.loss[0] or "",
        *map(_number, best),
        d.accuracy[1] or d.accuracy[0] or "",
        _number(_percent(top[0], share)),
        _number(top[1]),
        int(share > 0),
        d.found("loss_accuracy_conflict"),
        test.name if test is not None else "",
        _number(_percent(test_value, test_share)),
        _number(test_at),
        int(test_share > 0),
        _number(_percent(drawn.last_value, 0 if val else share) if drawn is not None else None),
        _number(d.gap),
    ]


def judged_names(diagnosis: Diagnosis) -> list[str]:
    """Return the names of the series that a line says something of, besides test series."""
    return [name for name in (diagnosis.loss[1], *diagnosis.accuracy) if name]


def accuracy_scale(diagnosis: Diagnosis, series: Sequence[SeriesRecord]) -> int:
    """Return what values of the judged accuracy are multiplied by to be percent, 0 where it is no share."""
    return percent_scale(*_accuracies(diagnosis, series))


def _accuracies(diagnosis: Diagnosis, series: Sequence[SeriesRecord]) -> list[SeriesRecord]:
    return [one for name in diagnosis.accuracy[::-1] for one in series if one.name == name]


def drawn_name(diagnosis: Diagnosis) -> str | None:
    """Return the name of the series that a sparkline draws: what was judged, on validation data where there is any."""
    return next((name for name in (*diagnosis.loss[::-1], *diagnosis.accuracy[::-1]) if name), None)


def test_series(diagnosis: Diagnosis, series: Sequence[SeriesRecord]) -> SeriesRecord | None:
    """Return the series that was measured on test data and that a table shows, None when there is none.

    The metric of the judged accuracy comes first, then that of the judged loss, then whichever was logged first.
    """
    judged = {*diagnosis.loss, *diagnosis.accuracy}
    found = [one for one in series if one.name not in judged and _split(one) == "test"]
    wanted = [_metric(name, _UNSAID) for name in (*diagnosis.accuracy[::-1], *diagnosis.loss[::-1]) if name]
    return min(found, key=lambda one: _rank(_called(one), wanted), default=None)


def best_place(diagnosis: Diagnosis) -> float | None:
    """Return the place of the run's axis where its test metric is taken: that of the checkpoint to keep."""
    return diagnosis.best_epoch if diagnosis.best_epoch is not None else diagnosis.best_accuracy_epoch


def at_best(test: SeriesRecord, points: Series | None, diagnosis: Diagnosis) -> tuple[float, float | None]:
    """Return a test series' value at the best epoch and that epoch.

    A series that says nothing there, as one that was logged once at the end, gives its last value and None.
    """
    place = best_place(diagnosis)
    if points is not None and place is not None and len(points):
        x = points.epoch if diagnosis.axis == "epoch" else points.step.astype(np.float64)
        at = np.flatnonzero(np.abs(x - place) < 1e-6)
        if len(at):
            return float(points.value[at[-1]]), place
    return test.last_value, None


def telling_keys(keys: Mapping[str, tuple[int, int]], runs: int) -> list[str]:
    """Return the config keys that tell a project's runs apart, at most `SHOWN_KEYS`.

    Those with the most values come first; keys with a value of their own for each run, and those that only tell
    repetitions apart, come last.

    Args:
        keys: How many runs have each key and how many values it takes in them.
        runs: How many runs there are.
    """
    differ = [key for key, (have, values) in keys.items() if values > 1 or 0 < have < runs]
    differ.sort(key=lambda key: (keys[key][1] == runs > 3, is_seed(key), -keys[key][1], key))
    return sorted(differ[:SHOWN_KEYS])


def _percent(value: float | None, scale: int) -> float | None:
    return value * scale if value is not None and scale else value


def _number(value: float | None) -> float | str | None:
    """Return a value with as many digits as a 32-bit float holds; JSON knows neither NaN nor infinity."""
    if value is None:
        return None
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return float(f"{value:.8g}")


def _best(series: SeriesRecord | None, usual: Goal) -> tuple[float | None, float | None]:
    if series is None:
        return None, None
    if (series.definition.goal or parse(series.name).goal or usual) == "min":
        return series.min_value, series.min_epoch if series.min_epoch is not None else series.min_step
    return series.max_value, series.max_epoch if series.max_epoch is not None else series.max_step


_UNSAID = MetricDefinition()


def _split(one: SeriesRecord) -> str | None:
    return one.definition.split or parse(one.name).split


def _called(one: SeriesRecord) -> str:
    return _metric(one.name, one.definition)


@lru_cache(4096)
def _metric(name: str, said: MetricDefinition) -> str:
    return said.metric or parse(name).metric


def _rank(metric: str, wanted: list[str]) -> int:
    return wanted.index(metric) if metric in wanted else len(wanted)

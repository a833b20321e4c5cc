"""Which of a run's series a diagnosis reads, so that nobody fetches a hundred others to be told the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracker.curves.names import is_metric, main_accuracy, main_loss, pairs, parse, resolve
from tracker.diagnosis.imbalance import whole_metric
from tracker.diagnosis.rate import is_rate
from tracker.model import MetricDefinition


def series_read(
    names: Iterable[str],
    definitions: Mapping[str, MetricDefinition] | None = None,
    counts: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Return the names of the series that `diagnose` looks at.

    Args:
        names: all names of the run, in the order of their first log.
        definitions: what the user said about metrics, by name as logged.
        counts: points of each series by name.

    Returns:
        The judged loss and accuracy, the metrics that weigh the classes, and the learning rate, in the given order.
    """
    listed = tuple(dict.fromkeys(names))
    found = pairs(resolve(listed, definitions), counts)
    judged = [pair for pair in (main_loss(found), main_accuracy(found)) if pair is not None]
    judged += [pair for pair in found if whole_metric(pair.metric) is not None]
    wanted = {name for pair in judged for name in (pair.train, pair.val, pair.test)}
    return tuple(
        name for name in listed if name in wanted or (not is_metric(name) and is_rate(parse(name).metric))
    )

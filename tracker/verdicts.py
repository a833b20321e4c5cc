"""What is said about the runs of a store: kept diagnoses where they still hold, new ones where rules or data are newer.

Pages, notebooks and the command line all ask here, so that they never disagree. What a person dismissed is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tracker.diagnosis import RULES_VERSION, diagnose, hints
from tracker.diagnosis.reads import MOST_POINTS, STRETCHES, in_stretches, series_read
from tracker.model import Annotation, Diagnosis, Overview, RunRecord, Series, SeriesRecord
from tracker.store.base import Store

BUNDLE_POINTS = 100_000
"""Points that are read at once."""


def judge(
    record: RunRecord,
    history: Sequence[Series],
    described: Sequence[SeriesRecord],
    *,
    finished: bool | None = None,
) -> Diagnosis:
    """Diagnose one run by what its config and its user said.

    Args:
        record: the run.
        history: its series, at least those that `names_read` gives.
        described: what the store keeps about all its series.
        finished: whether it has ended; None: by its status.
    """
    told = hints(record.config)
    diagnosis = diagnose(
        history,
        definitions={one.name: one.definition for one in described},
        n_val=told.n_val,
        class_counts=told.class_counts,
        finished=record.status != "running" if finished is None else finished,
    )
    read = {series.name: len(series) for series in history}
    long = [
        (one.count, read[one.name])
        for one in described
        if read.get(one.name, one.count) < one.count > MOST_POINTS
    ]
    return replace(diagnosis, findings=(*diagnosis.findings, in_stretches(*max(long)))) if long else diagnosis


def names_read(described: Sequence[SeriesRecord]) -> tuple[str, ...]:
    """Return the names of a run's series that its diagnosis needs."""
    return series_read(
        [one.name for one in described],
        {one.name: one.definition for one in described},
        {one.name: one.count for one in described},
    )


def histories(
    store: Store,
    records: Sequence[RunRecord],
    described: Mapping[int, Sequence[SeriesRecord]],
    whole: Callable[[Sequence[tuple[int, str]]], Mapping[tuple[int, str], Series]] | None = None,
) -> dict[int, list[Series]]:
    """Return the series that each run's diagnosis needs: all points, of very long ones the means of stretches.

    Args:
        store: where the runs are.
        records: the runs.
        described: what the store keeps about their series.
        whole: reads whole series; None: from the store.
    """
    names = {r.run_id: names_read(described.get(r.run_id, ())) for r in records}
    sizes = {(one.run_id, one.name): one.count for r in records for one in described.get(r.run_id, ())}
    keys = [(run_id, name) for run_id, some in names.items() for name in some]
    points = dict((whole or store.points)([key for key in keys if sizes[key] <= MOST_POINTS]))
    long: dict[tuple[int, str], None] = {key: None for key in keys if sizes[key] > MOST_POINTS}
    for key, series in (store.window(long, rows=MOST_POINTS, buckets=STRETCHES) if long else {}).items():
        points[key] = series.means if isinstance(series, Overview) else series
    return {
        run_id: [points[run_id, name] for name in some if (run_id, name) in points]
        for run_id, some in names.items()
    }


def kept(store: Store, records: Iterable[RunRecord], *, heads: bool = False) -> dict[int, Diagnosis]:
    """Return the kept diagnoses that still hold: of ended runs, by these rules, of all their points.

    Args:
        store: where the runs are.
        records: the runs.
        heads: read no more of them than a list says, see `Lists.heads`.
    """
    ended = {r.run_id: r.version for r in records if r.status != "running"}
    if not ended:
        return {}
    read = store.heads if heads else store.diagnoses
    return {
        run_id: diagnosis
        for run_id, (version, diagnosis) in read(list(ended)).items()
        if version == ended[run_id] and diagnosis.rules_version == RULES_VERSION
    }


def of_runs(store: Store, records: Sequence[RunRecord], *, most: int | None = None) -> dict[int, Diagnosis]:
    """Return the diagnosis of each run, made anew where none is kept that still holds.

    Args:
        store: where the runs are.
        records: the runs.
        most: how many are made anew at most, the first of `records` first; None: all. The others are left out.
    """
    found = kept(store, records)
    missing = [record for record in records if record.run_id not in found][:most]
    described = store.series([record.run_id for record in missing]) if missing else {}
    for bundle in bundles(missing, described):
        read = histories(store, bundle, described)
        for record in bundle:
            run_id = record.run_id
            found[run_id] = judge(record, read[run_id], described.get(run_id, ()))
    notes = store.annotations(list(found)) if found else {}
    return {run_id: dismissed(diagnosis, notes.get(run_id, ())) for run_id, diagnosis in found.items()}


def dismissed(diagnosis: Diagnosis, notes: Iterable[Annotation]) -> Diagnosis:
    """Return a diagnosis that knows which of its findings a person dismissed."""
    kinds = {note.title for note in notes if note.kind == "dismissal"}
    told = dict.fromkeys((diagnosis.verdict, *(f.kind for f in diagnosis.findings)))
    return replace(diagnosis, dismissed=tuple(kind for kind in told if kind in kinds))


def bundles(
    records: Sequence[RunRecord], described: Mapping[int, Sequence[SeriesRecord]]
) -> Iterator[list[RunRecord]]:
    """Split runs into bundles of about `BUNDLE_POINTS` points, one run at least."""
    bundle: list[RunRecord] = []
    points = 0
    for record in records:
        count = sum(one.count for one in described.get(record.run_id, ()))
        if bundle and points + count > BUNDLE_POINTS:
            yield bundle
            bundle, points = [], 0
        bundle.append(record)
        points += count
    if bundle:
        yield bundle

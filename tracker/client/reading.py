"""What a training process reads back of its own run. Kept apart, because it imports the store's libraries and numpy."""

from __future__ import annotations

from tracker.diagnosis import diagnose, hints
from tracker.errors import TrackerError
from tracker.model import Diagnosis, Series
from tracker.store import open_store
from tracker.store.base import Identity


def diagnosis_of(url: str, run_id: int, *, finished: bool, keep: bool = False) -> Diagnosis:
    """Return the diagnosis of a run's points in the store at `url`, and `keep` it there for the pages.

    Raises:
        StoreUnavailable: the store does not answer.
        TrackerError: nothing of the run has reached the store.
    """
    store = open_store(url, readonly=not keep)
    try:
        # The run is read before its points: what is logged in between only makes the kept diagnosis look old.
        runs = store.runs(run_ids=[run_id])
        records = store.series([run_id]).get(run_id, ())
        found = store.points([(run_id, record.name) for record in records])
        if not runs:
            raise TrackerError(
                "nothing of this run has reached the store yet: log something, then run.flush()"
            )
        told = hints(runs[0].config)
        diagnosis = diagnose(
            [found[run_id, record.name] for record in records if (run_id, record.name) in found],
            definitions={record.name: record.definition for record in records},
            n_val=told.n_val,
            class_counts=told.class_counts,
            finished=finished,
        )
        if keep:
            store.prepare()
            store.keep_diagnosis(run_id, runs[0].version, diagnosis)
        return diagnosis
    finally:
        store.close()


def curves_before(url: str, who: Identity, most: int) -> tuple[list[Series], int] | None:
    """Return what the store holds of the run of session `who`, and the step that its first call without one has.

    None for a run of more than `most` points.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    store = open_store(url, readonly=True)
    try:
        records = store.series([who.run_id]).get(who.run_id, ())
        arrived = store.shipped(who.run_id, who.session_id)
        base = 0 if arrived is None else arrived.step_base
        if sum(record.count for record in records) > most:
            return None
        found = store.points([(who.run_id, record.name) for record in records])
        return list(found.values()), base
    finally:
        store.close()

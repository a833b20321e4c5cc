"""What a training process reads back of its own run. Kept apart, because it imports the store's libraries and numpy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker import verdicts
from tracker.client.watch import MOST_NAMES
from tracker.errors import TrackerError
from tracker.model import Diagnosis, RunRecord, Series
from tracker.store import open_store
from tracker.store.base import Identity, Store

MOST_READ = 50_000
"""Points that the end of a run reads back at most, in a tenth of a second; a longer one is diagnosed by who looks."""


def diagnosis_of(url: str, run_id: int) -> Diagnosis:
    """Return the diagnosis of a run in the store at `url`.

    Raises:
        StoreUnavailable: the store does not answer.
        TrackerError: nothing of the run has reached the store.
    """
    with _opened(url, readonly=True) as store:
        runs = _held(store, run_id)
        if not runs:
            raise TrackerError(
                "nothing of this run has reached the store yet: log something, then run.flush()"
            )
        return verdicts.of_runs(store, runs)[run_id]


def last_diagnosis(url: str, run_id: int) -> Diagnosis | None:
    """Diagnose a run that has ended and keep that in the store.

    Returns:
        None when it would rest on more than `MOST_READ` points, or the run has more than `MOST_NAMES` names.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    with _opened(url) as store:
        # The run is read before its points: what is logged in between only makes the kept diagnosis look old.
        runs = _held(store, run_id)
        described = store.series([run_id]).get(run_id, ())
        if not runs or len(described) > MOST_NAMES:
            return None
        names = verdicts.names_read(described)
        if sum(one.count for one in described if one.name in names) > MOST_READ:
            return None
        points = store.points([(run_id, name) for name in names])
        history = [points[run_id, name] for name in names if (run_id, name) in points]
        diagnosis = verdicts.judge(runs[0], history, described)
        store.keep_diagnosis(run_id, runs[0].version, diagnosis)
        return diagnosis


def keep(url: str, run_id: int, version: int, diagnosis: Diagnosis) -> None:
    """Keep what was found of a run's data at `version`, for the pages.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    with _opened(url) as store:
        store.keep_diagnosis(run_id, version, diagnosis)


def curves_before(url: str, who: Identity, most: int) -> tuple[list[Series], int] | None:
    """Return what the store holds of the run of session `who`, and the step that its first call without one has.

    None for a run of more than `most` points.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    with _opened(url, readonly=True) as store:
        records = store.series([who.run_id]).get(who.run_id, ())
        arrived = store.shipped(who.run_id, who.session_id)
        base = 0 if arrived is None else arrived.step_base
        if sum(record.count for record in records) > most:
            return None
        found = store.points([(who.run_id, record.name) for record in records])
        return list(found.values()), base


def steps_before(url: str, who: Identity) -> int:
    """Return the step that follows the last one which other sessions of the run of session `who` have in the store.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    with _opened(url) as store:
        runs = _held(store, who.run_id)
        if not runs or runs[0].created_ms == who.created_ms:
            return 0
        arrived = store.shipped(who.run_id, who.session_id)
        if arrived is not None:
            return arrived.step_base
        return 1 + max((one.last_step for one in store.series([who.run_id]).get(who.run_id, ())), default=-1)


def _held(store: Store, run_id: int) -> list[RunRecord]:
    """Return the run, also when a person deleted it: its process goes on with it."""
    return store.runs(run_ids=[run_id]) or store.deleted(run_ids=[run_id])


@contextmanager
def _opened(url: str, *, readonly: bool = False) -> Iterator[Store]:
    store = open_store(url, readonly=readonly)
    try:
        if not readonly:
            store.prepare()
        yield store
    finally:
        store.close()

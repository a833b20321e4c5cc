"""Runs from one store into another, as they are, and saved views; may be repeated at any time.

Ids, dates, points, the verdict of now, notes, and what people said of a run come along. What does not: deleted runs and
views, earlier verdicts, colours, and definitions of metrics that were never logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from tracker.errors import NotFound, Refused, RunClash
from tracker.model import Annotation, RunRecord, Series
from tracker.store import one_by_one
from tracker.store.base import START, Batch, Identity, Offset, Points, Store

BATCH = 20_000
"""Values in one transaction."""


class Copied(NamedTuple):
    """What came of one run: its record in the source, how many values were sent, and whether it was there as it is.

    `problem` is why it was left out, None where it was not.
    """

    record: RunRecord
    points: int
    known: bool
    problem: str | None = None


def copy(source: Store, target: Store, records: Sequence[RunRecord]) -> Iterator[Copied]:
    """Copy runs, the oldest first, so that a project's colours come in the same order; yield each when it is done.

    A run that grew since it was copied is sent again; points are replaced by those logged later, and none doubles. What
    people edited in the target stays, and a run that they deleted there is left out. A running run is copied as far as
    it has come.

    Args:
        source: where the runs are.
        target: where to; it must be prepared.
        records: the runs, as `source.runs` gives them.

    Raises:
        StoreUnavailable: one of the two went away; calling again goes on with the runs that are missing.
    """
    gone = {record.run_id for record in target.deleted()}
    for record in sorted(records, key=lambda r: (r.created_ms, r.run_id)):
        if record.run_id in gone:
            yield Copied(
                record, 0, False, f"it was deleted there: `tracker delete --undo {record.id}` brings it back"
            )
            continue
        try:
            yield _copy(source, target, record)
        except (NotFound, RunClash, Refused) as error:  # of this run alone: the others are copied
            yield Copied(record, 0, False, str(error))


def copy_views(source: Store, target: Store, projects: Iterable[str]) -> int:
    """Copy the saved views of projects and what was frozen of them; return how many are new in the target."""
    return sum(
        target.adopt_view(view, source.frozen(view.id) if view.frozen else None)
        for project in projects
        for view in source.views(project)
    )


def _copy(source: Store, target: Store, record: RunRecord) -> Copied:
    run_id = record.run_id
    session = (
        int.from_bytes(blake2b(f"copy {run_id} {record.version}".encode(), digest_size=8).digest(), "big")
        >> 1
    )
    identity = Identity(
        run_id,
        session,
        record.project,
        record.name,
        record.created_ms,
        group=record.group,
        tags=record.tags,
        notes=record.notes,
        resume="allow",
        config=dict(record.config),
        environment=dict(record.environment),
    )
    kept = target.shipped(run_id, session)
    at = START if kept is None else kept.offset
    end = Offset(1, 0)
    sent = 0
    known = at == end
    if not known:
        described = source.series([run_id]).get(run_id, ())
        for first, behind, points in _batches(one_by_one(source, described)):
            if Offset(0, behind) <= at:
                continue  # sent by an earlier copy that was interrupted
            at = target.ship(
                Batch(identity, Offset(0, first), Offset(0, behind), beat_ms=0, points=points)
            ).offset
            sent += len(points)
        running = record.status == "running"
        target.ship(
            Batch(
                identity,
                at,
                end,
                beat_ms=0,
                summary=dict(record.summary),
                metrics={one.name: one.definition for one in described},
                annotations=_new_notes(source, target, run_id),
                status="interrupted" if running else record.status,
                exception=record.exception,
                elapsed_ms=record.duration_ms,
                dead=True,
            )
        )
        if any(said := source.edits(run_id)):
            target.adopt(run_id, said)
    _copy_diagnosis(source, target, record)
    return Copied(record, sent, known)


def _new_notes(source: Store, target: Store, run_id: int) -> list[Annotation]:
    there = set(map(_which, target.annotations([run_id]).get(run_id, ())))
    return [note for note in source.annotations([run_id]).get(run_id, ()) if _which(note) not in there]


def _which(note: Annotation) -> tuple[str, str, int | None]:
    """Return what stays of a note when somebody corrects it; of a finding there is one dismissal."""
    return note.kind, note.title, None if note.kind == "dismissal" else note.at_ms


def _copy_diagnosis(source: Store, target: Store, record: RunRecord) -> None:
    found = source.diagnoses([record.run_id]).get(record.run_id)
    if found is None or found[0] != record.version:
        return  # of older data: the target makes its own when somebody looks
    for copied in target.runs(run_ids=[record.run_id]):  # none: somebody has deleted it there meanwhile
        target.keep_diagnosis(record.run_id, copied.version, found[1])


def _batches(series: Iterable[Series]) -> Iterator[tuple[int, int, Points]]:
    """Yield the points in bundles, each with the numbers of its first point and of the first behind it."""
    number = 0
    for one in series:
        for start in range(0, len(one), BATCH):
            part = slice(start, start + BATCH)
            steps = one.step[part].tolist()
            epochs = [None if epoch != epoch else epoch for epoch in one.epoch[part].tolist()]
            values = [{one.name: value} for value in one.value[part].tolist()]
            points = Points(one.elapsed_ms[part].tolist(), steps, [False] * len(steps), epochs, values)
            yield number, number + len(steps), points
            number += len(steps)

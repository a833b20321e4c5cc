"""What people put on a run after it was logged, and the verdicts it has had, under the run's lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from tracker.errors import NotFound
from tracker.model import Annotation, Diagnosis, id_text
from tracker.store import tables as t


def annotate(connection: Connection, run_id: int, note: Annotation) -> None:
    """Put a note, an alert or a dismissal on a run; a dismissal replaces an earlier one of the same finding.

    Raises:
        NotFound: there is no such run, or no annotation with the number that `note` has.
    """
    touch(connection, run_id)
    said = {
        "kind": note.kind,
        "title": note.title,
        "text": note.text,
        "step": note.step,
        "epoch": note.epoch,
        "at_ms": note.at_ms,
        "author": note.author,
    }
    a = t.annotation.c
    if note.number is not None:
        this = (*_seen(run_id, note.number, note.at_ms), a.kind == note.kind)
        if not connection.execute(update(t.annotation).where(*this).values(said)).rowcount:
            raise NotFound(f"the note {note.title[:40]!r} is gone: somebody took it off the run meanwhile")
        return
    if note.kind == "dismissal":
        _remove(connection, run_id, note.kind, note.title)
    number = following(connection, run_id, a.annotation_no)
    connection.execute(insert(t.annotation).values(run_id=run_id, annotation_no=number, **said))


def retract(connection: Connection, run_id: int, kind: str, title: str) -> int:
    """Take annotations with this kind and title off a run; return how many there were.

    Raises:
        NotFound: there is no such run.
    """
    touch(connection, run_id)
    return _remove(connection, run_id, kind, title)


def retract_note(connection: Connection, run_id: int, number: int, at_ms: int) -> int:
    """Take the annotation with this number and time off a run; return how many there were.

    Raises:
        NotFound: there is no such run.
    """
    touch(connection, run_id)
    return connection.execute(delete(t.annotation).where(*_seen(run_id, number, at_ms))).rowcount


def note_verdict(connection: Connection, run_id: int, version: int, found: Diagnosis, now_ms: int) -> None:
    """Add a diagnosis to the verdicts that a run has had, when it is another one than the last."""
    v = t.verdict_change.c
    last = select(v.verdict).where(v.run_id == run_id).order_by(v.change_no.desc()).limit(1)
    if connection.execute(last).scalar() == found.verdict:
        return
    connection.execute(
        insert(t.verdict_change).values(
            run_id=run_id,
            change_no=following(connection, run_id, v.change_no),
            at_ms=now_ms,
            version=version,
            rules_version=found.rules_version,
            verdict=found.verdict,
            onset_epoch=found.onset_epoch,
            best_epoch=found.best_epoch,
            sentence=found.sentence,
        )
    )


def touch(connection: Connection, run_id: int) -> None:
    """Let readers know that the run has changed. When it was last active stays: nothing was logged.

    Raises:
        NotFound: there is no such run.
    """
    if not change(connection, [run_id]):
        raise missing(run_id)


def missing(run_id: int) -> NotFound:
    """Return the error that says that there is no such run."""
    return NotFound(f"there is no run {id_text(run_id)}")


def change(
    connection: Connection, run_ids: Sequence[int], *which: ColumnElement[bool], **changes: Any
) -> int:
    """Change those of some runs for which `which` holds, and their version; return how many.

    What people say of a run is no part of its diagnosis: one of the newest version still is.
    """
    r, d = t.run.c, t.diagnosis.c
    newest = select(r.run_id).where(r.run_id == d.run_id, r.version == d.version, *which).exists()
    still = update(t.diagnosis).where(d.run_id.in_(run_ids), newest).values(version=d.version + 1)
    connection.execute(still)
    raised = update(t.run).where(r.run_id.in_(run_ids), *which).values(version=r.version + 1, **changes)
    return connection.execute(raised).rowcount


def following(connection: Connection, run_id: int, column: Any) -> int:
    """Return the number after the highest that `column` holds for a run; 0 when it holds none."""
    query = select(func.max(column)).where(column.table.c.run_id == run_id)
    highest = connection.execute(query).scalar()
    return 0 if highest is None else int(highest) + 1


def _seen(run_id: int, number: int, at_ms: int) -> tuple[ColumnElement[bool], ...]:
    # The number of one that was taken off is given out again: its time tells the two apart.
    a = t.annotation.c
    return a.run_id == run_id, a.annotation_no == number, a.at_ms == at_ms


def _remove(connection: Connection, run_id: int, kind: str, title: str) -> int:
    a = t.annotation.c
    gone = delete(t.annotation).where(a.run_id == run_id, a.kind == kind, a.title == title)
    return connection.execute(gone).rowcount

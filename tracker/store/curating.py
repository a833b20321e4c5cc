"""What people do to a run after it was logged, inside a transaction that holds the run's lock."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from tracker.errors import NotFound
from tracker.model import Annotation, id_text
from tracker.store import tables as t


def annotate(connection: Connection, run_id: int, note: Annotation) -> None:
    """Put a note, an alert or a dismissal on a run; a dismissal replaces an earlier one of the same finding.

    Raises:
        NotFound: there is no such run.
    """
    _touch(connection, run_id)
    if note.kind == "dismissal":
        _remove(connection, run_id, note.kind, note.title)
    a = t.annotation.c
    last = connection.execute(select(func.max(a.annotation_no)).where(a.run_id == run_id)).scalar()
    connection.execute(
        insert(t.annotation).values(
            run_id=run_id,
            annotation_no=0 if last is None else last + 1,
            kind=note.kind,
            title=note.title,
            text=note.text,
            step=note.step,
            epoch=note.epoch,
            at_ms=note.at_ms,
        )
    )


def retract(connection: Connection, run_id: int, kind: str, title: str) -> int:
    """Take annotations with this kind and title off a run; return how many there were.

    Raises:
        NotFound: there is no such run.
    """
    _touch(connection, run_id)
    return _remove(connection, run_id, kind, title)


def _remove(connection: Connection, run_id: int, kind: str, title: str) -> int:
    a = t.annotation.c
    gone = delete(t.annotation).where(a.run_id == run_id, a.kind == kind, a.title == title)
    return connection.execute(gone).rowcount


def _touch(connection: Connection, run_id: int) -> None:
    """Let readers know that the run has changed. When it was last active stays: nothing was logged."""
    r = t.run.c
    changed = connection.execute(update(t.run).where(r.run_id == run_id).values(version=r.version + 1))
    if not changed.rowcount:
        raise NotFound(f"there is no run {id_text(run_id)}")

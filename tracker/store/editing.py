"""Runs edited, archived, deleted, restored and purged, as `people.py` promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from tracker.errors import BadInput
from tracker.model import LOST_AFTER_MS, RunRecord, id_number
from tracker.store import tables as t
from tracker.store.bulk import insert_or_update
from tracker.store.curating import change, following, missing
from tracker.store.encoding import check_tag, check_text
from tracker.store.people import Edits
from tracker.store.records import DELETED, THERE, read_runs, stands
from tracker.store.transactions import RUNS_AT_ONCE, Transactions

POINTS_AT_ONCE = 20_000
"""Points that one transaction of a purge removes, in a tenth of a second or less."""


class Editing(Transactions):
    """The calls of `People` that change runs."""

    def edit(
        self,
        run_ids: Iterable[int],
        *,
        name: str | None = None,
        notes: str | None = None,
        group: str | None = None,
        add_tags: Sequence[str] = (),
        drop_tags: Sequence[str] = (),
    ) -> int:
        """See `Store`."""
        if name is not None and not name.strip():
            raise BadInput("a run needs a name: give one of at least one character")
        for text in (name, notes, group):
            check_text("text", text or "")
        for tag in (*add_tags, *drop_tags):
            check_tag(tag)
        said = {"name": name, "notes": notes, "group": group}
        given = {what: text for what, text in said.items() if text is not None}

        def work(connection: Connection, some: list[int], now_ms: int) -> int:
            changes: dict[str, Any] = {f"{what}_edited_ms": now_ms for what in given}
            changes |= {_COLUMNS[what]: _kept(what, text) for what, text in given.items()}
            there = connection.execute(select(t.run.c.run_id).where(t.run.c.run_id.in_(some), THERE))
            found = list(there.scalars())
            for run_id in found:
                _edit_tags(connection, run_id, add_tags, drop_tags)
            return change(connection, found, **changes)

        return self._change_each(run_ids, work)

    def edits(self, run_id: int) -> Edits:
        """See `Store`."""
        self._check_schema()
        e = t.tag_edit.c
        tags = select(e.tag, e.added).where(e.run_id == run_id)

        def work(connection: Connection) -> Edits:
            run = connection.execute(select(t.run).where(t.run.c.run_id == run_id)).mappings().first()
            if run is None:
                raise missing(run_id)
            said = {what: (run[column] or "", run[f"{what}_edited_ms"]) for what, column in _COLUMNS.items()}
            return Edits(
                {what: text for what, text in said.items() if text[1] is not None},
                {tag: bool(added) for tag, added in connection.execute(tags)},
                run["archived_ms"],
            )

        return self._read(work)

    def adopt(self, run_id: int, edits: Edits) -> None:
        """See `Store`."""

        def work(connection: Connection, _: int) -> None:
            run = connection.execute(select(t.run).where(t.run.c.run_id == run_id, THERE)).mappings().first()
            if run is None:
                raise missing(run_id)
            changes: dict[str, Any] = {}
            for what, (text, said_ms) in edits.texts.items():
                if said_ms > (run[f"{what}_edited_ms"] or 0):
                    changes |= {_COLUMNS[what]: _kept(what, text), f"{what}_edited_ms": said_ms}
            if run["archived_ms"] is None and edits.archived_ms is not None:
                changes["archived_ms"] = edits.archived_ms
            e = t.tag_edit.c
            here = set(connection.execute(select(e.tag).where(e.run_id == run_id)).scalars())
            new = {tag: on for tag, on in edits.tags.items() if tag not in here}
            _edit_tags(connection, run_id, [t for t in new if new[t]], [t for t in new if not new[t]])
            if changes or new:
                change(connection, [run_id], **changes)

        self._change(run_id, work)

    def archive(self, run_ids: Iterable[int], on: bool = True) -> int:
        """See `Store`."""
        a = t.run.c.archived_ms

        def work(connection: Connection, some: list[int], now_ms: int) -> int:
            other = a.is_(None) if on else a.is_not(None)
            return change(connection, some, THERE, other, archived_ms=now_ms if on else None)

        return self._change_each(run_ids, work)

    def delete(self, run_ids: Iterable[int]) -> int:
        """See `Store`."""
        return self._change_each(run_ids, lambda c, some, now_ms: change(c, some, THERE, deleted_ms=now_ms))

    def restore(self, run_ids: Iterable[int]) -> int:
        """See `Store`."""
        return self._change_each(run_ids, lambda c, some, _: change(c, some, DELETED, deleted_ms=None))

    def deleted(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """See `Store`."""
        self._check_schema()
        ids = None if run_ids is None else sorted(set(run_ids))
        narrow = [DELETED] if project is None else [DELETED, t.run.c.project == project]
        found = self._read(lambda c: read_runs(c, self._now_ms(c), narrow, ids))
        return sorted(found, key=lambda r: (-(r.deleted_ms or 0), r.run_id))

    def deleted_views(self, before_ms: int) -> int:
        """See `Store`."""
        self._check_schema()
        query = select(func.count()).where(t.view.c.deleted_ms < before_ms)
        return int(self._read(lambda c: c.execute(query).scalar_one()))

    def purge(self, before_ms: int) -> int:
        """See `Store`."""
        self._check_schema()
        gone = 0

        def due(connection: Connection) -> list[int]:
            query = select(t.run.c.run_id).where(*_due(before_ms, self._now_ms(connection)))
            return list(connection.execute(query.limit(RUNS_AT_ONCE)).scalars())

        while some := self._read(due):
            gone += sum(self._change_each([run_id], partial(_bury, before_ms=before_ms)) for run_id in some)
        self._write(lambda connection: _remove_views(connection, before_ms))
        p = t.purged.c
        for run_id in self._read(
            lambda c: list(c.execute(select(p.run_id).where(p.cleared_ms.is_(None))).scalars())
        ):
            while self._change_each([run_id], _clear):
                pass
        return gone


_COLUMNS = {"name": "name", "notes": "notes", "group": "group_name"}


def _kept(what: str, text: str) -> str | None:
    return None if what == "group" and not text else text


def _edit_tags(connection: Connection, run_id: int, add: Sequence[str], drop: Sequence[str]) -> None:
    """Add and drop a run's tags, and note that a person did."""
    said = dict.fromkeys(add, 1) | dict.fromkeys(drop, 0)
    for tag, added in said.items():
        statement = insert_or_update(connection, t.tag_edit).values(run_id=run_id, tag=tag, added=added)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["run_id", "tag"], set_={"added": added})
        )
        if added:
            position = following(connection, run_id, t.tag.c.position)
            new = insert_or_update(connection, t.tag).values(run_id=run_id, tag=tag, position=position)
            connection.execute(new.on_conflict_do_nothing(index_elements=["run_id", "tag"]))
        else:
            connection.execute(delete(t.tag).where(t.tag.c.run_id == run_id, t.tag.c.tag == tag))


def _bury(connection: Connection, run_ids: list[int], now_ms: int, *, before_ms: int) -> int:
    """Remove a run and what hangs on it but its points, and keep its id from being used again."""
    (run_id,) = run_ids
    # Looked at again under the lock: somebody may have restored or resumed it since.
    query = select(t.run.c.run_id).where(t.run.c.run_id == run_id, *_due(before_ms, now_ms))
    if not connection.execute(query).first():
        return 0
    # An older version of tracker may have begun a purged run anew: its id is there already.
    keep = insert_or_update(connection, t.purged).values(run_id=run_id, purged_ms=now_ms)
    anew = {"purged_ms": now_ms, "cleared_ms": None}
    connection.execute(keep.on_conflict_do_update(index_elements=["run_id"], set_=anew))
    for table in (*_HANGING, t.run):
        connection.execute(delete(table).where(table.c.run_id == run_id))
    return 1


def _due(before_ms: int, now_ms: int) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for runs that were deleted before `before_ms` and have ended."""
    r = t.run.c
    return r.deleted_ms < before_ms, or_(r.status != "running", r.beat_ms < now_ms - LOST_AFTER_MS)


def _clear(connection: Connection, run_ids: list[int], now_ms: int) -> int:
    """Remove some of the points that a purged run left; return how many rows went, 0 when none are left."""
    (run_id,) = run_ids
    # An older version of tracker does not know of purged ids and may have begun the run anew: what it logs stays.
    revived = stands(connection, run_id)
    removed = 0 if revived else sum(_remove_some(connection, table, run_id) for table in (t.point, t.preview))
    if not removed:
        p = t.purged.c
        connection.execute(update(t.purged).where(p.run_id == run_id).values(cleared_ms=now_ms))
    return removed


def _remove_some(connection: Connection, table: Table, run_id: int) -> int:
    """Remove the rows of one series of a run up to the `POINTS_AT_ONCE`th; return how many."""
    c = table.c
    order = c.step if table is t.point else c.block
    series = connection.execute(select(func.min(c.series_no)).where(c.run_id == run_id)).scalar()
    if series is None:
        return 0
    mine = (c.run_id == run_id, c.series_no == series)
    last = connection.execute(
        select(order).where(*mine).order_by(order).offset(POINTS_AT_ONCE - 1).limit(1)
    ).scalar()
    upto = mine if last is None else (*mine, order <= last)
    return connection.execute(delete(table).where(*upto)).rowcount


def _remove_views(connection: Connection, before_ms: int) -> None:
    """Remove saved views that were deleted before `before_ms`, and what was frozen of them."""
    v = t.view.c
    gone = connection.execute(delete(t.view).where(v.deleted_ms < before_ms).returning(v.name))
    for view_id in list(gone.scalars()):
        connection.execute(delete(t.frozen).where(t.frozen.c.frozen_id == id_number(view_id)))


_HANGING = [table for table in t.RUN_SCOPED if table.c.run_id.foreign_keys]

"""Saved views and what was frozen of them, as `people.py` promises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.engine import Row

from tracker.errors import BadInput, NotFound
from tracker.model import VIEW_TEXT, VIEW_TITLE, SavedView, id_number, id_text, is_id, new_id
from tracker.store import tables as t
from tracker.store.bulk import insert_or_update
from tracker.store.encoding import check_text
from tracker.store.transactions import Transactions

_v = t.view.c


class SavedViews(Transactions):
    """The calls of `People` for saved views."""

    def save_view(self, view: SavedView) -> SavedView:
        """See `Store`."""
        self._check_schema()
        _check(view)
        view_id = view.id.lower() or id_text(new_id())
        said = {"title": view.title, "author": view.author, "description": view.description}

        def work(connection: Connection) -> SavedView:
            now_ms = self._now_ms(connection)
            kept = connection.execute(select(t.view).where(_v.name == view_id)).first()
            if kept is None:
                new = {"project": view.project, "name": view_id, "page": view.page, "state": view.query}
                connection.execute(insert(t.view).values(**new, **said, created_ms=now_ms, changed_ms=now_ms))
            else:
                shown = {} if _frozen(connection, [view_id]) else {"page": view.page, "state": view.query}
                change = update(t.view).where(_v.name == view_id)
                connection.execute(change.values(**said, **shown, changed_ms=now_ms, deleted_ms=None))
            return _read(connection, _v.name == view_id)[0]

        return self._write(work)

    def adopt_view(self, view: SavedView, frozen: bytes | None) -> int:
        """See `Store`."""
        self._check_schema()
        _check(view)
        row = {
            "project": view.project,
            "name": view.id,
            "page": view.page,
            "state": view.query,
            "title": view.title,
            "author": view.author,
            "description": view.description,
            "created_ms": view.created_ms,
            "changed_ms": view.changed_ms,
        }

        def work(connection: Connection) -> int:
            new = insert_or_update(connection, t.view).values(row)
            new = new.on_conflict_do_nothing(index_elements=["project", "name"])
            if connection.execute(new.returning(_v.name)).first() is None:
                return 0
            if frozen is not None:
                _freeze(connection, view.id, view.title, frozen, view.changed_ms)
            return 1

        return self._write(work)

    def views(self, project: str) -> list[SavedView]:
        """See `Store`."""
        self._check_schema()
        found = self._read(lambda c: _read(c, _v.project == project))
        return sorted(found, key=lambda v: (-v.created_ms, v.id))

    def view(self, view_id: str) -> SavedView:
        """See `Store`."""
        self._check_schema()
        found = self._read(lambda c: _read(c, _v.name == view_id.lower())) if is_id(view_id) else []
        if not found:
            raise _missing(view_id)
        return found[0]

    def delete_view(self, view_id: str) -> int:
        """See `Store`."""
        self._check_schema()

        def work(connection: Connection) -> int:
            gone = update(t.view).where(_v.name == view_id.lower(), _v.deleted_ms.is_(None))
            return connection.execute(gone.values(deleted_ms=self._now_ms(connection))).rowcount

        return self._write(work)

    def restore_view(self, view_id: str) -> int:
        """See `Store`."""
        self._check_schema()
        back = (
            update(t.view)
            .where(_v.name == view_id.lower(), _v.deleted_ms.is_not(None))
            .values(deleted_ms=None)
        )
        return self._write(lambda connection: connection.execute(back).rowcount)

    def freeze(self, view_id: str, body: bytes) -> None:
        """See `Store`."""
        self._check_schema()

        def work(connection: Connection) -> None:
            found = _read(connection, _v.name == view_id.lower())
            if not found:
                raise _missing(view_id)
            _freeze(connection, found[0].id, found[0].title, body, self._now_ms(connection))

        self._write(work)

    def frozen(self, view_id: str) -> bytes:
        """See `Store`."""
        view = self.view(view_id)
        f = t.frozen.c
        query = select(f.picture).where(f.frozen_id == id_number(view.id))
        picture = self._read(lambda c: c.execute(query).scalar())
        if picture is None:
            raise NotFound(f"the saved view “{view.title}” is not frozen")
        return bytes(picture)


def _freeze(connection: Connection, view_id: str, title: str, body: bytes, now_ms: int) -> None:
    row = {"title": title, "body": "", "created_ms": now_ms, "picture": body}
    keep = insert_or_update(connection, t.frozen).values(frozen_id=id_number(view_id), **row)
    connection.execute(keep.on_conflict_do_nothing(index_elements=["frozen_id"]))


def _read(connection: Connection, which: ColumnElement[bool]) -> list[SavedView]:
    rows = connection.execute(select(t.view).where(which, _v.deleted_ms.is_(None))).all()
    frozen = _frozen(connection, [row.name for row in rows])
    return [_view(row, id_number(row.name) in frozen) for row in rows]


def _view(row: Row[*tuple[Any, ...]], frozen: bool) -> SavedView:
    return SavedView(
        id=row.name,
        project=row.project,
        title=row.title,
        author=row.author,
        description=row.description,
        page=row.page,
        query=row.state,
        created_ms=row.created_ms,
        changed_ms=row.changed_ms,
        frozen=frozen,
    )


def _frozen(connection: Connection, ids: list[str]) -> set[int]:
    f = t.frozen.c.frozen_id
    return set(connection.execute(select(f).where(f.in_([id_number(i) for i in ids]))).scalars())


def _check(view: SavedView) -> None:
    if view.id and not is_id(view.id):
        raise BadInput(f"{view.id!r} is not the id of a saved view: leave it empty for a new one")
    if not view.title.strip():
        raise BadInput("a saved view needs a title: give one of at least one character")
    limits = (
        ("title", view.title, VIEW_TITLE),
        ("author", view.author, VIEW_TITLE),
        ("description", view.description, VIEW_TEXT),
        ("address", view.query, 6 * VIEW_TEXT),
    )
    for what, text, most in limits:
        if len(text) > most:
            raise BadInput(f"the {what} has {len(text):,} characters and {most:,} are allowed: shorten it")
    for text in (view.project, view.title, view.author, view.description, view.query):
        check_text("text", text)


def _missing(view_id: str) -> NotFound:
    return NotFound(f"there is no saved view {view_id!r}: it was deleted, or the link is not whole")

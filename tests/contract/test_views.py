"""Saved views and frozen ones, on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import now_ms
from tracker.errors import BadInput, NotFound, Refused, StoreUnavailable
from tracker.model import VIEW_TEXT, VIEW_TITLE, SavedView, is_id
from tracker.store import Store, open_store

HOUR_MS = 3_600_000
WANTED = SavedView("", "digits", "Both λ", "Ada", "Why *both*.", query="log=1&x=step")


def test_a_view_is_kept_and_found_by_another_store(store: Store, store_url: str) -> None:
    kept = store.save_view(WANTED)
    assert is_id(kept.id)
    assert replace(kept, id="", created_ms=0, changed_ms=0) == WANTED
    assert abs(kept.created_ms - now_ms()) < 60_000
    store.close()
    again = open_store(store_url)
    assert again.view(kept.id) == again.view(kept.id.upper()) == kept
    assert again.views("digits") == [kept]
    assert again.views("other") == []
    again.close()


def test_it_is_changed_by_its_id_and_keeps_when_it_was_made(store: Store) -> None:
    kept = store.save_view(WANTED)
    changed = store.save_view(replace(kept, title="New", description="", query="x=time", created_ms=5))
    assert (changed.id, changed.title, changed.query) == (kept.id, "New", "x=time")
    assert changed.created_ms == kept.created_ms <= changed.changed_ms
    assert store.views("digits") == [changed]


def test_its_id_may_be_typed_in_capitals(store: Store) -> None:
    kept = store.save_view(WANTED)
    loud = kept.id.upper()
    assert loud != kept.id
    assert store.save_view(replace(kept, id=loud, title="New")).id == kept.id
    assert len(store.views("digits")) == 1
    store.freeze(loud, b"picture")
    assert store.frozen(loud) == b"picture"
    assert store.delete_view(loud) == store.restore_view(loud) == 1


def test_it_is_deleted_brought_back_and_purged(store: Store) -> None:
    kept, other = store.save_view(WANTED), store.save_view(replace(WANTED, title="Other"))
    for view in (kept, other):
        store.freeze(view.id, b"body")
    assert store.delete_view(kept.id) == 1
    assert store.delete_view(kept.id) == store.delete_view("0000000000000") == 0
    for use in (store.view, store.frozen):
        with pytest.raises(NotFound, match="there is no saved view"):
            use(kept.id)
    assert [view.title for view in store.views("digits")] == ["Other"]
    assert store.purge(now_ms() - HOUR_MS) == 0
    assert store.restore_view(kept.id) == 1
    assert store.restore_view(kept.id) == 0
    assert store.frozen(kept.id) == b"body"
    store.delete_view(kept.id)
    store.purge(now_ms() + HOUR_MS)
    assert store.restore_view(kept.id) == 0
    assert store.frozen(other.id) == b"body"


def test_what_is_frozen_stays_as_it_was(store: Store) -> None:
    kept = store.save_view(WANTED)
    body = bytes(range(256)) * 10_000
    with pytest.raises(NotFound, match="is not frozen"):
        store.frozen(kept.id)
    store.freeze(kept.id, body)
    store.freeze(kept.id, b"something else")
    assert store.frozen(kept.id) == body
    frozen = store.view(kept.id)
    assert frozen == replace(kept, frozen=True)
    changed = store.save_view(replace(frozen, title="New", query="x=time", frozen=False))
    assert (changed.title, changed.query, changed.frozen) == ("New", WANTED.query, True)
    with pytest.raises(NotFound):
        store.freeze("0000000000001", body)


@pytest.mark.parametrize("missing", ["", "x", "0000000000001", "'; DROP TABLE view; --", "\0"])
def test_a_link_that_is_not_whole_says_so(store: Store, missing: str) -> None:
    for use in (store.view, store.frozen):
        with pytest.raises(NotFound, match="deleted, or the link is not whole"):
            use(missing)


def test_what_cannot_be_kept_is_refused(store: Store) -> None:
    longest = replace(WANTED, title="t" * VIEW_TITLE, author="a" * VIEW_TITLE, description="d" * VIEW_TEXT)
    store.delete_view(store.save_view(longest).id)
    wrong = {
        "title": "t" * (VIEW_TITLE + 1),
        "author": "a" * (VIEW_TITLE + 1),
        "description": "d" * (VIEW_TEXT + 1),
    }
    for name, text in wrong.items():
        with pytest.raises(BadInput, match=f"the {name} has .* are allowed"):
            store.save_view(replace(WANTED, **{name: text}))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="needs a title"):
        store.save_view(replace(WANTED, title=" "))
    with pytest.raises(BadInput, match="not the id"):
        store.save_view(replace(WANTED, id="here"))
    with pytest.raises(Refused):
        store.save_view(replace(WANTED, description="a\0"))
    assert store.views("digits") == []


def test_a_readonly_store_shows_them_and_keeps_none(store: Store, store_url: str) -> None:
    kept = store.save_view(WANTED)
    reader = open_store(store_url, readonly=True)
    assert reader.views("digits") == [kept]
    for write in (lambda: reader.save_view(WANTED), lambda: reader.delete_view(kept.id)):
        with pytest.raises(StoreUnavailable, match="for reading only"):
            write()
    reader.close()

"""What people put on a run stays there, on both engines, whatever is logged at the same time."""

from __future__ import annotations

import threading

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, rows
from tracker.errors import NotFound, Refused
from tracker.model import Annotation
from tracker.store import Store


def note(title: str, kind: str = "note", text: str = "", at_ms: int = 1) -> Annotation:
    return Annotation(kind, title, text, None, 3.5, at_ms)  # type: ignore[arg-type]


def test_a_note_stands_with_the_run_and_moves_its_version(store: Store) -> None:
    session = Session(store)
    session.ship(rows([1.0]), beat_ms=now_ms())
    before = store.runs()[0]
    store.annotate(session.run_id, note("lr halved", text="by hand"))
    after = store.runs()[0]
    assert store.annotations([session.run_id]) == {session.run_id: (note("lr halved", text="by hand"),)}
    assert after.version > before.version
    assert after.changed_ms == before.changed_ms


def test_a_dismissal_replaces_an_earlier_one_and_can_be_taken_back(store: Store) -> None:
    session = Session(store)
    session.ship()
    for reason in ("first", "second"):
        store.annotate(session.run_id, note("overfitting", "dismissal", reason))
    store.annotate(session.run_id, note("spike", "dismissal"))
    store.annotate(session.run_id, note("overfitting", "note"))
    held = store.annotations([session.run_id])[session.run_id]
    assert [(a.kind, a.title, a.text) for a in held] == [
        ("dismissal", "overfitting", "second"),
        ("dismissal", "spike", ""),
        ("note", "overfitting", ""),
    ]
    assert store.retract(session.run_id, "dismissal", "overfitting") == 1
    assert store.retract(session.run_id, "dismissal", "overfitting") == 0
    assert [a.title for a in store.annotations([session.run_id])[session.run_id]] == ["spike", "overfitting"]


def test_an_unknown_run_and_a_text_that_cannot_be_stored_are_refused(store: Store) -> None:
    session = Session(store)
    session.ship()
    with pytest.raises(NotFound, match="there is no run"):
        store.annotate(5, note("a"))
    with pytest.raises(NotFound, match="there is no run"):
        store.retract(5, "note", "a")
    with pytest.raises(Refused):
        store.annotate(session.run_id, note("a\0"))
    assert store.annotations([session.run_id]) == {}


def test_notes_and_alerts_that_arrive_together_are_all_kept(store: Store) -> None:
    session = Session(store)
    session.ship()
    many = 20

    def people() -> None:
        for k in range(many):
            store.annotate(session.run_id, note(f"note {k}", at_ms=k))

    thread = threading.Thread(target=people)
    thread.start()
    for k in range(many):
        session.ship(annotations=[note(f"alert {k}", "alert", at_ms=k)])
    thread.join()
    titles = {a.title for a in store.annotations([session.run_id])[session.run_id]}
    assert titles == {f"{what} {k}" for k in range(many) for what in ("note", "alert")}

"""Runs from one store into another, onto both engines: what people did there stays as they left it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sessions import Session, now_ms, rows
from tracker.copying import Copied, copy, copy_views
from tracker.model import Annotation, Diagnosis, SavedView
from tracker.store import Store, open_store


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/source.db")
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def target(any_store: Store) -> Store:
    return any_store


def logged(source: Store) -> Session:
    session = Session(source, tags=("a", "b"), notes="first")
    session.ship(rows([3.0, 2.0]), status="finished")
    return session


def copied(source: Store, target: Store) -> list[Copied]:
    return list(copy(source, target, source.runs()))


def texts(store: Store, run_id: int) -> list[str]:
    return [note.text for note in store.annotations([run_id]).get(run_id, ())]


def test_a_second_copy_leaves_the_notes_of_the_target_as_they_are(source: Store, target: Store) -> None:
    session = logged(source)
    for at_ms, text in enumerate(("stays", "gets corrected", "gets deleted")):
        source.annotate(session.run_id, Annotation("note", "", text, at_ms=at_ms))
    source.annotate(session.run_id, Annotation("dismissal", "overfitting", "known", at_ms=9))
    copied(source, target)
    assert texts(target, session.run_id) == texts(source, session.run_id)
    _, second, third, dismissal = target.annotations([session.run_id])[session.run_id]
    target.annotate(session.run_id, replace(second, text="corrected"))
    target.retract_note(session.run_id, third.number or 0, third.at_ms)
    target.annotate(session.run_id, replace(dismissal, text="mine", at_ms=10, number=None))
    assert [c.known for c in copied(source, target)] == [True]
    assert texts(target, session.run_id) == ["stays", "corrected", "mine"]
    source.annotate(session.run_id, Annotation("note", "", "new", at_ms=20))
    source.retract_note(session.run_id, 2, 2)  # the third, which nobody wants back
    assert [c.known for c in copied(source, target)] == [False]
    assert texts(target, session.run_id) == ["stays", "corrected", "mine", "new"]


def test_a_run_that_is_deleted_meanwhile_stops_no_other(
    source: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [logged(source), logged(source)]
    for record in source.runs():
        source.keep_diagnosis(record.run_id, record.version, Diagnosis("healthy", "", "epoch"))
    honest = source.diagnoses

    def meanwhile(run_ids: list[int]) -> dict[int, tuple[int, Diagnosis]]:
        target.delete([sessions[0].run_id])
        return honest(run_ids)

    monkeypatch.setattr(source, "diagnoses", meanwhile)
    assert [c.problem for c in copied(source, target)] == [None, None]
    assert [r.run_id for r in target.runs()] == [sessions[1].run_id]


def test_what_people_said_comes_along_and_what_they_said_there_stays(source: Store, target: Store) -> None:
    session = logged(source)
    ids = [session.run_id]
    source.edit(ids, name="mine", notes="mine", group="", add_tags=["good"], drop_tags=["a"])
    source.archive(ids)
    copied(source, target)
    (here,), (there,) = source.runs(), target.runs()
    assert (there.name, there.notes, there.group, there.tags) == ("mine", "mine", None, ("b", "good"))
    assert there.archived_ms == here.archived_ms
    assert target.edits(session.run_id) == source.edits(session.run_id)
    # A journal that arrives late undoes no more there than here.
    for store in (source, target):
        late = Session(store, session.run_id, resume="allow", created_ms=now_ms() - 60_000, notes="late")
        late.ship(rows([1.0], first=2), name="late", tags=("a", "late"))
    assert (target.runs()[0].name, target.runs()[0].notes) == ("mine", "mine")
    assert "a" not in target.runs()[0].tags
    target.edit(ids, notes="of the team", drop_tags=["good"])
    target.archive(ids, on=False)
    assert [c.known for c in copied(source, target)] == [False]  # it grew
    source.edit(ids, name="the later word")
    copied(source, target)
    (there,) = target.runs()
    assert (there.name, there.notes) == ("the later word", "of the team")
    assert "good" not in there.tags


def test_saved_views_come_with_what_was_frozen_once(source: Store, target: Store) -> None:
    kept, gone = (source.save_view(SavedView("", "digits", title, query="a=1")) for title in ("v", "w"))
    source.freeze(kept.id, b"picture")
    assert copy_views(source, target, ["digits"]) == 2
    assert target.views("digits") == source.views("digits")
    assert target.frozen(kept.id) == b"picture"
    target.save_view(replace(kept, title="retitled"))
    target.delete_view(gone.id)
    assert copy_views(source, target, ["digits", "elsewhere"]) == 0
    assert [view.title for view in target.views("digits")] == ["retitled"]

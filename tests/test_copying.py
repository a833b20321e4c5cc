"""Runs from one store into another, onto both engines: what people did there stays as they left it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sessions import Session, rows
from tracker.copying import Copied, copy
from tracker.model import Annotation, Diagnosis
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
    source.retract_note(session.run_id, 2)  # the third, which nobody wants back
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

"""Notes through the callbacks of a page: each stays with the run that it was meant for, whatever comes into focus."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash._utils import to_json

from tests.dashboard.asgi import called
from tests.support.runs import HEALTHY, finished_run
from tracker.dashboard.components.notes import listed
from tracker.dashboard.server import create_app
from tracker.model import Annotation, RunRecord
from tracker.store import Store


@pytest.fixture
def runs(store: Store) -> tuple[RunRecord, RunRecord]:
    return finished_run(store, "digits", "first", HEALTHY), finished_run(store, "digits", "second", HEALTHY)


@pytest.fixture
def app(sqlite_url: str, runs: tuple[RunRecord, RunRecord]) -> Any:
    return create_app(sqlite_url)


def place(run: RunRecord) -> list[Any]:
    return [run.project, run.id, 59.0]


def added(app: Any, shown: RunRecord, **said: Any) -> dict[str, Any]:
    sent = {"n": 1, "what": "note", "text": "halved the rate", "at": "4", "author": "Ada", **said}
    return called(app, "..notes-answer.data", {"notes-form": sent, "notes-of": place(shown)})


def done(app: Any, what: str, about: str | None, shown: RunRecord, gone: Any = None) -> dict[str, Any]:
    told = {"notes-act": {"do": what, "id": about}, "notes-of": place(shown), "notes-gone": gone}
    return called(app, "..notes-gone.data", told)


def texts(store: Store, run: RunRecord) -> list[str]:
    return [note.text for note in store.annotations([run.run_id]).get(run.run_id, ())]


def test_a_form_writes_to_the_run_that_it_was_opened_for(
    app: Any, store: Store, runs: tuple[RunRecord, RunRecord]
) -> None:
    first, second = runs
    answer = added(app, second, id=first.id)
    assert (texts(store, first), texts(store, second)) == (["halved the rate"], [])
    assert "The note stands on first." in json.dumps(answer)


def test_an_answer_says_whose_notes_it_brings(
    app: Any, store: Store, runs: tuple[RunRecord, RunRecord]
) -> None:
    first, second = runs
    fresh = added(app, second, id=first.id)["notes-fresh"]["data"]
    assert (fresh["run"], fresh["here"]) == (first.id, None)
    assert "halved the rate" in json.dumps(fresh["list"])
    [note] = store.annotations([first.run_id])[first.run_id]
    told = done(app, "note-delete", f"{first.id} {note.number} {note.at_ms}", first)["notes-fresh"]["data"]
    assert (told["run"], "Nothing noted" in json.dumps(told["list"])) == (first.id, True)
    assert "note-undo" in json.dumps(told["here"])
    assert told["elsewhere"] == told["here"]


def test_a_note_stands_where_the_drawn_axis_says(
    app: Any, store: Store, runs: tuple[RunRecord, RunRecord]
) -> None:
    run, _ = runs
    for more in ({"at": "2,5"}, {"at": "3000", "axis": "step"}, {"at": "7", "axis": "epoch"}):
        added(app, run, id=run.id, **more)
    notes = store.annotations([run.run_id])[run.run_id]
    assert [(note.step, note.epoch) for note in notes] == [(None, 2.5), (3000, None), (None, 7.0)]
    assert (
        "“2.5” is no step"
        in added(app, run, id=run.id, at="2.5", axis="step")["notes-answer"]["data"]["said"]
    )


def test_a_deleted_note_comes_back_once_and_to_its_own_run(
    app: Any, store: Store, runs: tuple[RunRecord, RunRecord]
) -> None:
    first, second = runs
    for run in runs:
        added(app, run, id=run.id)
    [note] = store.annotations([first.run_id])[first.run_id]
    answer = done(app, "note-delete", f"{first.id} {note.number} {note.at_ms}", second)
    assert (texts(store, first), texts(store, second)) == ([], ["halved the rate"])
    gone = answer["notes-gone"]["data"]
    for _ in range(2):
        done(app, "note-undo", None, second, gone)
    assert (texts(store, first), texts(store, second)) == (["halved the rate"], ["halved the rate"])
    assert store.annotations([first.run_id])[first.run_id] == (note,)


def test_an_old_page_does_not_delete_the_next_note_that_has_the_number(
    app: Any, store: Store, runs: tuple[RunRecord, RunRecord]
) -> None:
    run, _ = runs
    for at_ms in (1, 2):
        store.annotate(run.run_id, Annotation("note", "", f"at {at_ms}", at_ms=at_ms))
        [note] = store.annotations([run.run_id])[run.run_id]
        assert note.number == 0
        assert f'"data-id":"{run.id} 0 {at_ms}"' in to_json(listed([note], None, run.id))
        if at_ms == 1:
            store.retract_note(run.run_id, 0, at_ms)
    answer = done(app, "note-delete", f"{run.id} 0 1", run)
    assert "no longer there" in json.dumps(answer)
    assert texts(store, run) == ["at 2"]

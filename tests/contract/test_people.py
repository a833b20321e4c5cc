"""What people change and what training processes say, side by side on both engines: every sentence of `people.py`."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.contract.people import EARLIER, LATER, logged, only
from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, rows, values
from tracker.errors import BadInput, NotFound, Refused
from tracker.model import Annotation, Diagnosis, Verdict, id_text
from tracker.store import Store, editing


class TestEditing:
    def test_what_is_given_changes_and_the_rest_stays(self, store: Store) -> None:
        one, two = logged(store, group="g", notes="n", tags=("a", "b")), logged(store, name="other")
        before = store.runs(run_ids=[one.run_id])[0]
        assert store.edit([one.run_id, 5], name="renamed", add_tags=["c"], drop_tags=["a"]) == 1
        after = store.runs(run_ids=[one.run_id])[0]
        assert (after.name, after.notes, after.group, after.tags) == ("renamed", "n", "g", ("b", "c"))
        assert after.version > before.version
        assert after.changed_ms == before.changed_ms
        assert store.edit([one.run_id, two.run_id], notes="*both*", group="", add_tags=["c"]) == 2
        assert [(r.notes, r.group, "c" in r.tags) for r in store.runs()] == [("*both*", None, True)] * 2
        assert store.find_run("digits/renamed").run_id == one.run_id

    def test_many_runs_at_once(self, store: Store) -> None:
        runs = [logged(store, name=f"run {n}").run_id for n in range(2 * editing.RUNS_AT_ONCE + 3)]
        assert store.edit(iter(runs), add_tags=["sweep"]) == len(runs)
        assert all(r.tags == ("sweep",) and r.version == 2 for r in store.runs())
        assert store.archive(runs) == len(runs)

    def test_what_cannot_be_kept_changes_nothing(self, store: Store) -> None:
        session = logged(store)
        with pytest.raises(BadInput, match="needs a name"):
            store.edit([session.run_id], name="  ")
        for bad in ({"name": "a\0"}, {"notes": "\ud800"}, {"add_tags": [""]}, {"add_tags": ["x" * 2000]}):
            with pytest.raises(Refused):
                store.edit([session.run_id], **bad)  # type: ignore[arg-type]
        assert only(store).version == 1

    def test_what_the_process_said_before_an_edit_does_not_undo_it(self, store: Store) -> None:
        session = logged(store)
        store.edit([session.run_id], name="mine", notes="mine")
        edited = now_ms()
        session.ship(name="older", notes="older", said_ms=dict.fromkeys(("name", "notes"), edited + EARLIER))
        assert (only(store).name, only(store).notes) == ("mine", "mine")
        # One of the two was said later, and a sender that says no time says what stood at its session's begin.
        session.ship(name="newer", notes="untimed", said_ms={"name": edited + LATER})
        assert (only(store).name, only(store).notes) == ("newer", "mine")
        session.ship(notes="newer", said_ms={"notes": edited + LATER})
        assert only(store).notes == "newer"

    def test_what_nobody_edited_the_process_changes_as_ever(self, store: Store) -> None:
        session = logged(store)
        store.edit([session.run_id], notes="mine")
        session.ship(name="untimed")
        assert (only(store).name, only(store).notes) == ("untimed", "mine")

    def test_a_session_that_began_before_the_edit_and_arrives_late_undoes_nothing(self, store: Store) -> None:
        first = logged(store, created_ms=now_ms() - 10_000, group="a", notes="first")
        store.edit([first.run_id], group="by hand", notes="")
        for begun, group, notes in ((now_ms() - 5_000, "by hand", ""), (now_ms() + LATER, "b", "next")):
            later = Session(
                store, first.run_id, resume="allow", created_ms=begun, group="b", notes="next", tags=("t",)
            )
            later.ship(rows([1.0], elapsed_ms=20_000))
            assert (only(store).group, only(store).notes) == (group, notes)
            assert only(store).tags == ("t",)

    def test_tags_of_people_stay_and_the_others_are_the_processs(self, store: Store) -> None:
        session = logged(store, tags=("a", "b"))
        store.edit([session.run_id], add_tags=["good"], drop_tags=["a"])
        session.ship(tags=("a", "c"))
        assert only(store).tags == ("c", "good")
        store.edit([session.run_id], add_tags=["a"], drop_tags=["good"])
        session.ship(tags=("a", "c", "done"))
        assert only(store).tags == ("a", "c", "done")
        resumed = Session(store, session.run_id, resume="allow", tags=("good", "again"))
        resumed.ship()
        assert only(store).tags == ("a", "c", "done", "again")

    def test_edits_and_logging_at_the_same_time_are_both_kept(self, store: Store) -> None:
        session = logged(store)
        many = 20

        def people() -> None:
            for k in range(many):
                store.edit([session.run_id], add_tags=[f"tag {k}"], name=f"name {k}")

        thread = threading.Thread(target=people)
        thread.start()
        for k in range(many):
            session.ship(rows([float(k)], first=10 + k))
        thread.join()
        run = only(store)
        assert (len(run.tags), run.name) == (many, f"name {many - 1}")
        assert len(values(store, session.run_id)) == many + 2
        assert run.version == 1 + 2 * many


class TestDiagnosisKept:
    def test_what_people_do_leaves_a_diagnosis_as_new_as_it_is(self, store: Store) -> None:
        new, old, other = (logged(store, name=name) for name in ("new", "old", "other"))
        old.ship(rows([1.0], first=2))
        for session in (new, old, other):
            store.keep_diagnosis(session.run_id, 1, Diagnosis("healthy", "", "epoch"))

        def behind() -> list[int]:
            ids = [new.run_id, old.run_id]
            runs = {r.run_id: r for r in (*store.runs(run_ids=ids), *store.deleted(run_ids=ids))}
            kept = store.diagnoses(ids)
            return [runs[run_id].version - kept[run_id][0] for run_id in ids]

        ids = [new.run_id, old.run_id]
        assert behind() == [0, 1]
        for turn, change in enumerate((
            lambda: store.edit(ids, name="renamed", add_tags=["t"]),
            lambda: store.archive(ids[:1]),
            lambda: store.archive(ids),  # the first is archived already
            lambda: store.delete(ids),
            lambda: store.restore(ids),
            lambda: [store.annotate(run_id, Annotation("note", "a")) for run_id in ids],
            lambda: [store.retract(run_id, "note", "a") for run_id in ids],
        ), 1):  # fmt: skip
            change()
            assert behind()[0] == 0, turn
            assert behind()[1] >= 1, turn
        assert store.diagnoses([other.run_id])[other.run_id][0] == 1
        new.ship(rows([1.0], first=2))
        assert behind()[0] == 1


class TestArchivedAndDeleted:
    def test_an_archived_run_says_so_and_is_read_as_ever(self, store: Store) -> None:
        session = logged(store)
        assert only(store).archived_ms is None
        assert store.archive([session.run_id, 5]) == 1
        assert store.archive([session.run_id]) == 0
        at = only(store).archived_ms
        assert at is not None
        assert abs(at - now_ms()) < 60_000
        assert session.run_id in store.versions("digits")
        assert store.archive([session.run_id], on=False) == 1
        assert only(store).archived_ms is None
        assert only(store).version == 3

    def test_a_deleted_run_is_left_out_until_it_is_restored(self, store: Store) -> None:
        session, other = logged(store), logged(store, name="other")
        note = Annotation("note", "by hand")
        store.annotate(session.run_id, note)
        before = store.runs(run_ids=[session.run_id])[0]
        assert store.delete([session.run_id, 5]) == 1
        assert store.delete([session.run_id]) == 0
        assert [r.name for r in store.runs("digits")] == ["other"]
        assert store.runs(run_ids=[session.run_id]) == []
        assert list(store.versions("digits")) == [other.run_id]
        assert store.projects()[0].runs == 1
        with pytest.raises(NotFound, match=r"deleted at .* bring it back"):
            store.find_run(id_text(session.run_id))
        with pytest.raises(NotFound, match="there is no run"):
            store.find_run("digits/run")
        assert store.edit([session.run_id], name="x") == store.archive([session.run_id]) == 0
        (gone,) = store.deleted("digits")
        assert gone.deleted_ms is not None
        assert replace(gone, deleted_ms=None, version=before.version) == before
        assert store.deleted("elsewhere") == store.deleted(run_ids=[other.run_id]) == []
        assert store.restore([session.run_id]) == 1
        assert store.restore([session.run_id]) == 0
        back = store.runs(run_ids=[session.run_id])[0]
        assert back == replace(before, version=back.version)
        assert back.version > gone.version > before.version
        assert values(store, session.run_id) == {0: 3.0, 1: 2.0}
        assert store.annotations([session.run_id])[session.run_id] == (note,)

    def test_a_deleted_run_that_is_live_loses_nothing(self, store: Store) -> None:
        session = logged(store)
        store.delete([session.run_id])
        session.ship(rows([1.0], first=2), name="renamed", tags=("t",))
        session.beat()
        resumed = Session(store, session.run_id, resume="must")
        resumed.ship(rows([0.5], first=3, elapsed_ms=99), status="finished")
        assert store.runs() == []
        assert store.deleted()[0].name == "renamed"
        store.restore([session.run_id])
        run = only(store)
        assert (run.name, run.tags, run.status) == ("renamed", ("t",), "finished")
        assert values(store, session.run_id) == {0: 3.0, 1: 2.0, 2: 1.0, 3: 0.5}


class TestNotesByNumber:
    def test_one_note_is_changed_and_taken_off(self, store: Store) -> None:
        session = logged(store)
        for title in ("a", "b", "a"):
            store.annotate(session.run_id, Annotation("note", title, epoch=2.5, at_ms=1, author="Ada"))
        held = store.annotations([session.run_id])[session.run_id]
        assert [a.author for a in held] == ["Ada"] * 3
        assert len({a.number for a in held}) == 3
        store.annotate(session.run_id, replace(held[2], title="changed", author="Bob"))
        assert store.retract_note(session.run_id, held[0].number or 0, 1) == 1
        assert store.retract_note(session.run_id, held[0].number or 0, 1) == 0
        left = store.annotations([session.run_id])[session.run_id]
        assert [(a.title, a.author, a.number) for a in left] == [
            ("b", "Ada", held[1].number),
            ("changed", "Bob", held[2].number),
        ]
        with pytest.raises(NotFound, match="took it off"):
            store.annotate(session.run_id, held[0])
        with pytest.raises(NotFound, match="there is no run"):
            store.retract_note(5, 0, 1)

    def test_who_saw_a_note_that_is_gone_does_not_touch_the_next_with_its_number(self, store: Store) -> None:
        session = logged(store)
        store.annotate(session.run_id, Annotation("note", "a", at_ms=1))
        (seen,) = store.annotations([session.run_id])[session.run_id]
        store.retract_note(session.run_id, seen.number or 0, seen.at_ms)
        store.annotate(session.run_id, Annotation("note", "of somebody else", at_ms=2))
        (other,) = store.annotations([session.run_id])[session.run_id]
        assert other.number == seen.number
        with pytest.raises(NotFound, match="took it off"):
            store.annotate(session.run_id, replace(seen, title="corrected"))
        with pytest.raises(NotFound, match="took it off"):
            store.annotate(session.run_id, replace(other, kind="alert"))
        assert store.retract_note(session.run_id, seen.number or 0, seen.at_ms) == 0
        assert store.annotations([session.run_id])[session.run_id] == (other,)
        assert store.retract_note(session.run_id, other.number or 0, other.at_ms) == 1

    def test_an_alert_of_a_process_has_a_number_too(self, store: Store) -> None:
        session = logged(store)
        session.ship(annotations=[Annotation("alert", "Slow", at_ms=3)])
        (alert,) = store.annotations([session.run_id])[session.run_id]
        assert store.retract_note(session.run_id, alert.number or 0, 3) == 1


class TestVerdictHistory:
    def test_a_change_of_verdict_is_kept_and_the_same_again_is_not(self, store: Store) -> None:
        session = logged(store)
        assert store.verdict_history(session.run_id) == ()
        told: list[tuple[int, Verdict]] = [
            (1, "too_early"), (2, "improving"), (3, "improving"), (4, "overfitting"), (3, "healthy"), (5, "improving"),
        ]  # fmt: skip
        for version, verdict in told:
            onset = 7.0 if verdict == "overfitting" else None
            found = Diagnosis(verdict, f"{verdict} at {version}", "epoch", onset_epoch=onset, best_epoch=5.0)
            store.keep_diagnosis(session.run_id, version, found)
        history = store.verdict_history(session.run_id)
        # What was judged of older data is not kept, so it is no change either.
        assert [(c.version, c.verdict, c.onset_epoch) for c in history] == [
            (1, "too_early", None),
            (2, "improving", None),
            (4, "overfitting", 7.0),
            (5, "improving", None),
        ]
        assert history[2].sentence == "overfitting at 4"
        assert (history[2].best_epoch, history[2].rules_version) == (5.0, 1)
        assert all(abs(c.at_ms - now_ms()) < 60_000 for c in history)

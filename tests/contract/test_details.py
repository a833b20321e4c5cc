"""What every store keeps of a run beside its points: config, summary, tags, annotations, the diagnosis."""

from __future__ import annotations

import math

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session
from tracker.errors import NotFound
from tracker.model import Annotation, Diagnosis, new_id
from tracker.store import Store


class TestDetails:
    def test_config_and_summary_are_merged_key_by_key_and_keep_their_types(self, store: Store) -> None:
        first = {
            "lr": 0.1,
            "opt": "adam",
            "depth": 3,
            "flag": True,
            "none": None,
            "big": 2**70,
            "list": [1, "a"],
        }
        session = Session(store, config=first)
        session.ship()
        session.ship(config={"lr": 0.2, "new": math.inf}, summary={"best": 1.5, "note": "äö\0\ud800"})
        session.ship(summary={"best": 2})
        (run,) = store.runs()
        assert run.config == {**first, "lr": 0.2, "new": math.inf}
        assert {k: type(v) for k, v in run.config.items()}["flag"] is bool
        assert run.summary == {"best": 2, "note": "äö\0\ud800"}

    def test_a_huge_config(self, store: Store) -> None:
        config = {f"layer.{i}.weight": f"{i:0100d}" for i in range(5000)} | {"text": "x" * 1_000_000}
        Session(store, config=config).ship()
        assert store.runs()[0].config == config

    def test_name_notes_tags_and_status_are_replaced(self, store: Store) -> None:
        session = Session(store, tags=("a", "b", "a"), notes="old", group="g")
        session.ship()
        assert (store.runs()[0].tags, store.runs()[0].group) == (("a", "b"), "g")
        session.ship(
            name="new", notes="", tags=("c", "b"), status="failed", exception="OSError", elapsed_ms=777
        )
        (run,) = store.runs()
        assert (run.name, run.notes, run.tags) == ("new", "", ("c", "b"))
        assert (run.status, run.exception, run.duration_ms) == ("failed", "OSError", 777)
        session.ship(tags=())
        assert store.runs()[0].tags == ()

    def test_annotations_stand_oldest_first(self, store: Store) -> None:
        notes = [
            Annotation("alert", "late", "b", step=7, epoch=1.5, at_ms=20),
            Annotation("note", "early", at_ms=10),
            Annotation("dismissal", "later", at_ms=30),
        ]
        session = Session(store)
        session.ship(annotations=notes[:2])
        session.ship(annotations=notes[2:])
        assert store.annotations([session.run_id, 5]) == {session.run_id: (notes[1], notes[0], notes[2])}


class TestDiagnosis:
    def test_newer_rules_or_data_replace_older_ones(self, store: Store) -> None:
        session = Session(store)
        session.ship()

        def keep(version: int, rules: int, sentence: str) -> tuple[int, str]:
            kept = Diagnosis("healthy", sentence, "epoch", rules_version=rules)
            store.keep_diagnosis(session.run_id, version, kept)
            at, found = store.diagnoses([session.run_id])[session.run_id]
            return at, found.sentence

        assert store.diagnoses([session.run_id]) == {}
        assert keep(2, 1, "a") == (2, "a")
        assert keep(1, 1, "b") == (2, "a")
        assert keep(2, 1, "c") == (2, "c")
        assert keep(3, 1, "d") == (3, "d")
        assert keep(2, 2, "e") == (2, "e")
        assert keep(9, 1, "f") == (2, "e")
        assert store.runs()[0].version == 1

    def test_a_run_that_is_not_there_has_none(self, store: Store) -> None:
        with pytest.raises(NotFound, match="no run"):
            store.keep_diagnosis(new_id(), 1, Diagnosis("healthy", "", "epoch"))

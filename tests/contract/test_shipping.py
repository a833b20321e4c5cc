"""What every store promises about writing: the sentences of tracker/store/base.py, on both engines."""

from __future__ import annotations

import pytest

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, row, rows, values
from tracker.errors import Refused, StoreUnavailable
from tracker.model import Annotation, Diagnosis
from tracker.store import Store, open_store
from tracker.store.base import START, Batch, Offset, Points, Shipped


class TestExactlyOnce:
    def test_a_batch_moves_the_offset_with_its_points(self, store: Store) -> None:
        session = Session(store)
        assert store.shipped(session.run_id, session.identity.session_id) is None
        shipped = session.ship(rows([3.0, 2.0, 1.0]))
        assert shipped == Shipped(Offset(0, 100), 0, version=1)
        assert store.shipped(session.run_id, session.identity.session_id) == Shipped(Offset(0, 100), 0)
        assert values(store, session.run_id) == {0: 3.0, 1: 2.0, 2: 1.0}

    def test_a_batch_sent_again_changes_nothing_and_is_told_where_to_go_on(self, store: Store) -> None:
        session = Session(store)
        alert = Annotation("alert", "slow", at_ms=5)
        batch = session.batch(rows([1.0, 2.0]), annotations=[alert])
        first = store.ship(batch)
        before = store.runs()
        assert [store.ship(batch) for _ in range(3)] == [first] * 3
        assert store.runs() == before
        assert store.annotations([session.run_id]) == {session.run_id: (alert,)}
        assert store.series([session.run_id])[session.run_id][0].count == 2

    @pytest.mark.parametrize("start", [Offset(0, 50), Offset(0, 101), Offset(1, 0)])
    def test_a_batch_from_elsewhere_in_the_journal_is_not_taken(self, store: Store, start: Offset) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        elsewhere = Batch(session.identity, start, Offset(2, 0), now_ms(), points=Points.of(rows([9.0])))
        assert store.ship(elsewhere).offset == Offset(0, 100)
        assert values(store, session.run_id) == {0: 1.0}

    def test_a_journal_that_the_store_has_never_seen_is_asked_for_from_its_start(self, store: Store) -> None:
        session = Session(store)
        session.offset = Offset(3, 7)
        assert session.ship(rows([1.0])) == Shipped(START, 0)
        assert store.runs() == store.projects() == []
        assert session.ship(rows([1.0])).offset == Offset(0, 100)
        assert store.runs()[0].colour == 0

    def test_segments_follow_one_another(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        batch = Batch(
            session.identity, session.offset, Offset(1, 20), now_ms(), points=Points.of(rows([2.0], first=1))
        )
        assert store.ship(batch).offset == Offset(1, 20)

    def test_answers_survive_a_new_connection(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        store.close()
        assert store.shipped(session.run_id, session.identity.session_id) == Shipped(Offset(0, 100), 0)
        store.sync()
        assert values(store, session.run_id) == {0: 1.0}


class TestLaterLogWins:
    def test_within_a_batch_and_between_batches(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, 1.0, elapsed_ms=1), row(0, 2.0, elapsed_ms=1)])
        assert values(store, session.run_id) == {0: 2.0}
        session.ship([row(0, 3.0, elapsed_ms=1)])
        assert values(store, session.run_id) == {0: 3.0}

    def test_within_a_session_the_journal_decides_even_when_two_threads_crossed(self, store: Store) -> None:
        session = Session(store)
        session.ship([row(0, 1.0, elapsed_ms=11)])
        session.ship([row(0, 2.0, elapsed_ms=10)])
        assert values(store, session.run_id) == {0: 2.0}

    def test_an_old_session_sent_late_never_undoes_a_newer_one(self, store: Store) -> None:
        start = now_ms()
        old = Session(store, created_ms=start)
        old.ship([row(0, 1.0, elapsed_ms=100)])
        new = Session(store, old.run_id, created_ms=start + 10_000, resume="allow")
        new.ship(
            [row(s, 20.0 + s, elapsed_ms=10_000 + s) for s in (1, 2, 3)],
            name="renamed",
            notes="second",
            tags=("b",),
            config={"lr": 2.0},
            summary={"best": 2},
        )
        old.ship(
            [row(s, 10.0 + s, elapsed_ms=200 + s) for s in (1, 2, 5)],
            name="late",
            notes="late",
            tags=("late",),
            config={"lr": 1.0, "seed": 1},
            summary={"best": 1, "worst": 9},
            status="failed",
            exception="ValueError",
        )
        assert values(store, old.run_id) == {0: 1.0, 1: 21.0, 2: 22.0, 3: 23.0, 5: 15.0}
        (run,) = store.runs()
        assert (run.status, run.exception) == ("running", None)
        assert (run.name, run.notes, run.tags) == ("renamed", "second", ("b",))
        assert (run.config, run.summary) == ({"lr": 2.0, "seed": 1}, {"best": 2, "worst": 9})
        record = store.series([old.run_id])[old.run_id][0]
        assert (record.count, record.last_step, record.last_value) == (5, 5, 15.0)
        assert (record.max_value, record.max_step) == (23.0, 3)

    def test_a_newer_session_replaces_what_it_logs_again(self, store: Store) -> None:
        old = Session(store)
        old.ship(rows([9.0, 8.0, 7.0]))
        new = Session(store, old.run_id, resume="must")
        new.ship(rows([1.0, 2.0], first=1, elapsed_ms=1000))
        assert values(store, old.run_id) == {0: 9.0, 1: 1.0, 2: 2.0}


class TestNeverHalf:
    BAD = {
        "a step below zero": {"points": [row(-1, 1.0)]},
        "a step beyond 64 bits": {"points": [row(2**64, 1.0)]},
        "a name with NUL": {"points": [row(0, 1.0, "a\0b")]},
        "a name with a lone surrogate": {"points": [row(0, 1.0, "a\ud800")]},
        "a name too long": {"points": [row(0, 1.0, "é" * 257)]},
        "no name": {"points": [row(0, 1.0, "")]},
        "a note with NUL": {"notes": "a\0"},
        "a tag too long": {"tags": ("t" * 5000,)},
        "a config key too long": {"config": {"k" * 5000: 1}},
        "an alert with NUL": {"annotations": [Annotation("alert", "a\0")]},
    }

    @pytest.mark.parametrize("what", BAD)
    def test_a_refused_batch_leaves_nothing_behind(self, store: Store, what: str) -> None:
        session = Session(store)
        bad = dict(self.BAD[what])
        points = rows([1.0], "good") + bad.pop("points", [])  # type: ignore[operator]
        with pytest.raises(Refused):
            session.ship(points, **{"summary": {"a": 1}, **bad})  # type: ignore[arg-type]
        assert (store.runs(), store.projects()) == ([], [])
        session.ship(rows([1.0]))
        before = store.runs()
        with pytest.raises(Refused):
            session.ship(points, **{"summary": {"a": 1}, **bad})  # type: ignore[arg-type]
        assert store.runs() == before
        assert values(store, session.run_id, "good") == {}
        assert session.ship(rows([2.0], first=1)).offset == Offset(0, 200)


class TestWhoMayWrite:
    def test_a_readonly_store_reads_and_refuses_every_write(self, store: Store, store_url: str) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        reader = open_store(store_url, readonly=True)
        assert values(reader, session.run_id) == {0: 1.0}
        writes = [
            reader.prepare,
            reader.upgrade,
            lambda: reader.ship(session.batch(rows([2.0]))),
            lambda: reader.keep_diagnosis(session.run_id, 1, Diagnosis("healthy", "", "epoch")),
        ]
        for write in writes:
            with pytest.raises(StoreUnavailable, match="for reading only"):
                write()
        reader.close()

    def test_a_child_that_forgets_leaves_the_parents_connections_alone(self, store: Store) -> None:
        session = Session(store)
        session.ship(rows([1.0]))
        store.forget()
        session.ship(rows([2.0], first=1))
        assert values(store, session.run_id) == {0: 1.0, 1: 2.0}

"""What is cleared away for good, on both engines: a purged run is never written to again."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, make_url, select

from tests.contract.people import EARLIER, LATER, logged
from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, rows, values
from tracker.errors import RunPurged
from tracker.model import Annotation, Diagnosis
from tracker.store import Store, editing, open_store, shipping, tables


class TestPurged:
    def left(self, url: str) -> dict[str, int]:
        engine = create_engine(make_url(url))
        with engine.connect() as connection:
            found = {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
                for t in tables.RUN_SCOPED
            }
        engine.dispose()
        return {name: count for name, count in found.items() if count}

    def dead(self, store: Store, **identity: object) -> Session:
        session = Session(store, created_ms=now_ms() + EARLIER, tags=("t",), **identity)  # type: ignore[arg-type]
        session.ship(rows([3.0, 2.0]) + rows([1.0], "acc"), config={"lr": 1}, summary={"a": 1}, beat_ms=0)
        store.edit([session.run_id], add_tags=["x"])
        store.annotate(session.run_id, Annotation("note", "a"))
        store.keep_diagnosis(session.run_id, 1, Diagnosis("healthy", "", "epoch"))
        return session

    def test_a_purged_run_leaves_nothing_but_its_id(
        self, store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(editing, "POINTS_AT_ONCE", 2)
        session, kept = self.dead(store), self.dead(store, name="kept")
        session.ship(rows([float(i) for i in range(9)], first=2), beat_ms=0)
        store.delete([session.run_id])
        assert store.purge(now_ms() + EARLIER) == 0
        assert store.restore([session.run_id]) == 1
        store.delete([session.run_id])
        assert store.purge(now_ms() + LATER) == 1
        assert store.purge(now_ms() + LATER) == 0
        assert store.deleted() == []
        assert [r.name for r in store.runs()] == ["kept"]
        assert values(store, kept.run_id) == {0: 3.0, 1: 2.0}
        left = self.left(store_url)
        assert left.pop("tag") == left.pop("series") == 2
        assert left.pop("point") == 3
        assert set(left.values()) == {1}
        assert "purged" in left

    def test_a_run_that_lives_is_purged_only_when_it_has_ended(self, store: Store) -> None:
        session = logged(store)
        store.delete([session.run_id])
        assert store.purge(now_ms() + LATER) == 0
        session.ship(rows([1.0], first=2), status="finished")
        assert store.restore([session.run_id]) == 1
        assert values(store, session.run_id) == {0: 3.0, 1: 2.0, 2: 1.0}
        store.delete([session.run_id])
        assert store.purge(now_ms() + LATER) == 1

    def test_a_run_that_is_resumed_while_it_is_being_purged_stays(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = self.dead(store)
        session.ship(status="finished")
        store.delete([session.run_id])

        def each(run_ids, work):  # type: ignore[no-untyped-def]
            monkeypatch.undo()
            Session(store, session.run_id, resume="must").ship(rows([1.0], first=2))
            return store._change_each(run_ids, work)  # type: ignore[attr-defined]

        monkeypatch.setattr(store, "_change_each", each)
        assert store.purge(now_ms() + LATER) == 0
        assert store.restore([session.run_id]) == 1
        assert len(values(store, session.run_id)) == 3

    def test_the_id_of_a_purged_run_is_not_used_again(self, store: Store) -> None:
        session = self.dead(store)
        store.delete([session.run_id])
        store.purge(now_ms() + LATER)
        for again in (session, *(Session(store, session.run_id, resume=r) for r in ("never", "allow"))):
            again.offset = Session(store).offset
            with pytest.raises(RunPurged, match="deleted for good"):
                again.ship(rows([1.0]))
        assert store.runs() == []

    def test_a_sender_in_the_middle_of_its_journal_is_sent_back_to_its_begin(self, store: Store) -> None:
        """It learns there that the run is gone; `test_delivery.py` shows what it does then."""
        session = self.dead(store)
        store.delete([session.run_id])
        store.purge(now_ms() + LATER)
        assert session.ship(rows([1.0], first=5)).offset == Session(store).offset

    def test_a_purge_that_was_interrupted_is_finished_by_the_next(
        self, store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = self.dead(store)
        store.delete([session.run_id])

        def lights_out(*_: object) -> int:
            raise RuntimeError("the lights went out")

        with monkeypatch.context() as dark:
            dark.setattr(editing, "_clear", lights_out)
            with pytest.raises(RuntimeError):
                store.purge(now_ms() + LATER)
        assert store.deleted() == []
        assert self.left(store_url) == {"point": 3, "purged": 1}
        assert store.purge(0) == 0
        assert self.left(store_url) == {"purged": 1}

    def test_a_run_that_an_older_version_began_anew_is_purged_again(
        self, store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session, other = self.dead(store), self.dead(store, name="other")
        store.delete([session.run_id])
        store.purge(now_ms() + LATER)
        with monkeypatch.context() as older:
            older.setattr(shipping.Shipment, "_check_purged", lambda shipment: None)
            self.dead(store, run_id=session.run_id)
        assert self.left(store_url)["point"] == 6
        store.delete([session.run_id, other.run_id])
        assert store.purge(now_ms() + LATER) == 2
        assert self.left(store_url) == {"purged": 2}

    def test_writers_go_on_during_a_purge(
        self, store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between any two pieces another run is written."""
        monkeypatch.setattr(editing, "POINTS_AT_ONCE", 10)
        session, live = self.dead(store), logged(store, name="live")
        session.ship(rows([float(i) for i in range(100)], first=2), beat_ms=0)
        store.delete([session.run_id])
        beside, honest = open_store(store_url), editing._clear
        live.store = beside
        steps = iter(range(2, 1000))

        def clear(connection, some, at_ms) -> int:  # type: ignore[no-untyped-def]
            removed = honest(connection, some, at_ms)
            assert removed <= 10
            return removed

        pieces = []

        def each(run_ids, work):  # type: ignore[no-untyped-def]
            live.ship(rows([1.0], first=next(steps)))
            pieces.append(1)
            return type(store)._change_each(store, run_ids, work)  # type: ignore[attr-defined]

        monkeypatch.setattr(editing, "_clear", clear)
        monkeypatch.setattr(store, "_change_each", each)
        assert store.purge(now_ms() + LATER) == 1
        assert len(pieces) > 10
        assert len(values(store, live.run_id)) == 2 + len(pieces)
        beside.close()

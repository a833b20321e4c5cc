"""Points that are many and new go to PostgreSQL by COPY, and nobody can tell them from others."""

from __future__ import annotations

import math

import pytest

from tests.store.test_postgres import ask, copied, store
from tests.support.sessions import Session, row, rows, values
from tracker.errors import StoreUnavailable
from tracker.store import rowcopy, unnesting
from tracker.store.postgres import PostgresStore

__all__ = ["copied", "store"]


class TestCopy:
    """Many fresh points go by COPY, which must say exactly what the statement says."""

    MANY = 600

    def _all(self, store: PostgresStore, run_id: int, name: str) -> list[tuple[object, ...]]:
        points = store.points([(run_id, name)])[run_id, name]
        times = points.elapsed_ms.tolist()
        return list(
            zip(points.step.tolist(), points.value.tolist(), points.epoch.tolist(), times, strict=True)
        )

    def test_every_number_arrives_as_it_was_sent(self, store: PostgresStore, copied: list[bool]) -> None:
        odd = [0.0, 2.5, 5e-324, -1.7976931348623157e300, 1 / 3, -1e-300, 123456789.125]
        sent = {
            name: [
                row(2**40 + i * 2**33, odd[i % 7], name, epoch=epoch and i / epoch, elapsed_ms=i * 2**20)
                for i in range(self.MANY)
            ]
            for name, epoch in (("loss", None), ("acc", 7))
        }
        session = Session(store, run_id=2**62)
        session.ship([point for points in zip(*sent.values(), strict=True) for point in points])
        assert copied == [True]
        for name, points in sent.items():
            found = self._all(store, session.run_id, name)
            want = [(p.step, p.value, math.nan if p.epoch is None else p.epoch, p.elapsed_ms) for p in points]
            assert [*map(repr, found)] == [*map(repr, want)]

    def test_few_points_go_without_a_savepoint(self, store: PostgresStore, copied: list[bool]) -> None:
        session = Session(store)
        session.ship(rows(range(unnesting.LEAST_COPIED - 1)))
        assert copied == []
        session.ship(rows(range(unnesting.LEAST_COPIED), first=unnesting.LEAST_COPIED - 1))
        assert copied == [True]
        assert len(values(store, session.run_id)) == 2 * unnesting.LEAST_COPIED - 1

    def test_what_is_not_finite_and_what_is_logged_again_go_beside_them(
        self, store: PostgresStore, copied: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        beside, honest = [], unnesting._unnest_points

        def noted(connection, run_id, series) -> None:  # type: ignore[no-untyped-def]
            beside.append(series)
            honest(connection, run_id, series)

        monkeypatch.setattr(unnesting, "_unnest_points", noted)
        session = Session(store)
        session.ship(rows([1.0, 2.0], "again"))
        some = [*rows(map(float, range(2_000)), "plain"), *rows([5.0, 6.0, 7.0], "again", elapsed_ms=9)]
        session.ship([*some, *rows([1.0, math.nan, -math.inf], "odd"), row(3, 1.0, "odd", epoch=2)])
        assert copied == [True]
        assert [[len(stretch.step) for _, stretch in series] for series in beside] == [[2], [3, 4]]
        assert values(store, session.run_id, "plain") == {i: float(i) for i in range(2_000)}
        assert values(store, session.run_id, "again") == {0: 5.0, 1: 6.0, 2: 7.0}
        assert repr(values(store, session.run_id, "odd")) == repr({0: 1.0, 1: math.nan, 2: -math.inf, 3: 1.0})
        assert {s.name: s.count for s in store.series([session.run_id])[session.run_id]} == {
            "again": 3,
            "plain": 2_000,
            "odd": 4,
        }

    def test_a_key_that_stands_after_all_is_no_loss(self, store: PostgresStore, copied: list[bool]) -> None:
        session = Session(store)
        session.ship(rows([0.0]))
        # Behind the store's back: the tallies do not know of it.
        ask(
            store,
            "INSERT INTO point SELECT run_id, series_no, 700, 9.0, 0, NULL, 0 FROM point RETURNING step",
        )
        assert session.ship(rows(map(float, range(1, 2_000)), first=1)).offset == session.offset
        assert copied == [False]
        assert values(store, session.run_id) == {i: float(i) for i in range(2_000)}

    def test_a_fault_of_the_world_is_not_taken_for_an_answer(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rowcopy, "STATEMENT", "SELECT pg_terminate_backend(pg_backend_pid())")
        session = Session(store)
        with pytest.raises(StoreUnavailable):
            session.ship(rows(map(float, range(2_000))))
        monkeypatch.undo()
        session.ship(rows(map(float, range(2_000))))
        assert values(store, session.run_id) == {i: float(i) for i in range(2_000)}

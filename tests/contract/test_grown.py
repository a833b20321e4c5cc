"""What is new in a series, and reads in pieces, on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection

from tests.contract.long_series import FEW, log
from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, row
from tracker.model import Series
from tracker.store import Store, ranges, windowing
from tracker.store.windows import Held


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowing, "LONG", FEW)


class TestGrown:
    def test_only_what_is_new_is_read_until_something_is_written_late(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = Session(store)
        log(session, range(1, 1001))
        key = (session.run_id, "loss")
        asked: list[int] = []
        behind = ranges.behind
        held: dict[tuple[int, str], Held | None] = {key: None, (1, "loss"): None}

        def noted(connection: Connection, keys: Any) -> Any:
            asked.extend(step for _, step in keys.values())
            return behind(connection, keys)

        def again() -> Series:
            with monkeypatch.context() as watched:
                watched.setattr(ranges, "behind", noted)
                found = store.grown(held)
            held[key] = found[key]
            assert set(found) == {key}
            points = store.points([key])[key]
            for column in ("step", "epoch", "value", "elapsed_ms"):
                np.testing.assert_array_equal(getattr(found[key].series, column), getattr(points, column))
            return points

        again()
        log(session, range(1001, 1011))
        again()
        again()
        assert asked == [-1, 1000, 1010]
        log(session, [1005], [9.0], at_ms=10**6)
        assert 9.0 in again().value
        log(session, [0], [8.0], at_ms=10**6)
        assert 8.0 in again().value
        log(session, [1011], [7.0], at_ms=10**6)
        assert 7.0 in again().value
        assert asked[3:] == [-1, -1, 1010]

    def test_a_series_that_begins_later(self, store: Store) -> None:
        session = Session(store)
        log(session, range(3))
        key = (session.run_id, "f1")
        assert store.grown({key: None}) == {}
        session.ship([row(0, 1.0, "f1")])
        held = store.grown({key: None})
        assert held[key].series.value.tolist() == [1.0]


class TestPieces:
    def test_no_statement_of_a_server_returns_more_than_a_piece(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ranges, "PIECE", 1_000)
        sizes: list[int] = []
        copied = ranges._copied

        def counted(*given: Any) -> Any:
            found = copied(*given)
            sizes.append(sum(map(len, found.values())))
            return found

        monkeypatch.setattr(ranges, "_copied", counted)
        session = Session(store)
        names = ["loss", *(f"m{i}" for i in range(9))]
        session.ship([row(i, float(i), "loss") for i in range(0, 7_000, 2)])
        session.ship([row(i, float(i), name) for name in names[1:] for i in range(300)])
        found = store.points([(session.run_id, name) for name in names])
        assert found[session.run_id, "loss"].step.tolist() == list(range(0, 7_000, 2))
        assert all(found[session.run_id, name].value.tolist() == list(range(300)) for name in names[1:])
        assert max(sizes, default=0) <= 1_000
        assert not store.url.startswith("postgresql") or len(sizes) == 7

"""What every store promises about a close look at one run: the sentences of tracker/store/excerpts.py."""

from __future__ import annotations

import math

from tests.support.sessions import Session, row, rows
from tracker.store import Store


def test_steps_of_several_series_stand_once_and_in_order(store: Store) -> None:
    session = Session(store)
    session.ship([*rows([1.0, 2.0], "a"), row(7, 1.0, "b"), row(1, 1.0, "b"), row(9, 1.0, "other")])
    Session(store).ship(rows([1.0] * 20, "a"))
    assert store.steps(session.run_id, ["a", "b"]).tolist() == [0, 1, 7]
    assert store.steps(session.run_id, ["unknown"]).tolist() == []
    assert store.steps(session.run_id, []).tolist() == []


def test_an_excerpt_holds_both_ends_and_keeps_values_as_logged(store: Store) -> None:
    session = Session(store)
    values = [0.5, math.nan, math.inf, -math.inf, 4.0]
    session.ship([*rows(values, "a"), row(9, 1.0, "b", epoch=3.5)])
    found = store.excerpt(session.run_id, ["a", "b"], 1, 4)
    assert list(found) == ["a"]
    assert found["a"].step.tolist() == [1, 2, 3, 4]
    assert math.isnan(found["a"].value[0])
    assert found["a"].value[1:].tolist() == [math.inf, -math.inf, 4.0]
    assert store.excerpt(session.run_id, ["b"], 9, 9)["b"].epoch.tolist() == [3.5]


def test_sessions_of_a_resumed_run_come_oldest_first(store: Store) -> None:
    first = Session(store)
    first.ship(rows([1.0]), status="failed", exception="ValueError")
    second = Session(store, run_id=first.run_id, resume="must", created_ms=first.identity.created_ms + 5_000)
    second.ship(rows([1.0], first=1), status="running")
    found = store.sessions(first.run_id)
    assert [(s.status, s.exception) for s in found] == [("failed", "ValueError"), ("running", None)]
    assert found[0].started_ms < found[1].started_ms
    assert store.sessions(1) == ()

"""Runs for the tests of what people do to them."""

from __future__ import annotations

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session, now_ms, rows
from tracker.model import RunRecord
from tracker.store import Store

EARLIER = -3_600_000


LATER = 3_600_000


def logged(store: Store, **identity: object) -> Session:
    session = Session(store, **identity)  # type: ignore[arg-type]
    session.ship(rows([3.0, 2.0]), config={"lr": 0.1}, summary={"best": 1.0}, beat_ms=now_ms())
    return session


def only(store: Store) -> RunRecord:
    (run,) = store.runs()
    return run

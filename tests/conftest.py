"""Stores for tests: a SQLite file, a database on a real PostgreSQL, or each in turn. And the browser of all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.postgres import PostgresServer
from tests.support.window import browser, server, stage, visit, window
from tracker.store import Store, open_store

__all__ = ["browser", "server", "stage", "visit", "window"]

# how long an example takes says how busy the machine is
settings.register_profile("tracker", deadline=None)
settings.load_profile("tracker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that drives a real browser be tried twice more, said so: a full machine draws late now and then."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.new_database()
    yield url
    if not postgres_server.ours:
        postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store/tracker.db"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty store on each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """A prepared store in a SQLite file; a room whose promise is every engine's asks for `any_store`."""
    yield from _opened(sqlite_url)


@pytest.fixture
def any_store(store_url: str) -> Iterator[Store]:
    """A prepared store on each engine in turn."""
    yield from _opened(store_url)


def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    store.prepare()
    yield store
    store.close()

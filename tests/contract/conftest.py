from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from tests.support.postgres import PostgresServer
from tracker.store import Store, open_store, tables


@pytest.fixture
def store(any_store: Store) -> Store:
    """What a contract promises holds on each engine in turn."""
    return any_store


def prepared(url: str) -> str:
    store = open_store(url)
    store.prepare()
    store.close()
    return url


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "tracker.db"
    prepared(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def prepared_database(postgres_server: PostgresServer) -> Iterator[str]:
    url = prepared(postgres_server.new_database())
    yield url
    if not postgres_server.ours:
        postgres_server.drop_database(url)


@pytest.fixture
def copied_sqlite_url(prepared_file: Path, tmp_path: Path) -> str:
    """A prepared and empty SQLite store, made by copying: tests that are not about making one need not wait for it."""
    shutil.copy(prepared_file, tmp_path / "tracker.db")
    return f"sqlite:///{tmp_path}/tracker.db"


@pytest.fixture
def emptied_postgres_url(prepared_database: str) -> str:
    """A prepared PostgreSQL store that earlier tests used, emptied."""
    engine = create_engine(make_url(prepared_database))
    with engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    return prepared_database

"""`check` tells what is wrong with a store, on each engine, and changes nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psycopg
import pytest

from tests.support.sessions import Session, rows
from tracker.settings import sqlite_path
from tracker.store import Store, health, open_store
from tracker.store.base import Check


@pytest.fixture
def store(any_store: Store) -> Store:
    session = Session(any_store)
    session.ship([*rows([3.0, float("nan"), 1.0]), *rows([float("inf")], "odd")])
    session.ship(status="finished")
    Session(any_store, name="alive").ship(rows([1.0, 2.0]), status="running")
    return any_store


def checks(store: Store) -> dict[str, Check]:
    store.close()
    looked_at = open_store(store.url, readonly=True) if store.url.startswith("sqlite") else store
    return {check.name: check for check in looked_at.check(full=True)}


def execute(url: str, statement: str) -> None:
    """Do to a store what no call of ours does."""
    if url.startswith("sqlite"):
        with sqlite3.connect(sqlite_path(url)) as connection:
            connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)


def test_a_sound_store_has_no_problem(store: Store, store_url: str) -> None:
    found = checks(store)
    assert [check for check in found.values() if check.state == "problem"] == []
    assert found["summaries"].fact.startswith("2 series looked at")
    assert open_store(store_url, readonly=True).check()


def test_a_summary_that_its_points_do_not_bear_out(store: Store, store_url: str) -> None:
    for change in ("count = 9", "last_step = 9", "min_value = -9", "max_value = 9"):
        column, value = change.split(" = ")
        kept = {"count": "3", "last_step": "2", "min_value": "1", "max_value": "3"}[column]
        execute(store_url, f"UPDATE series SET {change} WHERE name = 'loss' AND {column} = {kept}")
        found = checks(store)["summaries"]
        assert found.state == "problem", change
        assert "'loss' of run" in found.fact
        execute(store_url, f"UPDATE series SET {column} = {kept} WHERE name = 'loss' AND {column} = {value}")
    assert checks(store)["summaries"].state == "ok"


def test_a_store_without_its_tables_is_told_not_raised(store: Store, store_url: str) -> None:
    execute(store_url, "DROP TABLE point")
    assert checks(store)["summaries"].state == "problem"


# --------------------------------------------------------------------------------------------------------------- SQLite


def filled(url: str) -> Store:
    store = open_store(url)
    store.prepare()
    session = Session(store)
    session.ship(rows([1.0 / (i + 1) for i in range(5000)]))
    session.ship(status="finished")
    store.sync()
    store.close()
    return store


def test_a_damaged_file_is_found_and_left_alone(sqlite_url: str) -> None:
    store = filled(sqlite_url)
    path = sqlite_path(sqlite_url)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 8192)
    before = path.read_bytes()
    found = checks(store)["integrity"]
    assert found.state == "problem"
    assert ".recover" in found.remedy
    assert path.read_bytes() == before


def test_rows_that_belong_to_no_run(sqlite_url: str) -> None:
    store = filled(sqlite_url)
    execute(sqlite_url, "INSERT INTO tag VALUES (1, 'lost', 0)")
    found = checks(store)["foreign keys"]
    assert (found.state, found.fact) == ("problem", "1 rows of tag belong to no run")


def test_a_large_file_gets_the_quick_check(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(sqlite_url)
    monkeypatch.setattr(health, "WHOLE_BYTES", 10)
    sample = {check.name: check for check in store.check()}
    assert "quick_check" in sample["integrity"].fact
    assert "integrity_check" in {check.name: check for check in store.check(full=True)}["integrity"].fact


def test_a_log_that_a_reader_holds_names_who_has_the_store_open(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(sqlite_url)
    Path(f"{sqlite_path(sqlite_url)}-wal").write_bytes(b"x" * 2000)
    assert checks(store)["write-ahead log"].state == "ok"
    monkeypatch.setattr(health, "LONG_LOG_BYTES", 100)
    monkeypatch.setattr(os, "getpid", lambda: 1)  # so that this very process counts as another one
    with sqlite_path(sqlite_url).open("rb"):
        found = health._log(sqlite_path(sqlite_url))
    assert found.state == "problem"
    assert "process" in found.fact


# ----------------------------------------------------------------------------------------------------------- PostgreSQL


def test_an_index_that_is_not_valid(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.prepare()
    execute(
        postgres_url, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'run_by_project'::regclass"
    )
    found = checks(store)["indexes"]
    assert found.state == "problem"
    assert 'REINDEX INDEX "run_by_project";' in found.remedy
    execute(postgres_url, 'REINDEX INDEX "run_by_project"')
    assert checks(store)["indexes"].state == "ok"


def test_a_session_that_keeps_a_transaction_open(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(postgres_url)
    store.prepare()
    monkeypatch.setattr(health, "IDLE_S", 0)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), application_name="notebook") as connection:
        connection.execute("SELECT 1")
        found = checks(store)["open transactions"]
    assert found.state == "note"
    assert "notebook (pid " in found.fact


def test_a_clock_that_is_off(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(postgres_url)
    store.prepare()
    real = health.time.time_ns
    monkeypatch.setattr(health.time, "time_ns", lambda: real() - 90 * 10**9)
    found = checks(store)["clock"]
    assert found.state == "problem"
    assert "90 s ahead of" in found.fact


def test_an_old_server_and_one_that_does_not_sync(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(postgres_url)
    store.prepare()
    assert checks(store)["server"].state in ("ok", "note")
    monkeypatch.setattr(health, "OLDEST_POSTGRES", 10**9)
    assert "older than" in checks(store)["server"].fact

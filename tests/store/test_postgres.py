"""What is PostgreSQL's own: its connection, its clock, its errors, its settings, and a server that goes away."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, make_url

from tests.support.postgres import PostgresServer
from tests.support.sessions import Session, now_ms, rows, values
from tracker.errors import BadInput, StoreUnavailable
from tracker.model import SavedView
from tracker.store import open_store, ranges, unnesting
from tracker.store.base import Batch, Offset, Points
from tracker.store.postgres import PostgresStore

PASSWORD = "pa55/w0rd@x"


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    opened = PostgresStore(postgres_url)
    opened.prepare()
    yield opened
    opened.close()


def ask(store: PostgresStore, query: str) -> object:
    with store._open().begin() as connection:
        return connection.exec_driver_sql(query).scalar()


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each try to copy whether the server took the rows."""
    seen: list[bool] = []
    honest = unnesting._copied

    def noted(*arguments) -> bool:  # type: ignore[no-untyped-def]
        seen.append(honest(*arguments))
        return seen[-1]

    monkeypatch.setattr(unnesting, "_copied", noted)
    return seen


class TestConnection:
    def test_every_transaction_is_limited_in_time_and_nothing_is_left_on_the_connection(
        self, store: PostgresStore
    ) -> None:
        assert ask(store, "SHOW statement_timeout") == "30s"
        with store._open().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() in ("0", "30s")
        Session(store).ship(rows([1.0]))
        assert ask(store, "SELECT count(*) FROM pg_prepared_statements") == 0
        assert ask(store, "SHOW application_name") == "tracker"
        assert ask(store, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0

    def test_a_ship_is_on_the_disk_when_it_returns(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert ask(store, "SHOW synchronous_commit") == "off"
        seen: list[object] = []
        honest = store._bulk

        def points(connection, run_id, series) -> None:  # type: ignore[no-untyped-def]
            seen.append(connection.exec_driver_sql("SHOW synchronous_commit").scalar())
            honest.points(connection, run_id, series)

        monkeypatch.setattr(store, "_bulk", honest._replace(points=points))
        Session(store).ship(rows([1.0]))
        assert set(seen) == {"on"}
        assert store.durable is True

    def test_a_reader_cannot_write(self, store: PostgresStore) -> None:
        def work(connection) -> None:  # type: ignore[no-untyped-def]
            connection.exec_driver_sql("DELETE FROM run")

        with pytest.raises(StoreUnavailable, match="read-only transaction"):
            store._read(work)

    def test_close_gives_every_connection_back(self, store: PostgresStore, postgres_url: str) -> None:
        Session(store).ship(rows([1.0]))
        assert store.runs()
        store.close()
        engine = create_engine(make_url(postgres_url))
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tracker'"
        deadline = time.monotonic() + 5
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.exec_driver_sql(query).scalar() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert connection.exec_driver_sql(query).scalar() == 0
        engine.dispose()


class TestReadingPoints:
    def test_they_are_found_by_their_key_whatever_the_planner_thinks(self, store: PostgresStore) -> None:
        session = Session(store)
        session.ship(rows([1.0]))

        def planner(connection) -> list[object]:  # type: ignore[no-untyped-def]
            found = ranges.all_of(connection, {(session.run_id, 0): "loss"})
            assert list(found) == [(session.run_id, "loss")]
            names = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
            return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

        assert store._read(planner) == ["off"] * 3
        assert ask(store, "SHOW enable_seqscan") == "on"


class TestClock:
    def test_a_host_whose_clock_is_wrong_is_not_lost(self, store: PostgresStore) -> None:
        session = Session(store)
        session.ship(rows([1.0]), beat_ms=now_ms() - 3_600_000)
        (run,) = store.runs()
        assert run.status == "running"
        assert abs(run.changed_ms - now_ms()) < 60_000


class TestErrors:
    def test_a_server_that_does_not_answer(self) -> None:
        store = PostgresStore("postgresql+psycopg://me:secret@127.0.0.1:1/none")
        for use in (store.prepare, store.projects, lambda: Session(store).ship()):
            with pytest.raises(StoreUnavailable, match="does not answer") as error:
                use()
            shown = "".join(traceback.format_exception(error.value)) + store.url
            assert "secret" not in shown

    def test_a_database_that_is_not_there(self, postgres_server: PostgresServer) -> None:
        url = postgres_server.admin.set(database="nowhere", password=PASSWORD).render_as_string(False)
        with pytest.raises(StoreUnavailable, match='"nowhere" does not exist') as error:
            PostgresStore(url).prepare()
        shown = "".join(traceback.format_exception(error.value))
        assert PASSWORD not in shown
        assert "pa55" not in shown

    @pytest.mark.parametrize(
        "url", ["postgresql+psycopg://u:se cret@h:port/x", "postgresql+psycopg://u:secret@h:x/y"]
    )
    def test_a_url_that_is_none(self, url: str) -> None:
        with pytest.raises(BadInput, match="is named by no database URL") as error:
            PostgresStore(url)
        assert "cret" not in "".join(traceback.format_exception(error.value))

    def test_without_the_driver_it_says_what_to_install(self) -> None:
        program = (
            "import sys\nsys.modules['psycopg'] = None\n"
            "from tracker.errors import StoreUnavailable\n"
            "from tracker.store import open_store\n"
            "try:\n    open_store('postgresql+psycopg://u@h/d').prepare()\n"
            "except StoreUnavailable as error:\n    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.stderr == ""
        assert "pip install 'curvetracker[postgres]'" in done.stdout

    def test_a_statement_that_takes_too_long_can_be_tried_again(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tracker.store.postgres.STATEMENT_MS", 200)
        session = Session(store)
        with store._open().connect() as other:
            other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({session.run_id})")
            with pytest.raises(StoreUnavailable, match="statement timeout"):
                session.ship(rows([1.0]))
        session.ship(rows([1.0]))
        assert values(store, session.run_id) == {0: 1.0}

    def test_a_transaction_given_up_for_another_is_tried_again(self, store: PostgresStore) -> None:
        session = Session(store)
        session.ship()
        tried = 0

        def work(connection) -> str:  # type: ignore[no-untyped-def]
            nonlocal tried
            tried += 1
            if tried < 3:
                connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$")
            return "done"

        assert store._write(work) == "done"
        assert tried == 3

    def test_a_view_that_is_brought_back_during_a_purge_stays(self, store: PostgresStore) -> None:
        view = store.save_view(SavedView("", "digits", "kept"))
        store.freeze(view.id, b"picture")
        store.delete_view(view.id)
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        purge = threading.Thread(target=store.purge, args=(now_ms() + 60_000,))
        with store._open().begin() as other:
            other.exec_driver_sql("UPDATE view SET deleted_ms = NULL")
            purge.start()
            while purge.is_alive() and not ask(store, waiting):
                time.sleep(0.01)
        purge.join()
        assert store.frozen(view.id) == b"picture"


class TestServerGoesAway:
    def test_a_restart_in_the_middle_costs_no_point_and_stores_none_twice(
        self, postgres_server: PostgresServer, store: PostgresStore
    ) -> None:
        if not postgres_server.ours:
            pytest.fail("unset TRACKER_TEST_POSTGRES_URL: this test restarts the server", pytrace=False)
        session, total, troubles = Session(store), 60, 0
        restarts = threading.Thread(target=lambda: [postgres_server.restart() for _ in range(3)])
        restarts.start()
        number = 0
        deadline = time.monotonic() + 60
        while (number < total or restarts.is_alive()) and time.monotonic() < deadline:
            end = Offset(0, session.offset.byte + 1)
            point = rows([float(number)], first=number)
            try:
                kept = store.ship(
                    Batch(session.identity, session.offset, end, now_ms(), points=Points.of(point))
                )
            except StoreUnavailable:
                troubles += 1
                time.sleep(0.05)
                continue
            assert (kept.offset, kept.step_base) == (end, 0)
            session.offset, number = end, number + 1
        restarts.join()
        assert number >= total
        assert troubles > 0
        assert values(store, session.run_id) == {n: float(n) for n in range(number)}

    def test_readers_come_back_by_themselves(
        self, postgres_server: PostgresServer, store: PostgresStore
    ) -> None:
        Session(store).ship(rows([1.0]))
        assert len(store.runs()) == 1
        postgres_server.restart()
        assert len(store.runs()) == 1


class TestShape:
    def test_ships_and_reads_run_on_hash_partitions(
        self, store: PostgresStore, postgres_url: str, copied: list[bool]
    ) -> None:
        with store._open().begin() as connection:
            connection.exec_driver_sql("ALTER TABLE point RENAME TO plain")
            connection.exec_driver_sql(
                "CREATE TABLE point (LIKE plain INCLUDING DEFAULTS) PARTITION BY HASH (run_id)"
            )
            connection.exec_driver_sql("ALTER TABLE point ADD PRIMARY KEY (run_id, series_no, step)")
            for part in range(4):
                connection.exec_driver_sql(
                    f"CREATE TABLE point_{part} PARTITION OF point FOR VALUES WITH (MODULUS 4, REMAINDER {part})"
                )
        sessions = [Session(store, name=str(n)) for n in range(8)]
        for session in sessions:
            session.ship(rows([1.0, 2.0, 3.0]))
            session.ship(rows([5.0], first=1, elapsed_ms=9))
            session.ship(rows(map(float, range(3, 2_000)), first=3))
        again = open_store(postgres_url)
        for session in sessions:
            assert values(again, session.run_id) == {
                **{i: float(i) for i in range(3, 2_000)},
                0: 1.0,
                1: 5.0,
                2: 3.0,
            }
        assert copied == [True] * 8
        again.close()


class TestEncoding:
    """A server that was set up where no locale was set, or an old one, makes databases that are not in UTF-8."""

    @pytest.fixture
    def made(self, postgres_server: PostgresServer) -> Iterator[Callable[[str], str]]:
        urls: list[str] = []
        admin = create_engine(postgres_server.admin, isolation_level="AUTOCOMMIT")

        def make(encoding: str) -> str:
            name = f"encoded_{encoding.lower()}"
            with admin.connect() as connection:
                connection.exec_driver_sql(
                    f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
                )
            urls.append(postgres_server.admin.set(database=name).render_as_string(hide_password=False))
            return urls[-1]

        yield make
        admin.dispose()
        for url in urls:
            postgres_server.drop_database(url)

    def test_a_database_that_knows_no_encoding_keeps_every_name(self, made: Callable[[str], str]) -> None:
        store = PostgresStore(made("SQL_ASCII"))
        store.prepare()
        session = Session(store, project="Größe", name="проба 🚀", config={"имя": "значение"})
        session.ship(rows([1.0, 2.0], name="потеря/🚀"))
        (run,) = store.runs()
        assert (run.project, run.name, run.config) == ("Größe", "проба 🚀", {"имя": "значение"})
        assert values(store, session.run_id, "потеря/🚀") == {0: 1.0, 1: 2.0}
        store.close()

    def test_a_database_that_lacks_letters_is_refused_in_one_sentence(
        self, made: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = PostgresStore(made("LATIN1"))
        with pytest.raises(StoreUnavailable, match=r"keeps text in LATIN1.*ENCODING 'UTF8'"):
            store.prepare()
        # One that was made before this was looked at: nothing is set aside that another database would take.
        monkeypatch.setattr(store, "_check_encoding", lambda connection: None)
        store.prepare()
        Session(store, project="Größe").ship(rows([1.0]))
        with pytest.raises(StoreUnavailable, match=r"has no sign for a character.*ENCODING 'UTF8'"):
            Session(store, project="проба").ship(rows([1.0]))
        assert [run.project for run in store.runs()] == ["Größe"]
        store.close()

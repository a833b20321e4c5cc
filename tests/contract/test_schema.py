"""How a store is made, upgraded, and told from one of another version: on both engines, by racing processes too."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from tests.support.creator import race
from tests.support.sessions import Session, rows, values
from tracker.errors import SchemaTooNew, SchemaTooOld, StoreUnavailable
from tracker.model import PALETTE_SIZE
from tracker.store import Store, open_store, schema, tables
from tracker.store.base import Schema

CREATORS = 16


def run_sql(url: str, *statements: str) -> None:
    engine = create_engine(make_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def described(url: str) -> dict[str, object]:
    """Return all that a database says of its tables."""
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        seen = inspect(connection)
        found: dict[str, object] = {
            name: [
                [{**c, "type": str(c["type"])} for c in seen.get_columns(name)],
                seen.get_pk_constraint(name),
                seen.get_foreign_keys(name),
                sorted(seen.get_indexes(name), key=str),
                sorted(seen.get_unique_constraints(name), key=str),
            ]
            for name in seen.get_table_names()
        }
        if url.startswith("sqlite"):
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            found["as written"] = {name: " ".join(sql.split()) for name, sql in rows}
    engine.dispose()
    return found


class TestPrepare:
    def test_an_empty_store_is_made_once(self, store_url: str) -> None:
        store = open_store(store_url)
        if store_url.startswith("postgresql"):
            assert store.schema() == Schema(None, schema.REVISION, "empty")
        store.prepare()
        assert store.schema() == Schema(schema.REVISION, schema.REVISION, "current")
        session = Session(store)
        session.ship(rows([1.0]))
        store.prepare()
        store.upgrade()
        again = open_store(store_url)
        again.prepare()
        assert values(again, session.run_id) == {0: 1.0}
        store.close()
        again.close()

    def test_tables_are_those_of_tables_py(self, store: Store, store_url: str) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        engine = create_engine(make_url(store_url))
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.metadata) == []
            assert set(inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}
        engine.dispose()

    def test_a_store_that_was_never_prepared_says_so(self, store_url: str) -> None:
        store = open_store(store_url)
        for use in (store.projects, lambda: Session(store).ship()):
            with pytest.raises(StoreUnavailable, match=r"is empty.*tracker db upgrade"):
                use()
        store.close()

    def test_a_new_store_is_what_the_migrations_make(
        self, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = []
        for create in (schema.create, schema.migrate):
            monkeypatch.setattr(schema, "create", create)
            store = open_store(store_url)
            store.prepare()
            assert store.schema().state == "current"
            store.close()
            made.append(described(store_url))
            names = [*(t.name for t in reversed(tables.metadata.sorted_tables)), "alembic_version"]
            run_sql(store_url, *(f"DROP TABLE {name}" for name in names))
        assert made[0] == made[1]

    @pytest.mark.parametrize("way", ["create", "migrate"])
    def test_a_creation_or_migration_that_fails_leaves_nothing(
        self, store_url: str, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        store = open_store(store_url)
        honest = getattr(schema, way)

        def interrupted(connection) -> None:  # type: ignore[no-untyped-def]
            honest(connection)
            raise StoreUnavailable("the lights went out")

        monkeypatch.setattr(schema, "create", interrupted)
        with pytest.raises(StoreUnavailable, match="lights"):
            store.prepare()
        assert store.schema().state == "empty"
        monkeypatch.undo()
        store.prepare()
        assert store.schema().state == "current"
        store.close()


class TestOtherVersions:
    def test_a_newer_store_of_this_major_is_written_to(self, store: Store, store_url: str) -> None:
        run_sql(
            store_url,
            "UPDATE alembic_version SET version_num = '1_0099'",
            "ALTER TABLE run ADD COLUMN mood TEXT",
            "ALTER TABLE point ADD COLUMN weight FLOAT DEFAULT 1",
        )
        store.close()
        again = open_store(store_url)
        assert again.schema() == Schema("1_0099", schema.REVISION, "newer")
        again.prepare()
        again.upgrade()
        session = Session(again)
        session.ship(rows([1.0, 2.0]))
        assert values(again, session.run_id) == {0: 1.0, 1: 2.0}
        assert again.schema().revision == "1_0099"
        again.close()

    @pytest.mark.parametrize("revision", ["2_0001", "17_0001", "something else"])
    def test_a_store_of_a_newer_major_is_left_alone(
        self, store: Store, store_url: str, revision: str
    ) -> None:
        store.close()
        run_sql(store_url, f"UPDATE alembic_version SET version_num = '{revision}'")
        again = open_store(store_url)
        for use in (again.prepare, again.upgrade, again.projects, lambda: Session(again).ship()):
            with pytest.raises(
                SchemaTooNew, match=r"made by a newer version.*pip install -U curvetracker"
            ) as error:
                use()
            assert revision in str(error.value)
            assert "\n" not in str(error.value)
        again.close()


class TestOlderStore:
    OLDER = "0_0007"

    @pytest.fixture
    def older(self, store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
        """A store one revision behind, with a run in it, and the migration that it lacks."""
        Session(store, name="kept").ship(rows([1.0]))
        store.close()
        run_sql(store_url, f"UPDATE alembic_version SET version_num = '{self.OLDER}'", "DROP TABLE frozen")

        def migrate(connection) -> None:  # type: ignore[no-untyped-def]
            tables.frozen.create(connection)
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{schema.REVISION}'"))

        monkeypatch.setattr(schema, "migrate", migrate)
        return store_url

    def test_sqlite_upgrades_itself_after_a_backup_postgres_asks(self, older: str) -> None:
        store = open_store(older)
        assert store.schema().state == "older"
        with pytest.raises(SchemaTooOld, match="tracker db upgrade"):
            store.projects()
        if older.startswith("sqlite"):
            store.prepare()
            path = Path(make_url(older).database or "")
            backup = path.with_name(f"{path.name}.bak-{self.OLDER}")
            assert backup.stat().st_mode & 0o777 == 0o600
            assert inspect(create_engine(f"sqlite:///{backup}")).has_table("run")
            assert not inspect(create_engine(f"sqlite:///{backup}")).has_table("frozen")
            assert open_store(f"sqlite:///{backup}").schema().revision == self.OLDER
        else:
            with pytest.raises(SchemaTooOld, match=f"{self.OLDER}.*tracker db upgrade"):
                store.prepare()
            store.upgrade()
        assert store.schema().state == "current"
        assert [r.name for r in store.runs()] == ["kept"]
        store.close()


def test_sixteen_processes_make_and_write_one_store_at_once(store_url: str) -> None:
    first = 1 << 40
    assert race(store_url, first, CREATORS) == [0] * CREATORS
    store = open_store(store_url)
    assert store.schema().state == "current"
    runs = {r.name: r for r in store.runs("race")}
    assert runs.keys() == {"shared", *(f"own {n}" for n in range(CREATORS))}
    assert sorted(r.colour for r in runs.values()) == sorted(n % PALETTE_SIZE for n in range(CREATORS + 1))
    for n in range(CREATORS):
        assert values(store, runs[f"own {n}"].run_id, "m4") == dict.fromkeys(range(3), float(n))
        assert values(store, first, f"worker{n}/m4") == dict.fromkeys(range(3), float(n))
    series = store.series([first])[first]
    assert sorted(s.series_no for s in series) == list(range(CREATORS * 5))
    store.close()


def test_what_an_older_client_writes_is_read(store: Store, store_url: str) -> None:
    """It knows nothing of the columns that came with 1_0002."""
    run_sql(
        store_url,
        "INSERT INTO run (run_id, project, name, group_name, notes, status, exception, colour, created_ms, changed_ms,"
        " duration_ms, version, beat_ms, newest_ms, environment)"
        " VALUES (7, 'p', 'old', NULL, '', 'finished', NULL, 0, 1, 1, 1, 1, 1, 1, '{}')",
        "INSERT INTO annotation (run_id, annotation_no, kind, title, text, step, epoch, at_ms)"
        " VALUES (7, 0, 'alert', 'Slow', '', NULL, NULL, 5)",
    )
    (run,) = store.runs("p")
    assert (run.name, run.archived_ms, run.deleted_ms) == ("old", None, None)
    assert [(a.title, a.author) for a in store.annotations([7])[7]] == [("Slow", "")]
    assert store.edit([7], name="new", add_tags=["t"]) == 1
    assert store.find_run("p/new").tags == ("t",)

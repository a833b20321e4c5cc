"""Rules that keep the schema fit for partitions, distribution and poolers, and for clients of another age."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from tracker.store import schema, tables

PACKAGE = Path(schema.__file__).parent.parent
KEPT = PACKAGE.parent / "tests" / "data" / "schemas"
SCOPED = sorted(t.name for t in tables.RUN_SCOPED)
ALL = sorted(tables.metadata.tables)


def ddl(name: str, dialect: sa.Dialect) -> str:
    return str(CreateTable(tables.metadata.tables[name]).compile(dialect=dialect))


def test_every_table_with_a_run_id_is_known_as_run_scoped() -> None:
    assert [n for n in ALL if "run_id" in tables.metadata.tables[n].c] == SCOPED


@pytest.mark.parametrize("name", SCOPED)
def test_run_id_leads_every_key(name: str) -> None:
    table = tables.metadata.tables[name]
    keys = [c for c in table.constraints if isinstance(c, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    keys += [i for i in table.indexes if i.unique]  # type: ignore[misc]
    assert len(keys) >= 1
    assert [next(iter(k.columns)).name for k in keys] == ["run_id"] * len(keys)
    assert isinstance(table.c.run_id.type, sa.BigInteger)


@pytest.mark.parametrize("name", ALL)
def test_foreign_keys_join_run_scoped_tables_by_run_id_and_none_is_on_point(name: str) -> None:
    links = list(tables.metadata.tables[name].foreign_keys)
    assert all((link.parent.name, link.target_fullname) == ("run_id", "run.run_id") for link in links)
    if name == "point":
        assert links == []


@pytest.mark.parametrize("name", ALL)
def test_no_serial_enum_json_or_default_of_the_server(name: str) -> None:
    text = ddl(name, postgresql.dialect())  # type: ignore[no-untyped-call]
    assert not re.search(r"SERIAL|IDENTITY|JSON|ENUM|SEQUENCE|TRIGGER", text, re.IGNORECASE)
    kinds = sa.Text | sa.Double | sa.BigInteger | sa.Integer | sa.SmallInteger | sa.LargeBinary
    assert all(isinstance(c.type, kinds) for c in tables.metadata.tables[name].columns)


def test_points_are_kept_in_the_order_of_their_key() -> None:
    assert "WITHOUT ROWID" in ddl("point", sqlite.dialect())  # type: ignore[no-untyped-call]
    assert [c.name for c in tables.point.primary_key] == ["run_id", "series_no", "step"]


class TestMigrations:
    @pytest.fixture
    def script(self) -> ScriptDirectory:
        configuration = Config()
        configuration.set_main_option("script_location", str(schema.migrations_folder()))
        return ScriptDirectory.from_config(configuration)

    def test_the_newest_is_the_one_that_this_version_works_with(self, script: ScriptDirectory) -> None:
        assert script.get_heads() == [schema.REVISION]

    def test_they_stand_in_one_line_and_are_numbered(self, script: ScriptDirectory) -> None:
        found = [r.revision for r in script.walk_revisions()]
        assert found == sorted(found, reverse=True)
        assert all(re.fullmatch(r"\d+_\d{4}", r) for r in found)

    def test_within_a_major_version_they_only_add(self, script: ScriptDirectory) -> None:
        for revision in script.walk_revisions():
            text = Path(revision.path).read_text()
            assert not re.search(r"op\.(drop_|alter_column|rename_|execute)", text), revision.path


class TestImports:
    def test_a_process_that_makes_a_store_or_finds_all_in_order_loads_only_what_it_needs(
        self, sqlite_url: str
    ) -> None:
        program = (
            "import sys\nfrom tracker.store import open_store\n"
            "store = open_store(sys.argv[1]); store.prepare(); store.close()\n"
            "print(*({'alembic', 'numpy', 'sqlalchemy.orm', 'sqlalchemy.dialects.postgresql'} & {*sys.modules}))\n"
        )
        outputs = [
            subprocess.run(
                [sys.executable, "-c", program, sqlite_url], capture_output=True, text=True, check=True
            ).stdout.strip()
            for _ in range(2)
        ]
        assert outputs == ["", ""]

    def test_sql_stands_in_this_room_alone(self) -> None:
        """tracker/imports reads other tools' databases and may, too."""
        patterns = r"\b(sqlalchemy|alembic|sqlite3|psycopg)\b\s*(import|$|\.)|^\s*(from|import)\s+(sqlalchemy|alembic|sqlite3|psycopg)\b|\btext\(\s*[\"'](SELECT|INSERT|UPDATE|DELETE)|\bexec_driver_sql\b|\bPRAGMA\b|\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b"
        found = []
        for path in sorted(PACKAGE.rglob("*.py")):
            room = path.relative_to(PACKAGE).parts[0]
            if room in ("store", "imports", "_migrations"):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(patterns, line.partition("  #")[0]):
                    found.append(f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}")
        assert found == []


class TestOlderClients:
    @pytest.mark.parametrize("revision", sorted(path.stem for path in KEPT.glob("*.db")))
    def test_columns_that_came_since_may_be_left_out(self, revision: str) -> None:
        """So a client of that revision goes on writing."""
        engine = sa.create_engine(f"sqlite:///file:{KEPT / revision}.db?mode=ro&uri=true")
        old = sa.inspect(engine)
        for name in old.get_table_names():
            known = {column["name"] for column in old.get_columns(name)}
            table = tables.metadata.tables.get(name)
            came = [] if table is None else [c for c in table.columns if c.name not in known]
            assert all(c.nullable for c in came), name
        engine.dispose()

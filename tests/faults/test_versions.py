"""An older client with a newer store, a newer client with an older one: one clear sentence, never a lost point.

`tests/data/schemas/` keeps a real store of every revision that was ever released, as a SQLite file and as the
statements that make it in PostgreSQL: what a later version makes of them is tested here.
"""

from __future__ import annotations

import math
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from tests.support.process import ROOT, Home
from tracker import settings
from tracker.journal.recovery import left_over
from tracker.store import open_store, schema

KEPT = ROOT / "tests" / "data" / "schemas"
REVISIONS = sorted(path.stem for path in KEPT.glob("*.db"))
OLD_RUN = "0000000000001"

NEWER = """
from pathlib import Path
from tracker.store import schema
schema.REVISION = "1_0099"
schema.migrations_folder = lambda: Path({folder!r})
"""
"""What makes a process one of the version after this one, whose migrations are in `folder`."""


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def old_home(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """A home whose store is of the revision that this version works with."""
    return _home(schema.REVISION, engine, tmp_path, request, monkeypatch)


def _home(
    revision: str,
    engine: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    if engine == "sqlite":
        home = Home(tmp_path)
        shutil.copy(KEPT / f"{revision}.db", tmp_path / "tracker.db")
    else:
        home = Home(tmp_path, request.getfixturevalue("postgres_url"))
        _sql(home, *(KEPT / f"{revision}.sql").read_text().strip().rstrip(";").split(";\n"))
    monkeypatch.setenv("TRACKER_HOME", str(home.folder))
    monkeypatch.setenv("TRACKER_URL", home.url)
    return home


def _sql(home: Home, *statements: str) -> None:
    """Run statements as they are, behind the store's back."""
    if settings.is_sqlite(home.url):
        with sqlite3.connect(home.folder / "tracker.db") as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    admin = create_engine(make_url(home.url))
    with admin.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    admin.dispose()


@pytest.fixture
def later(tmp_path: Path) -> str:
    """Return the migrations of the version after this one: they add a column and a table."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "1_0099_moods.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f'revision, down_revision, branch_labels, depends_on = "1_0099", "{schema.REVISION}", None, None\n'
        "def upgrade() -> None:\n"
        '    op.add_column("run", sa.Column("mood", sa.Text))\n'
        '    op.create_table("later", sa.Column("later_id", sa.BigInteger, primary_key=True))\n'
    )
    return NEWER.format(folder=str(folder))


def _is_whole(home: Home, url: str | None = None) -> None:
    """The old store's runs are as they were logged."""
    store = open_store(url or home.url, readonly=True)
    runs = {r.name: r for r in store.runs("digits")}
    old, failed = runs["old-one"], runs["failed-one"]
    assert (old.status, failed.status) == ("finished", "failed")
    assert old.config == {"lr": 0.1, "layers": 3, "name": "mlp"}
    assert (old.tags, old.notes, old.group, old.summary["size"]) == (
        ("kept", "first"),
        "A note.",
        "seeds",
        12,
    )
    names = {s.name: s for s in store.series([old.run_id])[old.run_id]}
    assert names.keys() == {"train/loss", "val/loss", "val/accuracy", "score", "odd"}
    assert (names["score"].definition.goal, names["score"].definition.split) == ("max", "val")
    points = store.points([(old.run_id, "odd"), (old.run_id, "score")])
    odd = points[old.run_id, "odd"].value.tolist()
    assert math.isnan(odd[0])
    assert odd[1:] == [math.inf, -math.inf, 1.5]
    assert points[old.run_id, "score"].value.tolist()[:30] == [float(e) for e in range(30)]
    assert [a.title for a in store.annotations([old.run_id])[old.run_id]] == ["Slow"]
    store.close()


def _log_more(home: Home, before: str = "", after: str = "") -> str:
    """Continue the old run for one epoch, by a process of its own; return what it said."""
    done = home.run(
        before
        + f"""
import tracker
run = tracker.init(id={OLD_RUN!r}, resume="allow")
tracker.log(score=30.0, epoch=30)
tracker.finish()
{after}
"""
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def _more_arrived(home: Home) -> bool:
    return home.values("score", int(OLD_RUN)) == {e: float(e) for e in range(31)}


# --------------------------------------------------------------------------------------- what was kept of each revision


def test_there_is_a_store_of_this_revision() -> None:
    """A new migration comes with a store of the revision that it makes, for the migrations after it."""
    assert schema.REVISION in REVISIONS
    assert sorted(path.stem for path in KEPT.glob("*.sql")) == REVISIONS
    for revision in REVISIONS:
        assert open_store(f"sqlite:///{KEPT / revision}.db", readonly=True).schema().revision == revision


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_every_revision_is_upgraded_read_and_written(
    revision: str,
    engine: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = _home(revision, engine, tmp_path, request, monkeypatch)
    if engine == "postgres":
        home.good("from tracker.cli import main; main()", "db", "upgrade")
    said = _log_more(home)
    assert "Warning" not in said
    assert home.store().schema().state == "current"
    _is_whole(home)
    assert _more_arrived(home)
    backup = home.folder / f"tracker.db.bak-{revision}"
    assert backup.exists() == (engine == "sqlite" and revision != schema.REVISION)


# -------------------------------------------------------------------------------------------- old client, newer store


def test_an_older_client_goes_on_writing_to_a_store_that_only_grew(old_home: Home) -> None:
    _sql(
        old_home,
        "ALTER TABLE run ADD COLUMN mood TEXT",
        "ALTER TABLE point ADD COLUMN weight DOUBLE PRECISION DEFAULT 1",
        "ALTER TABLE writer ADD COLUMN version TEXT",
        "CREATE TABLE later (later_id BIGINT PRIMARY KEY)",
        "UPDATE alembic_version SET version_num = '1_0099'",
    )
    assert "Warning" not in _log_more(old_home)
    assert _more_arrived(old_home)
    _is_whole(old_home)
    assert "old-one" in old_home.good("from tracker.cli import main; main()", "runs")
    assert old_home.store().schema().revision == "1_0099"
    assert old_home.files() == []


def test_an_older_client_keeps_its_journal_for_a_store_of_another_major_version(old_home: Home) -> None:
    _sql(old_home, "UPDATE alembic_version SET version_num = '2_0001'")
    # The shipper ends by itself: to wait for such a store would not help.
    said = _log_more(old_home, after="assert run._logger.session.shipper.wait_done(60)")
    warnings = [line for line in said.splitlines() if "Warning" in line]
    assert len(warnings) == 1, said
    assert "schema 2_0001, made by a newer version" in warnings[0]
    assert "pip install -U curvetracker" in warnings[0]
    assert "Training goes on" in warnings[0]
    assert "Traceback" not in said
    assert "1 point of run" in said
    assert len(left_over(old_home.url)) == 1
    # As the newer installation finds it: nothing was written, the journal is there and is sent.
    _sql(old_home, f"UPDATE alembic_version SET version_num = '{schema.REVISION}'")
    _is_whole(old_home)
    old_home.settle()
    assert _more_arrived(old_home)


# -------------------------------------------------------------------------------------------- new client, older store


def test_a_newer_client_upgrades_a_file_after_a_backup_and_asks_for_it_on_a_server(
    old_home: Home, engine: str, later: str
) -> None:
    revision = str(old_home.store().schema().revision)
    said = _log_more(old_home, later)
    backup = old_home.folder / f"tracker.db.bak-{revision}"
    if engine == "sqlite":
        assert "Warning" not in said
        assert backup.stat().st_mode & 0o777 == 0o600
        _is_whole(old_home, f"sqlite:///{backup}")
        assert open_store(f"sqlite:///{backup}").schema().revision == revision
    else:
        warnings = [line for line in said.splitlines() if "Warning" in line]
        assert len(warnings) == 1, said
        assert f"has schema {revision}" in warnings[0]
        assert "run `tracker db upgrade` once" in warnings[0]
        assert old_home.store().schema().revision == revision
        assert len(left_over(old_home.url)) == 1
        old_home.good(later + "from tracker.cli import main; main()", "db", "upgrade")
        old_home.good(later + "from tracker.cli import main; main()", "sync")
    # And this version goes on with what the newer one made of it.
    assert old_home.store().schema().revision == "1_0099"
    _is_whole(old_home)
    assert _more_arrived(old_home)
    assert "Warning" not in _log_more(old_home)
    assert old_home.files() == []


def test_an_upgrade_that_is_killed_leaves_the_old_store(old_home: Home, later: str) -> None:
    """In the middle of the migration's transaction; the next one finds all as it was and does it again."""
    killed = old_home.run(
        later
        + f"""
import os
honest = schema.migrate
def dying(connection):
    honest(connection)
    os.kill(os.getpid(), 9)
schema.migrate = dying
from tracker.store import open_store
open_store({old_home.url!r}).upgrade()
"""
    )
    assert killed.returncode == -9
    assert old_home.store().schema().state in ("current", "older")
    old_home.good(later + f"from tracker.store import open_store\nopen_store({old_home.url!r}).upgrade()\n")
    assert old_home.store().schema().revision == "1_0099"
    _is_whole(old_home)

"""The schema of a store, from a shell."""

from __future__ import annotations

import re

from tests.support.command import error


def test_the_schema_of_a_new_store(call, tmp_path):
    store = ("--store", tmp_path / "new.db")
    assert "no store" in error(call("db", "check", *store, code=1))
    made = call("db", "upgrade", *store).stdout
    revision = re.fullmatch(r"Upgraded to revision (\w+)\.\n", made)[1]
    assert call("db", "upgrade", *store).stdout == f"At revision {revision} already.\n"
    assert call("db", "current", *store).stdout == f"{revision}\n"
    assert call("db", "check", *store).stdout == f"Current: revision {revision}.\n"


def test_the_schema_of_a_new_database(call, postgres_url):
    assert "db upgrade" in call("db", "check", code=1, TRACKER_URL=postgres_url).stdout
    assert call("db", "upgrade", TRACKER_URL=postgres_url).stdout.startswith("Upgraded to revision ")
    assert call("db", "check", TRACKER_URL=postgres_url).stdout.startswith("Current: ")

"""What the doctor finds, with what to do about it; and that it leaves everything as it is."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.journals import files, left_behind
from tests.support.sessions import Session, rows
from tracker.doctor import Report, examine, installation, places
from tracker.doctor.words import amount
from tracker.journal.frames import HEADER, segment_name
from tracker.model import new_id
from tracker.settings import store_url
from tracker.store import open_store
from tracker.store.base import Check


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("TRACKER_HOME", str(home))
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", "http://127.0.0.1:1")
    return home


@pytest.fixture
def url(home: Path) -> str:
    """A store with one finished run."""
    url = store_url(home / "tracker.db")
    store = open_store(url)
    store.prepare()
    session = Session(store)
    session.ship(rows([3.0, 2.0, 1.0]))
    session.ship(status="finished")
    store.sync()
    store.close()
    return url


@pytest.fixture
def journals(home: Path) -> Path:
    folder = home / "journals"
    folder.mkdir(mode=0o700)
    return folder


def look(url: str) -> Report:
    return Report(list(examine(url)))


def found(url: str, section: str, name: str) -> Check:
    (check,) = [
        check
        for one in look(url).sections
        if one.title == section
        for check in one.checks
        if check.name == name
    ]
    return check


# ------------------------------------------------------------------------------------------------------------ the whole


def test_nothing_to_do(url: str) -> None:
    report = look(url)
    assert [s.title for s in report.sections] == ["installation", "store", "journals", "places"]
    assert [c for s in report.sections for c in s.checks if c.state == "problem"] == []
    assert report.summary.startswith("Nothing to do: ")
    told = report.to_dict()
    assert told["problems"] == 0
    assert json.loads(json.dumps(told))["sections"]["store"][0]["state"] == "ok"


def test_looking_changes_nothing(url: str, home: Path, journals: Path) -> None:
    left_behind(journals, url)
    other = left_behind(journals, "sqlite:////elsewhere.db")
    with (journals / segment_name(other.session_id, 0)).open("ab") as out:
        out.write(b"half a frame")
    (journals / segment_name(new_id(), 0)).write_bytes(HEADER)  # empty: recovery would delete it
    (journals / "a.corrupt").write_bytes(b"rest")
    before = files(home)
    look(url)
    assert files(home) == before


def test_looking_makes_nothing(home: Path) -> None:
    assert found(store_url(home / "none.db"), "store", "store").state == "note"
    assert list(home.iterdir()) == []


# ------------------------------------------------------------------------------------------------------------ the store


def test_a_store_that_does_not_answer_hides_its_password_and_spares_the_rest(journals: Path) -> None:
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/db"
    left_behind(journals, url)
    report = look(url)
    assert "hunter2" not in json.dumps(report.to_dict())
    assert found(url, "store", "store").state == "problem"
    left = found(url, "journals", "left-over journals")
    assert "1 journal (" in left.fact
    assert "of a dead or offline process holds 6 points not known to be in the store" in left.fact


def test_a_file_that_is_no_database(home: Path) -> None:
    (home / "odd.db").write_text("no database at all, but long enough to be taken for one" * 20)
    check = found(store_url(home / "odd.db"), "store", "store")
    assert check.state == "problem"
    assert "TRACKER_URL" in check.remedy


@pytest.mark.parametrize(
    ("revision", "state", "told"),
    [
        ("0_0001", "problem", "tracker db upgrade"),
        ("1_9999", "note", "pip install"),
        ("2_0001", "problem", "pip install"),
    ],
)
def test_a_schema_of_another_version(url: str, home: Path, revision: str, state: str, told: str) -> None:
    with sqlite3.connect(home / "tracker.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    check = found(url, "store", "schema")
    assert (check.state, told in check.remedy) == (state, True)


def test_a_damaged_store(url: str, home: Path) -> None:
    path = home / "tracker.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    assert any(c.state == "problem" for s in look(url).sections if s.title == "store" for c in s.checks)


# ----------------------------------------------------------------------------------------------------------- the places


def test_a_full_disk(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((10**12, "ok"), (10**9, "note"), (10**8, "problem")):
        monkeypatch.setattr(places.shutil, "disk_usage", lambda path, free=free: _Disk(10**12, free))
        assert found(url, "places", "store's disk").state == state
        assert found(url, "places", "journal folder's disk").state == state


class _Disk:
    def __init__(self, total: int, free: int) -> None:
        self.total, self.free = total, free


def test_a_network_file_system(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "network_file_system", lambda path: "NFS")
    store = found(url, "places", "store's file system")
    assert (store.state, "PostgreSQL" in store.remedy) == ("problem", True)
    assert found(url, "places", "journal's file system").state == "note"


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o750, "note"), (0o777, "problem")])
def test_a_journal_folder_that_others_can_enter(url: str, journals: Path, mode: int, state: str) -> None:
    journals.chmod(mode)
    check = found(url, "places", "journal folder")
    assert check.state == state
    if state != "ok":
        assert check.remedy == f"chmod -R go= {journals}"


def test_a_journal_or_store_that_others_can_read(url: str, home: Path, journals: Path) -> None:
    who = left_behind(journals, url)
    (journals / segment_name(who.session_id, 0)).chmod(0o644)
    assert found(url, "places", "journal folder").state == "note"
    assert found(url, "places", "store file").state == "ok"
    (home / "tracker.db").chmod(0o664)
    assert "can change" in found(url, "places", "store file").fact


def test_places_that_cannot_be_written(url: str, journals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.os, "access", lambda path, mode: False)  # file modes stop no root
    assert found(url, "places", "journal folder").state == "problem"
    assert found(url, "places", "store file").state == "problem"


def test_a_journal_folder_that_is_a_file(url: str, home: Path) -> None:
    (home / "journals").write_text("in the way")
    assert "is no folder" in found(url, "places", "journal folder").fact


# ----------------------------------------------------------------------------------------------------- the installation


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 22, 0), "problem"),
        ((3, 40, 1), "note"),
        ((3, 44, 6), "ok"),
        ((3, 50, 6), "note"),
        ((3, 50, 7), "ok"),
        ((3, 51, 2), "note"),
        ((3, 51, 3), "ok"),
        ((3, 53, 0), "ok"),
    ],
)
def test_versions_of_sqlite_that_are_known_to_be_bad(version: tuple[int, ...], state: str) -> None:
    assert installation.sqlite_library(version).state == state


def test_settings_are_told_without_passwords_and_misspelt_ones_are_seen(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_URL", "postgresql://me:hunter2@host/db")
    monkeypatch.setenv("TRACKER_MODES", "hunter3")
    told = [
        c for s in look(url).sections if s.title == "installation" for c in s.checks if c.name == "settings"
    ]
    assert "TRACKER_URL=postgresql://me:***@host/db" in told[0].fact
    assert told[1].remedy == "do you mean TRACKER_MODE?"
    assert "hunter" not in str(told)


@pytest.mark.parametrize(
    ("value", "state"), [("online", "ok"), ("offline", "note"), ("disabled", "note"), ("offine", "problem")]
)
def test_the_mode(url: str, monkeypatch: pytest.MonkeyPatch, value: str, state: str) -> None:
    monkeypatch.setenv("TRACKER_MODE", value)
    assert found(url, "installation", "mode").state == state


def test_a_package_that_is_missing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = installation._version
    monkeypatch.setattr(installation, "_version", lambda name: None if name == "msgspec" else real(name))
    check = found(url, "installation", "packages")
    assert (check.fact, check.remedy) == ("not installed: msgspec", "pip install 'curvetracker'")


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Answer(BaseHTTPRequestHandler):
        code, body = 200, b""

        def do_GET(self) -> None:
            self.send_response(type(self).code)
            self.end_headers()
            self.wfile.write(type(self).body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_whether_a_dashboard_answers(url: str, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", f"http://127.0.0.1:{server.server_port}")
    for code, body, state, told in (
        (200, b'{"status": "ok", "store": "ok"}', "ok", "one answers"),
        (200, b'{"status": "ok", "store": "unavailable"}', "note", "its store is unavailable"),
        (200, b"<html>", "note", "another program"),
        (200, b"[]", "note", "another program"),
        (403, b"", "note", "HTTP 403"),
    ):
        handler = server.RequestHandlerClass
        handler.code, handler.body = code, body  # type: ignore[attr-defined]
        check = found(url, "installation", "dashboard")
        assert (check.state, told in check.fact) == (state, True), check
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", "http://127.0.0.1:1")
    assert found(url, "installation", "dashboard").state == "note"
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", "no address")
    assert found(url, "installation", "dashboard").state == "problem"


def test_sizes_are_said_in_units_that_fit() -> None:
    assert [amount(n) for n in (0, 999, 6215, 46_706_688, 73.5e9)] == [
        "0 bytes",
        "999 bytes",
        "6.2 kB",
        "46.7 MB",
        "73.5 GB",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("TRACKER_SIGTERM", "no"), ("TRACKER_JOURNAL_MAX_MB", "much"), ("TRACKER_RUN_ID", "zz")],
)
def test_a_setting_that_the_next_run_would_refuse(url, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    told = [check for check in installation.checks(url) if check.state == "problem"]
    assert [check.name for check in told] == ["settings"]
    assert repr(value) in told[0].fact


def test_no_advice_on_a_file_that_is_no_store(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("not a store at all")
    other.chmod(0o644)
    assert "store file" not in [check.name for check in places.checks(store_url(other))]

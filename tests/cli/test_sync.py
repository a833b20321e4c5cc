"""Journals that were left behind, sent from a shell."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

import tracker
from tests.support.journals import files, left_behind
from tracker.journal.frames import HEADER, segment_name
from tracker.journal.owner import OwnerLock
from tracker.model import id_text, new_id
from tracker.settings import store_url


@pytest.fixture
def journals(home):
    return home / "journals"


@pytest.fixture
def url(home):
    return store_url(home / "tracker.db")


def test_sync_sends_what_an_offline_run_left(call, home, filled):
    offline = (
        "import tracker; run = tracker.init('late', 'offline'); tracker.log(loss=1.0); tracker.log(loss=0.5)"
    )
    subprocess.run(
        [sys.executable, "-c", offline],
        env={**os.environ, "TRACKER_HOME": str(home), "TRACKER_MODE": "offline"},
        check=True,
        capture_output=True,
    )
    said = call("sync").stdout.splitlines()
    assert said[0].startswith("journal 1 of 1, 2 of 2 points: late/offline (")
    assert said[1:] == ["Sent 1 journal with 2 new points."]
    assert call("sync").stdout == "Nothing to send.\n"
    assert tracker.history("late/offline")["loss"].tolist() == [1.0, 0.5]


def test_a_damaged_place_is_said_and_what_follows_it_is_sent(call, journals, url, filled):
    who = left_behind(journals, url, calls=10)
    (path,) = journals.glob("*.journal")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 + 100] ^= 0xFF
    path.write_bytes(data)
    said = call("sync").stdout.splitlines()[-1]
    assert said.startswith("Sent 1 journal with 18 new points, ")
    assert said.endswith(" bytes damaged and set aside (see tracker doctor).")
    assert len(tracker.history(id_text(who.run_id))) == 9


def test_journals_of_another_store_are_listed_with_it(call, home, journals, tmp_path):
    other = store_url(tmp_path / "other.db")
    left_behind(journals, other)
    left_behind(journals, other)
    left_behind(journals, "postgresql+psycopg://me:hunter2@host/db")
    said = call("sync").stdout.splitlines()
    assert said[0] == "Nothing to send."
    assert said[1] == (
        "1 journal with 6 points for another store: postgresql+psycopg://me@host/db. "
        "Send with: tracker sync --store postgresql+psycopg://me@host/db"
    )
    assert said[2].startswith(f"2 journals with 12 points for another store: {other}. ")
    assert not (home / "tracker.db").exists(), "where nothing is to be sent, no store is made"
    assert "Sent 2 journals with 12 new points." in call("sync", "--store", tmp_path / "other.db").stdout


def test_a_journal_of_a_living_process_is_left_alone(call, journals, url):
    who = left_behind(journals, url)
    lock = OwnerLock(journals / f"{id_text(who.session_id)}.lock")
    assert lock.acquire()
    before = files(journals)
    said = call("sync").stdout.splitlines()
    assert said == [
        "Nothing to send.",
        f"Left alone: late/run ({id_text(who.run_id)}): a living process writes or sends it.",
    ]
    assert files(journals) == before
    lock.release()


def test_what_cannot_be_sent_is_named_and_the_others_are_sent(call, journals, url):
    orphan = left_behind(journals, url, name="orphan", resume="must")
    left_behind(journals, url, name="whole")
    damaged = segment_name(new_id(), 0)
    (journals / damaged).write_bytes(HEADER + b"no frame at all")
    done = call("sync", code=1)
    assert "Sent 1 journal with 6 new points." in done.stdout
    stays = sorted(done.stderr.splitlines())
    assert len(stays) == 2
    assert "tracker: stays: " in stays[0]
    assert any(
        f"late/orphan ({id_text(orphan.run_id)})" in line and "not in the store" in line for line in stays
    )
    assert any(damaged in line for line in stays)
    assert segment_name(orphan.session_id, 0) in {path.name for path in journals.iterdir()}


def test_a_name_cannot_steer_the_terminal(call, journals, url):
    left_behind(journals, url, project="[red]x", name="\x1b[2Jgone\u202e")
    said = call("sync").stdout
    assert "[red]x/\\x1b[2Jgone\\u202e (" in said
    assert "\x1b" not in said


def test_a_store_that_does_not_answer_loses_nothing(call, journals):
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/db"
    left_behind(journals, url)
    before = files(journals)
    done = call("sync", code=1, TRACKER_URL=url)
    assert "127.0.0.1" in done.stderr
    assert done.stdout == (
        "Sent 0 journals with 0 new points. The rest stays where it is: run tracker sync again.\n"
    )
    assert "hunter2" not in done.stdout + done.stderr
    assert files(journals).keys() >= before.keys()


def test_ctrl_c_keeps_what_is_unsent(call, environment, journals, url):
    for number in range(3):
        left_behind(journals, url, 25_000, name=f"n{number}")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tracker.cli", "sync"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("journal 1 of 3, ")
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 130, said + complained
    assert complained == ""
    last = said.splitlines()[-1]
    assert last.startswith("Interrupted. Sent ")
    assert last.endswith("The rest stays where it is: run tracker sync again.")
    assert "Sent " in call("sync").stdout
    assert call("sync").stdout == "Nothing to send.\n"
    for number in range(3):
        assert len(tracker.history(f"late/n{number}", store=url)) == 25_000


def test_a_terminal_gets_a_bar(environment, journals, url):
    left_behind(journals, url, 5_000)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker.cli", "sync"],
        env={**environment, "COLUMNS": "100", "TERM": "xterm"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while True:
        try:
            some = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        if not some:
            break
        said += some
    os.close(leader)
    assert process.wait(30) == 0
    assert "journal 1 of 1" in said.decode()
    assert "━" in said.decode()
    assert "10,000 of 10,000 points" in said.decode()
    assert "Sent 1 journal with 10,000 new points." in said.decode()

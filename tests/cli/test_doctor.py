"""The doctor at a terminal, in a pipe and as JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

from tests.support.journals import left_behind
from tracker.settings import store_url


def test_a_new_installation_has_nothing_to_do(call, home):
    said = call("doctor").stdout.splitlines()
    assert said[-1].startswith("Nothing to do: ")
    assert {line.split()[0] for line in said[:-1]} <= {"ok", "note"}
    assert all(": " in line for line in said)
    assert not home.exists(), "looking makes no folder"


def test_a_store_that_is_used(call, filled):
    said = call("doctor", "--full").stdout
    assert "store: integrity: the file is sound" in said
    assert "runs: 3 in projects: 2" in said


def test_what_needs_doing_is_exit_code_1(call, home):
    left_behind(home / "journals", store_url(home / "tracker.db"), name="\x1b[2J[red]")
    done = call("doctor", code=1)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("to do")]
    assert "late/\\x1b[2J[red] (" in line
    assert line.endswith("run `tracker sync`: nothing is lost until it has arrived")
    assert done.stdout.splitlines()[-1].startswith("1 thing to do: ")
    told = json.loads(call("doctor", "--json", code=1).stdout)
    assert told["problems"] == 1
    (check,) = [c for c in told["sections"]["journals"] if c["state"] == "problem"]
    assert check["name"] == "left-over journals"


def test_a_terminal_gets_wrapped_text_whose_commands_stay_whole(environment, home):
    left_behind(home / "journals", store_url(home / "tracker.db"))
    name = "a-rather-long-name-of-a-torn-tail-that-does-not-fit-a-line-of-80-columns.corrupt"
    (home / "journals" / name).write_bytes(b"torn")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker.cli", "doctor"],
        env={**environment, "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while some := _read(leader):
        said += some
    os.close(leader)
    assert process.wait(30) == 1
    text = said.decode().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert f"{home / 'journals' / name}" in text
    words = [line for line in text.splitlines() if str(home) not in line and name not in line]
    assert max(map(len, words)) <= 80
    assert "to do" in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""

"""What somebody at a terminal sees: answers, exit codes, and never a traceback."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import tracker
from tests.support.command import error

COMMANDS = (
    "demo", "serve", "runs", "show", "compare", "watch", "diagnose", "dismiss", "report", "tag", "archive", "delete", "gc",
    "copy", "backup", "export", "import", "sync", "doctor", "db",
)  # fmt: skip


def test_version(call):
    assert call("--version").stdout == f"tracker {tracker.__version__}\n"


def test_help_names_every_command_and_only_those(call):
    listed = re.findall(r"^│ (\w+) ", call("--help", COLUMNS="100").stdout, re.MULTILINE)
    assert tuple(listed) == COMMANDS
    assert re.findall(r"^│ (\w+) ", call("db", "--help").stdout, re.MULTILINE) == [
        "upgrade",
        "current",
        "check",
    ]


@pytest.mark.parametrize("module", ["tracker", "tracker.cli"])
def test_a_command_and_its_error_in_a_process_of_their_own(environment, module):
    command = [sys.executable, "-m", module]
    good = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True)
    assert (good.returncode, good.stderr) == (0, "")
    wrong = subprocess.run(
        [*command, "diagnose", "nothing.csv"], env=environment, capture_output=True, text=True
    )
    assert wrong.returncode == 2
    assert error(wrong)


def test_a_full_disk_behind_stdout_is_one_line(environment):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker.cli", "--help"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (1, "tracker: No space left on device\n")


def test_a_wrong_call_is_exit_code_2(call):
    for arguments in (["bogus"], ["serve", "--port", "x"], ["diagnose"], ["runs", "--nonsense"]):
        assert call(*arguments, code=2).stderr


def test_help_loads_nothing_heavy():
    heavy = ("sqlalchemy", "numpy", "pandas", "dash", "plotly", "fastapi")
    code = f"import sys, tracker.cli; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command",
    [
        ["runs"],
        ["serve"],
        ["sync"],
        ["doctor"],
        ["diagnose", "a/b"],
        ["db", "upgrade"],
        ["db", "current"],
        ["db", "check"],
    ],
)
def test_a_password_on_the_command_line_is_refused(call, command):
    done = call(*command, "--store", "postgresql://me:hunter2@host/db", code=2)
    assert "TRACKER_URL" in error(done)
    assert "hunter2" not in done.stderr + done.stdout


def test_a_store_that_does_not_answer_is_one_line(call):
    line = error(call("runs", code=1, TRACKER_URL="postgresql://me:hunter2@127.0.0.1:1/db"))
    assert "127.0.0.1" in line
    assert "hunter2" not in line


def test_a_store_of_an_unknown_kind_is_a_wrong_call(call):
    assert "mysql" in error(call("runs", "--store", "mysql://host/db", code=2))

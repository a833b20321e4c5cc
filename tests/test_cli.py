"""What somebody at a terminal sees: answers, exit codes, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import tracker
from tracker.cli import main
from tracker.settings import store_url
from tracker.store import open_store

COMMANDS = ("demo", "serve", "runs", "diagnose", "sync", "doctor", "db")
RISING = "epoch,loss,val_loss\n" + "\n".join(
    f"{epoch},{1 / epoch:.4f},{1 / epoch + max(0, epoch - 6) * 0.05:.4f}" for epoch in range(1, 25)
)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, "TRACKER_HOME": str(home)}


@pytest.fixture
def call(environment, tmp_path, monkeypatch, capsys):
    """Run a command to its end, in this process, and return what came of it; an exception fails the test."""

    def run(*arguments, code=0, **variables):
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("TRACKER_")]:
                patch.delenv(name)
            for name, value in {"TRACKER_HOME": environment["TRACKER_HOME"], **variables}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["tracker", *map(str, arguments)])
            patch.chdir(tmp_path)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            said, complained = capsys.readouterr()
        assert (ended.value.code or 0) == code, said + complained
        return SimpleNamespace(stdout=said, stderr=complained)

    return run


@pytest.fixture
def filled(home, monkeypatch):
    """The default store with three runs: a healthy one, one that overfits, one that failed."""
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_HOME", str(home))
    with tracker.Run("vision", "good", config={"lr": 0.1, "note": "[bold]"}, tags=["a"]) as run:
        for epoch in range(1, 41):
            run.log({"train/loss": 1 / epoch + 0.1, "val/loss": 1 / epoch + 0.2}, epoch=epoch)
    with tracker.Run("vision", "wide [red]") as run:
        for epoch in range(1, 25):
            run.log({"train/loss": 1 / epoch, "val/loss": 1 / epoch + max(0, epoch - 6) * 0.05}, epoch=epoch)
    broken = tracker.Run("text", "broken")
    broken.log(loss=float("nan"), epoch=1)
    broken.finish("failed")
    return home


def error(done):
    """The one line that an error is."""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("tracker: ")
    return line


# ---------------------------------------------------------------------------------------------------------- the whole


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


def test_a_command_and_its_error_in_a_process_of_their_own(environment):
    command = [sys.executable, "-m", "tracker.cli"]
    good = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True)
    assert (good.returncode, good.stderr) == (0, "")
    wrong = subprocess.run(
        [*command, "diagnose", "nothing.csv"], env=environment, capture_output=True, text=True
    )
    assert wrong.returncode == 2
    assert error(wrong)


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


# ------------------------------------------------------------------------------------------------- runs and diagnoses


def test_runs_lists_what_is_in_the_store(call, filled):
    lines = call("runs").stdout.splitlines()
    assert [line.split("  ")[0].strip() for line in lines] == [
        "run",
        "text/broken",
        "vision/wide [red]",
        "vision/good",
    ]
    assert "failed" in lines[1]
    assert "overfitting" in lines[2]
    assert "healthy" in lines[3]


def test_runs_of_one_project_as_json(call, filled):
    rows = json.loads(call("runs", "--project", "vision", "--json").stdout)
    assert [row["name"] for row in rows] == ["wide [red]", "good"]
    assert rows[1]["config"] == {"lr": 0.1, "note": "[bold]"}
    assert rows[1]["tags"] == ["a"]
    assert rows[0]["verdict"] == "overfitting"
    assert rows[0]["status"] == "finished"


def test_runs_of_an_unknown_project(call, filled):
    assert "'nothing'" in error(call("runs", "--project", "nothing", code=2))


def test_runs_without_a_store_says_what_to_do(call):
    assert "log a run first" in error(call("runs", code=1))


def test_a_closed_pipe_is_no_traceback(environment, filled):
    done = subprocess.run(
        f"{sys.executable} -m tracker.cli runs --json | true",
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


def test_diagnose_a_file(call, tmp_path):
    (tmp_path / "history.csv").write_text(RISING)
    # A file needs no store, not even a usable one.
    said = call("diagnose", "history.csv", TRACKER_URL="mysql://host/db").stdout.splitlines()
    assert said[0] == "overfitting"
    assert said[1].startswith("Overfitting from epoch ")
    assert any(line.startswith("Try: ") for line in said)


def test_diagnose_a_run_by_name_and_by_id(call, filled):
    found = json.loads(call("diagnose", "vision/wide [red]", "--json").stdout)
    assert found["verdict"] == "overfitting"
    assert found["advice"]
    number = next(row["id"] for row in json.loads(call("runs", "--json").stdout) if row["name"] == "good")
    assert call("diagnose", number).stdout.startswith("healthy\n")


def test_diagnose_as_a_check(call, tmp_path):
    (tmp_path / "history.csv").write_text(RISING)
    call("diagnose", "history.csv", "--fail-on", "diverged")
    said = call(
        "diagnose", "history.csv", "--fail-on", "diverged", "--fail-on", "overfitting", "--json", code=1
    )
    assert json.loads(said.stdout)["verdict"] == "overfitting"
    assert "no such verdict" in error(call("diagnose", "history.csv", "--fail-on", "sad", code=2))


def test_diagnose_what_is_not_there(call, tmp_path):
    assert "nothing.csv" in error(call("diagnose", "nothing.csv", code=2))
    (tmp_path / "odd.csv").write_text("just,text\na,b\n")
    assert "odd.csv" in error(call("diagnose", "odd.csv", code=2))


def test_diagnose_a_run_that_is_not_there(call, filled):
    assert "vision/nothing" in error(call("diagnose", "vision/nothing", code=2))


# ------------------------------------------------------------------------------------------------------ sync and schema


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
    assert call("sync").stdout == "Sent 1 journal with 2 new points.\n"
    assert call("sync").stdout == "Sent 0 journals with 0 new points.\n"
    assert tracker.history("late/offline")["loss"].tolist() == [1.0, 0.5]


def test_sync_tells_of_journals_for_another_store(call, home, filled, tmp_path):
    other = tmp_path / "other.db"
    subprocess.run(
        [sys.executable, "-c", "import tracker; tracker.init('late'); tracker.log(loss=1.0)"],
        env={**os.environ, "TRACKER_HOME": str(home), "TRACKER_MODE": "offline", "TRACKER_URL": str(other)},
        check=True,
        capture_output=True,
    )
    assert f"another store wait too: {store_url(other)}" in call("sync").stdout
    assert call("sync", "--store", other).stdout == "Sent 1 journal with 1 new point.\n"


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


# ------------------------------------------------------------------------------------------------------- demo and serve


@contextmanager
def started(environment, *arguments):
    """A command that stays up; ended by Ctrl-C if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tracker.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def interrupted(process):
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def get(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read()


def test_serve_says_where_and_ends_with_ctrl_c(environment, filled):
    with started(environment, "serve", "--port", "0", "--no-browser") as process:
        line = process.stdout.readline()
        address = re.fullmatch(
            r"Dashboard: (http://127\.0\.0\.1:\d+) \(store: sqlite:///.*tracker\.db\)\n", line
        )[1]
        assert get(f"{address}/healthz")[0] == 200
        assert get(f"{address}/p/vision/compare")[0] == 200
        interrupted(process)


def test_serve_refuses_to_be_reached_from_outside(call):
    assert "--insecure-public" in error(call("serve", "--host", "0.0.0.0", "--no-browser", code=2))


def test_the_demo_prints_its_page_before_it_trains(environment, home):
    with started(environment, "demo", "--port", "0", "--no-browser") as process:
        said = process.stdout.readline()
        page = re.fullmatch(r"Curves: (http://127\.0\.0\.1:\d+/p/demo/compare\?focus=\w{13})\n", said)[1]
        (path,) = (home / "demo").glob("*/demo.db")
        store = open_store(store_url(path))
        store.prepare()
        assert get(page)[0] == 200
        said = interrupted(process)
        assert f"tracker serve --store {path}" in said
        store.close()
    living = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(home) not in living


def test_the_demo_without_scikit_learn_names_the_extra(environment, tmp_path):
    code = "import sys; sys.modules['sklearn'] = None; sys.argv = ['tracker', 'demo']; from tracker.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert (
        done.stderr == 'tracker: the demo trains on data of scikit-learn: pip install "curvetracker[demo]"\n'
    )
    assert not (tmp_path / "home").exists()

"""The list of runs, for people and for programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

import tracker
from tests.support.command import error
from tracker.cli import console


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


def names(done):
    return [row["name"] for row in json.loads(done.stdout)]


def test_runs_are_filtered_by_verdict_and_status(call, filled):
    assert names(call("runs", "--verdict", "healthy", "--json")) == ["good"]
    assert names(call("runs", "--verdict", "healthy", "--verdict", "overfitting", "--json")) == [
        "wide [red]",
        "good",
    ]
    assert names(call("runs", "--status", "failed", "--json")) == ["broken"]
    assert call("runs", "--status", "interrupted").stdout == "No run is like that.\n"
    assert "--verdict fine: there are overfitting, " in error(call("runs", "--verdict", "fine", code=2))


def test_runs_are_sorted_and_what_lacks_the_number_comes_last(call, filled):
    assert names(call("runs", "--sort", "best_loss", "--json")) == ["wide [red]", "good", "broken"]
    assert names(call("runs", "--sort", "name", "--json")) == ["broken", "good", "wide [red]"]
    assert "--sort nonsense: there are created, " in error(call("runs", "--sort", "nonsense", code=2))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_is_told_all_of_each_run(call, filled, monkeypatch, width):
    monkeypatch.setattr(console.out, "_width", width)
    monkeypatch.setattr(console.out, "_force_terminal", True)
    monkeypatch.setattr(console.out, "no_color", True)
    said = call("runs", "--project", "vision").stdout
    for word in (
        "vision/wide [red]",
        "vision/good",
        "finished",
        "overfitting",
        "best loss 0.225",
        "started 20",
    ):
        assert word in " ".join(said.split()), word
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines())) <= width


def test_long_names_are_shortened_in_the_middle_and_the_ids_stay(call, filled, monkeypatch):
    ends = "名前は🔥" * 3, "seed-7"
    with tracker.Run("vision", f"{ends[0]}{'x' * 150}{ends[1]}") as run:
        run.log(loss=1.0)
    monkeypatch.setattr(console.out, "_width", 120)
    monkeypatch.setattr(console.out, "_force_terminal", True)
    monkeypatch.setattr(console.out, "no_color", True)
    said = call("runs").stdout
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines() if "vision/" in line]
    assert len(lines) == 3
    (long,) = [line for line in lines if "…" in line]
    assert run.id in long
    assert re.match(r"vision/名前は🔥…x+seed-7 ", long)
    assert len({cell_len(line[: line.index("finished")]) for line in lines}) == 1
    assert all(cell_len(line) <= 120 for line in lines)
    assert any("▁" in line for line in lines)


def test_a_status_that_does_not_exist_is_refused(call, filled):
    assert "running, finished" in error(call("runs", "--status", "done", code=2))


def test_a_name_that_the_encoding_lacks_ends_nothing(environment, filled, monkeypatch):
    tracker.Run("vision", "лучший").finish()

    def said(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "tracker.cli", *arguments],
            env={**environment, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    listed = said("runs")
    assert "vision/\\u043b" in listed
    assert re.search(r"wide \[red\] +\w{13}  finished +overfitting +\S+  20", listed), "no curve in escapes"
    shown = said("show", "vision/wide [red]")
    assert "set PYTHONUTF8=1" in shown
    assert "\\u" not in shown

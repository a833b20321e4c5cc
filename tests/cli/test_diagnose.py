"""What curves mean, as an answer and as a check."""

from __future__ import annotations

import json

from tests.support.command import RISING, error


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

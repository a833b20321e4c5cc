"""The benchmark of the logger runs, says who is missing, and would see a loss. How fast things are is no test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def calls(monkeypatch):
    """Make the benchmark's own modules importable, as its script does."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_every_section_measures_and_loses_nothing(tmp_path):
    sections = ["--loop", "--epochs", "--import", "--bytes", "--writers", "--kills", "1"]
    tiny = [
        "--rounds",
        "1",
        "--scale",
        "0.001",
        "--folder",
        str(tmp_path),
        "--json",
        str(tmp_path / "figures"),
    ]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "log_calls.py"), *sections, *tiny],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "figures").read_text())
    loop = {row["tight loop"]: row for row in figures["tables"]["Tight loop"]}
    assert list(loop) == [
        "JSON line, flushed",
        "JSON line, synced",
        "sqlite3 executemany",
        "sqlite3, a thread",
        "tracker, SQLite",
    ]
    tables = figures["tables"].values()
    assert {row["read back"] for table in tables for row in table if "points/s" in row} == {"all, right"}
    assert all(tables), "a section measured nothing"
    targets = {target["what"]: target for target in figures["targets"]}
    assert targets["tracker, SQLite: lost in 1 SIGKILLs"]["reached"]
    assert targets["8 writers: lost"]["reached"]
    # Reached or not, every target is printed.
    assert all(what in done.stdout for what in targets)


def test_a_contender_that_loses_is_seen_to_lose(calls, tmp_path):
    from calls import floors, kills
    from calls.bench import Bench
    from calls.own_process import Peers
    from calls.report import Report

    bench = Bench([], Peers(tmp_path), tmp_path, rounds=1, scale=1.0, report=Report())
    in_memory = kills._one(bench, floors.EXECUTEMANY, "one", "", pause_ms=1.0, within_s=0.2)
    assert in_memory["missing"] == in_memory["returned"] > 0
    written = kills._one(bench, floors.LINE, "one", "", pause_ms=1.0, within_s=0.2)
    assert written["missing"] == 0 < written["returned"]


def test_a_peer_that_cannot_be_installed_is_named_with_the_reason(calls, tmp_path):
    from calls.own_process import Peers
    from calls.peers import PEERS

    no_folder = tmp_path / "a file"
    no_folder.touch()
    peers = Peers(no_folder)
    assert not peers.install(PEERS[0])
    assert "Not a directory" in peers.missing["Trackio"]


OUTER = "MainThread;main (calls/child.py:31);loop (calls/child.py:54)"
SHIPPER = (
    "tracker-shipper;Shipper._run (tracker/journal/shipper.py:153);SqlStore.ship (tracker/store/sql.py:78)"
)


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (f"{OUTER}", "the loop that measures"),
        (
            f"{OUTER};log (tracker/client/current.py:82);Journal.append (tracker/journal/writer.py:129)",
            "log(): one write to the journal",
        ),
        (f"{OUTER};log (tracker/client/current.py:82)", "log(): coerce and encode"),
        (f"{SHIPPER};send_points (tracker/store/unnesting.py:40)", "hand the rows to the driver"),
        (
            f"{SHIPPER};send_points (tracker/store/unnesting.py:40);write (psycopg/_copy.py:208)",
            "the driver, and its wait for the server",
        ),
        (f"{SHIPPER};_find_and_load (<frozen importlib._bootstrap>:1176)", "start: imports and init"),
        ("tracker-sync;_sync_all (tracker/journal/durability.py:35)", ""),
        ("something;else (elsewhere.py:1)", "the rest"),
    ],
)
def test_a_sample_counts_for_the_stage_that_it_was_taken_in(calls, stack, stage):
    from calls.profiles import stage_of

    assert stage_of(stack) == stage


def test_a_profile_without_its_sampler_says_what_is_missing(calls, tmp_path, capsys):
    from calls.bench import Bench
    from calls.own_process import Peers
    from calls.profiles import where_it_goes
    from calls.report import Report

    no_folder = tmp_path / "a file"
    no_folder.touch()
    where_it_goes(Bench([], Peers(no_folder), tmp_path, rounds=1, scale=1.0, report=Report()))
    said = capsys.readouterr().out
    assert "The profile is missing: py-spy" in said
    assert "Not a directory" in said

"""What ships a journal is killed before each of its system calls, and replayed: the store must come out the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.process import ROOT
from tests.support.ptrace import NEEDED

COUNT = os.environ.get("TRACKER_TEST_SYSTEM_CALLS", "8")
"""How many of the system calls are taken, evenly spaced; `all` takes each."""


@pytest.mark.timeout(0 if COUNT == "all" else 180)
@pytest.mark.parametrize("who", ["recovery", "live"])
def test_a_kill_between_any_two_system_calls_changes_nothing(
    tmp_path: Path, store_url: str, who: str
) -> None:
    assert sys.platform == "linux", NEEDED
    url = store_url if store_url.startswith("postgresql") else f"sqlite:///{tmp_path}/home/tracker.db"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TRACKER_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_shipper", url, str(tmp_path), who, COUNT],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["differ"] == []
    assert found["points"] == 180
    assert found["files"] == []
    assert found["calls"] > 200
    # A last call or two are made only when a thread ends later than its process says so.
    assert found["killed"] >= (found["calls"] if COUNT == "all" else int(COUNT)) * 0.9

"""Runs of this process, in a home of their own; nothing of one test is left for the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import Home
from tracker.client import current, lifecycle, speech


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    for variable in ("TRACKER_MODE", "TRACKER_PROJECT", "TRACKER_RUN_ID", "WORLD_SIZE", "RANK", "LOCAL_RANK"):
        monkeypatch.delenv(variable, raising=False)
    home = Home(tmp_path)
    monkeypatch.setenv("TRACKER_HOME", str(home.folder))
    monkeypatch.setenv("TRACKER_URL", home.url)
    speech._last.clear()
    speech._unknown.clear()
    yield home
    current.finish()
    for run in list(lifecycle._live):
        run.end("finished", None)
    lifecycle._live.clear()

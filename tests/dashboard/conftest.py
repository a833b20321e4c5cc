"""A home of its own for every test, so that no journal of this machine's user is touched."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("TRACKER_HOME", str(folder))
    monkeypatch.delenv("TRACKER_JOURNAL_DIR", raising=False)
    return folder

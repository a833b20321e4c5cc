"""A home for each test: journals and store in a folder of its own, on SQLite or on each engine in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return _home(tmp_path, monkeypatch, None)


@pytest.fixture
def any_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_url: str) -> Home:
    """A home whose store is on each engine in turn."""
    return _home(tmp_path, monkeypatch, store_url)


def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str | None) -> Home:
    home = Home(tmp_path, url)
    monkeypatch.setenv("TRACKER_HOME", str(home.folder))
    monkeypatch.setenv("TRACKER_URL", home.url)
    return home

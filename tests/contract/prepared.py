"""Stores that were made before: import both fixtures where a test is not about making a store."""

from __future__ import annotations

import pytest


@pytest.fixture
def sqlite_url(copied_sqlite_url: str) -> str:
    return copied_sqlite_url


@pytest.fixture
def postgres_url(emptied_postgres_url: str) -> str:
    return emptied_postgres_url

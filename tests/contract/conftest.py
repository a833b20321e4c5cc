from __future__ import annotations

from collections.abc import Iterator

import pytest

from tracker.store import Store, open_store


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A prepared store, on each engine in turn."""
    opened = open_store(store_url)
    opened.prepare()
    yield opened
    opened.close()

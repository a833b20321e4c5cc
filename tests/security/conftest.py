"""The browser and the server of the browser tests, for pages that hostile texts are shown on."""

from __future__ import annotations

from tests.browser.conftest import browser, server, store, visit

__all__ = ["browser", "server", "store", "visit"]

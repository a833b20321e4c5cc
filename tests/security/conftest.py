"""The browser and the server of the browser tests, for pages that hostile texts are shown on."""

from __future__ import annotations

from tests.browser.conftest import browser, server, stage, store, visit, window

__all__ = ["browser", "server", "stage", "store", "visit", "window"]

"""A real Chromium, a real server on a free loopback port, and a page that fails the test when anything goes wrong in it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tracker.dashboard.server import create_app
from tracker.store.base import Store

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]

Open = Callable[..., Page]

expect.set_options(
    timeout=30_000
)  # milliseconds; a machine that does other things as well is slow, not wrong


def chromium() -> str:
    """Return the path of a Chromium; a machine without one fails with what to install."""
    given = os.environ.get("TRACKER_TEST_CHROMIUM")
    # the headless shell is the same Chromium without the windows around its pages, which take a third of the time
    names = [given] if given else ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    pytest.fail("no Chromium for the browser tests: install it with: apt-get install chromium", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


class Stage:
    """The one address of all tests: which application answers there changes from test to test.

    Scripts that a browser has loaded and compiled for an address are not compiled again; that is half of opening a page.
    """

    def __init__(self) -> None:
        self.app: Any = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as that of `tracker serve`
        self.origin = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    opened = Stage()
    config = uvicorn.Config(
        opened, log_level="error", lifespan="off", server_header=False, timeout_graceful_shutdown=1
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [opened.listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not running.started and time.monotonic() < until:
        time.sleep(0.01)
    assert running.started
    yield opened
    running.should_exit = True
    thread.join(10)
    opened.listener.close()


@pytest.fixture
def server(
    stage: Stage, store: Store, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Serve the store and return the address."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    stage.app = create_app(sqlite_url)
    return stage.origin


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """The window of all tests; `visit` leaves nothing in it that a reader did."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def visit(window: BrowserContext, server: str) -> Iterator[Open]:
    """Open pages; at the end no error may stand in a console and no request may have left the server."""
    troubles: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    def watch(request: Request) -> None:
        if not request.url.startswith((f"{server}/", "data:", "blob:")):
            troubles.append(f"request to {request.url}")

    def open_page(
        path: str, *, theme: str = "light", width: int = 1440, height: int = 900, ready: str = ".frame"
    ) -> Page:
        page = window.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.on("console", note)
        page.on("pageerror", lambda error: troubles.append(f"page: {error}"))
        page.on("request", watch)
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(server + path)
        page.wait_for_selector(ready, timeout=60_000)
        return page

    yield open_page
    seen = list(troubles)
    for page in window.pages:
        page.close()
    clean = window.new_page()
    clean.goto(f"{server}/healthz")
    clean.evaluate("localStorage.clear()")
    clean.close()
    window.clear_cookies()
    window.clear_permissions()
    assert not seen, "\n".join(seen)

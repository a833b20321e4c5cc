"""What the tests of the runs page look at and do, as a reader would."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tracker.model import RunRecord

PATIENCE_MS = 30_000
READY = ".runs-grid .ag-row .name-cell"

expect.set_options(timeout=PATIENCE_MS)


def names(page: Page) -> list[str]:
    """Return the names in the table, from top to bottom."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.ag-pinned-left-cols-container .ag-row')]
             .sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
             .map(r => r.querySelector('.name-line').firstChild.textContent)"""
    )
    return found


def heads(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.runs-grid .ag-header-cell[col-id]')]
             .filter(c => !c.getAttribute('col-id').startsWith('ag-Grid'))
             .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x).map(c => c.querySelector('.ag-header-cell-text').textContent)"""
    )
    return found


def head(page: Page, column: str) -> Locator:
    return page.locator(f".runs-grid .ag-header-cell[col-id={column}]")


def far_right(page: Page, column: str) -> None:
    """Scroll the table to its last columns, where this one comes into sight; those out of sight are not on the page.

    A table that has just come to the page does not follow its scroll bar yet, and the bar tells it only of changes: so it
    is moved there and back until the table follows.
    """
    scroll = "at => { document.querySelector('.ag-body-horizontal-scroll-viewport').scrollLeft = at; }"
    deadline = time.monotonic() + 30
    while not head(page, column).is_visible() and time.monotonic() < deadline:
        for at in (0, 100_000):
            page.evaluate(scroll, at)
            page.wait_for_timeout(100)
    expect(head(page, column)).to_be_visible()


def shows(page: Page, wanted: list[str]) -> None:
    """Wait until the table holds these runs in this order."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while names(page) != wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert names(page) == wanted


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def row(page: Page, name: str) -> Locator:
    return page.locator(".ag-pinned-left-cols-container .ag-row").filter(
        has=page.get_by_text(name, exact=True)
    )


def cell(page: Page, run: RunRecord, column: str) -> Locator:
    return page.locator(f".ag-row[row-id='{run.id}'] .ag-cell[col-id='{column}']")


def tick(page: Page, *which: str) -> None:
    for name in which:
        row(page, name).locator("input[type=checkbox]").click()


def choose(page: Page, menu: str, option: str) -> None:
    """Open a menu of the bar, tick what it offers, and close it."""
    page.click(f"[data-menu={menu}]")
    page.locator(".menu-panel label").filter(has_text=option).locator("input").click()
    page.keyboard.press("Escape")
    expect(page.locator(".menu-panel")).to_have_count(0)

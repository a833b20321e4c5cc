"""What the tests of the compare page look at and do, as a reader would.

Every wait asks the page anew until its patience ends: the pages' own policy forbids what Playwright would wait with.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

PLOT = ".main-chart .main-svg"
CHART = "document.querySelector('.main-chart .js-plotly-plot')"
PATIENCE_MS = 30_000

expect.set_options(timeout=PATIENCE_MS)


def until(page: Page, condition: Callable[[], Any], what: str) -> None:
    """Wait until `condition()` holds; what a reader sees follows the server within a moment."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        if condition():
            return
        page.wait_for_timeout(60)
    pytest.fail(f"did not happen: {what}")


def query(page: Page) -> dict[str, str]:
    """Return what stands in the address bar."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def in_query(page: Page, name: str, value: str | None) -> None:
    """Wait until a field of the view stands in the address with this value; None: until it is gone."""
    until(page, lambda: query(page).get(name) == value, f"{name}={value} in {page.url}")


def drawn(page: Page) -> list[str]:
    """Return the names of the runs, or of the groups, whose curves the chart shows."""
    found: list[str] = page.evaluate(
        """() => [...new Set([...document.querySelectorAll('.main-chart .scatterlayer .trace')].filter(e => getComputedStyle(e).display !== 'none')
             .map(e => e.__data__[0].trace.meta).filter(m => m && m.name && !m.marks).map(m => m.name))].sort()"""
    )
    return found


def shows(page: Page, *names: str) -> None:
    """Wait until the chart shows these runs and no other."""
    until(page, lambda: drawn(page) == sorted(names), f"the chart shows {names}")


def x_range(page: Page) -> list[float]:
    """Return the range of the x axis that is seen."""
    found: list[float] = page.evaluate(f"() => {CHART}._fullLayout.xaxis.range.map(Number)")
    return found


def points(page: Page) -> int:
    """Return how many points the chart's curves have."""
    total: int = page.evaluate(
        f"() => trackerCurves.seen({CHART}?.data ?? []).filter(t => t.meta && !t.meta.marks).reduce((n, t) => n + t.x.length, 0)"
    )
    return total


def plot(page: Page) -> dict[str, float]:
    """Return where the upper panel of the chart lies on the screen."""
    box = page.locator(".main-chart .nsewdrag").first.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def drag(page: Page) -> None:
    """Zoom in by dragging over a third of the loss chart."""
    box = plot(page)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.65, y + 12, steps=6)
    page.mouse.up()


def point(page: Page, share: float = 0.5) -> None:
    """Rest the pointer in the loss chart."""
    box = plot(page)
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


def item(page: Page, name: str) -> Locator:
    """Return the row of the list that belongs to a run."""
    return page.locator(f".run-item:has(.name:text-is('{name}'))")


def listed(page: Page, *wanted: str) -> None:
    """Wait until the list holds these rows from top to bottom: names of runs and titles of groups."""

    def rows() -> list[str]:
        found: list[str] = page.evaluate(
            """() => [...document.querySelectorAll('.list .ag-row')].sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
                 .map(r => (r.querySelector('.name') || r.querySelector('.fold .text'))?.textContent)"""
        )
        return found

    until(page, lambda: rows() == list(wanted), f"the list holds {wanted}")


def choose(page: Page, menu: str, text: str) -> None:
    """Open a menu, and take the choice with this text."""
    page.click(f"[data-menu={menu}] > summary")
    page.locator("details.menu[open] .choice:visible", has_text=text).first.click()
    expect(page.locator("details.menu[open]")).to_have_count(0, timeout=PATIENCE_MS)

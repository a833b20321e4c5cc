"""WCAG 2.0 to 2.2, levels A and AA, by axe-core: no violation on any page, in either theme, on a desk and on a phone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.places import PLACES, Place, until
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.dashboard import door, pages
from tracker.store.base import Store

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
SCREENS = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "phone": {"theme": "light", "width": 390, "height": 844},
}


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page: the rule, where, and why."""
    page.evaluate(AXE)
    # what fades in is judged once it stands there
    until(
        page,
        "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)",
    )
    found: list[dict[str, Any]] = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })"
        ".then(r => r.violations)",
        TAGS,
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}\n      {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"][:4]
    ]


@pytest.fixture
def filled(store: Store) -> dict[str, str]:
    now = int(time.time() * 1000)
    calm = finished_run(
        store, "digits", "calm", HEALTHY, config={"lr": 0.1}, created_ms=now - 9_000, tags=("base",)
    )
    wide = finished_run(
        store, "digits", "wide", OVERFIT, config={"lr": 0.3}, created_ms=now - 5_000, group="seeds",
        notes="Twice as **wide**, see [the plan](https://example.org).",
    )  # fmt: skip
    return {"project": "digits", "run": wide.id, "other": calm.id}


@pytest.mark.parametrize("screen", list(SCREENS))
def test_no_page_keeps_anybody_out(filled: dict[str, str], visit: Open, screen: str) -> None:
    told = []
    for place in PLACES:
        if screen == "phone" and not place.phone:
            continue
        page = place.open(visit, **filled, **SCREENS[screen])
        told += [f"{place.name}: {line}" for line in violations(page)]
        page.close()
    assert not told, "\n".join(told)


def test_the_first_page_of_an_empty_store_and_the_closed_door_keep_nobody_out(visit: Open) -> None:
    page = visit("/")
    page.wait_for_selector("h1")
    told = violations(page)
    page.set_content(door.PAGE)
    told += violations(page)
    assert not told, "\n".join(told)


def test_every_page_is_among_the_places() -> None:
    modules = {path.stem for path in Path(pages.__file__).parent.glob("*.py")} - {"__init__"}
    assert {place.module for place in PLACES} == modules
    assert all(isinstance(place, Place) for place in PLACES)

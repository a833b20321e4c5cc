"""Every page on a desk and on a phone, under the worst names that there are: nothing moves while it loads, nothing is
wider than its screen, names stay text, and axe-core finds no violation of WCAG 2.0 to 2.2, levels A and AA."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.browser.places import PLACES, Place, until
from tests.support.harmless import harmless
from tests.support.hostile import PROJECT, fill
from tests.support.window import Open
from tracker.dashboard import door, pages
from tracker.store.base import Store

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
SCREENS: dict[str, dict[str, int]] = {"desk": {}, "phone": {"width": 390, "height": 844}}
MOST_SHIFT = 0.02
SHIFTS = """() => new Promise(done => {
    const name = n => !n ? '' : n.nodeType === 3 ? n.data.slice(0, 40) : (n.id ? '#' + n.id : n.tagName + '.' + (n.getAttribute('class') || ''));
    const rect = r => [r.x, r.y, r.width, r.height].map(Math.round).join(' ');
    const out = { sum: 0, moved: [] };
    new PerformanceObserver(list => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) {
        out.sum += shift.value;
        for (const s of shift.sources) out.moved.push(`${shift.value.toFixed(3)} ${name(s.node)}: ${rect(s.previousRect)} -> ${rect(s.currentRect)}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(out), 300);
})"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page: the rule, where, and why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    # what fades in is judged once it stands there
    until(
        page,
        "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)",
    )
    found: list[dict[str, Any]] = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], "
        "rules: { 'target-size': { enabled: true } } }).then(r => r.violations)",
        TAGS,
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}\n      {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"][:4]
    ]


def unsteady(page: Page) -> list[str]:
    """Return what moved on a page while it loaded, and by how much it is wider or taller than its screen."""
    shifts = page.evaluate(SHIFTS)
    told = [f"shifts by {shifts['sum']:.3f}: {shifts['moved']}"] if shifts["sum"] > MOST_SHIFT else []
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wider > 0:
        told.append(f"is {wider} px wider than the screen")
    # below the bar a page scrolls by itself; only on a phone does the whole of it, but for the runs table
    taller = page.evaluate(
        "matchMedia('(max-width: 760px)').matches && !document.querySelector('.runs-page') ? 0 "
        ": document.documentElement.scrollHeight - window.innerHeight"
    )
    if taller > 0:
        told.append(f"is {taller} px taller than the screen")
    return told


def turn_dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    until(page, "document.documentElement.dataset.mantineColorScheme === 'dark'")


@pytest.mark.timeout(600)  # fifteen pages, each opened and looked through twice
@pytest.mark.parametrize("screen", list(SCREENS))
def test_every_page_stands_still_takes_no_name_for_more_and_keeps_nobody_out(
    store: Store, visit: Open, screen: str
) -> None:
    ids = {"project": quote(PROJECT, safe=""), **fill(store)}
    told = []
    for place in PLACES:
        if screen == "phone" and not place.phone:
            continue
        page = place.open(visit, ids, **SCREENS[screen])
        told += [f"{place.name} {line}" for line in ([] if place.do else unsteady(page))]
        told += [f"{place.name}: {line}" for line in harmless(page)]
        told += [f"{place.name}, light: {line}" for line in violations(page)]
        if screen == "desk":  # a phone's colours are the same
            turn_dark(page)
            told += [f"{place.name}, dark: {line}" for line in violations(page)]
        page.close()
    assert not told, "\n".join(told)


def test_the_first_page_of_an_empty_store_and_the_closed_door_keep_nobody_out(visit: Open) -> None:
    page = visit("/", ready="h1:visible")
    told = violations(page)
    turn_dark(page)
    told += violations(page)
    page.set_content(door.PAGE)
    told += violations(page)
    assert not told, "\n".join(told)


def test_every_page_is_among_the_places() -> None:
    modules = {path.stem for path in Path(pages.__file__).parent.glob("*.py")} - {"__init__"}
    assert {place.module for place in PLACES} == modules
    assert all(isinstance(place, Place) for place in PLACES)

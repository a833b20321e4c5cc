"""The compare page at work: list, groups, baseline, table, cards and menus, driven as a person would."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.model import RunRecord
from tracker.store.base import Store

PLOT = ".main-chart .main-svg"
PATIENCE_MS = 30_000

MORE = {"grad/norm": [3 * 0.95**e for e in range(60)], "lr": [0.1 if e < 30 else 0.01 for e in range(60)]}


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    """Four runs in two groups; the newest is called delta."""
    now = int(time.time() * 1000)
    made = [
        ("alpha", HEALTHY, "calm"),
        ("beta", OVERFIT, "wild"),
        ("gamma.1", OVERFIT, "wild"),
        ("delta", HEALTHY, "calm"),
    ]
    return {
        name: finished_run(
            store,
            "digits",
            name,
            {**curves, **MORE},
            group=group,
            config={"opt": {"lr": 0.1 * (at + 1)}, "arch": group, "bs": 64},
            created_ms=now - 9_000 + at * 1000,
        )
        for at, (name, curves, group) in enumerate(made)
    }  # fmt: skip


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def in_query(page: Page, name: str, value: str | None) -> None:
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
        timeout=PATIENCE_MS,
    )


def drawn(page: Page, names: list[str]) -> None:
    """Wait until the chart shows these runs and no other."""
    page.wait_for_function(
        """names => JSON.stringify([...new Set(document.querySelector('.main-chart .js-plotly-plot')._fullData
             .filter(t => t.visible === true && t.meta && t.meta.name && !t.meta.marks).map(t => t.meta.name))].sort()) === names""",
        arg=json.dumps(sorted(names), separators=(",", ":")),
        timeout=PATIENCE_MS,
    )


def names(page: Page) -> list[str]:
    """Return the rows of the list from top to bottom."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.list .ag-row')].sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
             .map(r => (r.querySelector('.name') || r.querySelector('.fold .text')).textContent)"""
    )
    return found


def listed(page: Page, wanted: list[str]) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while names(page) != wanted and time.monotonic() < end:
        page.wait_for_timeout(60)
    assert names(page) == wanted


def choose(page: Page, menu: str, text: str) -> None:
    page.click(f"summary:has({menu})")
    page.locator("details.menu[open] .choice:visible", has_text=text).first.click()
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_the_list_searches_groups_sorts_and_pins(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    listed(page, ["delta", "gamma.1", "beta", "alpha"])
    search = page.locator("#q")
    search.fill(".")
    listed(page, ["gamma.1"])
    page.click(".regex")
    listed(page, ["delta", "gamma.1", "beta", "alpha"])
    search.fill("^(a|b")
    expect(page.locator("#list-said")).to_contain_text("Not a regular expression", timeout=PATIENCE_MS)
    listed(page, ["delta", "gamma.1", "beta", "alpha"])
    search.fill("^(a|b)")
    listed(page, ["beta", "alpha"])
    search.fill("")
    listed(page, ["delta", "gamma.1", "beta", "alpha"])
    choose(page, "#sort-label", "Name")
    listed(page, ["alpha", "beta", "delta", "gamma.1"])
    row = page.locator(".run-item:has-text('gamma.1')")
    row.hover()
    row.locator("[aria-label='Pin: gamma.1']").click()
    listed(page, ["gamma.1", "alpha", "beta", "delta"])
    choose(page, "#group-label", "arch")
    listed(page, ["gamma.1", "arch: calm", "alpha", "delta", "arch: wild", "beta"])
    expect(page.locator(".annotation-text", has_text="calm")).not_to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(".says[aria-label=Groups]")).to_contain_text("overfit", timeout=PATIENCE_MS)
    page.locator(".group-item:has-text('calm') .fold").click()
    listed(page, ["gamma.1", "arch: calm", "arch: wild", "beta"])
    page.locator(".group-item:has-text('calm') .eye").click()
    expect(page.locator(".group-item:has-text('calm') .eye")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#count")).to_contain_text("2 of 4 runs shown")
    expect(page.locator("#list-said")).to_contain_text("new runs still come in")


def test_a_link_brings_back_the_list(runs: dict[str, RunRecord], visit: Open) -> None:
    query = f"pins={runs['gamma.1'].id}&group=config:arch&sort=name&folded=g:calm&off={runs['alpha'].id}"
    page = visit(f"/p/digits/compare?{query}", ready=PLOT)
    listed(page, ["gamma.1", "arch: calm", "arch: wild", "beta"])
    expect(page.locator("#count")).to_contain_text("3 of 4 runs shown")


def test_the_table_holds_every_run_against_the_baseline(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    table = page.locator("#table")
    expect(table.locator("th")).to_have_count(8, timeout=PATIENCE_MS)
    row = page.locator(".run-item:has-text('beta')")
    row.hover()
    row.locator("[aria-label='Baseline: beta']").click()
    in_query(page, "base", runs["beta"].id)
    expect(table.locator("tr.held")).to_contain_text("beta", timeout=PATIENCE_MS)
    expect(table.locator("tr:has-text('alpha') .delta").first).to_contain_text("−")
    expect(table.locator("tr:has-text('alpha') .differs")).to_have_count(2)
    expect(table).not_to_contain_text("64")
    page.click("#table-equal")
    expect(table.locator("td.equal").first).to_have_text("64")
    table.locator("th button", has_text="Run").click()
    first = table.locator("tbody tr").first
    expect(first).to_contain_text("alpha")
    table.locator("th button", has_text="Run").click()
    expect(first).to_contain_text("gamma.1")
    in_query(page, "order", "-run")
    with page.expect_download() as download:
        page.click("[data-table=csv]")
    assert download.value.suggested_filename == "digits-comparison.csv"
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Run,Best val loss,Best val loss at")
    assert [line.split(",")[0] for line in lines[1:]] == ["gamma.1", "delta", "beta", "alpha"]


def test_metric_cards_are_drawn_chosen_and_enlarged(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT, height=1500)
    card = page.locator(".metric-card", has_text="grad/norm")
    card.locator(".main-svg").first.wait_for(timeout=PATIENCE_MS)
    # a pointer in one chart is followed by the line of all
    box = page.locator(".main-chart .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(card.locator(".cross-line")).to_be_visible()
    page.mouse.move(2, 2)
    expect(card.locator(".cross-line")).to_be_hidden()
    card.locator("summary").click()
    card.locator("[data-tool=full]").click()
    in_query(page, "full", "grad_norm")
    page.wait_for_function(
        "() => document.querySelector('.metric-card.full').getBoundingClientRect().width === innerWidth"
    )
    page.keyboard.press("Escape")
    in_query(page, "full", None)
    with page.expect_download() as download:
        card.locator("summary").click()
        card.locator("[data-tool=csv]").click()
    assert download.value.suggested_filename == "digits-grad-norm.csv"
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert text.count("\n") > 200
    assert "alpha,metric" in text
    page.fill("#mq", "lr")
    expect(card).to_have_count(0)
    page.fill("#mq", "")
    expect(card).to_have_count(1)
    card.locator("summary").click()
    card.locator("[data-tool=hide]").click()
    expect(card).to_have_count(0)
    expect(page.locator("#cards-count")).to_have_text("1 of 2")


def test_a_finding_zooms_and_the_axis_can_be_any_metric(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit(f"/p/digits/compare?focus={runs['beta'].id}", ready=PLOT)
    drawn(page, ["alpha", "beta", "delta", "gamma.1"])
    page.locator(".places [data-act=zoom]").first.click()
    span = "(() => { const [a, b] = document.querySelector('.main-chart .js-plotly-plot')._fullLayout.xaxis.range; return b - a; })()"
    page.wait_for_function(f"() => {span} < 55", timeout=PATIENCE_MS)
    assert {"x0", "x1"} <= set(query(page))
    page.click("#reset")
    page.wait_for_function(f"() => {span} > 55", timeout=PATIENCE_MS)
    region = page.evaluate(
        """() => { const gd = document.querySelector('.main-chart .js-plotly-plot'), L = gd._fullLayout, box = gd.getBoundingClientRect();
             const r = gd.layout.shapes.find(s => String(s.name).startsWith('region:'));
             return [box.left + L.xaxis._offset + L.xaxis.d2p((r.x0 + r.x1) / 2), box.top + L._size.t + 60]; }"""
    )
    page.mouse.click(*region)
    page.wait_for_function(f"() => {span} < 55", timeout=PATIENCE_MS)
    page.keyboard.press("r")
    page.wait_for_function(f"() => {span} > 55", timeout=PATIENCE_MS)
    page.click("summary:has(#x-metric)")
    page.fill("#x-menu-find", "grad")
    page.locator("#x-menu .choice:visible", has_text="grad/norm").click()
    in_query(page, "x", "metric:grad/norm")
    title = "document.querySelector('.main-chart .js-plotly-plot')._fullLayout.xaxis.title.text"
    page.wait_for_function(f"() => ({title} || '').includes('grad')", timeout=PATIENCE_MS)
    page.click("#x >> text=Step")
    in_query(page, "x", "step")


def test_a_phone_opens_list_and_display_as_sheets(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT, width=390, height=844)
    page.click(".run-bar [data-sheet=list]")
    item = page.locator(".run-item:has-text('alpha')")
    expect(item).to_be_visible(timeout=PATIENCE_MS)
    item.locator(".eye").click()
    expect(page.locator("#count")).to_contain_text("3 of 4")
    page.click("#side [data-sheet=list]")
    expect(item).to_be_hidden()
    page.click(".run-bar [data-sheet=display]")
    page.click("#x >> text=Step")
    in_query(page, "x", "step")
    page.keyboard.press("Escape")
    expect(page.locator("#x")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

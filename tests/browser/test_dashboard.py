"""The dashboard in a real browser: what a reader sees, does and keeps."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.comparing import shows, until
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import Open
from tracker.model import RunRecord
from tracker.store.base import Store

ROW = ".runs-grid .name-cell a"
PLOT = ".js-plotly-plot .main-svg"


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    """Two finished runs of one project; the overfit one is the newest."""
    now = int(time.time() * 1000)
    return {
        "calm": finished_run(store, "digits", "calm", HEALTHY, config={"lr": 0.1}, created_ms=now - 9_000),
        "wide": finished_run(store, "digits", "wide", OVERFIT, config={"lr": 0.3}, created_ms=now - 5_000),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_opens_without_an_error(runs: dict[str, RunRecord], visit: Open, theme: str) -> None:
    run = runs["wide"]
    for path, ready, title in [
        ("/", ".plain", "Projects"),
        ("/p/digits", ROW, "digits"),
        ("/p/digits/compare", f".compare {PLOT}", "Compare"),
        (f"/p/digits/r/{run.id}", f".run-page {PLOT}", "wide"),
        ("/p/digits/r/0000000000000", ".notice", "Not found"),
        ("/p/nowhere", ".notice", "Not found"),
        ("/what/is/this", ".notice", "Not found"),
    ]:
        page = visit(path, theme=theme, ready=ready)
        expect(page).to_have_title(re.compile(title))
        scheme = page.evaluate("document.documentElement.getAttribute('data-mantine-color-scheme')")
        assert scheme == theme


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize(
    ("path", "ready"), [("/", ".plain"), ("/p/digits?q=a", ROW), ("/p/digits/compare", f".compare {PLOT}")]
)
def test_a_page_is_asked_for_once_and_before_dash_is_there(
    runs: dict[str, RunRecord],
    visit: Open,
    window: BrowserContext,
    path: str,
    ready: str,
    width: int,
    height: int,
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(f"{urlsplit(request.url).path} {request.post_data or ''}")

    window.on("request", note)
    visit(path, width=width, height=height, ready=ready)
    window.remove_listener("request", note)
    laid = [
        i
        for i, one in enumerate(asked)
        if one.startswith("/_dash-update") and '"..page.children...title' in one
    ]
    assert len(laid) == 1, (
        "Dash asks in other words than assets/first.js does, so that the page is made twice"
    )
    assert laid[0] < next(i for i, one in enumerate(asked) if one.startswith("/_dash-layout"))


def test_an_empty_store_shows_how_to_start(visit: Open) -> None:
    page = visit("/")
    expect(page.get_by_role("heading", name="Log a first run")).to_be_visible()


def test_what_is_not_there_leads_on(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/r/0000000000000", ready=".notice")
    expect(page.locator(".notice")).to_contain_text("0000000000000")
    page.click("text=Runs of this project")
    page.wait_for_selector(ROW)
    assert urlsplit(page.url).path == "/p/digits"


def test_a_link_goes_on_without_loading_anew_and_with_ctrl_into_a_tab_of_its_own(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits", ready=ROW)
    page.evaluate("window.stood = true")
    tab = page.locator("header a, nav a", has_text="Compare").first
    with page.context.expect_page() as opened:
        tab.click(modifiers=["Control"])
    opened.value.wait_for_url("**/p/digits/compare")
    assert urlsplit(page.url).path == "/p/digits"
    tab.click()
    page.wait_for_selector(f".compare {PLOT}")
    assert urlsplit(page.url).path == "/p/digits/compare"
    assert page.evaluate("window.stood") is True, "the page was loaded anew"


def test_ticked_runs_are_compared(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits", ready=ROW)
    page.locator(".ag-pinned-left-cols-container .ag-row", has_text="calm").locator("input").click()
    expect(page.locator("#runs-compare")).to_have_text("Compare 1 run")
    page.click("#runs-compare")
    page.wait_for_selector(PLOT)
    shows(page, "calm")


@pytest.mark.parametrize("path", ["/", "/p/digits", "/p/digits/compare", "/p/digits/r/{run}", "/p/nowhere"])
def test_a_phone_never_scrolls_sideways(runs: dict[str, RunRecord], visit: Open, path: str) -> None:
    page = visit(path.format(run=runs["wide"].id), width=390, height=844)
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_reads_the_verdict_before_the_chart(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", width=390, height=844, ready=PLOT)
    words, chart = page.locator(".says.focused").bounding_box(), page.locator(".chart").bounding_box()
    assert words is not None
    assert chart is not None
    assert words["y"] < chart["y"]
    page.click(".run-chip:has-text('calm')")
    expect(page.locator(".says.focused .title")).to_have_text("calm")


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '<a href="https://evil.example">click</a>',
    "<script>alert(2)</script>",
    "%{x} <b>bold</b> &lt;i&gt;",
    "${alert(3)} {{4}} `5`",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u2066",
]


def test_hostile_names_are_shown_as_they_are(store: Store, visit: Open) -> None:
    project = HOSTILE[1]
    records = {
        name: finished_run(
            store, project, name, OVERFIT, config={name: name, "n": n}, tags=(name,), group=name, notes=name
        )
        for n, name in enumerate(HOSTILE)
    }
    for name in HOSTILE:
        if name != project:
            finished_run(store, name, "inside", HEALTHY)
    page = visit("/", ready=".plain")
    assert sorted(page.locator(".plain td.wide a").all_text_contents()) == sorted(HOSTILE)
    page.locator(".plain td.wide a", has_text=project).click()
    page.wait_for_selector(ROW)
    assert sorted(page.locator(".name-cell a").all_text_contents()) == sorted(HOSTILE)
    page.click(".tabs >> text=Compare")
    page.wait_for_selector(PLOT)
    until(page, lambda: page.locator(".run-item").count() == len(HOSTILE), "the list")
    assert sorted(page.locator(".run-item .name").all_text_contents()) == sorted(HOSTILE)
    until(page, lambda: page.locator(".main-chart .textpoint").count() > 0, "the names beside the curves")
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, lambda: page.locator(".cross-card tbody tr").count() == len(HOSTILE), "the crosshair's card")
    assert sorted(page.locator(".cross-card tbody td:first-child").all_text_contents()) == sorted(HOSTILE)
    assert page.locator(MADE_OF_NAMES).count() == 0
    for name in HOSTILE[:2]:
        page.goto(f"{address(page)}/r/{records[name].id}")
        page.wait_for_selector(f".run-page {PLOT}")
        expect(page.locator(".run-page h1")).to_have_text(name)
        assert page.locator(MADE_OF_NAMES).count() == 0


MADE_OF_NAMES = "main img, main script, main b b, svg a, main a:not([href^='/'])"
"""What would stand in the page if a name were read as markup."""


def address(page: Page) -> str:
    """Return the address of the project that a page belongs to."""
    return "/".join(page.url.split("/")[:5]).partition("?")[0]

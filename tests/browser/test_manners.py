"""What every page does alike: keys, palette, theme, and pages that cannot be shown."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.places import COMPARE, PLOT, RUN, until
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import Open
from tracker.dashboard.keys import KEYS
from tracker.errors import StoreUnavailable
from tracker.model import Annotation, RunRecord, SavedView
from tracker.store.base import Store
from tracker.store.sqlite import SqliteStore

PATIENCE_MS = 30_000


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    now = int(time.time() * 1000)
    return {
        "calm": finished_run(store, "digits", "calm", HEALTHY, config={"lr": 0.1}, created_ms=now - 9_000),
        "wide": finished_run(store, "digits", "wide", OVERFIT, config={"lr": 0.3}, created_ms=now - 5_000),
    }


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def scheme(page: Page) -> tuple[str, str]:
    found = page.evaluate(
        "[document.documentElement.dataset.themeChoice, document.documentElement.dataset.mantineColorScheme]"
    )
    return found[0], found[1]


def test_keys_do_what_their_list_says(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=COMPARE)
    expect(page.locator(".says.focused .title")).to_have_text("wide")
    search = page.locator("#q")

    page.locator("#log").focus()
    page.keyboard.press("?")
    overlay = page.get_by_role("dialog", name="Keys")
    expect(overlay).to_be_visible()
    assert overlay.locator("dd").all_inner_texts() == [key.what for key in KEYS]
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "log", "the focus is back where it was"
    expect(page.locator(".says.focused .title")).to_have_text("wide")  # keys of the page slept meanwhile
    page.evaluate("document.activeElement.blur()")

    page.keyboard.press("ArrowDown")
    expect(page.locator(".says.focused .title")).to_have_text("calm", timeout=PATIENCE_MS)
    page.keyboard.press("p")
    page.keyboard.press("b")
    page.keyboard.press("l")
    until(page, f"location.search.includes('pins={runs['calm'].id}')")
    until(page, f"location.search.includes('base={runs['calm'].id}')")
    until(page, "location.search.includes('log=1')")
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("lb?")
    assert query(page)["log"] == ["1"], "letters that are typed are no keys"
    page.keyboard.press("Escape")
    expect(search).to_have_value("")
    expect(search).not_to_be_focused()


def test_the_palette_goes_anywhere_by_name(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=COMPARE)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to a project, run or page")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="calm")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.type("CAL")
    expect(page.get_by_role("option")).to_have_count(1, timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    page.wait_for_selector(f".run-page {PLOT}", timeout=PATIENCE_MS)
    assert urlsplit(page.url).path == f"/p/digits/r/{runs['calm'].id}"
    page.go_back()
    page.wait_for_selector(COMPARE, timeout=PATIENCE_MS)

    page.get_by_role("button", name="Go to").click()
    expect(field).to_be_focused()
    page.keyboard.type("dark")
    expect(page.get_by_role("option")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.get_by_role("option")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    until(page, "document.documentElement.dataset.mantineColorScheme === 'dark'")
    page.keyboard.press("Control+k")
    page.keyboard.type("no such thing")
    expect(page.locator(".palette-hint")).to_have_text("Nothing is called that.", timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()

    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    count = page.get_by_role("option").count()
    page.keyboard.press("ArrowUp")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert count >= 3
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    assert field.get_attribute("aria-activedescendant") == "palette-2"


def test_the_theme_is_remembered_and_follows_the_system_when_asked(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/", theme="dark")
    assert scheme(page) == ("auto", "dark")
    page.keyboard.press("Alt+m")
    assert scheme(page) == ("light", "light")
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    page.reload(wait_until="commit")
    page.wait_for_selector(".topbar")
    assert scheme(page) == ("light", "light")
    page.get_by_role("button", name="Theme: light").click()
    page.get_by_role("button", name="Theme: dark").click()
    assert scheme(page) == ("auto", "dark")
    page.emulate_media(color_scheme="light")
    until(page, "document.documentElement.dataset.mantineColorScheme === 'light'")


def test_an_address_that_leads_nowhere_offers_what_was_perhaps_meant(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digit", ready=".notice")
    page.get_by_role("link", name="digits").click()
    page.wait_for_selector(".runs-grid .ag-row", timeout=PATIENCE_MS)
    page = visit("/p/digits/r/wid", ready=".notice")
    page.get_by_role("link", name="wide").click()
    page.wait_for_selector(f".run-page {PLOT}", timeout=PATIENCE_MS)


def test_a_store_that_is_away_is_said_and_the_page_comes_by_itself(
    runs: dict[str, RunRecord], visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("cannot open /secret/place.db")

    open_before = visit("/p/digits/compare", ready=COMPARE)
    with monkeypatch.context() as gone:
        for name in ("runs", "projects", "versions", "schema", "series"):
            gone.setattr(SqliteStore, name, away)
        page = visit("/p/digits/compare?log=1", ready=".notice")
        expect(page.locator("h1")).to_have_text("The store does not answer")
        assert "secret" not in page.content()
        expect(open_before.locator("#connection")).to_contain_text("Store away", timeout=PATIENCE_MS)
        assert open_before.locator(COMPARE).first.is_visible(), "what is on a page stays"
    page.wait_for_selector(COMPARE, timeout=PATIENCE_MS)
    assert query(page)["log"] == ["1"]
    expect(open_before.locator("#connection")).to_have_text("", timeout=PATIENCE_MS)


@pytest.fixture
def read_only(runs: dict[str, RunRecord], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store as it lies in a folder of somebody else; the superuser, who runs many a test, could write there."""
    store.annotate(
        runs["wide"].run_id, Annotation("note", "note", "seen", epoch=3.0, at_ms=int(time.time() * 1000))
    )
    store.save_view(SavedView("", "digits", "kept", query=""))
    monkeypatch.setattr("tracker.store.filesystem.is_read_only", lambda path: True)


def test_a_store_that_takes_nothing_switches_off_what_would_change_it_and_says_why(
    runs: dict[str, RunRecord], read_only: None, visit: Open, store: Store
) -> None:
    before = store.runs("digits"), store.views("digits"), store.annotations([runs["wide"].run_id])
    page = visit(f"/p/digits/r/{runs['wide'].id}", ready=RUN)
    said_text = "This store is read-only here: nothing in it can be changed."
    said = page.get_by_text(said_text)
    expect(page.get_by_text("nothing that you change is kept")).to_be_visible()
    for what in ("name", "group", "tag", "note", "notes"):
        button = page.locator(f"[data-open={what}]:visible").first
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_attribute("title", said_text)
        button.click(force=True)
        expect(said).to_be_visible()
    assert page.locator("[data-form]:visible").count() == 0
    page.close()

    page = visit("/p/digits", ready=".runs-grid .ag-row")
    page.get_by_role("checkbox", name="Column with Header Selection").check()
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_have_attribute("aria-disabled", "true")
    delete.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(said_text)).to_be_visible()
    expect(page.get_by_role("button", name="Export CSV")).to_be_enabled()
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("textbox", name="Name of this view")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_attribute("title", said_text)
    page.close()

    page = visit("/p/digits/views", ready=".saved-views")
    for name in ("Edit kept", "Delete kept"):
        page.get_by_role("button", name=name).click(force=True)
    expect(page.get_by_role("link", name="kept")).to_be_visible()
    assert (store.runs("digits"), store.views("digits"), store.annotations([runs["wide"].run_id])) == before


def test_times_stand_in_the_zone_of_whoever_looks(store: Store, browser: Browser, server: str) -> None:
    at_ms = int(datetime(2025, 3, 9, 23, 30, tzinfo=UTC).timestamp() * 1000)
    run = finished_run(store, "digits", "calm", HEALTHY, created_ms=at_ms)
    store.annotate(run.run_id, Annotation("note", "note", "seen", epoch=3.0, at_ms=at_ms))
    context = browser.new_context(timezone_id="Pacific/Auckland", viewport={"width": 2400, "height": 1400})
    for path, ready in (("/p/digits", ".runs-grid .ag-row"), (f"/p/digits/r/{run.id}", RUN)):
        page = context.new_page()
        page.goto(server + path)
        page.wait_for_selector(ready, timeout=60_000)
        expect(page.get_by_text("10 Mar 2025, 12:30").first).to_be_visible(timeout=PATIENCE_MS)
        shown = page.locator("body").inner_text()
        assert "9 Mar 2025" not in shown
        assert "23:30" not in shown
        page.close()
    context.close()

"""The dashboard in a real browser: what a reader sees, does and keeps."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tracker.dashboard.state import View
from tracker.model import VERDICTS, RunRecord
from tracker.store.base import Store

PLOT = ".js-plotly-plot .main-svg"
PATIENCE_MS = 20_000


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    """Two finished runs of one project; the overfit one is the newest."""
    now = int(time.time() * 1000)
    return {
        "calm": finished_run(store, "digits", "calm", HEALTHY, config={"lr": 0.1}, created_ms=now - 9_000),
        "wide": finished_run(store, "digits", "wide", OVERFIT, config={"lr": 0.3}, created_ms=now - 5_000),
    }


def drawn(page: Page) -> list[str]:
    """Return the names of the runs whose curves the chart shows."""
    names: list[str] = page.evaluate(
        """() => [...new Set(document.querySelector('.js-plotly-plot')._fullData
                   .filter(t => t.visible === true && t.meta && !t.meta.marks).map(t => t.meta.name))].sort()"""
    )
    return names


def x_range(page: Page) -> list[float]:
    found: list[float] = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    return found


def points(page: Page) -> int:
    total: int = page.evaluate(
        "document.querySelector('.js-plotly-plot').data.filter(t => !t.meta.marks).reduce((n, t) => n + t.x.length, 0)"
    )
    return total


def until(page: Page, condition: Any, what: str) -> None:
    """Wait until `condition()` holds; page text and figures follow the server within a moment."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        if condition():
            return
        page.wait_for_timeout(60)
    pytest.fail(f"did not happen: {what}")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def drag(page: Page) -> None:
    """Zoom in by dragging over a third of the loss chart."""
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.65, y + 12, steps=6)
    page.mouse.up()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_opens_without_an_error(runs: dict[str, RunRecord], visit: Open, theme: str) -> None:
    run = runs["wide"]
    for path, ready, title in [
        ("/", ".plain", "Projects"),
        ("/p/digits", ".runs-grid .ag-row", "digits"),
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


def test_an_empty_store_shows_how_to_start(visit: Open) -> None:
    page = visit("/")
    expect(page.locator("h1")).to_have_text("Log a first run")


def test_what_is_not_there_leads_on(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/r/0000000000000", ready=".notice")
    expect(page.locator(".notice")).to_contain_text("0000000000000")
    page.click("text=Runs of this project")
    page.wait_for_selector(".runs-grid .ag-row")
    assert urlsplit(page.url).path == "/p/digits"


def test_clicking_a_run_brings_it_into_focus(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    expect(page.locator(".says.focused .title")).to_have_text("wide")
    expect(page.locator(".annotation-text", has_text="Overfitting from")).to_be_visible()
    page.click(".run-item:has-text('calm')")
    expect(page.locator(".says.focused .title")).to_have_text("calm", timeout=PATIENCE_MS)
    until(page, lambda: query(page).get("focus") == [runs["calm"].id], "the focus stands in the URL")
    expect(page.locator(".annotation-text", has_text="Overfitting from")).to_have_count(
        0, timeout=PATIENCE_MS
    )


def test_the_eye_hides_and_shows(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    until(page, lambda: drawn(page) == ["calm", "wide"], "both are drawn")
    eye = page.locator(".run-item:has-text('calm') .eye")
    assert eye.get_attribute("aria-pressed") == "true"
    eye.click()
    until(page, lambda: drawn(page) == ["wide"], "calm is hidden")
    expect(eye).to_have_attribute("aria-pressed", "false")
    until(page, lambda: query(page).get("off") == [runs["calm"].id], "the URL names what is hidden")
    eye.click()
    until(page, lambda: drawn(page) == ["calm", "wide"], "calm is back")


def test_curves_grow_and_the_zoom_survives(store: Store, visit: Open) -> None:
    session = Session(store, project="live", name="growing")
    log(session, {k: v[:20] for k, v in OVERFIT.items()})
    page = visit("/p/live/compare", ready=PLOT)
    expect(page.locator("#live")).to_have_text("1 run live", timeout=PATIENCE_MS)
    until(page, lambda: points(page) == 80, "the first 20 epochs of 4 series")
    drag(page)
    until(page, lambda: "x0" in query(page), "the zoom stands in the URL")
    zoomed = x_range(page)
    assert zoomed[1] - zoomed[0] < 12
    before = points(page)
    log(session, {k: v[20:50] for k, v in OVERFIT.items()}, start=20)
    expect(page.locator(".says.focused")).to_contain_text("Over", timeout=PATIENCE_MS)
    assert x_range(page) == pytest.approx(zoomed, abs=0.01)
    other = Session(store, project="live", name="newcomer")
    log(other, HEALTHY)
    expect(page.locator(".run-item", has_text="newcomer")).to_be_visible(timeout=PATIENCE_MS)
    until(page, lambda: "newcomer" in drawn(page), "a new run draws itself")
    assert x_range(page) == pytest.approx(zoomed, abs=0.01)
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 90, box["y"] + 90)
    until(page, lambda: x_range(page)[1] > 45, "a double click shows everything, the new epochs too")
    assert points(page) > before
    for one in (session, other):
        one.ship(status="finished")
    expect(page.locator("#live")).to_have_text("", timeout=PATIENCE_MS)


def test_a_reload_and_the_back_button_restore_the_view(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.click(".run-item:has-text('calm')")
    page.keyboard.press("l")
    page.click("#x >> text=Step")
    until(page, lambda: {"focus", "log", "x"} <= set(query(page)), "the view stands in the URL")
    drag(page)
    until(page, lambda: "x1" in query(page), "the zoom stands in the URL")
    address, seen = page.url, x_range(page)
    page.reload()
    page.wait_for_selector(PLOT)
    until(page, lambda: x_range(page) == pytest.approx(seen, abs=0.01), "the range after a reload")
    assert page.url == address
    assert page.locator("#log").is_checked()
    expect(page.locator(".says.focused .title")).to_have_text("calm")
    page.click(".says.focused .title")
    page.wait_for_selector(f".run-page {PLOT}")
    page.go_back()
    page.wait_for_selector(f".compare {PLOT}")
    until(page, lambda: x_range(page) == pytest.approx(seen, abs=0.01), "the range after going back")
    assert page.url == address


def test_the_browser_writes_the_query_that_the_server_would(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    one, two = runs["calm"].id, runs["wide"].id
    changes: list[dict[str, Any]] = [
        {},
        {"runs": "all", "focus": one, "x": "relative", "log": True, "clip": False, "ann": False},
        {"runs": [two, one], "sm": 0.07, "verdicts": ["healthy", "overfitting"]},
        {"runs": [], "sm": 0.99, "x0": -0.5, "x1": 12},
        {"x0": 0.00001, "x1": 0.0001},
        {"x0": -2.5e-7, "x1": 1e16},
        {"x0": 1.0, "x1": 123456789012345680000.0},
        {"x": "time", "x0": 1790000000123.25, "x1": 1790000001000},
        {"x0": 5, "x1": 5},
        {"q": "a b+c&d=é,/?#%!'()*~-_.\U0001f600\u202e"},
        {"q": "\U0001f600" * 300},
    ]
    for change in changes:
        view = {**View().to_dict(), **change}
        written = page.evaluate("view => window.trackerView.toQuery(view)", view)
        assert written == View.from_dict(view).to_query(), change
    for verdict in VERDICTS:
        assert page.evaluate("v => window.trackerView.VERDICTS.includes(v)", verdict)


def test_the_url_does_not_wait_for_the_server(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    page.route("**/_dash-update-component", lambda route: None)  # a server that never answers
    page.click(".run-item:has-text('calm')")
    page.fill("#q", "ca")
    until(
        page, lambda: query(page) == {"focus": [runs["calm"].id], "q": ["ca"]}, "the view stands in the URL"
    )
    page.unroute_all(behavior="ignoreErrors")


def test_a_view_never_lands_in_the_url_of_another_page(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    page.evaluate(
        """() => {
            document.querySelectorAll('.run-item')[1].click();
            [...document.querySelectorAll('.tabs a')].find(a => a.textContent === 'Runs').click();
        }"""
    )
    # the old page is still there until the server has answered
    page.evaluate("window.trackerAct({do: 'all'})")
    page.wait_for_selector(".runs-grid .ag-row")
    page.wait_for_timeout(500)
    assert urlsplit(page.url)[2:4] == ("/p/digits", "")


@pytest.mark.parametrize("path", ["/", "/p/live/compare"])
def test_a_lost_server_is_said_and_taken_back(store: Store, browser: Browser, server: str, path: str) -> None:
    session = Session(store, project="live", name="growing")
    log(session, {k: v[:20] for k, v in OVERFIT.items()})
    # not from `visit`: a lost connection is an error in the console, and here it is wanted
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(server + path)
    said, live = page.locator("#connection"), page.locator("#live")
    expect(page.locator(".frame")).to_be_visible(timeout=PATIENCE_MS)
    expect(said).to_have_text("")
    assert said.get_attribute("aria-live") == "polite"
    context.set_offline(True)
    expect(said).to_have_text("Connection lost, retrying", timeout=PATIENCE_MS)
    expect(live).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.set_offline(False)
    expect(said).to_have_text("", timeout=PATIENCE_MS)
    if path != "/":
        expect(live).to_be_visible()
    context.close()


def test_a_store_that_is_away_is_said(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.route("**/healthz", lambda route: route.fulfill(json={"status": "ok", "store": "unavailable"}))
    expect(page.locator("#connection")).to_have_text("Store away, retrying", timeout=PATIENCE_MS)
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator("#connection")).to_have_text("", timeout=PATIENCE_MS)


def test_the_keyboard_stays_where_it_is_while_runs_grow(store: Store, visit: Open) -> None:
    finished_run(store, "live", "wide", OVERFIT)
    finished_run(store, "live", "calm", HEALTHY)
    session = Session(store, project="live", name="growing")
    log(session, {k: v[:3] for k, v in OVERFIT.items()})
    page = visit("/p/live/compare", ready=PLOT)
    pill = page.locator("#pills [data-id=overconfident]")
    expect(pill).to_contain_text("1", timeout=PATIENCE_MS)
    pill.focus()
    page.evaluate("window.stood = document.activeElement")
    focused = "document.activeElement.getAttribute('data-id')"
    until(page, lambda: points(page) == 372, "the growing run's first epochs")
    log(session, {k: v[3:5] for k, v in OVERFIT.items()}, start=3)
    until(page, lambda: points(page) == 380, "two more epochs are drawn")
    assert page.evaluate(focused) == "overconfident"
    assert page.evaluate("window.stood.isConnected"), "nothing changed in the pills, so nothing is replaced"
    log(session, {k: v[5:60] for k, v in OVERFIT.items()}, start=5)
    expect(pill).to_contain_text("2", timeout=PATIENCE_MS)
    page.wait_for_timeout(300)
    assert page.evaluate(focused) == "overconfident"
    pill.press("Enter")
    expect(pill).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(300)
    assert page.evaluate(focused) == "overconfident"


SLOW_PICTURES = """() => {
    const ask = window.fetch;
    window.asked = {now: 0, most: 0};
    window.fetch = async (...given) => {
        const answer = await (String(given[1]?.body).includes('picture.data') ? slowly(given) : ask(...given));
        return answer;
    };
    async function slowly(given) {
        window.asked.now += 1;
        window.asked.most = Math.max(window.asked.most, window.asked.now);
        const answer = await ask(...given);
        await new Promise(done => setTimeout(done, 1700));
        window.asked.now -= 1;
        return answer;
    }
}"""
"""Make every answer that brings a picture take longer than the time between two ticks."""


def test_a_slow_chart_keeps_up_with_runs_that_grow(store: Store, visit: Open) -> None:
    session = Session(store, project="live", name="growing")
    log(session, {k: v[:10] for k, v in OVERFIT.items()})
    page = visit("/p/live/compare", ready=PLOT)
    until(page, lambda: points(page) == 40, "the first epochs")
    page.evaluate(SLOW_PICTURES)
    for epoch in range(10, 40):
        log(session, {k: v[epoch : epoch + 1] for k, v in OVERFIT.items()}, start=epoch)
        page.wait_for_timeout(300)
    assert points(page) > 80, "the chart grew while the run did"
    assert page.evaluate("window.asked.most") == 1, "no question overtakes the one before"
    until(page, lambda: points(page) == 160, "all is drawn in the end")


def test_a_click_switches_all_parts_together(store: Store, visit: Open) -> None:
    finished_run(store, "live", "calm", HEALTHY)
    session = Session(store, project="live", name="growing")
    log(session, {k: v[:10] for k, v in OVERFIT.items()})
    page = visit("/p/live/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    page.evaluate(SLOW_PICTURES)
    parts = """() => [
        document.querySelector('.says.focused .title').textContent,
        document.querySelector('#table tr.focused').textContent.includes('calm') ? 'calm' : 'growing',
    ]"""
    # one answer reaches panel and table within a frame or two; an answer of its own for each would be 1.7 s late
    together = f"""() => {{ const [panel, table] = ({parts})(); return panel === table; }}"""
    page.click(".run-item:has-text('calm')")
    seen = []
    for epoch in range(10, 22):
        log(session, {k: v[epoch : epoch + 1] for k, v in OVERFIT.items()}, start=epoch)
        page.wait_for_timeout(300)
        page.wait_for_function(together, timeout=1500)
        seen.append(page.evaluate(parts)[0])
    assert seen[0] == "growing"
    assert seen[-1] == "calm"


def test_keys_work_and_typing_is_left_alone(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".says.focused .title")).to_have_text("calm", timeout=PATIENCE_MS)
    page.keyboard.press("Space")
    until(page, lambda: drawn(page) == ["wide"], "Space hides the focused run")
    page.keyboard.press("a")
    until(page, lambda: query(page).get("ann") == ["0"], "A switches the annotations off")
    page.keyboard.press("/")
    page.keyboard.type("cal")
    expect(page.locator(".run-item")).to_have_count(1, timeout=PATIENCE_MS)
    assert query(page).get("ann") == ["0"], "an a typed into the search is a letter"
    page.keyboard.press("Escape")
    expect(page.locator(".run-item")).to_have_count(2, timeout=PATIENCE_MS)


def test_switching_the_theme_recolours_the_chart_and_is_remembered(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    ground = "document.querySelector('.js-plotly-plot')._fullLayout.paper_bgcolor"
    light = page.evaluate(ground)
    page.click("[data-act=theme]")
    until(page, lambda: page.evaluate(ground) != light, "the chart is drawn dark")
    page.reload()
    page.wait_for_selector(PLOT)
    assert page.evaluate("document.documentElement.getAttribute('data-mantine-color-scheme')") == "dark"
    until(page, lambda: page.evaluate(ground) not in (light, "rgba(0,0,0,0)"), "still dark")


def test_the_crosshair_reads_out_every_run(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    until(page, lambda: drawn(page) == ["calm", "wide"], "both are drawn")
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".cross-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Epoch")
    assert sorted(card.locator("tbody td:first-child").all_inner_texts()) == ["calm", "wide"]
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_ticked_runs_are_compared(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits", ready=".runs-grid .ag-row")
    page.locator(".ag-pinned-left-cols-container .ag-row", has_text="calm").locator("input").click()
    expect(page.locator("#runs-compare")).to_have_text("Compare 1 run")
    page.click("#runs-compare")
    page.wait_for_selector(PLOT)
    until(page, lambda: drawn(page) == ["calm"], "only what was ticked")


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
    expect(page.locator(".says.focused .title")).to_have_text("calm", timeout=PATIENCE_MS)


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
    assert sorted(page.locator(".plain td a").all_text_contents()) == sorted(HOSTILE)
    page.locator(".plain td a", has_text=project).click()
    page.wait_for_selector(".runs-grid .ag-row")
    assert sorted(page.locator(".name-cell a").all_text_contents()) == sorted(HOSTILE)
    page.click(".tabs >> text=Compare")
    page.wait_for_selector(PLOT)
    until(page, lambda: page.locator(".run-item").count() == len(HOSTILE), "the list")
    assert sorted(page.locator(".run-item .name").all_text_contents()) == sorted(HOSTILE)
    until(page, lambda: page.locator(".annotation-text").count() > 0, "the names beside the curves")
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

"""What a reader does to a comparison: focus, eye, keys, zoom; the address keeps all of it, and nothing else."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.comparing import (
    CHART,
    PATIENCE_MS,
    PLOT,
    drag,
    in_query,
    item,
    point,
    query,
    shows,
    until,
    x_range,
)
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import Open
from tracker.model import RunRecord
from tracker.store.base import Store


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    """Two finished runs of one project; the overfit one is the newest."""
    now = int(time.time() * 1000)
    return {
        "calm": finished_run(store, "digits", "calm", HEALTHY, config={"lr": 0.1}, created_ms=now - 9_000),
        "wide": finished_run(store, "digits", "wide", OVERFIT, config={"lr": 0.3}, created_ms=now - 5_000),
    }


def test_hands_on_list_and_chart(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    title = page.locator(".says.focused .title")
    expect(title).to_have_text("wide")
    onset = page.locator(".annotation-text", has_text="Overfitting from")
    expect(onset).to_be_visible()
    shows(page, "calm", "wide")
    # the crosshair reads out every run
    point(page)
    card = page.locator(".cross-card").first
    expect(card).to_be_visible()
    expect(card.locator(".title")).to_contain_text("Epoch")
    assert card.locator("th").all_inner_texts() == ["", "train", "val"]
    assert sorted(card.locator("tbody td:first-child").all_inner_texts()) == ["calm", "wide"]
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    # a click brings a run into focus
    item(page, "calm").click()
    expect(title).to_have_text("calm")
    in_query(page, "focus", runs["calm"].id)
    expect(onset).to_have_count(0)
    # the eye hides and shows
    eye = item(page, "calm").locator(".eye")
    expect(eye).to_have_attribute("aria-pressed", "true")
    eye.click()
    shows(page, "wide")
    expect(eye).to_have_attribute("aria-pressed", "false")
    in_query(page, "off", runs["calm"].id)
    eye.click()
    shows(page, "calm", "wide")
    in_query(page, "off", None)


@pytest.mark.parametrize(("count", "before_its_curves"), [(12, False), (30, True)])
def test_a_list_of_many_runs_answers_before_its_curves(
    store: Store, visit: Open, count: int, before_its_curves: bool
) -> None:
    now = int(time.time() * 1000)
    for number in range(count):
        finished_run(store, "digits", f"run-{number:02}", HEALTHY, created_ms=now - 9_000 + number)
    page = visit("/p/digits/compare?runs=all", ready=PLOT)
    every = [f"run-{number:02}" for number in range(count)]
    for hides in (True, False):
        shows(page, *every) if hides else shows(page, *every[:-1])
        eye = item(page, every[-1]).locator(".eye")
        expect(eye).to_have_attribute("aria-pressed", str(hides).lower())
        in_list, in_chart = eye.evaluate(FRAMES)
        assert (in_list < in_chart) if before_its_curves else (in_chart == 0), (in_list, in_chart)
    shows(page, *every)


FRAMES = """eye => new Promise(resolve => {
  const curves = () => [...document.querySelectorAll('.main-chart .scatterlayer .trace')].filter(e => e.style.display !== 'none').length;
  const row = '[row-id="' + eye.closest('[row-id]').getAttribute('row-id') + '"] .eye';
  const pressed = () => document.querySelector(row)?.getAttribute("aria-pressed");
  const before = [pressed(), curves()], since = [null, null];
  let frame = 0;
  const look = () => {
    [pressed(), curves()].forEach((now, i) => { if (since[i] === null && now !== before[i]) since[i] = frame; });
    if (since.includes(null)) requestAnimationFrame(() => { frame += 1; setTimeout(look); }); else resolve(since);
  };
  eye.click();
  look();
})"""
"""The frames after a click on an eye in which the list and the chart show it; 0 is the click itself."""


def test_keys_work_and_typing_is_left_alone(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    calm, title = runs["calm"].id, page.locator(".says.focused .title")
    page.keyboard.press("ArrowDown")
    expect(title).to_have_text("calm")
    page.keyboard.press("p")
    in_query(page, "pins", calm)
    expect(item(page, "calm").locator("[aria-label='Pin: calm']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("b")
    in_query(page, "base", calm)
    expect(page.locator("#table tr.held")).to_contain_text("calm")
    page.keyboard.press("b")
    in_query(page, "base", None)
    page.keyboard.press("p")
    in_query(page, "pins", None)
    page.keyboard.press("s")
    expect(page.locator("[data-copy=link]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-copy=link]")).to_be_hidden()
    page.keyboard.press("l")
    in_query(page, "log", "1")
    page.keyboard.press("a")
    in_query(page, "ann", "0")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    shows(page, "wide")
    page.keyboard.press("/")
    page.keyboard.type("cal")
    expect(page.locator(".run-item")).to_have_count(1)
    assert query(page)["ann"] == "0", "an a typed into the search is a letter"
    page.keyboard.press("Escape")
    expect(page.locator(".run-item")).to_have_count(2)


def test_a_reload_and_the_back_button_restore_the_view(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits", ready=".name-cell a")
    page.click(".tabs >> text=Compare")
    page.wait_for_selector(PLOT, timeout=PATIENCE_MS)
    item(page, "calm").click()
    page.keyboard.press("l")
    page.click("#x >> text=Step")
    until(page, lambda: {"focus", "log", "x"} <= set(query(page)), "the view stands in the URL")
    title = f"() => ({CHART}._fullLayout.xaxis.title.text || '')"
    until(page, lambda: page.evaluate(title) == "Step", "the axis shows steps")
    drag(page)
    until(page, lambda: "x1" in query(page), "the zoom stands in the URL")
    address, seen = page.url, x_range(page)
    page.reload()
    page.wait_for_selector(PLOT, timeout=PATIENCE_MS)
    until(page, lambda: x_range(page) == pytest.approx(seen, abs=0.01), "the range after a reload")
    assert page.url == address
    expect(page.locator("#log")).to_be_checked()
    title_of_focus = page.locator(".says.focused .title")
    expect(title_of_focus).to_have_text("calm")
    title_of_focus.click()
    page.wait_for_selector(".run-page .js-plotly-plot .main-svg", timeout=PATIENCE_MS)
    page.go_back()
    page.wait_for_selector(f".compare {PLOT}", timeout=PATIENCE_MS)
    until(page, lambda: x_range(page) == pytest.approx(seen, abs=0.01), "the range after going back")
    assert page.url == address
    # changes of a view are no pages: one step back leaves the comparison for where the reader came from
    page.go_back()
    page.wait_for_selector(".name-cell a", timeout=PATIENCE_MS)
    assert urlsplit(page.url)[2:4] == ("/p/digits", "")


def test_the_url_does_not_wait_for_the_server_nor_follow_to_another_page(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    page.route("**/_dash-update-component*", lambda route: None)  # a server that never answers
    item(page, "calm").click()
    page.fill("#q", "ca")
    want = {"focus": runs["calm"].id, "q": "ca"}
    until(page, lambda: query(page) == want, "the view stands in the URL")
    page.unroute_all(behavior="ignoreErrors")
    page.goto(page.url.partition("?")[0])
    page.wait_for_selector(".run-item", timeout=PATIENCE_MS)
    page.evaluate(
        "() => [...document.querySelectorAll('.tabs a')].find(a => a.textContent === 'Runs').click()"
    )
    # the old page is still there until the server has answered
    page.evaluate("() => window.trackerAct({do: 'all'})")
    page.wait_for_selector(".name-cell a", timeout=PATIENCE_MS)
    assert urlsplit(page.url)[2:4] == ("/p/digits", "")


def test_switching_the_theme_recolours_the_chart_and_is_remembered(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    ground = f"() => {CHART}?._fullLayout?.paper_bgcolor"
    shows(page, "calm", "wide")
    light = page.evaluate(ground)
    scheme = "document.documentElement.getAttribute('data-mantine-color-scheme')"
    for _ in range(3):  # light, dark and the system's follow one another
        if page.evaluate(scheme) != "dark":
            page.click("[data-act=theme]")
    until(page, lambda: page.evaluate(ground) != light, "the chart is drawn dark")
    page.reload()
    page.wait_for_selector(PLOT, timeout=PATIENCE_MS)
    assert page.evaluate(scheme) == "dark"
    until(page, lambda: page.evaluate(ground) not in (light, "rgba(0,0,0,0)", None), "still dark")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_list_shows_a_value_whole_beside_the_longest_verdict(
    store: Store, visit: Open, width: int
) -> None:
    small = {name: [v * 1e-9 for v in values] for name, values in OVERFIT.items() if "loss" in name}
    accuracy = {name: values for name, values in OVERFIT.items() if "accuracy" in name}
    finished_run(store, "digits", "small", small | accuracy)
    page = visit("/p/digits/compare", ready=PLOT, width=width)
    if width == 390:
        page.click(".run-bar [data-sheet=list]")
    under = item(page, "small").locator(".under")
    expect(under).to_contain_text("e-10")
    edges = under.evaluate(
        "e => [e.lastChild.getBoundingClientRect().right, e.getBoundingClientRect().right]"
    )
    assert edges[0] <= edges[1]

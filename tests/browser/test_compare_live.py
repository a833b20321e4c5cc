"""A comparison of runs that are still training: it grows under the reader's hands and moves nothing of theirs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.comparing import (
    PLOT,
    drag,
    drawn,
    in_query,
    item,
    plot,
    points,
    query,
    shows,
    until,
    x_range,
)
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tests.support.window import Open
from tracker.store.base import Store


def grow(session: Session, start: int, end: int) -> None:
    """Log epochs of an overfitting run, four values each."""
    log(session, {name: values[start:end] for name, values in OVERFIT.items()}, start=start)


def test_what_is_selected_stays_so_while_another_run_grows(store: Store, visit: Open) -> None:
    still = finished_run(store, "live", "still", HEALTHY)
    session = Session(store, project="live", name="growing")
    grow(session, 0, 20)
    page = visit("/p/live/compare", ready=PLOT)
    expect(page.locator("#table tr")).to_have_count(3)
    for start, of in ((20, f"#table tr[data-id='{still.id}'] td"), (30, ".says[aria-label=still] p")):
        page.evaluate("of => getSelection().selectAllChildren(document.querySelector(of))", of)
        chosen = page.evaluate("getSelection().toString()")
        grow(session, start, start + 10)
        expect(page.locator("#table tr", has_text="growing")).to_contain_text(re.compile(rf"{start + 10}\ss"))
        expect(page.locator("#says")).to_contain_text("growing")
        assert page.evaluate("getSelection().toString()") == chosen != ""


def test_curves_grow_and_the_zoom_survives(store: Store, visit: Open) -> None:
    session = Session(store, project="live", name="growing")
    grow(session, 0, 20)
    page = visit("/p/live/compare", ready=PLOT)
    expect(page.locator("#live")).to_have_text("1 run live")
    until(page, lambda: points(page) == 80, "the first 20 epochs of 4 series")
    drag(page)
    until(page, lambda: "x0" in query(page), "the zoom stands in the URL")
    zoomed = x_range(page)
    assert zoomed[1] - zoomed[0] < 12
    grow(session, 20, 50)
    expect(page.locator(".says.focused")).to_contain_text("Over")
    assert x_range(page) == pytest.approx(zoomed, abs=0.01)
    other = Session(store, project="live", name="newcomer")
    log(other, HEALTHY)
    expect(item(page, "newcomer")).to_be_visible()
    until(page, lambda: "newcomer" in drawn(page), "a new run draws itself")
    assert x_range(page) == pytest.approx(zoomed, abs=0.01)
    # enlarged, the chart goes on growing and keeps the zoom
    page.locator(".main-chart .tools summary").click()
    page.locator(".main-chart [data-tool=full]").click()
    in_query(page, "full", "main")
    expect(page.locator(".main-chart.full")).to_be_visible()
    grow(session, 50, 55)
    # the answer that brings the picture brings the table too
    expect(page.locator("#table tr", has_text="growing")).to_contain_text(re.compile(r"55\ss"))
    assert x_range(page) == pytest.approx(zoomed, abs=0.01)
    page.keyboard.press("Escape")
    in_query(page, "full", None)
    box = plot(page)
    page.mouse.dblclick(box["x"] + 90, box["y"] + 90)
    until(page, lambda: x_range(page)[1] > 45, "a double click shows everything, the new epochs too")
    for one in (session, other):
        one.ship(status="finished")
    expect(page.locator("#live")).to_have_text("")


SEEN = """() => {
    const gd = document.querySelector('.main-chart .js-plotly-plot');
    const all = (at, read) => [...gd.querySelectorAll(at)].map(read);
    const uid = el => el.closest('.trace').__data__[0].trace.uid;
    return {
        lines: all('.scatterlayer .js-line', el => [uid(el), el.getAttribute('d')]),
        marks: all('.scatterlayer .point', el => [uid(el), el.getAttribute('d'), el.getAttribute('transform'), el.getAttribute('style')]),
        texts: all('.scatterlayer .textpoint', el => [uid(el), el.textContent, el.querySelector('text').getAttribute('style'), el.getBoundingClientRect().top]),
        shapes: all('.shapelayer path', el => [el.dataset.index, el.getAttribute('d'), el.getAttribute('style')]),
        notes: all('.annotation', el => [el.dataset.index, el.textContent, el.getBoundingClientRect().left, el.getBoundingClientRect().top]).sort(),
        order: all('.scatterlayer .trace', uid),
    };
}"""
"""All that the main chart draws."""

COUNT = "() => { const react = Plotly.react; window.whole = 0; Plotly.react = (...given) => { window.whole++; return react(...given); }; }"


@pytest.mark.parametrize("wish", ["", "&sm=0.5", "&log=1", "&ann=0"])
def test_a_point_more_is_drawn_where_it_is_as_it_would_be_in_a_new_chart(
    store: Store, visit: Open, wish: str
) -> None:
    finished_run(store, "live", "longer", {name: [*values, values[-1]] for name, values in OVERFIT.items()})
    finished_run(store, "live", "calm", HEALTHY)
    session = Session(store, project="live", name="growing")
    grow(session, 0, 50)
    page = visit("/p/live/compare?runs=all&clip=0" + wish, ready=PLOT)
    before = points(page)
    page.evaluate(COUNT)
    raw = 2 if "sm" in wish else 1
    for epoch in range(50, 56):
        grow(session, epoch, epoch + 1)
        more = before + 4 * raw * (epoch - 49)
        until(page, lambda more=more: points(page) == more, "one epoch more is drawn")  # type: ignore[misc]
    assert page.evaluate("window.whole") == 0, "the axes stay, and nothing is drawn as a whole"
    seen = page.evaluate(SEEN)
    other = visit("/p/live/compare?runs=all&clip=0" + wish, ready=PLOT)
    until(
        other, lambda: points(other) == points(page), "the same points in a chart that was drawn as a whole"
    )
    assert other.evaluate(SEEN) == seen


def test_the_keyboard_stays_where_it_is_while_runs_grow(store: Store, visit: Open) -> None:
    finished_run(store, "live", "wide", OVERFIT)
    finished_run(store, "live", "calm", HEALTHY)
    session = Session(store, project="live", name="growing")
    grow(session, 0, 3)
    page = visit("/p/live/compare", ready=PLOT)
    pill = page.locator("#pills [data-id=overconfident]")
    expect(pill).to_contain_text("1")
    until(page, lambda: points(page) == 372, "the growing run's first epochs")
    pill.focus()
    page.evaluate("window.stood = document.activeElement")
    focused = "document.activeElement.getAttribute('data-id')"
    grow(session, 3, 5)
    until(page, lambda: points(page) == 380, "two more epochs are drawn")
    assert page.evaluate(focused) == "overconfident"
    assert page.evaluate("window.stood.isConnected"), "nothing changed in the pills, so nothing is replaced"
    grow(session, 5, 60)
    expect(pill).to_contain_text("2")
    until(page, lambda: page.evaluate(focused) == "overconfident", "the keyboard stands on the new button")
    page.keyboard.press("Enter")
    expect(pill).to_have_attribute("aria-pressed", "true")
    until(page, lambda: page.evaluate(focused) == "overconfident", "and still after it was pressed")


TOLD = """() => {
    const ask = window.fetch;
    window.told = [];
    window.fetch = async (...given) => {
        const answer = await ask(...given);
        if (answer.status === 200 && String(given[1]?.body).includes('picture.data')) window.told.push(Object.keys((await answer.clone().json()).response));
        return answer;
    };
}"""
"""Keep what the answers to the page's questions hold."""


def test_a_run_that_is_not_drawn_changes_in_the_list_alone(store: Store, visit: Open) -> None:
    finished_run(store, "live", "calm", HEALTHY)
    hidden = Session(store, project="live", name="hidden")
    grow(hidden, 0, 3)
    calm = next(run.id for run in store.runs("live") if run.name == "calm")
    page = visit(f"/p/live/compare?runs={calm}", ready=PLOT)
    expect(item(page, "hidden").locator(".verdict")).to_contain_text("Too early")
    page.evaluate(TOLD)
    grow(hidden, 3, 60)
    expect(item(page, "hidden").locator(".verdict")).not_to_contain_text("Too early")
    told = page.evaluate("window.told")
    assert any("change" in one for one in told)
    assert not any("picture" in one for one in told)
    # drawn, its next point comes with the picture in the answer that tells of it
    item(page, "hidden").locator(".eye").click()
    shows(page, "calm", "hidden")
    until(page, lambda: points(page) == 120 + 240, "its curves are drawn")
    page.evaluate("window.told = []")
    hidden.ship(status="finished")
    expect(page.locator("#live")).to_have_text("")
    told = page.evaluate("window.told")
    assert [one for one in told if "change" in one] == [one for one in told if "picture" in one]


SLOW_PICTURES = """() => {
    const ask = window.fetch;
    window.asked = {now: 0, most: 0};
    window.fetch = (...given) => (String(given[1]?.body).includes('picture.data') ? slowly(given) : ask(...given));
    async function slowly(given) {
        const answer = await ask(...given);
        if (answer.status !== 200 || !(await answer.clone().text()).includes('"picture"')) return answer;
        window.asked.now += 1;
        window.asked.most = Math.max(window.asked.most, window.asked.now);
        await new Promise(done => setTimeout(done, 1700));
        window.asked.now -= 1;
        return answer;
    }
}"""
"""Make every answer that brings a picture take longer than the time between two ticks."""

PARTS = """() => [
    document.querySelector('.says.focused .title')?.textContent,
    document.querySelector('#table tr.focused')?.textContent.includes('calm') ? 'calm' : 'growing',
]"""


def test_a_slow_chart_keeps_up_and_all_parts_switch_together(store: Store, visit: Open) -> None:
    finished_run(store, "live", "calm", HEALTHY)
    session = Session(store, project="live", name="growing")
    grow(session, 0, 10)
    page = visit("/p/live/compare", ready=PLOT)
    until(page, lambda: points(page) == 120 + 40, "the first epochs beside the finished run")
    page.evaluate(SLOW_PICTURES)
    item(page, "calm").click()
    # one answer reaches panel and table within a frame or two; answers of their own would be 1.7 s apart
    apart, seen, epoch = 0, [], 10
    while len(seen) < 400 and (not seen or seen[-1] != ["calm", "calm"] or epoch < 30):
        if epoch < 30:
            grow(session, epoch, epoch + 1)
            epoch += 1
        page.wait_for_timeout(200)
        seen.append(page.evaluate(PARTS))
        apart = apart + 1 if seen[-1][0] != seen[-1][1] else 0
        assert apart < 6, f"panel and table show different runs: {seen[-1]}"
    assert seen[0][0] == "growing"
    assert seen[-1] == ["calm", "calm"]
    until(page, lambda: points(page) == 120 + 120, "all is drawn in the end")
    assert page.evaluate("window.asked.most") == 1, "no question overtakes the one before"


@pytest.mark.parametrize("path", ["/", "/p/live/compare"])
def test_a_lost_server_is_said_and_taken_back(store: Store, browser: Browser, server: str, path: str) -> None:
    session = Session(store, project="live", name="growing")
    grow(session, 0, 20)
    # not from `visit`: a lost connection is an error in the console, and here it is wanted
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(server + path)
    said, live = page.locator("#connection"), page.locator("#live")
    expect(page.locator(".frame")).to_be_visible()
    expect(said).to_have_text("")
    assert said.get_attribute("aria-live") == "polite"
    context.set_offline(True)
    expect(said).to_have_text("Connection lost, retrying")
    expect(live).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.set_offline(False)
    expect(said).to_have_text("")
    if path != "/":
        expect(live).to_be_visible()
    context.close()


def test_a_store_that_is_away_is_said(store: Store, visit: Open) -> None:
    finished_run(store, "digits", "calm", HEALTHY)
    page = visit("/p/digits/compare", ready=PLOT)
    page.route("**/healthz", lambda route: route.fulfill(json={"status": "ok", "store": "unavailable"}))
    expect(page.locator("#connection")).to_have_text("Store away, retrying")
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator("#connection")).to_have_text("")

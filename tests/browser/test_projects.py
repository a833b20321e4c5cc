"""The first page as a reader uses it: what came of each project, many of them, odd names, and an empty store."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tests.support.window import Open
from tracker.store.base import Store

PATIENCE_MS = 20_000
ROW = ".projects-table tbody tr"


def listed(page: Page) -> list[str]:
    return page.locator(f"{ROW} .wide").all_inner_texts()


def test_a_project_says_what_came_of_it(store: Store, visit: Open) -> None:
    finished_run(store, "digits", "wide", OVERFIT)
    calm = finished_run(store, "digits", "calm", HEALTHY)
    page = visit("/", ready=ROW)
    row = page.locator(ROW)
    expect(row.locator(".runs")).to_have_text("2")
    expect(row.locator(".verdict-cell .badge")).to_have_count(2, timeout=PATIENCE_MS)
    expect(row.locator(".verdict-cell")).to_contain_text(re.compile("Healthy: .?1"))
    expect(row.locator(".best-name")).to_have_text("calm")
    expect(row.locator(".best-of")).to_contain_text("val/loss")
    expect(row.locator(".spark polyline")).to_have_count(1, timeout=PATIENCE_MS)
    expect(row.locator(".past")).to_contain_text(" of 2")
    live = Session(store, project="digits", name="young")
    log(live, {k: v[:3] for k, v in HEALTHY.items()})
    expect(row.locator(".live")).to_have_text("1 live", timeout=PATIENCE_MS)
    expect(page.locator("#live")).to_have_text("1 run live")
    row.locator(".best-name").click()
    page.wait_for_url(f"**/p/digits/r/{calm.id}")
    page.go_back()
    page.wait_for_selector(ROW)
    page.locator(f"{ROW} .when-cell").click(force=True)  # the name's link covers the whole row
    page.wait_for_url("**/p/digits")


def test_many_projects_are_searched_and_ordered(store: Store, visit: Open) -> None:
    for number in range(13):
        Session(store, project=f"project {number:02d}", name="a").ship(status="finished")
    Session(store, project="project 05", name="b").ship(status="finished")
    page = visit("/", ready=ROW)
    expect(page.locator(ROW)).to_have_count(13)
    page.fill("#projects-q", "T 0")
    expect(page.locator(ROW)).to_have_count(10, timeout=PATIENCE_MS)
    page.click("#projects-sort")
    page.get_by_role("option", name="Runs").click()
    expect(page.locator(f"{ROW} .wide").first).to_have_text("project 05", timeout=PATIENCE_MS)
    assert parse_qs(urlsplit(page.url).query) == {"q": ["T 0"], "sort": ["runs"]}
    page.reload()
    page.wait_for_selector(ROW)
    assert len(listed(page)) == 10
    assert listed(page)[0] == "project 05"
    page.fill("#projects-q", "nothing")
    expect(page.locator(".projects-none")).to_have_text(
        "No project is named like “nothing”.", timeout=PATIENCE_MS
    )


def test_a_project_of_dots_opens(store: Store, visit: Open) -> None:
    for name in (".", ".."):
        finished_run(store, name, f"run of {name}", HEALTHY)
    page = visit("/", ready=ROW)
    page.locator(f"{ROW} .wide a").filter(has_text=re.compile(r"^\.$")).click()
    expect(page.locator(".name-line a")).to_have_text("run of .", timeout=PATIENCE_MS)
    page = visit("/p/~..", ready=".name-line")
    page.locator(".name-line a").click()
    expect(page.locator(".crumbs .here")).to_have_text("run of ..", timeout=PATIENCE_MS)


def test_an_empty_store_says_how_to_begin(store: Store, visit: Open) -> None:
    page = visit("/", ready=".notice")
    expect(page.locator(".code").first).to_contain_text("tracker.log(")
    expect(page.locator(".code").last).to_have_text("tracker demo")
    expect(page.locator(".projects-top")).to_be_hidden()
    Session(store, project="first", name="a").ship(status="finished")
    expect(page.locator(f"{ROW} .wide")).to_have_text("first", timeout=PATIENCE_MS)


def test_a_phone_shows_a_card_a_project(store: Store, visit: Open) -> None:
    finished_run(store, "a-project-with-a-name-that-is-longer-than-a-phone-is-wide", "wide", OVERFIT)
    page = visit("/", ready=ROW, width=390, height=844)
    expect(page.locator(".best-name")).to_have_text("wide", timeout=PATIENCE_MS)
    box = page.locator(ROW).bounding_box()
    assert box is not None
    assert box["width"] <= 390
    assert page.evaluate("document.querySelector('.sheet').scrollWidth") <= 390

"""Save, freeze, share: what a colleague sees who gets the link, also after the runs have changed or are gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.comparing import PLOT, drag, in_query, shows, until, x_range
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.sessions import Session, rows
from tests.support.window import Open
from tracker.model import RunRecord, SavedView
from tracker.store.base import Store

PROJECT = "share"
COMPARE = f"/p/{PROJECT}/compare"
LIST = f"/p/{PROJECT}/views"
PATIENT_MS = 30_000

CURVES = """() => document.querySelector('.chart .js-plotly-plot').data
  .filter(t => t.y && t.y.length > 20).map(t => [t.name, Array.from(t.y).slice(0, 40)])"""
"""The curves in the chart, as the picture holds them."""

OTHERS = {"optim/rate": [0.1 / (e + 1) for e in range(40)], "train/norm": [1.0] * 40}
CARD = """() => document.querySelector('[data-card="optim_rate"] .js-plotly-plot').data
  .map(t => [t.name, Array.from(t.y || [])])"""


@pytest.fixture
def runs(store: Store) -> list[RunRecord]:
    return [
        finished_run(store, PROJECT, "wide", {**OVERFIT, **OTHERS}, config={"lr": 0.1}),
        finished_run(store, PROJECT, "<i>calm</i>", {**HEALTHY, **OTHERS}, config={"lr": 0.01}),
    ]


def keep(page: Page, item: str, title: str, description: str = "") -> str:
    """Save or freeze by the share menu as a person does; return the link's path."""
    page.locator(".share summary").click()
    page.get_by_role("button", name=item).click()
    page.locator("#share-title").fill(title)
    page.locator("#share-author").fill("Ada")
    page.locator("#share-description").fill(description)
    page.locator("#share-dialog").get_by_role("button", name="Save").click()
    link = page.locator("#share-link")
    expect(link).to_have_text(re.compile("/v/[0-9a-z]{13}$"), timeout=PATIENT_MS)
    path = "/v/" + link.inner_text().rpartition("/")[2]
    page.locator("#share-done").get_by_role("button", name="Done").click()
    expect(page.locator("#share-done")).to_be_hidden()
    return path


def texts(page: Page, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(selector).all_inner_texts()]


def test_a_saved_view_is_listed_opened_edited_and_deleted_with_undo(
    runs: list[RunRecord], visit: Open, browser: Browser, server: str
) -> None:
    page = visit(f"{COMPARE}?log=1&x=step", ready=".chart .main-svg")
    page.locator(".share summary").click()
    page.get_by_role("button", name="Save view…").click()
    page.locator("#share-dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#share-dialog [role=alert]")).to_contain_text("needs a title", timeout=PATIENT_MS)
    page.keyboard.press("Escape")
    path = keep(
        page, "Save view…", "On <b>log</b> y", "See **both**, <u>please</u>. [x](javascript:alert(1))"
    )

    # a colleague's browser: nothing of the first one's is there
    other = browser.new_context(viewport={"width": 1440, "height": 900})
    colleague = other.new_page()
    colleague.goto(server + path)
    expect(colleague.locator(".saved-head h1")).to_have_text("On <b>log</b> y", timeout=PATIENT_MS)
    expect(colleague.locator(".saved-head")).to_contain_text("by Ada")
    expect(colleague.locator(".saved-head .markdown strong")).to_have_text("both")
    expect(colleague.locator(".saved-head .markdown")).to_contain_text("<u>please</u>")
    assert colleague.locator(".saved-head .markdown :is(a, u)").count() == 0
    expect(colleague.locator("#log")).to_be_checked()
    # what he changes stands in his address, and the saved view stays as it was
    colleague.locator("#log").click()
    expect(colleague).to_have_url(re.compile(path + r"\?x=step$"), timeout=PATIENT_MS)
    colleague.goto(server + path)
    expect(colleague.locator("#log")).to_be_checked(timeout=PATIENT_MS)
    other.close()

    page.get_by_role("link", name="Saved", exact=True).click()
    row = page.locator(".saved-views li")
    expect(row).to_have_count(1, timeout=PATIENT_MS)
    expect(row.locator(".title")).to_have_text("On <b>log</b> y")
    expect(row.locator(".saved-words")).to_contain_text("See both, <u>please</u>.")
    expect(row).to_contain_text("the 10 newest runs")
    row.get_by_role("button", name="Edit").click()
    expect(page.locator("#saved-title")).to_have_value("On <b>log</b> y", timeout=PATIENT_MS)
    expect(page.locator("#saved-author")).to_have_value("Ada")
    page.locator("#saved-title").fill("Renamed")
    page.locator("#saved-description").fill("")
    page.locator("#saved-dialog").get_by_role("button", name="Save").click()
    expect(row.locator(".title")).to_have_text("Renamed", timeout=PATIENT_MS)
    expect(row.locator(".saved-words")).to_have_count(0)
    row.get_by_role("button", name="Delete").click()
    expect(page.locator("#saved-undo")).to_contain_text("Deleted “Renamed”.", timeout=PATIENT_MS)
    expect(page.get_by_role("heading", name="Nothing is saved yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(row.locator(".title")).to_have_text("Renamed", timeout=PATIENT_MS)
    row.locator(".title").click()
    expect(page.locator(".saved-head h1")).to_have_text("Renamed", timeout=PATIENT_MS)


def test_a_saved_view_is_set_back_and_left_for_the_whole_comparison(
    store: Store, runs: list[RunRecord], visit: Open
) -> None:
    wide, calm = runs
    query = f"runs={wide.id}&log=1&x0=10&x1=20"
    store.save_view(SavedView(id="", project=PROJECT, title="Where it turns", page="compare", query=query))
    page = visit(LIST, ready=".saved-views")
    page.locator(".saved-views .title", has_text="Where it turns").click()
    expect(page.locator(".saved-head h1")).to_have_text("Where it turns", timeout=PATIENT_MS)
    page.wait_for_selector(PLOT, timeout=PATIENT_MS)
    shows(page, "wide")
    until(page, lambda: x_range(page) == [10, 20], "the zoom that was saved")
    expect(page.locator("#log")).to_be_checked()

    page.get_by_role("button", name="Reset zoom").click()
    until(page, lambda: x_range(page)[1] > 50, "the whole run is seen")
    in_query(page, "x0", None)
    in_query(page, "log", "1")  # the rest of the view stays
    page.locator("#log").click()
    page.get_by_text("Show all 2").click()
    shows(page, "wide", calm.name)
    in_query(page, "log", None)
    page.reload()
    page.wait_for_selector(PLOT, timeout=PATIENT_MS)
    shows(page, "wide", calm.name)
    expect(page.locator("#log")).not_to_be_checked()
    assert x_range(page)[1] > 50

    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(re.escape(COMPARE) + "$"), timeout=PATIENT_MS)
    expect(page.locator(".saved-head")).to_have_count(0)
    shows(page, "wide", calm.name)
    page.go_back()
    expect(page.locator(".saved-head h1")).to_have_text("Where it turns", timeout=PATIENT_MS)
    [kept] = store.views(PROJECT)
    assert kept.query == query


def test_a_frozen_comparison_stays_when_its_runs_change_and_go(
    store: Store, runs: list[RunRecord], visit: Open
) -> None:
    page = visit(COMPARE, ready=".chart .main-svg", height=1500)
    expect(page.locator("#table tbody tr")).to_have_count(2, timeout=PATIENT_MS)
    curves, table = page.evaluate(CURVES), texts(page, "#table tbody tr")
    verdicts = texts(page, "#says .says")
    assert len(curves) >= 4
    page.locator('[data-card="optim_rate"].drawn').wait_for(timeout=PATIENT_MS)
    card = page.evaluate(CARD)
    path = keep(page, "Freeze…", "As it was", "Before the *change*.")

    wide, calm = runs
    again = Session(store, wide.run_id, resume="allow")
    more = [
        *rows([9.0] * 80, "val/loss", elapsed_ms=90_000_000),
        *rows([9.0] * 80, "optim/rate", elapsed_ms=90_000_000),
    ]
    again.ship(more, status="finished")
    store.edit([wide.run_id], name="renamed since")
    store.delete([calm.run_id])
    later = visit(path, ready=".is-frozen", height=1500)
    expect(later.locator(".is-frozen")).to_contain_text("Frozen on")
    expect(later.locator("#table tbody tr")).to_have_count(2, timeout=PATIENT_MS)
    later.wait_for_selector(".chart .main-svg")
    assert later.evaluate(CURVES) == curves
    assert texts(later, "#table tbody tr") == table
    assert texts(later, "#frozen-says .says") == verdicts
    expect(later.get_by_text("Before the change.")).to_be_visible()
    expect(later.locator(".frozen-run")).to_have_count(2)

    # its other metrics are there too, to be found, enlarged and hidden
    later.locator('[data-card="optim_rate"].drawn').wait_for(timeout=PATIENT_MS)
    assert later.evaluate(CARD) == card
    later.locator("#frozen-mq").fill("norm")
    expect(later.locator(".metric-card")).to_have_count(1)
    later.locator("#frozen-mq").fill("")
    expect(later.locator(".metric-card")).to_have_count(2)
    later.locator('[data-card="optim_rate"] summary').click()
    later.locator('[data-card="optim_rate"]').get_by_role("button", name="Hide this card").click()
    expect(later.locator("#frozen-cards-count")).to_have_text("1 of 2")

    # a zoom is looked at and taken back
    span = "() => { const [a, b] = document.querySelector('.main-chart .js-plotly-plot')._fullLayout.xaxis.range; return b - a; }"
    whole = later.evaluate(span)
    drag(later)
    until(later, lambda: later.evaluate(span) < whole / 2, "the zoom is seen")
    later.get_by_role("button", name="Reset zoom").click()
    until(later, lambda: later.evaluate(span) == whole, "all is seen again")

    # it can be read like any other: another run in focus, its words first
    later.locator(".frozen-run", has_text="<i>calm</i>").click()
    expect(later.locator("#frozen-says .says").first).to_contain_text("<i>calm</i>", timeout=PATIENT_MS)
    store.delete([wide.run_id])
    later.reload()
    later.wait_for_selector(".is-frozen", timeout=PATIENT_MS)
    later.wait_for_selector(".chart .main-svg")
    assert later.evaluate(CURVES) == curves
    store.restore([wide.run_id])
    later.get_by_role("link", name="Live comparison").click()
    expect(later.locator("#table tbody tr")).to_have_count(1, timeout=PATIENT_MS)
    expect(later.locator("#table tbody tr")).to_contain_text("renamed since")
    listed = visit(LIST, ready=".saved-views")
    store.save_view(SavedView(id="", project=PROJECT, title="of a colleague", page="runs", query=""))
    expect(listed.locator(".saved-views li")).to_have_count(2, timeout=PATIENT_MS)  # without a reload
    expect(listed.locator(".saved-views")).to_contain_text("of a colleague")
    expect(listed.locator(".saved-views li", has_text="As it was")).to_contain_text("Frozen")
    expect(listed.locator(".saved-views li", has_text="As it was")).to_contain_text("2 runs")


def test_the_report_of_what_is_shown_opens_as_a_file(
    runs: list[RunRecord], visit: Open, browser: Browser, tmp_path: Path
) -> None:
    page = visit(f"{COMPARE}?runs={runs[0].id}", ready=".chart .main-svg")
    page.locator(".share summary").click()
    with page.expect_download(timeout=PATIENT_MS) as waiting:
        page.get_by_role("button", name="Download report").click()
    file = tmp_path / "report.html"
    waiting.value.save_as(file)
    assert waiting.value.suggested_filename.startswith(PROJECT)
    context = browser.new_context(offline=True)
    report = context.new_page()
    report.goto(file.as_uri())
    expect(report.get_by_role("heading", name="wide").first).to_be_visible()
    expect(report.locator("#chart svg").first).to_be_visible(timeout=PATIENT_MS)
    assert "calm" not in report.content()
    context.close()


def test_a_link_to_nothing_says_so(store: Store, visit: Open) -> None:
    page = visit("/v/0000000000001", ready=".notice")
    expect(page.locator(".notice")).to_contain_text("There is no saved view")
    page = visit("/p/nobody/views", ready=".notice")
    expect(page.locator(".notice")).to_contain_text("There is no project named “nobody”.")

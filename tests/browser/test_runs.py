"""The runs table as a reader uses it: sort, filter, columns and views in the URL, ticked runs, live rows."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.comparing import until
from tests.browser.table import (
    PATIENCE_MS,
    READY,
    cell,
    choose,
    far_right,
    head,
    heads,
    names,
    query,
    row,
    shows,
    tick,
)
from tests.support.many_runs import fill
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session
from tests.support.sessions import row as point
from tests.support.window import Open
from tracker import verdicts
from tracker.model import RunRecord, SavedView
from tracker.store.base import Store

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def runs(store: Store) -> dict[str, RunRecord]:
    """Six finished runs; `wide` overfits, `=risky` has a formula for a name and a test metric a epoch."""
    now = int(time.time() * 1000)
    said = [
        ("calm", HEALTHY, {"lr": 0.1, "width": 64, "same": 1}, None, ("baseline",)),
        ("wide", OVERFIT, {"lr": 0.3, "width": 512, "same": 1}, "big", ("swept", "baseline")),
        ("low", {k: [v * 0.5 for v in c] for k, c in HEALTHY.items()}, {"lr": 0.01, "same": 1}, "small", ()),
        ("high", {k: [v * 2 for v in c] for k, c in HEALTHY.items()}, {"lr": 1e-05, "same": 1}, "small", ()),
        ("=risky", {**OVERFIT, "test/accuracy": OVERFIT["val/accuracy"]}, {"lr": 0.5, "same": 1}, None, ()),
    ]
    made = {
        name: finished_run(
            store,
            "digits",
            name,
            curves,
            config=config,
            group=group,
            tags=tags,
            created_ms=now - 60_000 + at * 5_000,
        )
        for at, (name, curves, config, group, tags) in enumerate(said)
    }
    session = Session(store, project="digits", name="final", config={"lr": 0.2}, created_ms=now - 10_000)
    log(session, {**HEALTHY})
    log(session, {"test/loss": [0.41]}, start=59)
    session.ship(status="finished")
    return made | {"final": store.runs(run_ids=[session.run_id])[0]}


ALL = ["final", "=risky", "high", "low", "wide", "calm"]


def test_a_row_says_what_the_curves_say(runs: dict[str, RunRecord], store: Store, visit: Open) -> None:
    page = visit("/p/digits", ready=READY)
    shows(page, ALL)
    expect(page.locator("#runs-count")).to_have_text("6 runs")
    expect(cell(page, runs["wide"], "verdict")).to_contain_text(re.compile("Overfitting|Overconfident"))
    told = verdicts.of_runs(store, [runs["wide"]])[runs["wide"].run_id]
    at = f"{told.best_epoch:.0f}"
    expect(cell(page, runs["wide"], "best_loss")).to_have_text(f"{told.best_loss:.3f}ep {at}")
    expect(cell(page, runs["wide"], "best_acc")).to_contain_text("%")
    expect(cell(page, runs["wide"], "spark").locator("svg polyline")).to_have_count(1)
    expect(cell(page, runs["=risky"], "test")).to_have_text(re.compile(rf"%ep {at}$"))
    expect(cell(page, runs["final"], "test")).to_have_text("0.410last")
    expect(cell(page, runs["calm"], "test")).to_have_text("–")
    shown = heads(page)
    assert {"lr", "width", "same"} <= set(shown)  # `final` has no key `same`


def test_sort_filters_and_columns_stand_in_the_url(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits", ready=READY)
    shows(page, ALL)
    page.locator(".ag-header-cell[col-id=best_loss] .ag-header-cell-label").click()
    shows(page, ["low", "final", "calm", "high", "=risky", "wide"])
    assert query(page)["sort"] == ["best_loss"]
    page.fill("#runs-q", "BASE")  # a tag
    shows(page, ["calm", "wide"])
    expect(page.locator("#runs-count")).to_have_text("2 of 6 runs")
    page.fill("#runs-q", "")
    expect(page.locator("#runs-count")).to_have_text("6 runs")
    choose(page, "tag", "baseline")
    shows(page, ["calm", "wide"])
    choose(page, "group", "big")
    shows(page, ["wide"])
    choose(page, "columns", "Gap")
    expect(head(page, "gap")).to_have_count(0)
    choose(page, "columns", "Overfit from")  # it comes at the far end, and into sight
    expect(cell(page, runs["wide"], "onset")).to_contain_text("ep ")
    page.click(".name-line a")
    page.wait_for_selector(".run-page")
    page.go_back()
    page.wait_for_selector(READY)
    shows(page, ["wide"])
    expect(page.locator("[data-menu=tag] .count")).to_have_text("1")
    far_right(page, "onset")
    expect(head(page, "gap")).to_have_count(0)
    page.get_by_role("button", name="Clear").click()
    shows(page, ["low", "final", "calm", "high", "=risky", "wide"])
    page.reload()
    page.wait_for_selector(READY)
    assert query(page)["sort"] == ["best_loss"]
    far_right(page, "onset")


def test_columns_move_by_keyboard(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits?col=status&col=verdict&col=config:lr", ready=READY)
    assert heads(page) == ["Run", "Status", "Verdict", "lr"]
    expect(cell(page, runs["high"], "config:lr")).to_have_text("1e-5")
    page.click("[data-menu=columns]")
    page.get_by_label("Move lr to the left").press("Enter")
    assert heads(page) == ["Run", "Status", "lr", "Verdict"]
    expect(page.get_by_label("Move lr to the left")).to_be_focused()
    assert query(page)["col"] == ["status", "config:lr", "verdict"]
    page.keyboard.press("Escape")
    expect(page.locator("[data-menu=columns]")).to_be_focused()


def test_a_view_is_saved_chosen_and_deleted(runs: dict[str, RunRecord], store: Store, visit: Open) -> None:
    page = visit("/p/digits?verdict=healthy&sort=name&col=gap", ready=READY)
    listed = names(page)
    page.click("[data-menu=views]")
    page.fill(".menu-panel input", "<b>calm</b> ones")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Saved the view “<b>calm</b> ones”")
    (kept,) = store.views("digits")
    assert kept.page == "runs"
    assert "verdict=healthy" in kept.query
    page.goto(page.url.split("?")[0])
    page.wait_for_selector(READY)
    shows(page, ALL)
    page.click("[data-menu=views]")
    page.locator(".menu-panel a").filter(has_text="calm").click()
    shows(page, listed)
    assert heads(page) == ["Run", "Gap"]
    # the address that the page was opened with leads back to what it says, also after the view has moved on
    address = page.url
    page.get_by_label("Filter the runs").fill("nothing such")
    expect(page.locator("#runs-none")).to_have_text("No run fits these filters.")
    expect(page.get_by_text("No Matching Rows")).to_have_count(0)  # the grid's own words for it
    shows(page, [])
    page.click("[data-menu=views]")
    page.locator(".menu-panel a").filter(has_text="calm").click()
    shows(page, listed)
    expect(page).to_have_url(address)
    expect(page.get_by_label("Filter the runs")).to_have_value("")
    page.click("[data-menu=views]")
    page.get_by_label("Delete the view").click()
    expect(page.locator(".toast")).to_contain_text("Deleted the view")
    assert store.views("digits") == []
    page.locator(".toast").get_by_text("Undo").click()
    expect(page.locator(".toast")).to_have_text("Restored the view “<b>calm</b> ones”")
    # what a colleague saves meanwhile stands in the menu when it is opened
    store.save_view(SavedView(id="", project="digits", title="of Ada", page="runs", query="sort=name"))
    page.click("[data-menu=views]")
    expect(page.locator(".menu-panel a")).to_have_count(2)
    expect(page.locator(".menu-panel")).to_contain_text("of Ada")


def test_ticked_runs_are_tagged_archived_deleted_and_brought_back(
    runs: dict[str, RunRecord], store: Store, visit: Open
) -> None:
    page = visit("/p/digits?col=tags", ready=READY)
    tick(page, "low", "high")
    bulk = page.locator("#runs-bulk")
    expect(bulk).to_contain_text("2 runs ticked")
    page.click("[data-bulk=tag]")
    page.fill(".menu-panel input", "keep")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Tagged 2 runs with “keep”")
    expect(cell(page, runs["low"], "tags")).to_contain_text("keep")
    page.locator(".toast").get_by_text("Undo").click()
    expect(cell(page, runs["low"], "tags")).not_to_contain_text("keep")
    expect(bulk).to_contain_text("2 runs ticked")
    store.edit([runs["low"].run_id], add_tags=["keep"])
    expect(cell(page, runs["low"], "tags")).to_contain_text("keep")  # from elsewhere, without a reload
    page.click("[data-bulk=tag]")
    page.get_by_label("Take the tag keep off").click()
    expect(cell(page, runs["low"], "tags")).not_to_contain_text("keep")
    page.locator(".toast").get_by_text("Undo").click()
    expect(cell(page, runs["low"], "tags")).to_contain_text("keep")
    expect(cell(page, runs["high"], "tags")).not_to_contain_text("keep")  # it never had it

    page.click("[data-bulk=archive]")
    shows(page, ["final", "=risky", "wide", "calm"])
    page.locator(".toast").get_by_text("Undo").click()
    shows(page, ALL)
    page.click("[data-bulk=archive]")
    shows(page, ["final", "=risky", "wide", "calm"])
    choose(page, "show", "Archived")
    shows(page, ALL)
    expect(row(page, "low")).to_have_class(re.compile("archived"))
    expect(row(page, "low").locator(".tag")).to_have_text("Archived")
    page.click("[data-bulk=unarchive]")
    expect(row(page, "low")).not_to_have_class(re.compile("archived"))

    page.click("[data-bulk=delete]")
    shows(page, ["final", "=risky", "wide", "calm"])
    expect(bulk).to_be_hidden()
    assert len(store.runs("digits")) == 4
    page.locator(".toast").get_by_text("Undo").click()
    shows(page, ALL)

    tick(page, "wide")
    page.click("[data-bulk=delete]")
    expect(page.locator(".toast")).to_contain_text("Deleted 1 run")
    choose(page, "show", "Deleted")
    shows(page, ["wide"])
    expect(page.locator("#runs-count")).to_have_text("1 deleted run")
    tick(page, "wide")
    page.click("[data-bulk=restore]")
    expect(page.locator("#runs-none")).to_have_text("Nothing is deleted in this project.")
    choose(page, "show", "Deleted")
    shows(page, ALL)


def test_ranges_and_all_that_is_listed_are_ticked_and_compared(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits", ready=READY)
    tick(page, "=risky")
    row(page, "wide").locator("input[type=checkbox]").click(modifiers=["Shift"])
    expect(page.locator("#runs-bulk")).to_contain_text("4 runs ticked")
    page.get_by_label("Untick all").click()
    expect(page.locator("#runs-bulk")).to_be_hidden()
    choose(page, "tag", "baseline")
    shows(page, ["wide", "calm"])
    page.locator(".ag-header-select-all input").click()
    expect(page.locator("#runs-bulk")).to_contain_text("2 runs ticked")
    page.get_by_role("button", name="Clear").click()
    shows(page, ALL)
    page.fill("#runs-q", "calm")
    expect(page.locator("#runs-bulk")).to_contain_text("1 not listed")
    page.locator("#runs-bulk").get_by_text("Compare").click()
    page.wait_for_selector(".compare")
    assert set(query(page)["runs"][0].split(",")) == {runs["wide"].id, runs["calm"].id}


def test_the_table_is_saved_as_csv(runs: dict[str, RunRecord], visit: Open, tmp_path: Path) -> None:
    page = visit("/p/digits?sort=name&col=best_loss&col=config:lr&col=tags", ready=READY)
    with page.expect_download() as started:
        page.click("[data-menu=csv]")
    assert re.fullmatch(r"digits-runs-\d{4}-\d\d-\d\d\.csv", started.value.suggested_filename)
    started.value.save_as(tmp_path / "runs.csv")
    lines = list(csv.reader(io.StringIO((tmp_path / "runs.csv").read_text(encoding="utf-8-sig"))))
    assert lines[0] == ["id", "Run", "Best val loss", "Best val loss, at", "lr", "Tags"]
    assert [line[1] for line in lines[1:]] == ["'=risky", "calm", "final", "high", "low", "wide"]
    shown = dict(zip([line[1] for line in lines], lines, strict=True))
    assert float(shown["calm"][2]) == pytest.approx(min(HEALTHY["val/loss"]), rel=1e-6)
    assert shown["calm"][3] == "59"
    assert shown["wide"][4:] == ["0.3", "swept baseline"]


FIRST_ROWS = """new MutationObserver((_, watch) => {
  if (!document.querySelector(".runs-page[data-ready]")) return;
  watch.disconnect();
  window.firstRows = document.querySelectorAll(".ag-center-cols-container .ag-row").length;
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] })"""


def test_rows_out_of_sight_follow_those_in_sight(store: Store, server: str, window: BrowserContext) -> None:
    fill(store, 60, project="many")
    page = window.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(FIRST_ROWS)
    page.goto(f"{server}/p/many")
    page.wait_for_selector(READY)
    drawn = page.locator(".ag-center-cols-container .ag-row")
    until(page, lambda: page.evaluate("window.firstRows") is not None, "the table is ready")
    first = page.evaluate("window.firstRows")
    assert 15 <= first <= 25  # 820 pixels hold 22 rows of 38
    until(
        page,
        lambda: drawn.count() >= first + 8,
        "rows out of sight are drawn, too, so that scrolling finds them",
    )
    page.close()


def test_running_runs_follow_without_taking_anything_from_the_reader(store: Store, visit: Open) -> None:
    now = int(time.time() * 1000)
    finished_run(store, "live", "old", HEALTHY, created_ms=now - 9_000)
    session = Session(store, project="live", name="growing", created_ms=now - 5_000)
    log(session, {k: v[:20] for k, v in OVERFIT.items()})
    page = visit("/p/live?sort=name", ready=READY)
    grown = store.runs(run_ids=[session.run_id])[0]
    expect(cell(page, grown, "status")).to_have_text("Running")
    before = cell(page, grown, "last").inner_text()
    tick(page, "growing")
    row(page, "old").locator("a").focus()
    log(session, {k: v[20:] for k, v in OVERFIT.items()}, start=20)
    expect(cell(page, grown, "last")).not_to_have_text(before)
    newest = Session(store, project="live", name="a newer one")
    log(newest, HEALTHY)
    shows(page, ["a newer one", "growing", "old"])
    expect(page.locator("#runs-count")).to_have_text("3 runs")
    expect(page.locator("#live")).to_have_text("2 runs live")
    expect(page.locator("#runs-bulk")).to_contain_text("1 run ticked")
    expect(row(page, "old").locator("a")).to_be_focused()
    session.ship(status="finished")
    expect(cell(page, grown, "status")).to_have_text("Finished")
    expect(cell(page, grown, "verdict")).to_contain_text(re.compile("Overfitting|Overconfident"))


def test_a_phone_shows_the_verdict_below_the_name(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits", ready=READY, width=390, height=844)
    expect(row(page, "wide").locator(".phone-line")).to_contain_text(re.compile("Overfitting|Overconfident"))
    assert "Verdict" not in heads(page)
    page.click("[data-menu=verdict]")
    box = page.locator(".menu-panel").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 390 - box["width"]
    page.keyboard.press("Escape")
    tick(page, "wide")
    expect(page.locator("#runs-bulk")).to_be_visible()
    bar = page.locator(".runs-bar").bounding_box()
    assert bar is not None
    assert bar["width"] <= 390


def test_a_project_without_runs_says_so(store: Store, visit: Open) -> None:
    only = finished_run(store, "empty", "gone", HEALTHY)
    store.delete([only.run_id])
    page = visit("/p/empty", ready=".runs-grid")
    expect(page.locator("#runs-none")).to_have_text("This project has no runs.")


def test_a_far_step_beside_a_value_leaves_the_value_whole(store: Store, visit: Open) -> None:
    session = Session(store, project="digits", name="long")
    session.ship([point(i * 1_000_000, 2.0 - i * 0.1, "val/loss") for i in range(13)], status="finished")
    page = visit("/p/digits", ready=READY)
    cell = page.locator("[col-id=best_loss] .value-cell").first
    expect(cell).to_contain_text("step 12,000,000")
    assert cell.evaluate("""e => { const seen = e.getBoundingClientRect(), text = document.createRange();
        text.selectNodeContents(e); return text.getBoundingClientRect().left >= seen.left }""")

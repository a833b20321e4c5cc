"""The compare page at work: list, groups, baseline, table, cards and menus, driven as a person would."""

from __future__ import annotations

import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Route, expect

from tests.browser.comparing import (
    CHART,
    PLOT,
    choose,
    drag,
    in_query,
    item,
    listed,
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


def test_the_list_searches_groups_sorts_and_pins(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    page.wait_for_selector(".run-item")
    listed(page, "delta", "gamma.1", "beta", "alpha")
    search = page.locator("#q")
    search.fill(".")
    listed(page, "gamma.1")
    page.click(".regex")
    listed(page, "delta", "gamma.1", "beta", "alpha")
    search.fill("^(a|b")
    expect(page.locator("#list-said")).to_contain_text("Not a regular expression")
    listed(page, "delta", "gamma.1", "beta", "alpha")
    search.fill("^(a|b)")
    listed(page, "beta", "alpha")
    search.fill("")
    listed(page, "delta", "gamma.1", "beta", "alpha")
    page.click("[data-menu=sort-menu] > summary")
    other = page.locator("[data-menu=sort-menu] .choice[aria-pressed=false] > .i").first
    expect(other).to_have_css("background-color", "rgba(0, 0, 0, 0)")  # room for a mark, and no mark
    page.keyboard.press("Escape")
    choose(page, "sort-menu", "Name")
    listed(page, "alpha", "beta", "delta", "gamma.1")
    row = item(page, "gamma.1")
    row.hover()
    row.locator("[aria-label='Pin: gamma.1']").click()
    listed(page, "gamma.1", "alpha", "beta", "delta")
    choose(page, "group-menu", "arch")
    listed(page, "gamma.1", "arch: calm", "alpha", "delta", "arch: wild", "beta")
    shows(page, "calm · 2 runs", "wild · 2 runs")
    point(page)
    read = page.locator(".main-chart .cross-card tbody td:first-child")
    expect(read).to_have_count(2)
    assert sorted(read.all_inner_texts()) == ["calm · 2 runs", "wild · 2 runs"], (
        "the means, and no edge of a band"
    )
    page.mouse.move(2, 2)
    expect(page.locator(".says[aria-label=Groups]")).to_contain_text("overfit")
    page.locator(".group-item:has-text('calm') .fold").click()
    listed(page, "gamma.1", "arch: calm", "arch: wild", "beta")
    page.locator(".group-item:has-text('calm') .eye").click()
    expect(page.locator(".group-item:has-text('calm') .eye")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#count")).to_contain_text("2 of 4 runs shown")
    expect(page.locator("#list-said")).to_contain_text("new runs still come in")


def test_runs_that_broke_off_are_marked_in_list_and_panel(store: Store, visit: Open) -> None:
    finished_run(store, "digits", "whole", HEALTHY)
    finished_run(store, "digits", "crashed", HEALTHY, status="failed")
    page = visit("/p/digits/compare", ready=PLOT)
    expect(item(page, "crashed").locator(".broke-off")).to_have_attribute(
        "title", re.compile("^Failed after ")
    )
    expect(item(page, "whole").locator(".broke-off")).to_have_count(0)
    expect(page.get_by_role("region", name="crashed").locator(".broke-off")).to_have_text(
        re.compile("Failed after")
    )


def test_a_link_brings_back_the_list(store: Store, runs: dict[str, RunRecord], visit: Open) -> None:
    view = f"pins={runs['gamma.1'].id}&group=config:arch&sort=name&folded=g:calm&off={runs['alpha'].id}"
    page = visit(f"/p/digits/compare?{view}", ready=PLOT)
    listed(page, "gamma.1", "arch: calm", "arch: wild", "beta")
    expect(page.locator("#count")).to_contain_text("3 of 4 runs shown")
    # a link outlives runs, and says so
    store.delete([runs["beta"].run_id])
    page.goto(
        page.url.partition("?")[0] + f"?runs={runs['beta'].id},{runs['delta'].id}&base={runs['beta'].id}"
    )
    page.wait_for_selector(PLOT)
    shows(page, "delta")
    expect(page.locator("#list-said")).to_contain_text("1 run of this link is not here: deleted")
    page.goto(page.url.partition("?")[0] + f"?runs={runs['beta'].id}")
    expect(page.locator(".empty-chart")).to_contain_text("No run is shown")
    page.locator("#count").get_by_text("Show all 3").click()
    shows(page, "alpha", "delta", "gamma.1")


def test_the_table_holds_every_run_against_the_baseline(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    table = page.locator("#table")
    expect(table.locator("th")).to_have_count(8)
    row = item(page, "beta")
    row.hover()
    row.locator("[aria-label='Baseline: beta']").click()
    in_query(page, "base", runs["beta"].id)
    expect(table.locator("tr.held")).to_contain_text("beta")
    expect(table.locator("tr:has-text('alpha') .delta").first).to_contain_text("−")
    ends = table.locator("td:nth-child(2) > :first-child").evaluate_all(
        "all => all.map(e => Math.round(e.getBoundingClientRect().right))"
    )
    assert len(ends) == 4, "a value for each run"
    assert len(set(ends)) == 1, "values stand under one another, whatever follows them"
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
    card.locator(".main-svg").first.wait_for()
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
    whole = "() => document.querySelector('.metric-card.full')?.getBoundingClientRect().width === innerWidth"
    until(page, lambda: page.evaluate(whole), "the card fills the screen")
    page.keyboard.press("Escape")
    in_query(page, "full", None)
    files = {}
    for kind in ("csv", "png", "svg"):
        with page.expect_download() as download:
            card.locator("summary").click()
            card.locator(f"[data-tool={kind}]").click()
        assert download.value.suggested_filename == f"digits-grad-norm.{kind}"
        files[kind] = Path(download.value.path()).read_bytes()
    assert files["png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert len(files["png"]) > 5_000, "a picture with curves is no empty one"
    assert ElementTree.fromstring(files["svg"]).tag == "{http://www.w3.org/2000/svg}svg"
    text = files["csv"].decode("utf-8-sig")
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


def test_a_picture_is_saved_without_the_run_that_was_just_hidden(
    runs: dict[str, RunRecord], visit: Open
) -> None:
    page = visit("/p/digits/compare", ready=PLOT)
    shows(page, "alpha", "beta", "delta", "gamma.1")

    def saved() -> str:
        with page.expect_download() as download:
            page.locator("[data-card=main] summary").click()
            page.locator("[data-card=main] [data-tool=svg]").click()
        return Path(download.value.path()).read_text()

    assert "alpha" in saved()
    page.route("**/_dash-update-component*", lambda route: None)  # before the next picture is there
    item(page, "alpha").locator(".eye").click()
    shows(page, "beta", "delta", "gamma.1")
    after = saved()
    assert "beta" in after
    assert "alpha" not in after
    page.unroute_all(behavior="ignoreErrors")


def test_cards_are_put_in_order_by_hand_and_by_menu(store: Store, visit: Open) -> None:
    names = ("sys/cpu", "sys/gpu", "sys/ram")
    curves = {**HEALTHY, **{name: [float(e) for e in range(30)] for name in names}}
    finished_run(store, "digits", "alpha", curves)
    page = visit("/p/digits/compare", ready=PLOT, height=1500)

    def order() -> list[str]:
        return page.locator(".metric-card h3").all_inner_texts()

    until(page, lambda: order() == list(names), "the cards in their own order")
    cards = page.locator(".metric-card")
    cards.nth(2).locator("h3").drag_to(cards.nth(0).locator("h3"), target_position={"x": 4, "y": 4})
    until(page, lambda: order() == ["sys/ram", "sys/cpu", "sys/gpu"], "the last was dropped before the first")
    in_query(page, "cards", ",".join(("sys_ram", "sys_cpu", "sys_gpu")))
    cards.nth(0).locator("summary").click()
    cards.nth(0).locator("[data-tool=later]").click()
    until(page, lambda: order() == ["sys/cpu", "sys/ram", "sys/gpu"], "the menu moves it one further")
    page.reload()
    until(page, lambda: order() == ["sys/cpu", "sys/ram", "sys/gpu"], "a reload keeps the order")


def test_a_finding_zooms_and_the_axis_can_be_any_metric(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit(f"/p/digits/compare?focus={runs['beta'].id}", ready=PLOT)
    shows(page, "alpha", "beta", "delta", "gamma.1")

    def span() -> float:
        low, high = x_range(page)
        return high - low

    page.locator(".places [data-act=zoom]").first.click()
    until(page, lambda: span() < 55, "the finding is zoomed to")
    assert {"x0", "x1"} <= set(query(page))
    page.click("#reset")
    until(page, lambda: span() > 55, "the button shows everything again")
    region = page.evaluate(
        """() => { const gd = document.querySelector('.main-chart .js-plotly-plot'), L = gd._fullLayout, box = gd.getBoundingClientRect();
             const r = gd.layout.shapes.find(s => String(s.name).startsWith('region:'));
             return [box.left + L.xaxis._offset + L.xaxis.d2p((r.x0 + r.x1) / 2), box.top + L._size.t + 60]; }"""
    )
    page.mouse.click(*region)
    until(page, lambda: span() < 55, "a click on the region zooms to it")
    page.keyboard.press("r")
    until(page, lambda: span() > 55, "R shows everything again")
    page.click("[data-menu=x-menu] > summary")
    page.fill("#x-menu-find", "grad")
    page.locator("[data-menu=x-menu] .choice:visible", has_text="grad/norm").click()
    in_query(page, "x", "metric:grad/norm")
    title = f"() => {CHART}._fullLayout.xaxis.title.text"
    until(page, lambda: "grad" in (page.evaluate(title) or ""), "the axis shows the metric")
    # over a metric the curves turn back, and the crosshair still reads every run
    point(page)
    card = page.locator(".main-chart .cross-card")
    expect(card).to_be_visible()
    expect(card.locator(".title")).to_contain_text("grad")
    expect(card.locator("tbody tr")).not_to_have_count(0)
    # a range belongs to the axis that it was chosen on: another axis shows everything
    page.click("#x >> text=Step")
    in_query(page, "x", "step")
    until(page, lambda: page.evaluate(title) == "Step", "the axis shows steps")
    drag(page)
    until(page, lambda: span() < 30, "a drag zooms")
    page.click("#x >> text=Epoch")
    until(page, lambda: page.evaluate(title) == "Epoch" and span() > 55, "epochs, all of them")
    assert not {"x0", "x1"} & set(query(page))


def test_a_phone_opens_list_and_display_as_sheets(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit("/p/digits/compare", ready=PLOT, width=390, height=844)
    page.click(".run-bar [data-sheet=list]")
    row = item(page, "alpha")
    expect(row).to_be_visible()
    row.locator(".eye").click()
    expect(page.locator("#count")).to_contain_text("3 of 4")
    page.click("#side [data-sheet=list]")
    expect(row).to_be_hidden()
    page.click(".run-bar [data-sheet=display]")
    page.click("#x >> text=Step")
    in_query(page, "x", "step")
    page.keyboard.press("Escape")
    expect(page.locator("#x")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_leaves_most_of_the_table_to_its_values(store: Store, visit: Open) -> None:
    finished_run(store, "digits", "a name that is as long as some people make them " * 2, OVERFIT)
    page = visit("/p/digits/compare", ready=PLOT, width=390, height=844)
    name = page.locator(".comparison tbody td").first.bounding_box()
    assert name is not None
    assert name["width"] < 195


def test_a_late_answer_about_a_note_stays_with_its_run(runs: dict[str, RunRecord], visit: Open) -> None:
    page = visit(f"/p/digits/compare?focus={runs['delta'].id}", ready=PLOT)
    page.locator(".says-notes summary", has_text="delta").click()
    page.get_by_role("button", name="Add note").first.click()
    page.get_by_label("Note", exact=True).fill("seen on delta")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "notes-fresh" in (route.request.post_data_json or {}).get("output", ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold)
    page.get_by_label("Note", exact=True).press("Control+Enter")
    until(page, lambda: held, "the note is on its way")
    item(page, "alpha").locator(".name").click()
    expect(page.locator(".says-notes summary")).to_have_text("Notes and alerts alpha")
    held[0].continue_()
    expect(page.locator("#notes-undo")).to_have_text("The note stands on delta.")
    expect(page.locator("#notes-list")).to_have_text(re.compile("^Nothing noted"))
    item(page, "delta").locator(".name").click()
    expect(page.locator("#notes-list")).to_contain_text("seen on delta")

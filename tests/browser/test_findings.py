"""A reader sees every finding with its numbers, and may dismiss one for everybody."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import Open
from tracker.store.base import Store

PATIENCE_MS = 20_000


def test_a_finding_shows_its_numbers_and_can_be_dismissed_and_restored(store: Store, visit: Open) -> None:
    finished_run(store, "digits", "calm", HEALTHY, created_ms=1_000)
    run = finished_run(store, "digits", "wide", OVERFIT, created_ms=2_000)
    page = visit(f"/p/digits/r/{run.id}", ready=".findings")
    head = page.locator(".run-head .verdict")
    expect(head).to_have_text("Overconfident")
    row = page.locator(".finding", has_text="Overconfident").first
    row.get_by_text("The numbers").click()
    expect(row.locator("dt", has_text="rise share of drop")).to_be_visible()

    page.get_by_role("button", name="Dismiss: overconfident").click()
    page.get_by_role("button", name="Dismiss finding").click()
    expect(head).to_have_text("Dismissed", timeout=PATIENCE_MS)
    expect(page.locator(".says-large")).to_contain_text("Somebody has dismissed this")
    assert store.annotations([run.run_id])[run.run_id][0].title == "overconfident"

    runs = visit("/p/digits", ready=".ag-row")
    newest = runs.locator(".ag-center-cols-container .ag-row").first
    expect(newest).to_contain_text("Dismissed", timeout=PATIENCE_MS)
    compare = visit("/p/digits/compare")
    pill = compare.locator('[data-act="verdict"][data-id="dismissed"]')
    expect(pill).to_contain_text("1", timeout=PATIENCE_MS)
    expect(compare.locator(".js-plotly-plot")).not_to_contain_text("Overfitting from")

    page.get_by_role("button", name="Restore: overconfident").click()
    expect(head).to_have_text("Overconfident", timeout=PATIENCE_MS)
    assert store.annotations([run.run_id]) == {}

"""The run page as a person uses it: rename, tag, note, dismiss, zoom, read the raw data, delete and think better of it."""

from __future__ import annotations

import math
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session, row
from tests.support.window import Open
from tracker.model import RunRecord
from tracker.store.base import Store

PATIENCE_MS = 30_000
RANGE = "document.querySelector('#run-graph .js-plotly-plot')._fullLayout.xaxis.range"
HOSTILE = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) =cmd|'/c calc'!A1 " + 60 * "W"

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def run(store: Store) -> RunRecord:
    """A run that overfits, with settings, beside a healthy one of the same group."""
    finished_run(store, "digits", "calm", HEALTHY, group="sweep", tags=("baseline",), created_ms=1_000)
    return finished_run(
        store,
        "digits",
        "wide",
        OVERFIT,
        group="sweep",
        config={
            "lr": 0.0003,
            "optimizer.name": "adam",
            "optimizer.betas.first": 0.9,
            "seed": 12345678901234567,
        },
        environment={"python": "3.12.1", "git_commit": "a" * 40, "host": "node7", "torch": "2.9"},
        created_ms=2_000,
    )


def path(run: RunRecord) -> str:
    return f"/p/{run.project}/r/{run.id}"


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def x_range(page: Page) -> list[float]:
    found: list[float] = page.evaluate(RANGE)
    return found


def holds(page: Page, expression: str) -> None:
    """Wait until an expression is true on the page; its policy lets no string be evaluated by a wait of the page's own."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        if page.evaluate(expression):
            return
        page.wait_for_timeout(60)
    pytest.fail(f"did not become true: {expression}")


def test_name_group_and_tags_are_changed_in_place(store: Store, run: RunRecord, visit: Open) -> None:
    page = visit(path(run), ready=".run-head h1")
    title = page.locator(".run-head h1")
    page.get_by_role("button", name="Rename the run").click()
    field = page.get_by_label("Name", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("wide")
    field.fill("")
    field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="A run needs a name")).to_be_visible()
    field.press("Escape")
    expect(title).to_have_text("wide")

    page.get_by_role("button", name="Rename the run").click()
    expect(field).to_have_value("wide")
    field.fill("calm")  # a name may repeat
    field.press("Enter")
    expect(title).to_have_text("calm")
    assert store.runs(run_ids=[run.run_id])[0].name == "calm"

    page.get_by_role("button", name="Add tag").click()
    tag = page.get_by_label("Tag", exact=True)
    expect(page.locator("#run-all-tags option[value=baseline]")).to_have_count(1)
    tag.fill("keep <b>me</b>")
    tag.press("Enter")
    expect(page.locator("#run-tags .tag")).to_have_text(["keep <b>me</b>"])
    expect(tag).to_have_value("")
    tag.fill("second")
    tag.press("Enter")
    expect(page.locator("#run-tags .tag")).to_have_text(["keep <b>me</b>", "second"])
    tag.press("Escape")
    page.get_by_role("button", name="Remove the tag second").click()
    expect(page.locator("#run-tags .tag")).to_have_text(["keep <b>me</b>"])

    expect(page.locator("#run-siblings")).to_contain_text("Healthy")
    page.get_by_role("button", name="sweep").first.click()
    group = page.get_by_label("Group", exact=True)
    group.fill("")
    group.press("Enter")
    expect(page.get_by_role("button", name="Add group")).to_be_visible()
    expect(page.locator("#run-siblings")).to_be_empty()
    assert store.runs(run_ids=[run.run_id])[0].group is None


def test_notes_are_written_in_markdown_and_survive_what_others_write(
    store: Store, run: RunRecord, visit: Open
) -> None:
    page = visit(path(run), ready=".run-head h1")
    page.get_by_role("button", name="Edit the notes").click()
    text = page.get_by_label("Notes in Markdown")
    text.fill("# Plan\n\nTry **wider** layers.\n\n<b>raw</b>")
    expect(page.locator("#run-look h3")).to_have_text("Plan")
    store.edit([run.run_id], notes="Somebody was faster.")
    told = page.get_by_role("alert").filter(has_text="Changed meanwhile to “Somebody was faster.”")
    expect(told).to_be_visible()
    expect(text).to_have_value(re.compile("Try \\*\\*wider"))
    text.press("Control+Enter")
    words = page.locator("#run-words")
    expect(words.locator("strong")).to_have_text("wider")
    expect(words.locator("b")).to_have_count(0)
    assert store.runs(run_ids=[run.run_id])[0].notes.startswith("# Plan")

    page.reload()
    expect(page.locator("#run-words h3")).to_have_text("Plan")
    page.get_by_role("button", name="Edit the notes").click()
    text.fill("thrown away")
    page.get_by_role("button", name="Cancel").locator("visible=true").click()
    expect(page.locator("#run-words h3")).to_have_text("Plan")


def test_a_note_at_an_epoch_reaches_the_team_and_can_be_taken_back(
    store: Store, run: RunRecord, visit: Open
) -> None:
    page = visit(path(run), ready=".run-head h1")
    colleague = visit(path(run), theme="dark", ready=".run-head h1")
    page.get_by_role("button", name="Add note").first.click()
    page.get_by_label("Note", exact=True).fill("Lowered the rate\n<i>here</i>")
    epoch = page.get_by_role("textbox", name="Epoch")
    epoch.fill("soon")
    page.get_by_label("Your name").locator("visible=true").fill("Ada")
    page.get_by_label("Note", exact=True).press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="“soon” is no epoch")).to_be_visible()
    expect(page.get_by_label("Note", exact=True)).to_have_value("Lowered the rate\n<i>here</i>")
    epoch.fill("30")
    epoch.press("Enter")
    mine = page.locator("#run-notes-list .finding")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("Ada")
    expect(mine).to_contain_text("<i>here</i>")
    expect(colleague.locator("#run-notes-list .finding")).to_contain_text("Lowered the rate")
    [note] = store.annotations([run.run_id])[run.run_id]
    assert (note.epoch, note.author) == (30.0, "Ada")

    mine.get_by_role("button", name="epoch 30").click()
    expect(page).to_have_url(re.compile("x0="))
    holds(page, f"{RANGE}[0] > 10")

    compare = visit(f"/p/digits/compare?focus={run.id}", ready="#graph .main-svg")
    compare.locator(".says-notes summary", has_text="wide · 1").click()
    expect(compare.locator("#notes-list")).to_contain_text("Lowered the rate")
    compare.get_by_role("button", name="Add note").first.click()
    compare.get_by_label("Note", exact=True).fill("Seen from beside")
    expect(compare.locator(".notes-card .form")).to_contain_text("On wide")
    # the form stays with its run when another one comes into focus
    compare.locator(".list .name", has_text="calm").first.click()
    expect(compare.locator(".says-notes summary")).to_have_text("Notes and alerts calm")
    compare.get_by_label("Note", exact=True).press("Control+Enter")
    expect(compare.get_by_text("The note stands on wide.")).to_be_visible()
    expect(compare.locator(".says-notes summary")).to_have_text("Notes and alerts calm")
    expect(mine).to_have_count(2)
    compare.close()

    page.get_by_role("button", name="Delete the note of Ada").last.click()
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("Seen from beside")
    page.locator("#run-notes-undo").get_by_role("button", name="Undo").click()
    expect(mine).to_have_count(2)
    page.get_by_role("button", name="Add note").first.click()
    expect(page.get_by_label("Your name").locator("visible=true")).to_have_value("Ada")


def test_what_is_unfolded_and_selected_stays_so_while_the_run_grows(store: Store, visit: Open) -> None:
    session = Session(store, project="digits", name="growing")
    log(session, {name: values[:40] for name, values in OVERFIT.items()})
    run = store.runs(run_ids=[session.run_id])[0]
    page = visit(path(run), ready="#run-graph .main-svg")
    finding = page.locator("#run-findings .finding", has_text="Overconf").first
    finding.get_by_text("The numbers").click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#run-findings h2'))")
    before = finding.locator("dl").inner_text()
    log(session, {name: values[40:] for name, values in OVERFIT.items()}, start=40)
    expect(page.locator("#run-summary tr", has_text="val/loss").locator("td").first).to_have_text("60")
    expect(finding.locator("dl")).not_to_have_text(before)
    expect(finding.locator("dl")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == "Findings"


def test_controls_and_zoom_stand_in_the_address_and_survive_reload_and_ticks(
    store: Store, visit: Open
) -> None:
    session = Session(store, project="digits", name="growing")
    log(session, {name: values[:40] for name, values in OVERFIT.items()})
    run = store.runs(run_ids=[session.run_id])[0]
    page = visit(path(run), ready="#run-graph .main-svg")
    expect(page.locator("#run-state")).to_contain_text("Running")
    page.get_by_role("switch", name="Log y").click()
    expect(page).to_have_url(re.compile("log=1"))
    page.get_by_role("button", name=re.compile("^epoch .*zoom to Overconf")).click()
    expect(page).to_have_url(re.compile("x0="))
    holds(page, f"{RANGE}[0] > 5")
    seen = x_range(page)
    holds(page, "document.querySelector('#run-graph .js-plotly-plot')._fullLayout.yaxis.type === 'log'")
    log(session, {name: values[40:] for name, values in OVERFIT.items()}, start=40)
    expect(page.locator("#run-summary tr", has_text="val/loss").locator("td").first).to_have_text("60")
    assert x_range(page) == pytest.approx(seen)
    page.reload()
    page.wait_for_selector("#run-graph .main-svg")
    holds(page, "document.querySelector('#run-graph .js-plotly-plot')._fullLayout.yaxis.type === 'log'")
    assert x_range(page) == pytest.approx(seen)
    page.get_by_role("button", name="Reset zoom").click()
    expect(page).not_to_have_url(re.compile("x0="))
    holds(page, f"{RANGE}[0] < 5")


def test_raw_data_scrolls_filters_and_downloads(store: Store, visit: Open) -> None:
    session = Session(store, project="digits", name="long")
    points = [row(i, 1 / (i + 1), "train/loss", epoch=i / 100) for i in range(5_000)]
    points += [row(i, math.nan if i == 700 else 2.0, "val/loss", epoch=i / 100) for i in range(0, 5_000, 100)]
    points.append(row(4_999, 1.0, HOSTILE))
    session.ship(points, elapsed_ms=1_000, status="running")
    run = store.runs(run_ids=[session.run_id])[0]
    page = visit(path(run), ready=".run-head h1")
    page.get_by_role("button", name="Data table").click()
    expect(page.get_by_role("button", name="Hide table")).to_be_focused()
    expect(page.locator("#run-raw-card")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("table=1"))
    grid = page.locator("#run-raw-grid")
    expect(page.locator("#run-raw-count")).to_have_text("5,000 rows, 3 series")
    expect(grid.locator(".ag-pinned-left-cols-container [col-id=step]").first).to_have_text("0")
    page.evaluate("dash_ag_grid.getApi('run-raw-grid').ensureIndexVisible(700, 'top')")
    expect(grid.locator("[row-index='700'] [col-id=s1]")).to_have_text("NaN")
    expect(grid.locator("[row-index='700'] [col-id=step]")).to_have_text("700")
    page.get_by_label("Columns by name").fill("val")
    expect(grid.locator(".ag-header-cell-text", has_text="train/loss")).to_have_count(0)
    expect(grid.locator(".ag-header-cell-text", has_text="val/loss")).to_have_count(1)
    page.get_by_label("Columns by name").fill("")
    expect(grid.locator(".ag-header-cell-text", has_text="train/loss")).to_have_count(1)

    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV: download every point of this run").click()
    lines = waiting.value.path().read_text().splitlines()
    assert len(lines) == 5_001
    assert lines[0].startswith("step,epoch,seconds,train/loss,val/loss,")
    assert lines[701].split(",")[:2] == ["700", "7"]
    assert lines[701].split(",")[4] == "NaN"

    page.reload()
    expect(grid.locator(".ag-pinned-left-cols-container [col-id=step]").first).to_have_text("0")
    page.get_by_role("button", name="Hide table").click()
    expect(grid).to_have_count(0)
    expect(page).not_to_have_url(re.compile("table=1"))


def test_a_finding_is_dismissed_with_a_reason(store: Store, run: RunRecord, visit: Open) -> None:
    page = visit(path(run), ready=".findings")
    page.get_by_role("button", name="Dismiss: overconfident").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason, if you like").fill("the split leaks")
    dialog.get_by_label("Your name, if you like").fill("Grace")
    dialog.get_by_role("button", name="Dismiss finding").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#run-badge")).to_have_text("Dismissed")
    expect(page.locator(".finding.gone")).to_contain_text("Dismissed by Grace just now: the split leaks")


def test_a_run_is_archived_deleted_and_brought_back(store: Store, run: RunRecord, visit: Open) -> None:
    page = visit(path(run), ready=".run-head h1")
    page.locator("#run-menu summary").click()
    page.locator("#run-menu").get_by_role("button", name="Archive").click()
    expect(page.locator("#run-state")).to_contain_text("Archived")
    page.locator("#run-said").get_by_role("button", name="Undo").click()
    expect(page.locator("#run-state")).not_to_contain_text("Archived")

    page.locator("#run-menu summary").click()
    page.locator("#run-menu").get_by_role("button", name="Delete").click()
    expect(page.locator("#run-said")).to_contain_text("This run was deleted")
    assert store.runs(run_ids=[run.run_id]) == []
    page.reload()
    expect(page.get_by_role("heading", name="This run was deleted")).to_be_visible()
    page.get_by_role("button", name="Restore it").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.locator(".run-head h1")).to_have_text("wide")


def test_settings_are_searched_and_copied_whole(run: RunRecord, visit: Open) -> None:
    page = visit(path(run), ready=".run-head h1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as a Python dict").click()
    holds(page, "navigator.clipboard.readText().then(t => t.includes(\"'betas': {'first': 0.9}\"))")
    assert "12345678901234567" in page.evaluate("navigator.clipboard.readText()")
    expect(page.locator("#run-environment")).to_contain_text("node7")
    expect(page.locator("#run-state")).to_contain_text("aaaaaaaa")
    page.get_by_label("Filter series").fill("accuracy")
    expect(page.locator("#run-summary tbody tr:visible")).to_have_count(2)


def test_hostile_words_stay_words(store: Store, visit: Open) -> None:
    run = finished_run(
        store,
        "digits",
        HOSTILE,
        OVERFIT | {HOSTILE: [1.0, 2.0]},
        group=HOSTILE,
        tags=(HOSTILE,),
        notes=f"{HOSTILE}\n\n<script>alert(1)</script>\n\n![x](https://elsewhere.example/a.png)",
        config={HOSTILE: HOSTILE},
    )
    page = visit(path(run), ready=".run-head h1")
    expect(page.locator(".run-head h1")).to_have_text(HOSTILE)
    expect(page.locator("#run-config")).to_contain_text(HOSTILE)
    expect(page.locator("#run-summary")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x], a[href^=javascript]").count() == 0
    phone = visit(path(run), width=390, height=844, ready="#run-graph .main-svg")
    expect(phone.locator(".run-head h1")).to_have_text(HOSTILE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_verdict_comes_before_the_chart_on_a_phone(run: RunRecord, visit: Open) -> None:
    page = visit(path(run), width=390, height=844, ready="#run-graph .main-svg")
    tops = [page.locator(s).bounding_box() for s in ("#run-says", "#run-tiles", "#run-graph", "#run-config")]
    assert [t["y"] for t in tops if t] == sorted(t["y"] for t in tops if t)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Display").click()
    page.get_by_role("switch", name="Log y").click()
    page.get_by_role("button", name="Done").click()
    expect(page).to_have_url(re.compile("log=1"))
    expect(page.get_by_role("switch", name="Log y")).to_be_hidden()


def test_a_run_of_one_point_says_what_comes_next(store: Store, visit: Open) -> None:
    run = finished_run(store, "digits", "brief", {"train/loss": [1.0]})
    page = visit(path(run), ready=".run-head h1")
    expect(page.locator("#run-badge")).to_have_text("Too early")
    expect(page.locator(".tile", has_text="Best validation loss")).to_contain_text("none is logged")
    expect(page.locator("#run-config")).to_contain_text("No configuration was given")

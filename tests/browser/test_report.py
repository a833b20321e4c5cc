"""A report as a colleague meets it: a file opened from disk, without a network, in light, dark, small and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.comparison import gather
from tracker.store.base import Store

OpenReport = Callable[..., Page]
EVIL = "</script><img src=x onerror=alert(1)><svg onload=alert(2)>\u202e"


@pytest.fixture
def opened(
    browser: Browser, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenReport]:
    """Write a report and open it; at the end nothing may stand in a console and nothing but the file was asked for."""
    monkeypatch.setenv("TRACKER_URL", store.url)
    troubles: list[str] = []
    contexts = []

    def open_report(runs: list[str], *, theme: str = "light", width: int = 1280, **options: str) -> Page:
        file = gather(runs).to_html(tmp_path / "report.html", **options)
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            offline=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"page: {error}"))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda r: None if r.url == file.as_uri() else troubles.append(f"asked: {r.url}"))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart path.curve")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


def two(store: Store) -> list[str]:
    return [
        finished_run(store, "p", "wide", OVERFIT, config={"drop": 0}).id,
        finished_run(store, "p", "calm", HEALTHY, config={"drop": 0.5}).id,
    ]


def point_at(page: Page, across: float, down: int) -> None:
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + down)


def drag(page: Page, start: float, end: float) -> None:
    point_at(page, start, 100)
    page.mouse.down()
    point_at(page, (start + end) / 2, 110)
    point_at(page, end, 120)
    page.mouse.up()


def curves(page: Page, run: int) -> int:
    return page.locator(f'#chart path.curve[data-run="{run}"]').count()


def test_it_opens_annotated_and_tells_values_under_the_pointer(store: Store, opened: OpenReport) -> None:
    page = opened(two(store), title="Dropout against overfitting")
    expect(page).to_have_title("Dropout against overfitting")
    expect(page.locator("h1")).to_have_text("Dropout against overfitting")
    expect(page.locator("#chart")).to_contain_text("Overfitting from epoch")
    expect(page.locator("#chart")).to_contain_text("gap")
    card = page.locator(".cross-card")
    expect(card).to_be_hidden()
    point_at(page, 0.5, 100)
    expect(card).to_be_visible()
    epoch = int(card.locator(".title").inner_text().removeprefix("Epoch "))
    values = [OVERFIT["train/loss"][epoch], OVERFIT["val/loss"][epoch]]
    told = card.locator("tbody tr", has_text="wide").locator("td").all_inner_texts()[1:]
    assert [float(cell) for cell in told] == pytest.approx(values, rel=5e-3)
    point_at(page, 0.5, 420)
    expect(card).to_contain_text("Accuracy %")
    expect(card).to_contain_text("%")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_runs_are_hidden_shown_and_brought_into_focus(store: Store, opened: OpenReport) -> None:
    page = opened(two(store))
    wide, calm = page.locator(".run-row").all()
    expect(wide.locator(".pick")).to_have_attribute("aria-pressed", "true")
    wide.locator(".eye").click()
    assert (curves(page, 0), curves(page, 1)) == (0, 2)
    expect(wide.locator(".eye")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#chart")).not_to_contain_text("Overfitting from epoch")
    page.get_by_role("button", name="All").click()
    assert curves(page, 0) == 4
    calm.locator(".pick").click()
    expect(page.locator("#chart .bold", has_text="calm").first).to_be_visible()
    wide.locator(".pick").click()
    expect(page.locator("#chart")).to_contain_text("Overfitting from epoch")
    page.get_by_label("Annotations").uncheck()
    expect(page.locator("#chart")).not_to_contain_text("Overfitting from epoch")
    page.get_by_role("button", name="None").click()
    assert curves(page, 0) + curves(page, 1) == 0


def test_a_stretch_is_zoomed_into_and_left_again(store: Store, opened: OpenReport) -> None:
    page = opened(two(store))
    reset = page.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_hidden()
    drag(page, 0.3, 0.5)
    expect(reset).to_be_visible()
    ticks = [float(text) for text in page.locator("#chart .tick.x").all_text_contents()]
    assert 10 <= min(ticks) < max(ticks) <= 32
    page.locator("#chart").dblclick(position={"x": 300, "y": 100})
    expect(reset).to_be_hidden()
    drag(page, 0.3, 0.5)
    reset.click()
    expect(reset).to_be_hidden()


def test_a_log_axis_has_ticks_of_its_decades(store: Store, opened: OpenReport) -> None:
    page = opened(two(store))
    page.get_by_label("Log y").check()
    ticks = page.locator("#chart .tick").all_text_contents()
    assert {"0.05", "0.1", "0.2", "0.5", "1", "2"} <= set(ticks)
    expect(page.locator("#chart")).to_contain_text("Overfitting from epoch")


def test_the_keyboard_reads_values_too(store: Store, opened: OpenReport) -> None:
    page = opened(two(store))
    page.locator("#chart").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator(".cross-card")).to_contain_text("Epoch 56")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cross-card")).to_contain_text("Accuracy %")
    page.keyboard.press("Escape")
    expect(page.locator(".cross-card")).to_be_hidden()


def test_the_reader_chooses_light_or_dark(store: Store, opened: OpenReport) -> None:
    page = opened(two(store), theme="dark")

    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    def stroke() -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('#chart path.curve')).stroke"))

    dark = ground(), stroke()
    assert dark[0] == "rgb(11, 13, 16)"
    page.get_by_role("button", name="Dark or light").click()
    assert ground() == "rgb(247, 248, 250)"
    assert stroke() != dark[1]
    page.emulate_media(media="print")
    page.evaluate("document.getElementById('theme').click()")
    assert ground() == "rgb(255, 255, 255)"


@pytest.mark.parametrize("count", [1, 2, 14])
def test_a_phone_has_no_sideways_scrolling(store: Store, opened: OpenReport, count: int) -> None:
    runs = [
        finished_run(
            store, "p", f"a-run-with-a-long-name-{i}", OVERFIT if i % 2 else HEALTHY, config={"k" * 30: i}
        ).id
        for i in range(count)
    ]
    page = opened(runs, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#chart svg").evaluate("svg => svg.getBoundingClientRect().right") <= 390
    assert page.locator("article.run").count() == count


def test_paper_shows_what_is_folded_on_a_screen(store: Store, opened: OpenReport, tmp_path: Path) -> None:
    page = opened(two(store))
    assert page.locator("details[open]").count() == 0
    page.evaluate(
        "addEventListener('beforeprint', () => { window.unfolded = document.querySelectorAll('details:not([open])').length })"
    )
    page.pdf(path=tmp_path / "report.pdf")
    assert page.evaluate("window.unfolded") == 0
    assert page.locator("details[open]").count() == 0


def test_hostile_names_are_only_text(store: Store, opened: OpenReport) -> None:
    runs = [
        finished_run(
            store, "p", f"{EVIL}{i}", OVERFIT, notes=EVIL, tags=(EVIL,), group=EVIL, config={EVIL: i}
        ).id
        for i in range(2)
    ]
    page = opened(runs, title=EVIL, description=EVIL, author=EVIL)
    point_at(page, 0.5, 100)
    expect(page.locator(".cross-card")).to_contain_text("</script><img src=x onerror=alert(1)>")
    expect(page.locator("#chart")).to_contain_text("</scrip")
    page.locator("summary").first.click()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2

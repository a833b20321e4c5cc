"""Names, tags, notes and values that look like markup are shown as the text that they are, and leave as text in every export.

That they stay text on every page is seen by the walk in tests/browser/test_accessibility.py.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page

import tracker
from tests.browser.places import COMPARE, until
from tests.support.corpus import CORPUS, LONGEST
from tests.support.harmless import harmless
from tests.support.hostile import PROJECT, fill
from tests.support.window import Open
from tracker.errors import TrackerError
from tracker.store.base import Store


@pytest.fixture
def hostile(store: Store) -> dict[str, str]:
    return fill(store)


def test_all_runs_of_the_project_are_drawn_named_and_told_of(hostile: dict[str, str], visit: Open) -> None:
    page = visit(f"/p/{quote(PROJECT, safe='')}/compare?runs=all", ready=".js-plotly-plot .main-svg")
    assert page.locator(".crumbs .here").inner_text() == PROJECT
    until(page, "document.querySelector('.js-plotly-plot').data.length > 80")
    assert not harmless(page)
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".readout, .crosshair, .cross-card", state="attached")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+k")
    page.keyboard.type("<")
    until(page, "document.querySelector('#palette [role=listbox]').textContent.includes('<script>')")
    assert not harmless(page)


def test_files_and_the_clipboard_hold_no_formula_no_link_and_no_markup(
    hostile: dict[str, str], visit: Open, tmp_path: Path
) -> None:
    def saved(page: Page, button: Locator) -> list[list[str]]:
        with page.expect_download() as download:
            button.click()
        path = tmp_path / download.value.suggested_filename
        assert re.fullmatch(r"[\w.-]+\.csv", path.name, re.ASCII), path.name
        download.value.save_as(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    base = f"/p/{quote(PROJECT, safe='')}"
    page = visit(base, ready=".runs-grid .ag-row")
    tables = [saved(page, page.get_by_role("button", name="CSV"))]
    page.close()
    page = visit(f"{base}/compare?runs=all", ready=COMPARE)
    until(page, "document.querySelectorAll('#table tbody tr').length > 30")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tables.append(saved(page, page.locator("[data-table=csv]")))
    page.locator("[data-table=markdown]").click()
    page.locator(".said[data-on]").wait_for()
    markdown: str = page.evaluate("navigator.clipboard.readText()")
    page.close()
    for table in tables:
        assert len(table) > len(CORPUS)
        assert len({len(line) for line in table}) == 1, "no text may begin a new line or cell"
        bold = [
            cell for line in table for cell in line if cell[:1] in tuple("=+-@\t\r") and not _number(cell)
        ]
        assert bold == []
        assert any(CORPUS[0] in cell for line in table for cell in line), "what is harmless stays as it is"
    lines = markdown.splitlines()
    assert len(lines) > len(CORPUS)
    assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines}) == 1
    assert not re.search(r"(?<!\\)[<\[\]`*!]|https?:/", "\n".join(lines))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class TestWhatLeavesTheDashboard:
    """Files that are opened elsewhere, without the dashboard's own guard around them."""

    @pytest.fixture
    def chosen(self, hostile: dict[str, str], store: Store, sqlite_url: str) -> Any:
        wanted = [hostile["run"], *(r.id for r in store.runs(PROJECT) if r.name in CORPUS[:7])]
        return tracker.compare(wanted, store=sqlite_url)

    def opened(self, browser: Browser, path: Path) -> list[str]:
        """Open a file as from a disk; return what it tried and what it made."""
        context = browser.new_context()
        page = context.new_page()
        tried: list[str] = []
        page.on("request", lambda r: tried.append(r.url) if r.url.startswith(("http", "ws", "//")) else None)
        page.on("dialog", lambda dialog: (tried.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(path.as_uri(), wait_until="load")
        if "report" in path.name:
            page.wait_for_selector("#chart path.curve", state="attached")
        found = harmless(page)
        context.close()
        return tried + found

    def test_the_report(self, chosen: Any, browser: Browser, tmp_path: Path) -> None:
        path = tmp_path / "report.html"
        chosen.to_html(path, title=CORPUS[0], description=" ".join(CORPUS[:9]), author=CORPUS[5])
        assert not self.opened(browser, path)

    def test_a_notebook(self, chosen: Any, browser: Browser, tmp_path: Path) -> None:
        path = tmp_path / "notebook.html"
        parts = [chosen._repr_html_(), *(d._repr_html_() for d in chosen.diagnoses)]
        path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{''.join(parts)}</body>", "utf-8")
        assert not self.opened(browser, path)


@pytest.mark.parametrize(
    "bad", ["nul\0", "bell\a", "escape\x1b[31m", "delete\x7f", "line\nline", LONGEST + "n"]
)
def test_what_is_no_name_is_refused_where_it_is_logged(bad: str, tmp_path: Path) -> None:
    where: dict[str, Any] = {"store": f"sqlite:///{tmp_path}/refused.db", "mode": "offline"}
    with pytest.raises((ValueError, TrackerError)):
        tracker.Run("digits", bad, **where)
    run = tracker.Run("digits", "fine", **where)
    with pytest.raises((ValueError, TrackerError)):
        run.log({bad: 1.0})
    run.finish()

"""Names, tags, notes and values that look like markup are shown as the text that they are: on every page, in every export."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page

import tracker
from tests.browser.conftest import Open
from tests.browser.places import COMPARE, PLACES, until
from tests.security.corpus import CORPUS, LONGEST, MARK
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.errors import TrackerError
from tracker.model import Annotation, SavedView
from tracker.store.base import Store

PROJECT = CORPUS[1]
HARMLESS = """mark => {
    const out = [];
    if (window[mark] !== undefined) out.push('a script ran: ' + window[mark]);
    for (const at of document.querySelectorAll('.' + mark)) out.push('an element was made: ' + at.outerHTML.slice(0, 200));
    for (const at of document.querySelectorAll('a, [href], [src], [action], iframe, object, embed'))
      for (const name of ['href', 'xlink:href', 'src', 'action', 'srcdoc']) {
        const there = at.getAttribute(name);
        if (!there) continue;
        const url = new URL(there, location.href);
        const ours = url.origin === location.origin || url.protocol === 'data:' && at.tagName !== 'A' || location.protocol === 'file:' && there.startsWith('#');
        if (!ours) out.push('an address was made: ' + at.outerHTML.slice(0, 200));
      }
    for (const at of document.querySelectorAll('*'))
      for (const { name } of at.attributes) if (name.startsWith('on')) out.push('a handler was made: ' + at.outerHTML.slice(0, 200));
    return out;
}"""


@pytest.fixture
def hostile(store: Store) -> dict[str, str]:
    """A project of forty runs, each named by the next texts; one more that holds all of them in all its places."""
    now, n = int(time.time() * 1000), len(CORPUS)

    def text(i: int) -> str:
        return CORPUS[i % n]

    for i in range(n):
        short = {name: values[:20] for name, values in (HEALTHY if i % 2 else OVERFIT).items()}
        finished_run(
            store, PROJECT, text(i), short, created_ms=now - 1000 * i, tags=(text(i + 1),), group=text(i + 2),
            notes=text(i + 3), config={text(i + 4): text(i + 5), "lr": 0.1 * i},
        )  # fmt: skip
        if i and i % 4 == 0:
            finished_run(store, text(i), text(i + 7), {"loss": [1.0, 0.5]}, created_ms=now - 1000 * i)
    every = finished_run(
        store, PROJECT, "all of them", {**OVERFIT, **{name: [1.0, 0.5, 0.4] for name in CORPUS}}, created_ms=now,
        tags=CORPUS, group=CORPUS[0], notes="\n\n".join(CORPUS), config={name: name for name in CORPUS},
    )  # fmt: skip
    for i, said in enumerate(CORPUS):
        kind = "alert" if i % 2 else "note"
        store.annotate(every.run_id, Annotation(kind, said, said, epoch=float(i), at_ms=now + i))
    views = [
        store.save_view(SavedView("", PROJECT, said[:200], text(i + 1)[:200], text(i + 2), query=""))
        for i, said in enumerate(CORPUS)
    ]
    other = next(record for record in store.runs(PROJECT) if record.name == CORPUS[5])
    return {"run": every.id, "other": other.id, "view": views[9].id}


def harmless(page: Page) -> list[str]:
    found: list[str] = page.evaluate(HARMLESS, MARK)
    return found


@pytest.mark.walk
@pytest.mark.timeout(600)
def test_every_page_shows_them_as_text(hostile: dict[str, str], visit: Open) -> None:
    told = []
    for place in PLACES:
        page = place.open(visit, project=quote(PROJECT, safe=""), run=hostile["run"], other=hostile["other"])
        told += [f"{place.name}: {line}" for line in harmless(page)]
        page.close()
    page = visit(f"/v/{hostile['view']}", ready=COMPARE)
    told += [f"a saved view: {line}" for line in harmless(page)]
    page.close()
    assert not told, "\n".join(told)


@pytest.mark.walk
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


@pytest.mark.walk
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

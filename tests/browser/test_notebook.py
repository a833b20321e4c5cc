"""Runs, diagnoses and comparisons in a real Jupyter kernel, their output opened as JupyterLab opens it: in a page."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page, expect

CELLS = (
    """
import os, sys, tracker
evil = "<script>alert(1)</script>"
def train(name, rise):
    run = tracker.Run(project="notebook", name=name, config={"rise": rise})
    for e in range(40):
        falling = 2 * 0.86 ** e
        val = falling + 0.6 + rise * max(0, e - 15)
        run.log({"train/loss": falling + 0.05, "val/loss": val, "val/accuracy": 0.9 - val / 5}, epoch=e)
    return run
run = train("wide " + evil, 0.05)
run
""",
    "run.diagnosis()",
    """
other = train("calm", 0.0)
run.finish(); other.finish()
found = tracker.compare([run, other])
found
""",
    "print(run); print(found)",
)
HOST = (
    """<!doctype html><meta charset="utf-8"><title>notebook</title><style>body { margin: 20px }</style>%s"""
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Execute the cells in a kernel of this Python and return what each put out."""
    folder = tmp_path_factory.mktemp("kernel")
    kernels = folder / "kernels" / "here"
    kernels.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "here",
        "language": "python",
    }
    (kernels / "kernel.json").write_text(json.dumps(spec))
    environment = os.environ | {
        "TRACKER_URL": f"sqlite:///{folder / 'runs.db'}",
        "TRACKER_HOME": str(folder / "home"),
        "JUPYTER_PATH": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(folder)
    try:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
        NotebookClient(book, timeout=120, kernel_name="here").execute(env=environment, cwd=str(folder))
    finally:
        if before is None:
            del os.environ["JUPYTER_PATH"]
        else:
            os.environ["JUPYTER_PATH"] = before
    return [cell.outputs for cell in book.cells]


def html(outputs: list[Any]) -> str:
    return "".join(one.data["text/html"] for one in outputs if one.output_type == "execute_result")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Open an output in a page; at the end nothing may stand in a console and nothing else was asked for."""
    troubles: list[str] = []
    contexts = []

    def show(output: str, theme: str = "light") -> Page:
        file = tmp_path / "output.html"
        file.write_text(HOST % output, "utf-8")
        context = browser.new_context(color_scheme="dark" if theme == "dark" else "light", offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"page: {error}"))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda r: (
                None if r.url in (file.as_uri(), "about:srcdoc") else troubles.append(f"asked: {r.url}")
            ),
        )
        page.goto(file.as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


def test_no_cell_fails(outputs: list[Any]) -> None:
    said = [one for cell in outputs for one in cell if one.output_type == "error"]
    assert not said


@pytest.mark.parametrize("cell", [0, 1])
def test_a_run_and_a_diagnosis_show_words_and_curves(outputs: list[Any], opened: Any, cell: int) -> None:
    page = opened(html(outputs[cell]))
    expect(page.locator("body > div").last).to_contain_text("verfitting from epoch")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#chart path.curve")).to_have_count(3)
    expect(frame.locator("#chart")).to_contain_text("verfitting from epoch")
    frame.locator("#chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(frame.locator(".cross-card")).to_contain_text("Epoch")
    inner = page.frames[1]
    assert inner.evaluate("document.documentElement.scrollHeight <= innerHeight + 2"), "all of it is seen"
    assert inner.evaluate("origin") == "null", "the frame sees nothing of the notebook"


def test_a_comparison_shows_words_curves_and_table(outputs: list[Any], opened: Any) -> None:
    page = opened(html(outputs[2]), theme="dark")
    expect(page.locator("body > div").first).to_contain_text("2 runs together")
    expect(page.locator("body > div").first).to_contain_text("calm: Healthy")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#chart path.curve")).to_have_count(6)
    expect(frame.locator("table")).to_contain_text("rise")
    frame.locator(".run-row .eye").first.click()
    expect(frame.locator("#chart path.curve")).to_have_count(3)


def test_printing_says_it_in_words(outputs: list[Any]) -> None:
    text = "".join(one.text for one in outputs[3] if one.output_type == "stream")
    assert "(project notebook, finished)" in text
    assert "calm: Healthy" in text
    assert "2 runs together:" in text

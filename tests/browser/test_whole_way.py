"""The whole way once: two real trainings in processes of their own, watched in a browser while they run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.comparing import item
from tests.support.window import Open

TRAIN = """
import sys
import tracker
from tracker.demo.table import DemoRun
from tracker.demo.train import epochs

shared = dict(dataset="digits", hidden=(640, 640), lr=7e-5, batch_size=8, epochs=45)
overfits = DemoRun(name="noisy", label_noise=0.3, n_train=300, n_val=800, expected="overfitting", notes="", **shared)
learns = DemoRun(name="steady", weight_decay=2.0, n_train=700, n_val=800, expected="healthy", notes="", **shared)
spec = {"noisy": overfits, "steady": learns}[sys.argv[1]]
with tracker.init(project="whole way", name=spec.name, config=spec.config):
    for epoch, measured in epochs(spec):
        tracker.log(measured, epoch=epoch)
"""

LENGTHS = """() => Object.fromEntries(
    (document.querySelector('.js-plotly-plot')?.data ?? [])
        .filter(t => t.meta && t.meta.split === 'val' && t.meta.metric === 'loss' && !t.meta.marks)
        .map(t => [t.meta.name, t.x.length]))"""


@pytest.fixture
def trainings(sqlite_url: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    environment = {
        **os.environ,
        "TRACKER_URL": sqlite_url,
        "TRACKER_HOME": str(tmp_path / "home"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TRAIN, name], env=environment, stderr=subprocess.PIPE, text=True
        )
        for name in ("steady", "noisy")
    ]
    yield started
    for process in started:
        process.kill()
        process.wait()


# Two trainings, a browser and a server share what cores there are; each wait inside has its own limit.
@pytest.mark.timeout(600)
def test_curves_grow_while_two_models_train_and_the_onset_appears(
    visit: Open, trainings: list[subprocess.Popen[str]]
) -> None:
    page = visit("/p/whole%20way/compare", ready="body")
    wait_for(page, "() => Object.keys(LENGTHS()).length === 2")
    early = page.evaluate(LENGTHS)
    assert any(process.poll() is None for process in trainings), "the page came after the trainings had ended"
    wait_for(page, f"() => LENGTHS()['noisy'] >= {early['noisy'] + 5}")
    expect(page.locator("#live")).to_contain_text("live")

    item(page, "noisy").click()
    onset = page.locator(".annotation", has_text="Overfitting from epoch")
    expect(onset).to_be_visible(timeout=90_000)

    for process in trainings:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    wait_for(page, "() => LENGTHS()['noisy'] === 45 && LENGTHS()['steady'] === 45")
    panel = page.get_by_role("complementary").filter(has_text="What is happening")
    expect(panel.get_by_text("Overfitting", exact=True)).to_be_visible()
    expect(panel.get_by_text("Healthy", exact=True)).to_be_visible()
    expect(page.locator("#live")).to_have_text("", timeout=90_000)


def wait_for(page: Page, condition: str, timeout_s: float = 90.0) -> None:
    """Wait until a condition on LENGTHS(), the points of each run's validation curve by name, holds."""
    expression = condition.replace("LENGTHS()", f"({LENGTHS})()")
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"{condition} did not come true; now {page.evaluate(LENGTHS)}"
        page.wait_for_timeout(100)

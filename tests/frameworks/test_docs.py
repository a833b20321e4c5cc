"""The complete program on each framework's page runs as it stands, and what it logged can be diagnosed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tracker
from tests.frameworks.conftest import need

PAGES = Path(__file__).parents[2] / "docs" / "frameworks"
NEEDS = {
    "pytorch": "torch",
    "keras": "keras",
    "lightning": "lightning",
    "transformers": "transformers",
    "scikit-learn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
}


def test_every_page_is_run() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert pages == {*NEEDS, "fastai"}
    listed = (PAGES / "README.md").read_text()
    assert all(f"]({page}.md)" in listed for page in pages)


@pytest.mark.parametrize("page", NEEDS)
def test_the_program_of_the_page_runs(page: str, url: str, tmp_path: Path) -> None:
    need(NEEDS[page])
    run_page(page, tmp_path)


def run_page(page: str, folder: Path) -> None:
    """Run a page's program in a process of its own and look at what it logged."""
    (program,) = re.findall(
        r"^```python\n(.*?)^```$", (PAGES / f"{page}.md").read_text(), re.MULTILINE | re.DOTALL
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    runs = tracker.runs(page)
    assert len(runs) >= 1
    assert (runs["status"] == "finished").all()
    assert (runs["best_loss"] > 0).all()
    assert runs["verdict"].isin(["overfitting", "overconfident"]).any(), list(runs["verdict"])


def test_the_example_of_a_pytorch_loop_stops_by_itself(url: str, tmp_path: Path) -> None:
    need("torch", "sklearn")
    example = Path(__file__).parents[2] / "examples" / "pytorch_loop.py"
    done = subprocess.run([sys.executable, str(example)], capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    assert "keep the checkpoint of epoch" in done.stdout
    (run,) = tracker.runs("examples").to_dict("records")
    assert run["verdict"] in ("overfitting", "overconfident")
    assert run["status"] == "finished"

"""Pictures of curves: drawn where a browser is, and a plain sentence about what to install where one is not."""

from __future__ import annotations

import html
import struct
import sys
from pathlib import Path

import pytest

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import chromium
from tracker.comparison import Comparison, gather
from tracker.errors import BadInput
from tracker.store import Store


@pytest.fixture
def two(store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    monkeypatch.setenv("TRACKER_URL", sqlite_url)
    return gather(
        [finished_run(store, "p", "<wide>", OVERFIT).id, finished_run(store, "p", "calm", HEALTHY).id]
    )


def test_a_picture_is_drawn(two: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", chromium())
    png = two.to_image(tmp_path / "curves.png", width=500, height=400).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (1000, 800)
    svg = two.to_image(str(tmp_path / "curves.SVG"), theme="dark").read_text()
    assert svg.startswith("<svg")
    assert "calm" in svg
    assert "<wide>" in html.unescape(svg)
    assert "<wide>" not in svg
    assert 'width="1100"' in svg


def test_without_kaleido_it_says_what_to_install(
    two: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(BadInput, match=r"needs kaleido.*pip install 'curvetracker\[png\]'.*-o report\.html"):
        two.to_image(tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()


@pytest.mark.parametrize(
    ("path", "what"), [("/nonexistent/chrome", "none was found"), ("/bin/false", "none could be started")]
)
def test_without_a_browser_it_says_what_to_install(
    two: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, what: str
) -> None:
    monkeypatch.setenv("BROWSER_PATH", path)
    with pytest.raises(BadInput, match=rf"Chrome or Chromium, and {what}: install one"):
        two.to_image(tmp_path / "curves.png")


def test_another_ending_is_refused(two: Comparison, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a \.png or a \.svg file, got .*gif"):
        two.to_image(tmp_path / "curves.gif")


def test_the_command_line_writes_one_too(
    two: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer
    from typer.testing import CliRunner

    from tracker.cli.report import report

    app = typer.Typer()
    app.command()(report)
    monkeypatch.setenv("BROWSER_PATH", chromium())
    file = tmp_path / "curves.svg"
    done = CliRunner().invoke(app, [two.records[0].id, "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_text().startswith("<svg")

"""`tracker report` writes runs into one HTML file."""

from __future__ import annotations

import re

from tests.support.command import error


def runs_in(path):
    return re.findall(
        r'<article class="card run" id="run-\d+">.*?<h3><bdi>(.*?)</bdi>', path.read_text("utf-8")
    )


def test_runs_by_name_go_into_the_file_that_is_named(call, filled, tmp_path):
    done = call("report", "vision/good", "vision/wide [red]", "-o", "both.html", "--title", "Two <runs>")
    file = tmp_path / "both.html"
    assert runs_in(file) == ["good", "wide [red]"]
    assert "<title>Two &lt;runs&gt;</title>" in file.read_text("utf-8")
    size = round(file.stat().st_size / 1000)
    assert done.stdout == f"both.html: 2 runs, {size} kB. It opens from disk in any browser.\n"


def test_a_project_gives_its_newest_runs(call, filled, tmp_path):
    call("report", "--project", "vision")
    assert runs_in(tmp_path / "report.html") == ["wide [red]", "good"]
    call("report", "--project", "vision", "--newest", 1)
    assert runs_in(tmp_path / "report.html") == ["wide [red]"]


def test_a_baseline_is_in_it_once_and_marked(call, filled, tmp_path):
    call("report", "--project", "vision", "--baseline", "vision/good")
    assert runs_in(tmp_path / "report.html") == ["good", "wide [red]"]
    assert (tmp_path / "report.html").read_text("utf-8").count(">baseline</span>") == 1


def test_what_cannot_be_reported_is_said(call, filled):
    assert "name one run or more" in error(call("report", code=2))
    assert "no run of a project 'nope'" in error(call("report", "--project", "nope", code=2))
    assert "no run" in error(call("report", "vision/none", code=2))
    assert "cannot be written to" in error(call("report", "vision/good", "-o", "no/where.html", code=2))
    wrong = call("report", "vision/good", "--store", "postgresql://me:sesame@db/x", code=2)
    assert "sesame" not in wrong.stderr

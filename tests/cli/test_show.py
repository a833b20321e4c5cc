"""What somebody sees who lives on the terminal: curves, comparisons, and runs that train."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest

import tracker
from tracker.cli import console, plot


def test_show_draws_the_curves_with_onset_and_best_epoch(call, filled):
    shown = call("show", "vision/wide [red]").stdout
    found = tracker.diagnose("vision/wide [red]")
    assert found.sentence in shown
    assert f"onset {found.onset_epoch:g}" in shown
    assert f"best {found.best_epoch:g}" in shown
    assert "train/loss" in shown
    assert "╎" in shown
    assert any("\u2800" < character <= "\u28ff" for character in shown)


def test_show_tells_settings_literally_and_as_json(call, filled):
    assert "[bold]" in call("show", "vision/good").stdout
    told = json.loads(call("show", "vision/good", "--json").stdout)
    assert told["config"] == {"lr": 0.1, "note": "[bold]"}
    assert told["diagnosis"]["verdict"] == told["verdict"]
    assert "there is no run 'vision/none'" in call("show", "vision/none", code=2).stderr


def test_compare_shows_what_differs_and_the_best(call, filled):
    shown = call("compare", "vision/good", "vision/wide [red]", "--baseline", "vision/good").stdout
    assert "good (baseline)" in shown
    assert "lr" in shown
    told = json.loads(call("compare", "vision/good", "vision/wide [red]", "--json").stdout)
    assert [run["name"] for run in told["runs"]] == ["good", "wide [red]"]
    assert "two runs or more" in call("compare", "vision/good", code=2).stderr


def test_compare_holds_shares_and_percent_against_each_other(filled, environment):
    for name, scale, best in (("of one", 1, 0.95), ("of a hundred", 100, 0.93)):
        with tracker.Run("vision", name) as run:
            for epoch in range(1, 21):
                run.log({"val/loss": 1 / epoch, "val/accuracy": scale * (best - 0.4 / epoch)}, epoch=epoch)
    told = subprocess.run(
        [sys.executable, "-m", "tracker.cli", "compare", "vision/of one", "vision/of a hundred"],
        env={**environment, "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "\x1b[1;32m0.93\x1b[0m" in told
    assert "\x1b[1;32m91" not in told


def test_compare_writes_settings_as_a_person_would(call, filled):
    for name, config in (("third", {"lr": 0.1 * 3}), ("small", {"lr": 5e-5, "warm": True})):
        with tracker.Run("vision", name, config=config) as run:
            run.log({"loss": 1.0}, epoch=1)
    third, small = (
        next(
            line
            for line in call("compare", "vision/third", "vision/small").stdout.splitlines()
            if word in line
        )
        for word in ("third", "small")
    )
    assert third.split()[-2:] == ["0.3", "–"]
    assert small.split()[-2:] == ["5e-5", "true"]


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_told_whole_names_and_numbers(call, filled, monkeypatch, width):
    names = [f"resnet18-with-a-long-name-seed{seed}" for seed in range(2)]
    for seed, name in enumerate(names):
        with tracker.Run("vision", name, config={"lr": 10.0**-seed, "augmentation": f"mixup{seed}"}) as run:
            for epoch in range(1, 41):
                run.log({"train/loss": 1 / epoch, "val/loss": 1 / epoch + 0.1234}, epoch=epoch)
    monkeypatch.setattr(console.out, "_width", width)
    monkeypatch.setattr(console.out, "_force_terminal", True)
    monkeypatch.setattr(console.out, "no_color", True)
    said = re.sub(r"\x1b\[[0-9;]*m", "", call("compare", *(f"vision/{name}" for name in names)).stdout)
    told = " ".join(said.split())
    for seed, name in enumerate(names):
        assert f"{name} healthy, best loss 0.1484 at 40, gap 0.123, augmentation mixup{seed}, lr " in told
    assert "…" not in told
    assert max(map(len, map(str.rstrip, said.splitlines()))) <= width


def test_runs_are_found_by_tag_name_and_archive(call, filled):
    assert "good" in call("runs", "--tag", "a").stdout
    assert "wide" not in call("runs", "--tag", "a").stdout
    assert "wide" in call("runs", "--search", "WID").stdout
    call("archive", "vision/good")
    assert "good" not in call("runs").stdout
    assert "good" in call("runs", "--archived").stdout
    call("archive", "vision/good", "--undo")
    assert "▁" in call("runs", "--search", "good").stdout


def test_watch_tells_a_pipe_each_change_and_ends_with_the_runs(environment, tmp_path):
    train = f"""
import pathlib, time, tracker
with tracker.init("live", "slow") as run:
    for epoch in range(1, 31):
        run.log({{"train/loss": 1 / epoch, "val/loss": 1 / epoch + max(0, epoch - 6) * .05}}, epoch=epoch)
        while epoch == 4 and not pathlib.Path({str(tmp_path / "go")!r}).exists():
            time.sleep(.05)
"""
    training = subprocess.Popen([sys.executable, "-c", train], env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not _knows("live", environment) and time.monotonic() < until:
        time.sleep(0.2)
    command = [sys.executable, "-m", "tracker.cli", "watch", "live", "--every", "0.2"]
    watch = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    first = watch.stdout.readline()
    (tmp_path / "go").touch()
    rest = watch.communicate(timeout=90)[0].splitlines()
    assert training.wait(60) == 0
    assert watch.returncode == 0
    assert first.startswith("live/slow: running: ")
    assert rest[-1].startswith("live/slow: finished: Overfitting from epoch")


def _knows(project, environment):
    command = [sys.executable, "-m", "tracker.cli", "runs", "--project", project]
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0


def test_a_plot_holds_its_size_and_breaks_where_nothing_is_known():
    import numpy as np

    x = np.arange(1.0, 51)
    y = 1 / x
    y[20:25] = np.nan
    drawn = plot.plot(
        [plot.Stroke("val/loss", "yellow", x, y)], width=60, height=8, axis="epoch", onset=12.0, best=40.0
    ).plain.splitlines()
    assert len(drawn) == 12
    assert all(len(line) <= 60 for line in drawn)
    assert drawn[-1].strip() == "onset 12"
    assert plot.plot([], width=60, height=8, axis="step").plain == "nothing to draw yet"


def test_a_plot_of_one_place_names_it_once():
    import numpy as np

    stroke = plot.Stroke("loss", "yellow", np.array([0.0]), np.array([1.0]))
    drawn = plot.plot([stroke], width=60, height=8, axis="step").plain.splitlines()
    assert drawn[-1].strip() == "step 0"


def test_a_sparkline_keeps_the_shape_and_passes_over_nan():
    assert plot.sparkline([3.0, 2.0, 1.0]) == "█▄▁" or plot.sparkline([3.0, 2.0, 1.0])[0] == "█"
    assert plot.sparkline([float("nan")]) == ""
    assert len(plot.sparkline(list(range(1000)))) == 16
    assert os.linesep not in plot.sparkline([1.0, 2.0])

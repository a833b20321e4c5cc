"""Commands run to their end in this process, in a home of their own, and a store to run them on."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import pytest

import tracker
from tracker.cli import main


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, "TRACKER_HOME": str(home)}


@pytest.fixture
def call(environment, tmp_path, monkeypatch, capsys):
    """Run a command to its end, in this process, and return what came of it; an exception fails the test."""

    def run(*arguments, code=0, **variables):
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("TRACKER_")]:
                patch.delenv(name)
            for name, value in {"TRACKER_HOME": environment["TRACKER_HOME"], **variables}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["tracker", *map(str, arguments)])
            patch.chdir(tmp_path)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            said, complained = capsys.readouterr()
        assert (ended.value.code or 0) == code, said + complained
        return SimpleNamespace(stdout=said, stderr=complained)

    return run


@pytest.fixture
def filled(home, monkeypatch):
    """The default store with three runs: a healthy one, one that overfits, one that failed."""
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_HOME", str(home))
    with tracker.Run("vision", "good", config={"lr": 0.1, "note": "[bold]"}, tags=["a"]) as run:
        for epoch in range(1, 41):
            run.log({"train/loss": 1 / epoch + 0.1, "val/loss": 1 / epoch + 0.2}, epoch=epoch)
    with tracker.Run("vision", "wide [red]") as run:
        for epoch in range(1, 25):
            run.log({"train/loss": 1 / epoch, "val/loss": 1 / epoch + max(0, epoch - 6) * 0.05}, epoch=epoch)
    broken = tracker.Run("text", "broken")
    broken.log(loss=float("nan"), epoch=1)
    broken.finish("failed")
    return home

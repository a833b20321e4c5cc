"""Scripts of W&B run on: what is not kept is said once, what a script needs an answer from is refused in one sentence."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import tracker as wandb
from tracker.client import speech
from tracker.errors import TrackerError, TrackerWarning


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRACKER_URL", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setattr(speech, "_unknown", set())


def test_what_is_not_kept_is_said_once_and_stops_nothing() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", TrackerWarning)
        assert wandb.login(key="secret")
        with wandb.init(project="p", settings=wandb.Settings(start_method="thread")) as run:
            wandb.config.setdefaults({"lr": 0.1})
            assert wandb.config.as_dict() == {"lr": 0.1}
            for _ in range(2):
                wandb.watch(object(), log="all")
                run.watch(object())
            artifact = wandb.Artifact("model", type="model")
            artifact.add_file("x.pt")
            artifact.metadata["epoch"] = 1
            with artifact.new_file("more") as file:
                file.write("text")
            run.log_artifact(artifact, aliases=["best"])
            wandb.save("*.pt")
            pictures = [wandb.Image([[0]]), wandb.Image([[1]])]
            wandb.log({"loss": 0.5, "pictures": pictures, "plot": wandb.plot.line(None, "a", "b")}, sync=True)
            wandb.alert("t", "x", level=wandb.AlertLevel.WARN)
            wandb.termlog("hello")
        wandb.finish(quiet=True)
    said = [str(one.message) for one in told]
    assert sum("watch (gradients are not watched" in one for one in said) == 1
    assert any("Artifact (files are not kept)" in one for one in said)
    frame = wandb.history(run.id)
    assert set(frame.columns) == {"step", "epoch", "time", "loss"}


@pytest.mark.parametrize("name", ["sweep", "agent", "Api", "restore", "use_artifact"])
def test_what_needs_an_answer_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(TrackerError, match=f"tracker has no {name}: "):
        getattr(wandb, name)("x")


def test_other_names_are_unknown() -> None:
    assert not hasattr(wandb, "nonsense")
    with wandb.init(project="p", mode="disabled") as run:
        assert not hasattr(run, "nonsense")

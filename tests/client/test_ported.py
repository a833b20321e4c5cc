"""Scripts of W&B run on: what is not kept is said once, what a script needs an answer from is refused in one sentence."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracker as wandb
from tests.support.process import Home
from tracker.errors import TrackerError, TrackerWarning
from tracker.model import is_id


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


@pytest.mark.parametrize("project", ["p", "r"])
def test_the_address_of_a_project_is_asked_of_its_run(project: str) -> None:
    with wandb.init(project=project, mode="disabled") as run:
        assert run.get_project_url() == f"http://127.0.0.1:8700/p/{project}"


def test_other_names_are_unknown() -> None:
    assert not hasattr(wandb, "nonsense")
    with wandb.init(project="p", mode="disabled") as run:
        assert not hasattr(run, "nonsense")


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What is said by warnings, as it is said."""
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", TrackerWarning)
        warnings.showwarning = lambda message, *_, **__: said.append(str(message))
        yield said


def test_an_ordinary_script_runs_to_its_end(tmp_path: Path, told: list[str]) -> None:
    run = wandb.init(
        entity="team",
        project="quick",
        name="first",
        notes="a try",
        tags=["baseline"],
        group="g",
        job_type="train",
        dir=str(tmp_path),
        reinit=True,
        resume=None,
        mode="online",
        config={"lr": 0.02, "epochs": 4},
    )
    assert ["entity, job_type, reinit" in one for one in told] == [True]
    wandb.config.update({"batch_size": 32}, allow_val_change=True)
    wandb.define_metric("epoch")
    wandb.define_metric("val.*", step_metric="epoch")
    wandb.define_metric("hits", summary="max")
    wandb.watch(object(), log="all")
    seen = []
    for epoch in range(wandb.config.epochs):
        for batch in range(2):
            wandb.log({"batch/loss": 1 / (1 + epoch + batch), "epoch": epoch})
        wandb.log(
            {
                "val": {"loss": 2 / (1 + epoch), "deep": {"hits": epoch}},
                "hits": epoch,
                "maybe": None if epoch % 2 else 0.5,
                "note": f"epoch {epoch}",
                "weights": wandb.Histogram([1.0, 2.0]),
                "epoch": epoch,
            }
        )
        seen.append(run.step)
    assert seen == [3, 6, 9, 12]
    assert (run.summary["hits"], wandb.summary["val.loss"], wandb.summary.get("none")) == (3, 0.5, None)
    wandb.run.summary["best"] = 0.9
    with open(os.path.join(wandb.run.dir, "model.h5"), "w") as file:
        file.write("weights")
    assert Path(run.dir).parent.parent == tmp_path
    assert (run.entity, run.path, run.project_name(), run.resumed) == ("", f"quick/{run.id}", "quick", False)
    assert run.get_url() == run.url
    wandb.alert(title="t", text="x", level=wandb.AlertLevel.WARN, wait_duration=300)
    wandb.finish()
    for about in ("'maybe' is None", "'note' is the text", "patterns such as 'val.*'", "media are not kept"):
        assert sum(about in one for one in told) == 1, about

    frame = wandb.history(run.id)
    assert frame["step"].tolist() == list(range(12)), "each call has a step of its own, whatever its epoch"
    assert frame["epoch"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert frame["val.loss"].dropna().tolist() == [2, 1, 2 / 3, 0.5]
    assert frame["val.deep.hits"].dropna().tolist() == [0, 1, 2, 3]
    assert frame["maybe"].dropna().tolist() == [0.5, 0.5]
    assert "note" not in frame
    (row,) = wandb.runs().to_dict("records")
    assert (row["config.batch_size"], row["summary.best"], row["status"], row["group"]) == (
        32,
        0.9,
        "finished",
        "g",
    )


def test_an_id_of_the_script_s_own_names_a_run_that_can_be_continued(
    told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ids, starts = [], []
    for resume in (True, "must", "auto"):
        with wandb.init(project="quick", id="my-run-1", resume=resume) as run:
            assert run.resumed is (resume is not True)
            starts.append(run.step)
            for _ in range(3):
                wandb.log({"loss": 1.0})
            ids.append(run.id)
    assert is_id(ids[0])
    assert set(ids) == {ids[0]}
    assert f"calls 'my-run-1' has the id {ids[0]}" in capsys.readouterr().err
    assert starts == [0, 3, 6]
    assert wandb.history(ids[0])["step"].tolist() == list(range(9))
    with wandb.init(project="other", id="my-run-1", resume="allow") as run:
        assert run.id != ids[0]
    assert is_id(wandb.util.generate_id())


def test_where_the_store_is_away_a_step_is_counted_all_the_same(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.client.run.WAIT_S", 0.1)
    run = wandb.init(project="quick", id="x", resume="allow", store="postgresql://127.0.0.1:9/none")
    assert run.step == 0
    wandb.log({"loss": 1.0})
    assert run.step == 1
    wandb.finish()
    assert sum("cannot be said now" in one for one in told) == 1


def test_a_script_may_still_ask_for_errors() -> None:
    with (
        wandb.init(project="p", on_error="raise"),
        pytest.raises(TypeError, match="'note' is the text"),
    ):
        wandb.log({"note": "x"})


def test_only_such_a_script_is_taken_so(home: Home) -> None:
    home.good("""
        import tracker
        run = tracker.init(mode="offline")
        for given in ({"a": None}, {"a": {"b": 1.0}}, {"a": "x"}):
            try:
                tracker.log(given)
            except TypeError:
                continue
            raise SystemExit(f"{given} was taken")
        try:
            tracker.init(id="my-run-1")
        except tracker.errors.BadInput:
            pass
        assert not hasattr(run, "entity")

        def inside():
            import tracker as wandb
            run = wandb.init(mode="dryrun", id="my-run-1")
            wandb.log({"a": {"b": 1.0}, "c": None})
            return run.summary["a.b"]

        assert inside() == 1.0
    """)

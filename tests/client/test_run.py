"""A run: how it starts, what it holds, how it ends."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tracker
from tests.support.process import Home
from tracker.errors import BadInput, TrackerError, TrackerWarning
from tracker.model import is_id


def test_a_run_reaches_the_store_with_all_that_was_said(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init(
        "my project",
        "first try",
        config={"lr": 0.1, "model": {"depth": 3}},
        group="seeds",
        tags=["a", "b"],
        notes="why",
    ) as run:
        run.log({"train/loss": 0.5, "val/loss": 0.6}, epoch=0)
        run.config.batch_size = 32
        run.summary["note"] = "good"
        run.define_metric("wer", goal="min", split="val")
        run.alert("val loss rises", "since epoch 3")
        run.tags += ("c",)
        run.notes += " not"
        run.name = "second name"
        assert run.flush(30)
        assert run.stats().stored == run.stats().logged == 2
    kept = home.only_run()
    assert (kept.project, kept.name, kept.group, kept.status) == (
        "my project",
        "second name",
        "seeds",
        "finished",
    )
    assert kept.tags == ("a", "b", "c")
    assert kept.notes == "why not"
    assert kept.config == {"lr": 0.1, "model.depth": 3, "batch_size": 32}
    assert kept.summary["note"] == "good"
    assert kept.environment["python"] == sys.version.split()[0]
    assert not {"argv", "command", "PATH"} & set(kept.environment)
    (alert,) = home.store().annotations([kept.run_id])[kept.run_id]
    assert (alert.title, alert.text, alert.step, alert.epoch) == ("val loss rises", "since epoch 3", 0, 0.0)
    assert run.url == f"http://127.0.0.1:8700/p/my%20project/r/{kept.id}"
    err = capsys.readouterr().err
    assert err == f"tracker: run first try ({kept.id}) of project my project, watch it at {run.url}\n"


def test_names_and_ids_are_made_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_DASHBOARD_URL", "https://curves.example.org/")
    run = tracker.init(mode="offline")
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{3}", run.name)
    assert is_id(run.id)
    assert run.project == "default"
    assert run.url == f"https://curves.example.org/p/default/r/{run.id}"


def test_a_log_without_init_starts_a_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tracker.run is None
    tracker.log(loss=1.0)
    assert tracker.run is not None
    tracker.finish()
    assert tracker.run is None
    monkeypatch.setenv("TRACKER_PROJECT", "from the environment")
    tracker.log(loss=2.0)
    tracker.finish()
    assert sorted(r.project for r in home.store().runs()) == ["default", "from the environment"]


def test_the_first_logs_of_many_threads_begin_one_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_MODE", "offline")
    together = threading.Barrier(8)

    def work(number: int) -> None:
        together.wait()
        tracker.log({f"thread{number}": 1.0}, step=0)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tracker.finish()
    home.settle()
    assert len(home.store().series([home.only_run().run_id])[home.only_run().run_id]) == 8


def test_a_child_forked_while_another_thread_begins_a_run_logs_at_once(home: Home) -> None:
    assert hasattr(os, "fork"), "this system does not fork: run the tests on Linux or macOS"
    home.good("""
        import os, signal, threading, tracker
        from tracker.client import current
        begins, forked = threading.Event(), threading.Event()
        def begin():
            with current._beginning:
                begins.set()
                forked.wait()
        thread = threading.Thread(target=begin)
        thread.start()
        begins.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            tracker.log(loss=1.0)
            tracker.finish()
            os._exit(0)
        ended = os.waitpid(child, 0)[1]
        forked.set()
        thread.join()
        assert ended == 0, ended
    """)
    home.settle()
    assert home.values() == {0: 1.0}


def test_a_second_init_finishes_the_first_and_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    first = tracker.init(project="one")
    tracker.log(a=1.0)
    second = tracker.init(project="two")
    tracker.log(a=2.0)
    assert (
        f"run {first.name} ({first.id}) is finished, because a new one has begun" in capsys.readouterr().err
    )
    assert tracker.run is second
    tracker.finish()
    first.finish()  # that did not wait for the store, this does
    home.settle()
    assert {(r.project, r.status) for r in home.store().runs()} == {("one", "finished"), ("two", "finished")}


def test_runs_live_side_by_side(home: Home) -> None:
    current = tracker.init(project="module", mode="offline")
    others = [tracker.Run(project=f"p{i}", mode="offline") for i in range(3)]
    for i, run in enumerate(others):
        run.log(loss=float(i))
    tracker.log(loss=10.0)
    assert tracker.run is current
    for run in others:
        run.finish()
    tracker.finish()
    home.settle()
    found = {r.project: home.values(run_id=r.run_id)[0] for r in home.store().runs()}
    assert found == {"p0": 0.0, "p1": 1.0, "p2": 2.0, "module": 10.0}


def test_a_status_that_there_is_not_leaves_the_run_current(home: Home) -> None:
    run = tracker.init("p")
    with pytest.raises(BadInput, match="'done'"):
        tracker.finish("done")
    assert tracker.run is run
    tracker.finish()
    assert run.ended
    assert tracker.run is None


def test_finish_may_be_called_twice_and_leaves_nothing_behind(home: Home) -> None:
    others = set(threading.enumerate())
    run = tracker.init()
    run.log(loss=1.0)
    run.finish()
    run.finish("failed")
    assert home.only_run().status == "finished"
    assert home.files() == []
    for thread in set(threading.enumerate()) - others:
        thread.join(5)
        assert not thread.is_alive(), thread.name


@pytest.mark.parametrize(
    ("error", "status", "exception"),
    [
        (None, "finished", None),
        (OSError("secret"), "failed", "OSError"),
        (KeyboardInterrupt(), "interrupted", None),
        (SystemExit(3), "failed", "SystemExit"),
        (SystemExit(0), "finished", None),
    ],
)
def test_a_with_block_tells_the_status(
    home: Home, error: BaseException | None, status: str, exception: str | None
) -> None:
    if error is None:
        with tracker.init(mode="offline"):
            pass
    else:
        with pytest.raises(type(error)), tracker.init(mode="offline"):
            raise error
    home.settle()
    assert (home.only_run().status, home.only_run().exception) == (status, exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"resume": "yes"}, "'never', 'allow', 'must'"),
        ({"mode": "dryrun"}, "online, offline, disabled"),
        ({"on_error": "ignore"}, "'raise', 'warn'"),
        ({"rank": 1}, "'all'"),
        ({"id": "short"}, "13 base32"),
        ({"project": "a\nb"}, "control character"),
        ({"project": "x" * 513}, "513 bytes"),
        ({"name": 5}, "text"),
        ({"tags": ["ok", ""]}, "empty"),
        ({"tags": [str(i) for i in range(65)]}, "limit is 64"),
        ({"config": "lr=0.1"}, "give a dict"),
        ({"store": "mysql://me:hidden@host/x"}, "unknown kind"),
        ({"resume": "must"}, "needs the id"),
    ],
)
def test_what_init_cannot_use_is_one_sentence(home: Home, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        tracker.init(**arguments)
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert home.files() == []


def test_the_mode_of_the_environment_wins(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_MODE", "disabled")
    assert tracker.init(mode="online").disabled
    assert home.files() == []


def test_offline_writes_the_journal_alone_and_says_how_to_send_it(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracker.init(mode="offline") as run:
        run.log(a=1.0, b=2.0)
        assert not run.flush(1)
        assert run.diagnosis().verdict == "uncertain"  # neither is a metric that is known
    assert not (home.folder / "tracker.db").exists()
    assert "2 points of run" in capsys.readouterr().err.splitlines()[-1]
    home.settle()
    assert home.values("b") == {0: 2.0}


def test_an_id_of_a_launcher_is_shared_by_its_workers(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_RUN_ID", "0123456789abc")
    for worker in range(2):
        with tracker.init() as run:
            run.log({f"w{worker}": 1.0}, step=0)
            assert run.id == "0123456789abc"
    assert home.only_run().id == "0123456789abc"


def test_a_diagnosis_of_the_run_so_far(home: Home) -> None:
    with tracker.init() as run:
        for i in range(40):
            run.log({"train/loss": 1 / (i + 1), "val/loss": 0.3 + abs(i - 12) * 0.02}, epoch=i)
        found = run.diagnosis()
    assert found.verdict == "overfitting"
    assert found.best_epoch == 12


def test_keywords_of_other_trackers_warn_once(home: Home) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tracker.init(entity="me", job_type="train", mode="offline")
        tracker.init(entity="me", mode="offline")
    told = [w for w in caught if "does not know" in str(w.message)]
    assert [str(w.message) for w in told] == ["tracker.init does not know entity, job_type: ignored"]
    assert told[0].filename == __file__
    assert told[0].category is TrackerWarning


def test_as_another_tracker(home: Home) -> None:
    script = """
        import warnings
        warnings.simplefilter("ignore")
        import tracker as wandb
        wandb.init(project="ported", entity="team", config={"lr": 0.1}, settings=None)
        wandb.config.update({"epochs": 2}, allow_val_change=True)
        wandb.define_metric("acc", summary="max")
        for epoch in range(wandb.config.epochs):
            wandb.log({"loss": 1.0 / (epoch + 1), "epoch": epoch}, commit=True)
        wandb.summary["best"] = 1
        wandb.alert(title="done", text="all", level="INFO")
        wandb.run.name = "ported run"
        wandb.finish(exit_code=0)
    """
    home.good(script)
    run = home.only_run()
    assert (run.name, run.config, run.status) == ("ported run", {"lr": 0.1, "epochs": 2}, "finished")
    assert home.values() == {0: 1.0, 1: 0.5}


def test_there_is_no_config_without_a_run() -> None:
    for use in (lambda: tracker.config.lr, lambda: tracker.config["lr"], lambda: tracker.summary.update(a=1)):
        with pytest.raises(TrackerError, match=r"call tracker.init first"):
            use()
    assert "no tracker run" in repr(tracker.config)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))])
def test_a_config_goes_into_copies_and_worker_processes(home: Home, copied: Callable[[Any], Any]) -> None:
    with tracker.init(config={"lr": 0.1, "optimizer": {"name": "adam"}}) as run:
        there = copied(run.config)
        assert there == run.config
        assert there.lr == 0.1
        there["lr"] = 0.2
    assert dict(home.only_run().config) == {"lr": 0.1, "optimizer.name": "adam"}


def test_config_is_a_dict(home: Home) -> None:
    run = tracker.init(config={"a": {"b": 1}, "c": 2}, mode="offline")
    assert dict(run.config) == {"a": {"b": 1}, "c": 2}
    assert run.config.get("x", 5) == 5
    assert "a" in run.config
    with pytest.raises(AttributeError, match=r"known keys: a, c"):
        _ = run.config.nothing
    with pytest.raises(TypeError):
        run.config.update("lr=1")


def test_importing_tracker_is_light() -> None:
    code = (
        "import sys; import tracker; dir(tracker);"
        "print(*sorted(name for name in sys.modules if name.partition('.')[0] == 'tracker'));"
        "print(*{'dataclasses', 'sqlalchemy', 'numpy', 'pandas', 'dash', 'msgspec', 'plotly'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["tracker tracker.presenting", ""]


def test_logging_imports_no_store_in_the_training_thread(home: Home) -> None:
    home.good("""
        import sys, threading
        import builtins
        real, main = builtins.__import__, threading.main_thread()
        def watching(name, *rest, **more):
            if name.split(".")[0] in ("sqlalchemy", "alembic", "numpy") and threading.current_thread() is main:
                raise AssertionError(name)
            return real(name, *rest, **more)
        builtins.__import__ = watching
        import tracker
        with tracker.init() as run:
            run.log(loss=1.0)
            assert run.flush(30)
    """)


def test_public_names_are_all_there() -> None:
    for name in tracker.__all__:
        if name not in ("run", "config", "summary"):
            assert getattr(tracker, name) is not None
    with pytest.raises(AttributeError):
        _ = tracker.nothing_of_the_kind
    assert os.environ.get("TRACKER_MODE") is None


def test_what_is_said_of_a_finished_run_is_not_dropped_in_silence(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tracker.init("late", "done")
    run.log(loss=1.0)
    run.finish()
    capsys.readouterr()
    with pytest.warns(tracker.errors.TrackerWarning, match="done .* is finished: .*summary.* not stored"):
        run.summary["best"] = 1.0
    with pytest.warns(tracker.errors.TrackerWarning, match="tags.* not stored"):
        run.tags = ("late",)
    assert home.only_run().tags == ()


def test_an_offline_run_promises_no_page(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    tracker.init("away", mode="offline").finish()
    first = capsys.readouterr().err.splitlines()[0]
    assert "offline: tracker sync" in first
    assert "http" not in first

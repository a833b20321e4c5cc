"""The eight runs of the demo, trained for real: each gets the verdict that its row promises."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

import tracker
from tracker.demo import folder as folders
from tracker.demo.processes import Trainings, watch
from tracker.demo.table import RUNS, DemoRun, named
from tracker.demo.train import AFTER_NAN, epochs
from tracker.diagnosis import diagnose
from tracker.errors import NotFound
from tracker.settings import store_url
from tracker.store import open_store

SHORT = DemoRun(
    name="small-lr", dataset="digits", hidden=(8,), lr=1e-3, epochs=3, n_train=100, n_val=50, expected="too_early", notes=""
)  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """All eight, as `tracker demo --no-serve` trains them; what it printed and the store that it filled."""
    home = tmp_path_factory.mktemp("home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRACKER_")}
    # What a user's own training has set must neither silence the demo nor lead it into his store.
    theirs = {
        "TRACKER_HOME": str(home),
        "TRACKER_MODE": "disabled",
        "TRACKER_URL": str(home / "mine.db"),
        "TRACKER_RUN_ID": "0000000000001",
        "WORLD_SIZE": "2",
        "RANK": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tracker.cli", "demo", "--no-serve"],
        env=environment | theirs,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (store,) = (home / "demo").glob("*/demo.db")
    assert not (home / "mine.db").exists()
    return done.stdout, store


# One group: on two workers the eight would be trained twice.
pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("demo")]


def test_the_table_shows_every_behaviour_by_settings_alone():
    assert len(RUNS) == 8 == len({run.name for run in RUNS})
    expected = [run.expected for run in RUNS]
    assert expected.count("healthy") >= 2
    assert {"overfitting", "overconfident", "underfitting", "diverged", "improving"} <= set(expected)
    assert {run.dataset for run in RUNS} >= {"digits", "diabetes"}
    assert all(run.n_val >= 200 and 40 <= run.epochs <= 80 for run in RUNS)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_run_gets_its_verdict(trained, run):
    printed, path = trained
    store = open_store(store_url(path), readonly=True)
    record = store.find_run(f"demo/{run.name}")
    points = store.points(
        [(record.run_id, series.name) for series in store.series([record.run_id])[record.run_id]]
    )
    store.close()
    found = diagnose(list(points.values()), n_val=run.n_val)
    assert found.verdict == run.expected, found.sentence
    assert tracker.diagnose(record.id, store=path).sentence == found.sentence
    (line,) = (line for line in printed.splitlines() if line.startswith(f"{run.name} "))
    assert run.expected in line
    assert found.sentence in line

    assert record.status == "finished"
    assert record.config["n_val"] == run.n_val
    assert record.config["lr"] == run.lr
    assert record.tags == (run.dataset,)
    assert record.notes == run.notes
    splits = ("train", "val")
    metrics = ("loss",) if run.dataset == "diabetes" else ("loss", "accuracy")
    assert {name for _, name in points} == {f"{split}/{metric}" for split in splits for metric in metrics}
    loss = points[record.run_id, "train/loss"]
    assert loss.epoch.tolist() == list(range(1, len(loss) + 1))
    if run.expected == "diverged":
        assert np.isnan(loss.value[-AFTER_NAN:]).all()
        assert np.isfinite(loss.value[:-AFTER_NAN]).all()
    else:
        assert len(loss) == run.epochs
        assert np.isfinite(loss.value).all()


def test_the_behaviours_are_unmistakable(trained):
    _, path = trained
    for run in RUNS:
        history = tracker.history(f"demo/{run.name}", store=path)
        val = history["val/loss"]
        if run.expected in ("overfitting", "overconfident"):
            assert val.iloc[-3:].median() > 1.2 * val.min(), run.name
            assert history["train/loss"].iloc[-1] < 0.25 * history["train/loss"].iloc[0], run.name
        if run.expected == "overconfident":
            assert history["val/accuracy"].iloc[-3:].median() > history["val/accuracy"].max() - 0.005
        if run.name == "noisy-labels":
            assert history["val/accuracy"].iloc[-3:].median() < history["val/accuracy"].max() - 0.03
        if run.expected == "healthy":
            assert val.iloc[-1] < 1.02 * val.min(), run.name


def test_it_says_when_all_are_done(trained):
    printed, path = trained
    assert "All 8 runs are done" in printed
    assert f"tracker serve --store {path}" in printed


def test_the_same_seed_gives_the_same_curves():
    assert list(epochs(SHORT)) == list(epochs(SHORT))


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(NotFound, match="decay-cosine"):
        named("nothing")


def test_a_start_removes_ended_ones_and_nothing_else(home):
    def start_and_end() -> str:
        code = "from tracker.demo.folder import claim; print(claim().path)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    running = folders.claim()
    running.store.write_text("runs")
    theirs = home / "demo" / "notes"
    theirs.mkdir()
    (theirs / "keep.txt").write_text("mine")
    ended = start_and_end()
    assert os.path.isdir(ended)
    latest = start_and_end()
    assert not os.path.exists(ended)
    assert os.path.isdir(latest)
    assert running.store.exists(), "a running demo's folder was removed"
    assert (theirs / "keep.txt").exists()


def test_a_run_that_fails_is_told_in_one_line(home):
    unknown = DemoRun(
        **{**{f: getattr(SHORT, f) for f in SHORT.__dataclass_fields__}, "name": "not-in-the-table"}
    )
    told, done = [], []
    watch(Trainings(folders.claim(), runs=(unknown,)), told.append, done.append)
    assert told[0].diagnosis is None
    assert "no run 'not-in-the-table'" in told[0].trouble
    assert len(done) == 1


def test_stopped_trainings_leave_interrupted_runs_and_no_process(home):
    folder = folders.claim()
    trainings = Trainings(folder, runs=(named("small-lr"),))
    store = open_store(store_url(folder.store))
    store.prepare()
    trainings.start()
    for _ in range(600):
        if any(store.series([run.run_id]) for run in store.runs("demo")):
            break
        trainings._stopped.wait(0.05)
    trainings.stop()
    (record,) = store.runs("demo")
    store.close()
    assert record.status == "interrupted"
    assert all(process.poll() is not None for process in trainings._processes.values())
    assert list(trainings.outcomes()) == []


def test_trainings_end_with_the_demo_that_started_them(home):
    code = (
        "import os, signal\n"
        "from tracker.demo.folder import claim\n"
        "from tracker.demo.processes import Trainings\n"
        "from tracker.demo.table import named\n"
        "folder = claim()\n"
        "Trainings(folder, runs=(named('small-lr'),)).start()\n"
        "print(folder.store, flush=True)\n"
        "signal.pause()\n"
    )
    demo = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    path = demo.stdout.readline().strip()
    store = open_store(store_url(path))
    store.prepare()
    for _ in range(1200):
        if any(store.series([run.run_id]) for run in store.runs("demo")):
            break
        time.sleep(0.05)
    demo.kill()
    demo.communicate()
    statuses = set()
    for _ in range(600):
        statuses = {run.status for run in store.runs("demo")}
        if statuses != {"running"}:
            break
        time.sleep(0.05)
    store.close()
    assert statuses == {"interrupted"}

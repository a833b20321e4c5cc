"""Runs that go into another store, into a backup and into files, and lose nothing on the way."""

from __future__ import annotations

import csv
import json
import math
import sqlite3
import stat
from contextlib import closing

import pandas as pd
import pytest
from pyarrow import parquet

import tracker
from tests.support.sessions import Session, row
from tracker.exporting import guarded
from tracker.model import Diagnosis, MetricDefinition, SavedView
from tracker.store import open_store
from tracker.store.sqlite import SqliteStore


def everything(url):
    """Return all that a store knows of its runs, by id."""
    store = open_store(url, readonly=True)
    try:
        out = {}
        for run in store.runs():
            names = [s.name for s in store.series([run.run_id])[run.run_id]]
            points = store.points([(run.run_id, name) for name in names])
            out[run.id] = (
                (run.project, run.name, run.group, run.tags, run.notes, run.status, run.exception),
                (run.created_ms, run.duration_ms, dict(run.config), dict(run.summary), dict(run.environment)),
                {
                    k[1]: (p.step.tolist(), p.epoch.tolist(), p.value.tolist(), p.elapsed_ms.tolist())
                    for k, p in sorted(points.items())
                },
                store.annotations([run.run_id]),
            )
        return repr(out)
    finally:
        store.close()


@pytest.fixture
def odd(filled, monkeypatch):
    """The filled store with what is easily lost: NaN, infinities, steps without epochs, alerts, a dismissal."""
    with tracker.Run("odd", "values", group="seeds", notes="**note**", config={"a": {"b": [1, 2]}}) as run:
        run.log({"x": math.nan, "=cmd()": math.inf}, step=7)
        run.log({"x": -0.5}, step=3)
        run.summary["best"] = 0.5
        run.alert("odd", "look")
    tracker.dismiss("vision/wide [red]", tracker.diagnose("vision/wide [red]").verdict, "known")


def test_copy_loses_nothing_and_repeats(call, odd, home, tmp_path, postgres_url):
    source = f"sqlite:///{home}/tracker.db"
    for target in (f"sqlite:///{tmp_path}/other.db", postgres_url):
        plain = target.replace(":tracker@", "@")
        said = call("copy", source, plain).stdout
        assert "4 runs, " in said
        assert everything(target) == everything(source)
        again = call("copy", source, plain).stdout
        assert "4 runs (4 were there already), 0 values sent." in again
        assert everything(target) == everything(source)


def test_views_come_with_a_project_but_not_with_a_run(call, filled, home, tmp_path):
    source, target = f"sqlite:///{home}/tracker.db", f"sqlite:///{tmp_path}/other.db"
    with closing(open_store(source)) as store:
        view = store.save_view(SavedView("", "vision", "v"))
    call("copy", source, target, "--run", "vision/good")
    with closing(open_store(target)) as store:
        assert store.views("vision") == []
        call("copy", source, target, "--project", "vision")
        assert store.views("vision") == [view]


def test_copy_goes_on_where_a_run_grew(call, filled, home, tmp_path):
    source, target = f"sqlite:///{home}/tracker.db", f"sqlite:///{tmp_path}/other.db"
    call("copy", source, target, "--run", "vision/good")
    run_id = tracker.runs().set_index("name").loc["good", "id"]
    with tracker.Run("vision", id=run_id, resume="must") as run:
        run.log({"val/loss": 0.1}, epoch=41)
    call("copy", source, target, "--run", "vision/good")
    assert len(tracker.history(run_id, store=target)) == len(tracker.history(run_id)) == 41
    assert "the same" in call("copy", source, source, code=2).stderr


def test_runs_that_were_deleted_where_they_go_are_named_and_the_others_are_copied(
    call, filled, home, tmp_path
):
    source, target = f"sqlite:///{home}/tracker.db", f"sqlite:///{tmp_path}/other.db"
    call("copy", source, target)
    gone, binned = tracker.runs(store=target)["id"][:2]
    call("delete", gone, "--yes", "--store", target)
    call("gc", "--days", "0", "--yes", "--store", target)
    call("delete", binned, "--yes", "--store", target)
    for run_id in (gone, binned):
        with tracker.Run("vision", id=run_id, resume="must") as run:
            run.log({"val/loss": 0.1})
    done = call("copy", source, target, code=1)
    assert done.stdout == "1 run (1 were there already), 0 values sent.\n"
    assert "was deleted for good" in done.stderr
    assert f"tracker delete --undo {binned}" in done.stderr


def test_an_import_goes_on_behind_a_run_that_was_deleted(call, home, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text("epoch,val_loss\n1,0.5\n2,0.4\n")
    (tmp_path / "broken.csv").write_text("")
    call("import", "csv", tmp_path, "--project", "old", code=1)
    store = f"sqlite:///{home}/tracker.db"
    ids = tracker.runs(store=store).set_index("name")["id"]
    call("delete", ids["a"], "--yes")
    call("gc", "--days", "0", "--yes")
    call("delete", ids["b"], "--yes")
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text("epoch,val_loss\n1,0.5\n2,0.4\n3,0.3\n")
    done = call("import", "csv", tmp_path, "--project", "old", code=1)
    assert "1 run (1 known before)" in done.stdout
    assert "a: the run was left out" in done.stderr
    assert f"tracker delete --undo {ids['b']}" in done.stderr
    assert "broken.csv' has no header line" in done.stderr
    assert len(tracker.history("old/c", store=store)) == 3


def test_a_backup_is_the_whole_store(call, odd, home, tmp_path):
    with closing(open_store(f"sqlite:///{home}/tracker.db")) as store:
        kept, gone = (
            store.save_view(SavedView("", "vision", "v")),
            store.save_view(SavedView("", "vision", "w")),
        )
        store.freeze(kept.id, b"picture")
        store.delete_view(gone.id)
        store.keep_diagnosis(store.runs()[0].run_id, 1, Diagnosis("healthy", "", "epoch"))
        store.ship(Session(store, project="late").batch(metrics={"wer": MetricDefinition("min")}))
        Session(store, store.runs()[1].run_id, resume="must").ship(name="said by the process")
    call("archive", "vision/good")
    call("tag", "vision/good", "--add", "x", "--drop", "a")
    call("delete", "vision/wide [red]", "--yes")
    assert call("backup", "kept.db").stdout == "4 runs: kept.db\n"
    with (
        closing(sqlite3.connect(home / "tracker.db")) as here,
        closing(sqlite3.connect(tmp_path / "kept.db")) as there,
    ):
        assert list(there.iterdump()) == list(here.iterdump())
    assert stat.S_IMODE((tmp_path / "kept.db").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("kept.db.*"))
    assert "there is already a file" in call("backup", "kept.db", code=2).stderr


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_export_writes_every_value(call, odd, tmp_path, form):
    path = tmp_path / f"all.{form}"
    said = call("export", "-o", path).stdout
    if form == "csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert "'=cmd()" in {row["metric"] for row in rows}  # no spreadsheet takes it for a formula
    elif form == "jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert {"nan", "inf"} <= {row["value"] for row in rows}
    else:
        rows = pd.read_parquet(path).to_dict("records")
        assert math.isinf(next(row["value"] for row in rows if row["metric"] == "=cmd()"))
    assert f"{len(rows)} values" in said
    good = [row for row in rows if row["run"] == "good" and row["metric"] == "val/loss"]
    assert [float(row["value"]) for row in good] == tracker.history("vision/good")["val/loss"].tolist()
    assert not list(tmp_path.glob(".*.part"))


def test_many_short_series_are_read_and_written_together(call, filled, tmp_path, monkeypatch):
    with tracker.init(project="many", name="metrics") as run:
        for step in range(2):
            run.log({f"layer{i}": i + step for i in range(300)}, step=step)
    asked = []
    points = SqliteStore.points
    monkeypatch.setattr(SqliteStore, "points", lambda store, keys: asked.append(keys) or points(store, keys))
    call("export", "many/metrics", "-o", tmp_path / "many.parquet")
    assert len(asked) == 1
    assert parquet.ParquetFile(tmp_path / "many.parquet").num_row_groups == 1
    frame = pd.read_parquet(tmp_path / "many.parquet")
    assert frame["metric"].unique().tolist() == [f"layer{i}" for i in range(300)]
    assert frame["value"].tolist() == [i + step for i in range(300) for step in range(2)]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\nx", " =1", "\u00a0@x"])
def test_no_text_is_a_formula_to_a_spreadsheet(text):
    assert guarded(text) == f"'{text}"
    assert guarded(f"x{text}") == f"x{text}"


def test_a_time_that_is_no_date_is_named(call, filled, home, tmp_path):
    with closing(open_store(f"sqlite:///{home}/tracker.db")) as store:
        Session(store, project="odd", name="far").ship([row(7, 1.0, elapsed_ms=2**60)], status="finished")
    said = call("export", "-o", "all.csv", code=2).stderr
    assert "'loss' of odd/far" in said
    assert "step 7" in said
    assert not (tmp_path / "all.csv").exists()


def test_export_of_some_runs_and_into_nowhere(call, filled, tmp_path):
    call("export", "vision/good", "-o", tmp_path / "one.csv")
    assert set(pd.read_csv(tmp_path / "one.csv")["run"]) == {"good"}
    assert "names no format" in call("export", "-o", "all.xlsx", code=2).stderr
    assert "cannot be written" in call("export", "-o", "no/such/folder/all.csv", code=2).stderr

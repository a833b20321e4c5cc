"""Files that the real tools write here are imported: every value, name, date, tag and setting, and none twice."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tracker
from tests.frameworks.conftest import need

EPOCHS = 40


def curve(epoch: int) -> dict[str, float]:
    """Return the metrics of a run that overfits from about epoch 15 on."""
    return {
        "train/loss": 2 * 0.86**epoch + 0.02,
        "val/loss": 2 * 0.86**epoch + 0.6 + 0.03 * max(0, epoch - 12),
        "val/accuracy": 0.7 - 0.5 * 0.85**epoch,
    }


VAL = [curve(e)["val/loss"] for e in range(EPOCHS)]


def bring(*arguments: str | Path, code: int = 0) -> str:
    """Run `tracker import` as a person would and return what it says."""
    command = [sys.executable, "-m", "tracker.cli", "import", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def only_run() -> Any:
    runs = tracker.runs()
    assert len(runs) == 1, list(runs["name"])
    return runs.iloc[0]


def test_tensorboard_of_torch(url: str, tmp_path: Path) -> None:
    need("torch", "tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path / "vision" / "exp1") as writer:
        writer.add_hparams({"lr": 0.1, "opt": "adam", "deep": True}, {"hp/accuracy": 0.7})
        for epoch in range(EPOCHS):
            told = curve(epoch)
            writer.add_scalars("Loss", {"train": told["train/loss"], "val": told["val/loss"]}, epoch)
            writer.add_scalar("val/accuracy", told["val/accuracy"], epoch)
            writer.add_histogram("weights", np.arange(100.0), epoch)
        writer.add_scalar("broken", math.nan, 7)
    said = bring("tensorboard", tmp_path / "vision")
    run = only_run()
    assert (run["project"], run["name"]) == ("vision", "exp1")
    assert (run["config.lr"], run["config.opt"], run["config.deep"]) == (0.1, "adam", True)
    curves = tracker.history(run["id"])
    np.testing.assert_allclose(curves["Loss/val"].dropna(), np.float32(VAL))
    assert math.isnan(curves.set_index("step")["broken"][7])
    assert run["verdict"] in ("overfitting", "overconfident")
    assert "1 run, " in said
    assert "0 new values" in bring("tensorboard", tmp_path / "vision")


def test_tensorboard_of_keras_joins_train_and_validation(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("keras", "torch", "tensorboard")
    # what Keras' TensorBoard callback leaves: two folders, epoch_* tags, steps that count epochs from 0
    from torch.utils.tensorboard import SummaryWriter

    for split in ("train", "validation"):
        with SummaryWriter(tmp_path / "logs" / "run1" / split) as writer:
            for epoch in range(EPOCHS):
                told = curve(epoch)["train/loss" if split == "train" else "val/loss"]
                writer.add_scalar("epoch_loss", told, epoch)
    bring("tensorboard", tmp_path / "logs")
    run = only_run()
    curves = tracker.history(run["id"])
    assert run["name"] == "run1"
    assert {"train/loss", "val/loss"} <= set(curves.columns)
    assert curves["epoch"].iloc[0] == 1
    assert tracker.diagnose(run["id"]).overfitting


def test_a_torn_event_file_gives_what_it_holds(url: str, tmp_path: Path) -> None:
    need("torch", "tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path / "runs" / "torn") as writer:
        for epoch in range(EPOCHS):
            writer.add_scalar("val/loss", VAL[epoch], epoch)
    (file,) = (tmp_path / "runs" / "torn").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    said = bring("tensorboard", tmp_path / "runs", code=1)
    assert "ends within a record" in said
    run = only_run()
    assert len(tracker.history(run["id"])) == EPOCHS - 1
    file.write_bytes(whole)  # the run went on
    bring("tensorboard", tmp_path / "runs")
    assert len(tracker.history(only_run()["id"])) == EPOCHS


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty database of a PostgreSQL server."""
    need("psycopg")
    from tests.support.postgres import PostgresServer

    server = PostgresServer()
    try:
        yield server.new_database()
    finally:
        server.stop()


@pytest.mark.parametrize("where", ["files", "database", "postgres"])
def test_mlflow(
    url: str, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    need("mlflow", "sqlalchemy")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    import mlflow

    path: Path | str = tmp_path / ("mlruns" if where == "files" else "mlflow.db")
    if where == "postgres":
        written = request.getfixturevalue("postgres")
        path = written.replace("+psycopg", "")
    else:
        written = Path(path).as_uri() if where == "files" else f"sqlite:///{path}"
    mlflow.set_tracking_uri(written)
    mlflow.set_experiment("vision")
    with mlflow.start_run(run_name="first", description="a **note**"):
        mlflow.log_params({"lr": 0.1, "opt": "adam", "layers": [1, 2]})
        mlflow.set_tag("team", "blue")
        for epoch in range(EPOCHS):
            mlflow.log_metrics(curve(epoch), step=epoch)
        mlflow.log_metric("odd", math.nan, step=1)
        mlflow.log_metric("odd", math.inf, step=2)
    mlflow.start_run(run_name="second")
    mlflow.log_metric("val/loss", 1.0, step=0)
    mlflow.end_run("FAILED")
    bring("mlflow", path)
    again = bring("mlflow", path)
    assert "2 runs (2 known before), 0 new values" in again
    runs = tracker.runs().set_index("name")
    first = runs.loc["first"]
    assert (first["project"], first["notes"], list(first["tags"])) == ("vision", "a **note**", ["team=blue"])
    assert (first["config.lr"], first["config.opt"], first["config.layers"]) == (0.1, "adam", "[1, 2]")
    assert runs.loc["second", "status"] == "failed"
    curves = tracker.history(first["id"]).set_index("step")
    np.testing.assert_allclose(curves["val/loss"].dropna(), VAL)
    assert math.isnan(curves["odd"][1])
    assert curves["odd"][2] == math.inf


def test_wandb_offline_and_exported(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("wandb")
    script = tmp_path / "train.py"
    script.write_text(
        f"""
import json, sys, wandb
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.frameworks.test_imports import EPOCHS, curve
run = wandb.init(project="vision", name="first", group="seeds", tags=["a", "b"], notes="hello",
                 config={{"lr": 0.1, "net": {{"depth": 3}}, "api_key": "sk-12345678901234567890"}})
rows = []
for epoch in range(EPOCHS):
    row = {{**curve(epoch), "epoch": epoch, "nested": {{"a": epoch}}, "text": "x", "odd": float("nan")}}
    wandb.log(row)
    rows.append({{**row, "_step": epoch, "_timestamp": 1.7e9 + epoch}})
run.summary["best"] = 0.6
wandb.finish()
open("exported.jsonl", "w").write("\\n".join(map(json.dumps, rows)))
"""
    )
    monkeypatch.setenv("WANDB_MODE", "offline")
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True, timeout=120)
    bring("wandb", tmp_path / "wandb")
    assert "0 new values" in bring("wandb", tmp_path / "wandb")
    run = only_run()
    assert (run["project"], run["name"], run["group"]) == ("vision", "first", "seeds")
    assert (list(run["tags"]), run["notes"]) == (["a", "b"], "hello")
    assert (run["config.net.depth"], run["config.api_key"], run["summary.best"]) == (3, "[redacted]", 0.6)
    curves = tracker.history(run["id"])
    np.testing.assert_allclose(curves["val/loss"].dropna(), VAL)
    assert curves["nested.a"].tolist() == list(range(EPOCHS))
    bring("wandb", tmp_path / "exported.jsonl", "--project", "exported")
    other = tracker.history("exported/exported")
    np.testing.assert_allclose(other["val/loss"], VAL)


def test_trackio(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("trackio")
    script = tmp_path / "train.py"
    script.write_text(
        f"""
import sys, trackio
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.frameworks.test_imports import EPOCHS, curve
trackio.init(project="vision", name="first", group="seeds", config={{"lr": 0.1}})
for epoch in range(EPOCHS):
    trackio.log({{**curve(epoch), "odd": float("inf")}})
trackio.finish()
"""
    )
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True, timeout=120)
    bring("trackio", tmp_path / "trackio")
    assert "0 new values" in bring("trackio", tmp_path / "trackio")
    run = only_run()
    assert (run["project"], run["name"], run["group"], run["config.lr"]) == ("vision", "first", "seeds", 0.1)
    curves = tracker.history(run["id"])
    np.testing.assert_allclose(curves["val/loss"], VAL)
    assert (curves["odd"] == math.inf).all()


def test_keras_csv_logger(url: str, tmp_path: Path) -> None:
    need("keras", "torch")
    import keras

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 3)), rng.normal(size=64)
    logger = keras.callbacks.CSVLogger(str(tmp_path / "small.csv"))
    kept = model.fit(x, y, validation_split=0.5, epochs=5, verbose=0, callbacks=[logger]).history
    bring("keras", tmp_path / "small.csv", "--project", "k")
    curves = tracker.history("k/small")
    assert curves["epoch"].tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(curves["val_loss"], kept["val_loss"], rtol=1e-6)


def test_lightning_csv_logger(url: str, tmp_path: Path) -> None:
    need("lightning", "torch")
    from lightning.pytorch.loggers import CSVLogger

    logger = CSVLogger(tmp_path, name="vision")
    logger.log_hyperparams({"lr": 0.1, "net": {"depth": 3}})
    for epoch in range(EPOCHS):
        for batch in range(2):
            logger.log_metrics({"train_loss_step": VAL[epoch], "epoch": epoch}, step=epoch * 2 + batch)
        logger.log_metrics({"val_loss": VAL[epoch], "epoch": epoch}, step=epoch * 2 + 1)
    logger.finalize("success")
    bring("lightning", tmp_path)
    run = only_run()
    assert (run["project"], run["name"], run["config.net.depth"]) == ("vision", "version_0", 3)
    curves = tracker.history(run["id"])
    measured = curves.dropna(subset=["val_loss"])
    assert measured["epoch"].tolist() == list(range(1, EPOCHS + 1))
    np.testing.assert_allclose(measured["val_loss"], VAL, rtol=1e-6)
    assert len(curves["train_loss_step"].dropna()) == 2 * EPOCHS

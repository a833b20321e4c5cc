"""Neural networks train for real in each framework, and what was logged is in the store: names, epochs, config, status."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tracker
from tests.frameworks.conftest import Data, Stored, need
from tests.frameworks.trainings import keras_model, module_of, trainer_of


def test_keras_logs_epochs_from_one(data: Data, stored: Stored) -> None:
    x, y, x_val, y_val = data
    keras_model()  # Keras numbers what comes second, which is no setting
    model = keras_model()
    from tracker.integrations.keras import TrackerCallback

    history = model.fit(
        x,
        y,
        validation_data=(x_val, y_val),
        epochs=6,
        batch_size=32,
        verbose=0,
        callbacks=[TrackerCallback(project="digits", tags=["keras"])],
    )
    record, series = stored()
    assert (record.project, record.tags, record.status) == ("digits", ("keras",), "finished")
    assert set(series) == {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"}
    assert series["val_loss"].epoch.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(series["val_loss"].value, history.history["val_loss"])
    assert (record.config["optimizer.name"], record.config["model"]) == ("adam", "sequential")
    assert record.config["epochs"] == 6


def test_keras_stops_by_the_diagnosis_and_leaves_a_given_run_open(data: Data, stored: Stored) -> None:
    x, y, x_val, y_val = data
    model = keras_model()
    from tracker.integrations.keras import TrackerCallback

    run = tracker.init("digits", "mine", config={"epochs": "as long as it helps"})
    model.fit(
        x,
        y,
        validation_data=(x_val, y_val),
        epochs=150,
        batch_size=16,
        verbose=0,
        callbacks=[TrackerCallback(stop=True, every=4)],
    )
    assert not run.ended
    run.log({"test/loss": 1.0}, epoch=150)
    record, series = stored()
    assert record.name == "mine"
    assert record.config["epochs"] == "as long as it helps"
    assert len(series["loss"]) < 150
    assert tracker.diagnose(f"digits/{record.name}").overfitting
    assert series["batch/loss"].step[0] == 4


def test_keras_counts_on_from_its_first_epoch(data: Data, stored: Stored) -> None:
    from tracker.integrations.keras import TrackerCallback

    model = keras_model()
    logger = TrackerCallback(name="later", every=1)
    model.fit(data[0], data[1], batch_size=60, initial_epoch=3, epochs=5, verbose=0, callbacks=[logger])
    _, series = stored()
    assert series["loss"].epoch.tolist() == [4, 5]
    assert series["loss"].step.tolist() == [8, 10]
    assert series["batch/loss"].epoch.tolist() == [3.5, 4, 4.5, 5]


def test_lightning_logs_parts_of_epochs(data: Data, stored: Stored) -> None:
    module, train, val = module_of(data)
    import lightning

    from tracker.integrations.lightning import TrackerLogger

    trainer = lightning.Trainer(
        max_epochs=4,
        logger=TrackerLogger(project="digits"),
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, train, val)
    record, series = stored()
    assert record.status == "finished"
    assert record.config["hidden"] == 128
    assert series["val/loss"].epoch.tolist() == [1, 2, 3, 4]
    assert series["train/loss_epoch"].epoch.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(series["train/loss_step"].epoch, np.arange(1, 21) / 5)
    assert list((Path("checkpoints") if Path("checkpoints").exists() else Path()).rglob("*.ckpt"))


def test_lightning_stops_by_the_diagnosis(data: Data, stored: Stored) -> None:
    module, train, val = module_of(data)
    import lightning

    from tracker.integrations.lightning import TrackerLogger, TrackerStopping

    trainer = lightning.Trainer(
        max_epochs=120,
        logger=TrackerLogger(project="digits"),
        callbacks=[TrackerStopping()],
        log_every_n_steps=5,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    trainer.fit(module, train, val)
    _, series = stored()
    assert 5 < len(series["val/loss"]) < 120


def test_lightning_puts_the_test_behind_fit_into_the_same_run(data: Data, stored: Stored) -> None:
    module, train, val = module_of(data)
    import lightning

    from tracker.integrations.lightning import TrackerLogger

    type(module).test_step = lambda self, batch, index: self.log("test/loss", self.net(batch[0]).mean())
    trainer = lightning.Trainer(
        max_epochs=2, logger=TrackerLogger(project="digits", name="one"), enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False, log_every_n_steps=1,
    )  # fmt: skip
    trainer.fit(module, train, val)
    trainer.test(module, val, verbose=False)
    record, series = stored()
    assert (record.name, record.status) == ("one", "finished")
    assert {"test/loss", "val/loss"} <= set(series)


@pytest.mark.parametrize("by_name", [True, False])
def test_transformers_logs_steps_epochs_and_settings(
    data: Data, stored: Stored, tmp_path: Path, by_name: bool
) -> None:
    need("transformers")
    from tracker.integrations.transformers import TrackerCallback

    trainer = trainer_of(data, tmp_path, report_to=["tracker"] if by_name else [], run_name="reviews")
    if not by_name:
        trainer.add_callback(TrackerCallback(project="nlp"))
    trainer.train()
    record, series = stored()
    assert (record.name, record.status) == ("reviews", "finished")
    assert record.project == ("default" if by_name else "nlp")
    assert series["eval_loss"].epoch.tolist() == [1, 2, 3]
    assert series["eval_loss"].step.tolist() == [5, 10, 15]
    assert {"loss", "learning_rate", "grad_norm", "eval_accuracy"} <= set(series)
    assert "train_loss" not in series
    assert "train_loss" in record.summary
    assert record.config["model.hidden"] == 64
    assert record.config["learning_rate"] == 0.01


def test_transformers_with_two_callbacks_and_an_evaluation_behind_is_one_run(
    data: Data, stored: Stored, tmp_path: Path
) -> None:
    need("transformers")
    from tracker.integrations.transformers import TrackerCallback

    trainer = trainer_of(data, tmp_path, report_to=["tracker"])
    trainer.add_callback(TrackerCallback(project="nlp", name="own"))
    trainer.train()
    trainer.evaluate(metric_key_prefix="test")
    record, series = stored()
    assert (record.project, record.name, record.status) == ("nlp", "own", "finished")
    assert series["eval_loss"].epoch.tolist() == [1, 2, 3]
    assert len(series["test_loss"]) == 1

"""Each framework trains for real, and what it logged is in the store: names, epochs, config, status."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tracker
from tests.frameworks.conftest import Data, Stored, need


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")


# ----------------------------------------------------------------------------------------------------------------- Keras


def keras_model() -> Any:
    need("keras", "torch")
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Input((12,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def test_keras_logs_epochs_from_one(data: Data, stored: Stored) -> None:
    x, y, x_val, y_val = data
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
    assert record.config["optimizer.name"] == "adam"
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


def test_a_training_that_fails_is_told_as_failed(data: Data, stored: Stored) -> None:
    x, y, *_ = data
    model = keras_model()
    from tracker.integrations.keras import TrackerCallback

    def train() -> None:
        with tracker.init("digits") as run:
            model.fit(x, y, epochs=3, verbose=0, callbacks=[TrackerCallback(run)])
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        train()
    record, series = stored()
    assert (record.status, record.exception) == ("failed", "RuntimeError")
    assert len(series["loss"]) == 3


# ------------------------------------------------------------------------------------------------------------- Lightning


def module_of(data: Data) -> tuple[Any, Any, Any]:
    need("lightning", "torch")
    import lightning
    import torch

    x, y, x_val, y_val = map(torch.from_numpy, data)

    class Small(lightning.LightningModule):
        def __init__(self, hidden: int = 128, lr: float = 0.01) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = torch.nn.Sequential(
                torch.nn.Linear(12, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 2)
            )

        def training_step(self, batch: Any, index: int) -> Any:
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train/loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            out = self.net(batch[0])
            self.log("val/loss", torch.nn.functional.cross_entropy(out, batch[1]))
            self.log("val/accuracy", (out.argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)

    def loader(a: Any, b: Any, size: int) -> Any:
        return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(a, b), batch_size=size)

    lightning.seed_everything(0, verbose=False)
    return Small(), loader(x, y, 24), loader(x_val, y_val, 240)


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


# ---------------------------------------------------------------------------------------------------------- Transformers


def trainer_of(data: Data, folder: Path, **arguments: Any) -> Any:
    need("transformers", "torch", "accelerate")
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    class TinyConfig(PretrainedConfig):
        model_type = "tiny"

        def __init__(self, hidden: int = 64, **rest: Any) -> None:
            super().__init__(**rest)
            self.hidden = hidden

    class Tiny(PreTrainedModel):
        config_class = TinyConfig

        def __init__(self, config: TinyConfig) -> None:
            super().__init__(config)
            self.net = torch.nn.Sequential(
                torch.nn.Linear(12, config.hidden), torch.nn.ReLU(), torch.nn.Linear(config.hidden, 2)
            )
            self.post_init()

        def forward(self, x: Any = None, labels: Any = None) -> Any:
            logits = self.net(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    x, y, x_val, y_val = data
    rows = [{"x": a, "labels": b} for a, b in zip(x, y, strict=True)]
    val_rows = [{"x": a, "labels": b} for a, b in zip(x_val, y_val, strict=True)]
    settings = TrainingArguments(
        output_dir=str(folder / "out"),
        num_train_epochs=3,
        per_device_train_batch_size=24,
        eval_strategy="epoch",
        logging_steps=5,
        save_strategy="no",
        learning_rate=0.01,
        disable_tqdm=True,
        use_cpu=True,
        **arguments,
    )
    return Trainer(
        model=Tiny(TinyConfig()),
        args=settings,
        train_dataset=rows,
        eval_dataset=val_rows,
        compute_metrics=lambda p: {"accuracy": float(np.mean(p.predictions.argmax(-1) == p.label_ids))},
    )


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


# ----------------------------------------------------------------------------------------------------------- scikit-learn


def test_sklearn_mlp_and_boosting_keep_their_curves(data: Data, url: str) -> None:
    need("sklearn")
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from tracker.integrations.sklearn import log_curves

    x, y, x_val, y_val = data
    mlp = make_pipeline(
        StandardScaler(), MLPClassifier((64,), early_stopping=True, max_iter=30, random_state=0)
    ).fit(x, y)
    log_curves(mlp, project="mlp")
    boosting = GradientBoostingClassifier(n_estimators=60, max_depth=4, random_state=0).fit(x, y)
    log_curves(boosting, x_val, y_val, x_train=x, y_train=y, project="boosting")
    histogram = HistGradientBoostingClassifier(
        max_iter=20, early_stopping=True, scoring="loss", min_samples_leaf=5, random_state=0
    ).fit(x, y)
    log_curves(histogram, project="histogram")
    with pytest.raises(TypeError, match="LogisticRegression keeps no learning curve"):
        log_curves(LogisticRegression().fit(x, y))
    runs = tracker.runs().set_index("project")
    assert set(runs.index) == {"mlp", "boosting", "histogram"}
    assert (runs["status"] == "finished").all()
    assert runs.loc["boosting", "verdict"] in ("overfitting", "overconfident")
    curves = tracker.history(runs.loc["boosting", "id"])
    np.testing.assert_allclose(curves["train/loss"].iloc[-1], boosting.train_score_[-1] / 2, rtol=0.2)
    assert tracker.history(runs.loc["histogram", "id"])["val/loss"].min() > 0


# ------------------------------------------------------------------------------------------------------- boosted trees


def test_sklearn_estimators_are_watched_by_a_callback(data: Data, stored: Stored) -> None:
    need("sklearn")
    from sklearn.linear_model import LogisticRegression

    from tracker.integrations.sklearn import TrackerCallback

    x, y, x_val, y_val = data
    model = LogisticRegression(C=100.0, max_iter=50)
    model.set_callbacks(TrackerCallback(x_val, y_val, project="linear"))
    model.fit(x, y)
    record, series = stored()
    assert (record.project, record.status) == ("linear", "finished")
    assert set(series) == {"train/loss", "train/accuracy", "val/loss", "val/accuracy"}
    assert series["train/loss"].step.tolist() == list(range(1, len(series["train/loss"]) + 1))
    assert series["train/loss"].value[-1] < series["train/loss"].value[0]
    assert record.config["C"] == 100.0


def test_xgboost_names_its_sets_and_stops(data: Data, stored: Stored) -> None:
    need("xgboost")
    import xgboost

    from tracker.integrations.xgboost import TrackerCallback

    x, y, x_val, y_val = data
    train, val = xgboost.DMatrix(x, y), xgboost.DMatrix(x_val, y_val)
    booster = xgboost.train(
        {"objective": "binary:logistic", "eta": 0.3, "max_depth": 6, "eval_metric": ["logloss", "auc"]},
        train,
        400,
        evals=[(train, "train"), (val, "val")],
        verbose_eval=False,
        callbacks=[TrackerCallback(stop=True, project="trees")],
    )
    record, series = stored()
    assert record.status == "finished"
    assert set(series) == {"train/logloss", "train/auc", "val/logloss", "val/auc"}
    assert series["val/logloss"].step.tolist() == list(range(1, len(series["val/logloss"]) + 1))
    assert booster.num_boosted_rounds() == len(series["val/logloss"]) < 400
    assert record.config["objective"] == "binary:logistic"


def test_xgboost_estimators_by_better_names(data: Data, stored: Stored) -> None:
    need("xgboost")
    import xgboost

    from tracker.integrations.xgboost import TrackerCallback

    x, y, x_val, y_val = data
    names = {"validation_0": "train", "validation_1": "val"}
    model = xgboost.XGBClassifier(n_estimators=10, callbacks=[TrackerCallback(names=names, project="trees")])
    model.fit(x, y, eval_set=[(x, y), (x_val, y_val)], verbose=False)
    _, series = stored()
    assert set(series) == {"train/logloss", "val/logloss"}
    np.testing.assert_allclose(series["val/logloss"].value, model.evals_result()["validation_1"]["logloss"])


def test_lightgbm_knows_directions_and_stops(data: Data, stored: Stored) -> None:
    need("lightgbm")
    import lightgbm

    from tracker.integrations.lightgbm import TrackerCallback

    x, y, x_val, y_val = data
    train = lightgbm.Dataset(x, y)
    lightgbm.train(
        {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "min_data_in_leaf": 3},
        train,
        400,
        valid_sets=[train, lightgbm.Dataset(x_val, y_val, reference=train)],
        valid_names=["train", "val"],
        callbacks=[TrackerCallback(stop=True, project="trees")],
    )
    record, series = stored()
    assert record.status == "finished"
    assert set(series) == {"train/binary_logloss", "train/auc", "val/binary_logloss", "val/auc"}
    assert 10 < len(series["val/auc"]) < 400
    assert record.config["objective"] == "binary"
    assert tracker.diagnose(record.id).overfitting


def test_catboost_logs_both_sets_and_stops(data: Data, stored: Stored) -> None:
    need("catboost")
    from catboost import CatBoostClassifier

    from tracker.integrations.catboost import TrackerCallback

    x, y, x_val, y_val = data
    model = CatBoostClassifier(
        iterations=600, learning_rate=0.3, verbose=False, allow_writing_files=False, use_best_model=False
    )
    model.fit(x, y, eval_set=(x_val, y_val), callbacks=[TrackerCallback(model, stop=True, project="trees")])
    record, series = stored()
    assert record.status == "finished"
    assert set(series) == {"train/Logloss", "val/Logloss"}
    assert series["val/Logloss"].step[0] == 1
    assert len(series["val/Logloss"]) < 600
    assert record.config["iterations"] == 600


# --------------------------------------------------------------------------------------------------------- as W&B does


def test_an_ordinary_script_of_wandb(stored: Stored) -> None:
    import tracker as wandb

    run = wandb.init(
        project="alias",
        name="first",
        config={"lr": 0.1},
        entity="team",
        tags=["a"],
        notes="n",
        job_type="train",
    )
    wandb.config.update({"batch_size": 32})
    wandb.define_metric("val/accuracy", summary="max")
    for epoch in range(3):
        wandb.log({"train/loss": 1 / (epoch + 1), "val/accuracy": epoch / 3, "epoch": epoch}, commit=True)
    wandb.run.summary["best_accuracy"] = 0.67
    wandb.alert(title="Done", text="all of it", level=None)
    wandb.finish(exit_code=0)
    assert run.ended
    record, series = stored()
    assert record.config == {"lr": 0.1, "batch_size": 32}
    assert record.summary["best_accuracy"] == 0.67
    assert series["train/loss"].epoch.tolist() == [0, 1, 2]


# --------------------------------------------------------------------------------------- trainings that end in other ways


class Boom(Exception):
    """What goes wrong in a training."""


def statuses() -> dict[str, str]:
    tracker.finish()
    return dict(tracker.runs().set_index("name")["status"])


def test_a_training_that_breaks_off_does_not_take_the_next_one_into_its_run(data: Data, url: str) -> None:
    need("keras", "xgboost", "sklearn")
    import keras
    import xgboost
    from sklearn.linear_model import LogisticRegression

    from tracker.integrations.keras import TrackerCallback as OfKeras
    from tracker.integrations.sklearn import TrackerCallback as OfSklearn
    from tracker.integrations.xgboost import TrackerCallback as OfXGBoost

    class Breaking(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise Boom

    x, y, x_val, y_val = data
    with pytest.raises(Boom):
        keras_model().fit(x, y, verbose=0, callbacks=[OfKeras(name="keras"), Breaking()])

    class Ending(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            raise Boom

    train = xgboost.DMatrix(x, y)
    logger = OfXGBoost(name="xgboost")
    for ending in ([Ending()], []):
        with contextlib.suppress(Boom):
            xgboost.train({}, train, 3, evals=[(train, "train")], callbacks=[logger, *ending])
    with pytest.raises(ValueError, match="inconsistent"):
        LogisticRegression().set_callbacks(OfSklearn(x_val[:3], y_val, name="sklearn")).fit(x, y)
    found = tracker.runs()
    assert sorted(zip(found["name"], found["status"], strict=True)) == [
        ("keras", "failed"),
        ("sklearn", "failed"),
        ("xgboost", "failed"),
        ("xgboost", "finished"),
    ]


def test_trials_that_stop_early_are_runs_of_their_own(data: Data, url: str) -> None:
    need("lightgbm", "catboost")
    import catboost
    import lightgbm

    from tracker.integrations.catboost import TrackerCallback as OfCatBoost
    from tracker.integrations.lightgbm import TrackerCallback as OfLightGBM

    x, y, x_val, y_val = data
    for trial in range(2):
        model = lightgbm.LGBMClassifier(n_estimators=300, verbose=-1)
        stopping = lightgbm.early_stopping(3, verbose=False)
        callbacks = [OfLightGBM(name=f"light{trial}"), stopping]
        model.fit(x, y, eval_set=[(x_val, y_val)], callbacks=callbacks)
    for trial in range(2):
        other = catboost.CatBoostClassifier(
            n_estimators=300, verbose=0, early_stopping_rounds=3, allow_writing_files=False
        )
        other.fit(x, y, eval_set=(x_val, y_val), callbacks=[OfCatBoost(other, name=f"cat{trial}")])
    assert statuses() == dict.fromkeys(("light0", "light1", "cat0", "cat1"), "finished")


def test_two_trainings_in_two_threads_stay_apart(data: Data, url: str) -> None:
    need("xgboost")
    import xgboost

    from tracker.integrations.xgboost import TrackerCallback

    meeting = threading.Barrier(2, timeout=60)

    class Waiting(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            meeting.wait()
            return False

    def train(name: str) -> None:
        matrix = xgboost.DMatrix(data[0], data[1])
        callbacks = [TrackerCallback(name=name), Waiting()]
        xgboost.train({}, matrix, 5, evals=[(matrix, "train")], callbacks=callbacks)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, ("one", "two")))
    assert statuses() == {"one": "finished", "two": "finished"}
    for name in ("one", "two"):
        assert len(tracker.history(f"{tracker.runs()['project'][0]}/{name}")) == 5


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


def test_a_training_of_transformers_that_breaks_off_is_failed(data: Data, url: str, tmp_path: Path) -> None:
    need("transformers")
    from transformers import TrainerCallback

    from tracker.integrations.transformers import TrackerCallback

    class Breaking(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 7 and not broken:
                broken.append(True)
                raise Boom

    broken: list[bool] = []
    trainer = trainer_of(data, tmp_path, report_to=[])
    for callback in (TrackerCallback(name="own"), Breaking()):
        trainer.add_callback(callback)
    with pytest.raises(Boom):
        trainer.train()
    trainer.train()
    assert sorted(tracker.runs()["status"]) == ["failed", "finished"]


def test_keras_counts_on_from_its_first_epoch(data: Data, stored: Stored) -> None:
    from tracker.integrations.keras import TrackerCallback

    model = keras_model()
    logger = TrackerCallback(name="later", every=1)
    model.fit(data[0], data[1], batch_size=60, initial_epoch=3, epochs=5, verbose=0, callbacks=[logger])
    _, series = stored()
    assert series["loss"].epoch.tolist() == [4, 5]
    assert series["loss"].step.tolist() == [8, 10]
    assert series["batch/loss"].epoch.tolist() == [3.5, 4, 4.5, 5]

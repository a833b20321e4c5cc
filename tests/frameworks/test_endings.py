"""Trainings that fail, break off, stop early or run side by side: each keeps to a run of its own, with its status."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import tracker
from tests.frameworks.conftest import Data, Stored, need
from tests.frameworks.trainings import keras_model, trainer_of


class Boom(Exception):
    """What goes wrong in a training."""


def statuses() -> dict[str, str]:
    tracker.finish()
    return dict(tracker.runs().set_index("name")["status"])


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


def test_trees_that_break_off_are_failed_and_those_that_stop_early_are_not(data: Data, url: str) -> None:
    need("lightgbm", "catboost")
    import catboost
    import lightgbm

    from tracker.integrations.catboost import TrackerCallback as OfCatBoost
    from tracker.integrations.lightgbm import TrackerCallback as OfLightGBM

    x, y, x_val, y_val = data

    def breaking(env: Any) -> None:
        if env.iteration == 4:
            raise Boom

    def light(logger: OfLightGBM, *callbacks: Any) -> Any:
        train = lightgbm.Dataset(x, y)
        val = lightgbm.Dataset(x_val, y_val, reference=train)
        params = {"objective": "binary", "verbose": -1}
        return lightgbm.train(params, train, 300, valid_sets=[val], callbacks=[logger, *callbacks])

    def now() -> dict[str, str]:
        return dict(tracker.runs().set_index("name")["status"])

    with pytest.raises(Boom):
        light(OfLightGBM(name="broken"), breaking)
    assert now() == {"broken": "failed"}
    model = light(OfLightGBM(name="early"), lightgbm.early_stopping(3, verbose=False))
    assert model.best_score["valid_0"]
    assert now()["early"] == "finished"

    again = OfLightGBM(name="again")
    with pytest.raises(Boom) as kept:
        light(again, breaking)
    light(
        again, lambda env: kept.value.__traceback__.tb_next.tb_frame.clear() if env.iteration == 3 else None
    )
    assert sorted(tracker.runs()["status"]) == ["failed", "failed", "finished", "finished"]

    class Breaking:
        def after_iteration(self, info: Any) -> bool:
            raise Boom

    for ending in ([Breaking()], []):
        cat = catboost.CatBoostClassifier(
            n_estimators=300, verbose=0, early_stopping_rounds=3, allow_writing_files=False
        )
        with contextlib.suppress(catboost.CatBoostError):  # in which it wraps every other
            cat.fit(
                x, y, eval_set=(x_val, y_val), callbacks=[OfCatBoost(cat, name=f"cat{len(ending)}"), *ending]
            )
    found = statuses()
    assert (found["cat1"], found["cat0"]) == ("failed", "finished")


BROKEN = """
import catboost
import lightgbm
import numpy as np

from tracker.integrations.catboost import TrackerCallback as OfCatBoost
from tracker.integrations.lightgbm import TrackerCallback as OfLightGBM

x, y = np.arange(400.0).reshape(100, 4), np.arange(100) % 2


class Breaking:
    def after_iteration(self, info):
        raise KeyError


def breaking(env):
    raise KeyError


kept = []
model = catboost.CatBoostClassifier(n_estimators=50, verbose=0, allow_writing_files=False)
train = lightgbm.Dataset(x, y)
logger = OfLightGBM(name="light")
for begin in (
    lambda: model.fit(x, y, eval_set=(x, y), callbacks=[OfCatBoost(model, name="cat"), Breaking()]),
    lambda: lightgbm.train({"verbose": -1}, train, 50, valid_sets=[train], callbacks=[logger, breaking]),
):
    try:
        begin()
    except (KeyError, catboost.CatBoostError) as error:
        kept.append(error)
assert len(kept) == 2
"""


def test_a_process_that_ends_well_does_not_call_a_broken_training_finished(url: str, tmp_path: Path) -> None:
    need("lightgbm", "catboost")
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    subprocess.run([sys.executable, script], check=True, timeout=120)
    assert statuses() == {"cat": "failed", "light": "failed"}


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

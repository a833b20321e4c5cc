"""Boosted trees and estimators of scikit-learn train for real: names, directions, config, early stops."""

from __future__ import annotations

import numpy as np
import pytest

import tracker
from tests.frameworks.conftest import Data, Stored, need


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

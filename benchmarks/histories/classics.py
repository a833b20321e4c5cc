"""Boosted trees and linear models of scikit-learn, XGBoost and LightGBM, logged a round or an epoch at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.histories.split import Log, Split

Recipe = dict[str, Any]
Array = NDArray[np.float64]


def train(split: Split, recipe: Recipe) -> Log:
    """Train as the recipe says and evaluate all three parts after each round or epoch."""
    if recipe["family"] == "xgboost":
        return _xgboost(split, recipe)
    if recipe["family"] == "lightgbm":
        return _lightgbm(split, recipe)
    log = Log()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, answers in enumerate(_rounds(split, recipe), 1):
            if number % recipe["stride"] == 0:
                log.add(number, {part: _judged(split, part, answer) for part, answer in answers.items()})
    return log


def _judged(split: Split, part: str, answer: Array) -> tuple[float, float | None]:
    y = split.parts[part][1]
    if split.classes is None:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.mean((answer - y) ** 2)), None
    chosen = np.clip(answer[np.arange(len(y)), y], 1e-15, 1)
    return float(-np.log(chosen).mean()), float((answer.argmax(1) == y).mean())


def _rounds(split: Split, recipe: Recipe) -> Iterator[dict[str, Array]]:
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    x, y = split.parts["train"]
    sorts = split.classes is not None
    if recipe["family"] in ("sklearn_gb", "sklearn_hist"):
        options: dict[str, Any] = {
            "learning_rate": recipe["lr"],
            "max_depth": recipe["depth"],
            "random_state": recipe["seed"],
        }
        if recipe["family"] == "sklearn_gb":
            options |= {"n_estimators": recipe["points"], "subsample": recipe["subsample"]}
            model = (GradientBoostingClassifier if sorts else GradientBoostingRegressor)(**options)
        else:
            options |= {"max_iter": recipe["points"], "early_stopping": False, "min_samples_leaf": 5}
            model = (HistGradientBoostingClassifier if sorts else HistGradientBoostingRegressor)(**options)
        model.fit(x, y)
        staged = model.staged_predict_proba if sorts else model.staged_predict
        names = list(split.parts)
        for answers in zip(*(staged(split.parts[name][0]) for name in names), strict=True):
            yield {
                name: _all_classes(model, split, answer) for name, answer in zip(names, answers, strict=True)
            }
        return
    model = _by_epoch(sorts, recipe)
    rng = np.random.default_rng(recipe["seed"])
    for _ in range(recipe["points"] * recipe["stride"]):
        order = rng.permutation(len(x))
        more = {"classes": np.arange(split.classes or 0)} if sorts else {}
        try:
            model.partial_fit(x[order], y[order], **more)
        except (
            ValueError
        ):  # scikit-learn refuses to go on from weights that are not finite: the run ends there
            return
        answer = model.predict_proba if sorts else model.predict
        yield {name: answer(part[0]) for name, part in split.parts.items()}


def _all_classes(model: Any, split: Split, answer: Array) -> Array:
    """Give the classes that the training rows lack a share of zero."""
    if split.classes is None or answer.shape[1] == split.classes:
        return answer
    full = np.zeros((len(answer), split.classes))
    full[:, model.classes_] = answer
    return full


def _by_epoch(sorts: bool, recipe: Recipe) -> Any:
    from sklearn.linear_model import SGDClassifier, SGDRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if recipe["family"] == "sklearn_sgd":
        options = {
            "alpha": recipe["decay"],
            "learning_rate": "constant",
            "eta0": recipe["lr"],
            "random_state": recipe["seed"],
        }
        return SGDClassifier(loss="log_loss", **options) if sorts else SGDRegressor(**options)
    kind = MLPClassifier if sorts else MLPRegressor
    return kind(
        hidden_layer_sizes=(recipe["width"],) * recipe["depth"],
        solver=recipe["optimizer"],
        alpha=recipe["decay"],
        learning_rate_init=recipe["lr"],
        batch_size=min(recipe["batch"], 10_000),
        random_state=recipe["seed"],
    )


def _xgboost(split: Split, recipe: Recipe) -> Log:
    import xgboost

    sorts = split.classes is not None
    options: dict[str, Any] = {
        "objective": "multi:softprob" if sorts else "reg:squarederror",
        "eval_metric": ["mlogloss", "merror"] if sorts else ["rmse"],
        "eta": recipe["lr"],
        "max_depth": recipe["depth"],
        "subsample": recipe["subsample"],
        "colsample_bytree": recipe["columns"],
        "lambda": recipe["decay"],
        "nthread": 1,
        "seed": recipe["seed"],
    }
    if sorts:
        options["num_class"] = split.classes
    tables = {name: xgboost.DMatrix(x, y) for name, (x, y) in split.parts.items()}
    results: dict[str, dict[str, list[float]]] = {}
    xgboost.train(
        options,
        tables["train"],
        recipe["points"] * recipe["stride"],
        evals=[(table, name) for name, table in tables.items()],
        evals_result=results,
        verbose_eval=False,
    )
    return _logged(results, ("mlogloss", "merror") if sorts else ("rmse", None), recipe)


def _lightgbm(split: Split, recipe: Recipe) -> Log:
    import lightgbm

    sorts = split.classes is not None
    options: dict[str, Any] = {
        "objective": "multiclass" if sorts else "regression",
        "metric": ["multi_logloss", "multi_error"] if sorts else ["rmse"],
        "learning_rate": recipe["lr"],
        "num_leaves": 2 ** recipe["depth"] - 1,
        "bagging_fraction": recipe["subsample"],
        "bagging_freq": 1,
        "feature_fraction": recipe["columns"],
        "lambda_l2": recipe["decay"],
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "deterministic": True,
        "seed": recipe["seed"],
        "verbose": -1,
    }
    if sorts:
        options["num_class"] = split.classes
    tables = {name: lightgbm.Dataset(x, y, free_raw_data=False) for name, (x, y) in split.parts.items()}
    results: dict[str, dict[str, list[float]]] = {}
    lightgbm.train(
        options,
        tables["train"],
        recipe["points"] * recipe["stride"],
        valid_sets=list(tables.values()),
        valid_names=list(tables),
        callbacks=[lightgbm.record_evaluation(results)],
    )
    return _logged(results, ("multi_logloss", "multi_error") if sorts else ("rmse", None), recipe)


def _logged(results: dict[str, dict[str, list[float]]], names: tuple[str, str | None], recipe: Recipe) -> Log:
    log = Log()
    loss, error = names
    for i in range(recipe["stride"] - 1, recipe["points"] * recipe["stride"], recipe["stride"]):
        point = {}
        for part, values in results.items():
            value = values[loss][i]
            point[part] = (value if error else value**2, 1 - values[error][i] if error else None)
        log.add(i + 1, point)
    return log

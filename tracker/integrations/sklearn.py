"""scikit-learn: the curves that estimators keep of their own training, logged after `fit`.

    model.fit(x, y)
    log_curves(model, x_val, y_val, project="digits")

A loop of `partial_fit` needs nothing from here: it calls `tracker.log` itself. From scikit-learn 1.9 on, estimators that
take callbacks can be watched while they train:

    model.set_callbacks(TrackerCallback(x_val, y_val)).fit(x, y)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import log_loss, mean_squared_error

from tracker.client.run import Run
from tracker.integrations.lending import Lent

Curves = dict[str, list[float]]


def log_curves(
    model: Any,
    x_val: Any = None,
    y_val: Any = None,
    *,
    x_train: Any = None,
    y_train: Any = None,
    run: Run | None = None,
    **init: Any,
) -> Run:
    """Log the learning curves of a fitted estimator, one value a round or epoch.

    What is read: `loss_curve_` and `validation_scores_` (MLP), `train_score_` (gradient boosting's training loss, or
    the scores of the histogram kind with `validation_score_`), and where data is given, the loss and accuracy of every
    stage by `staged_predict_proba` or `staged_predict` (gradient boosting, AdaBoost).

    Args:
        model: the fitted estimator, a pipeline that ends in one, or a search, of which the best one counts.
        x_val: validation data, (samples, features).
        y_val: its targets.
        x_train: training data, where its curve should be measured as well.
        y_train: its targets.
        run: the run to log to; None: the current run, else one of its own, finished on return.
        init: arguments of `tracker.init` for a run of its own.

    Returns:
        The run that holds the curves.

    Raises:
        TypeError: the estimator keeps no curve, or is not fitted.
    """
    model = getattr(model, "best_estimator_", model)
    steps = getattr(model, "steps", None)
    last = steps[-1][1] if steps else model
    before = model[:-1] if steps and len(steps) > 1 else None
    curves = _kept(last)
    for split, x, y in (("train", x_train, y_train), ("val", x_val, y_val)):
        if x is not None and y is not None:
            staged = _staged(last, x if before is None else before.transform(x), y)
            curves |= {f"{split}/{name}": values for name, values in staged.items()}
    if not curves:
        raise TypeError(
            f"{type(last).__name__} keeps no learning curve: give a fitted MLP, gradient boosting or AdaBoost, or call "
            "tracker.log in a loop of partial_fit"
        )
    lent = Lent(run, init)
    held = lent.begin({"estimator": type(last).__name__, **_settings(last)})
    for place in range(max(map(len, curves.values()))):
        row = {name: values[place] for name, values in curves.items() if place < len(values)}
        held.log(row, step=place + 1, epoch=place + 1)
    lent.end()
    return held


class TrackerCallback:
    """Log the loss and score of every iteration of an estimator that takes callbacks (scikit-learn 1.9 and newer).

    Classifiers with probabilities log `loss` (log loss) and `accuracy`, others their own score.

    Args:
        x_val: validation data, (samples, features); None: only training is measured.
        y_val: its targets.
        run: the run to log to; None: the current run, else one of its own, finished when `fit` ends.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many iterations the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    def __init__(
        self,
        x_val: Any = None,
        y_val: Any = None,
        *,
        run: Run | None = None,
        stop: bool = False,
        patience: int = 0,
        **init: Any,
    ) -> None:
        self._val = (x_val, y_val)
        self._lent = Lent(run, init)
        self._stop, self._patience = stop, patience
        self._before: BaseException | None = None

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin the run, with the estimator's parameters."""
        self._before = sys.exc_info()[1]  # `fit` may be called while an error is handled
        self._lent.start({"estimator": type(estimator).__name__, **_settings(estimator)})

    def teardown(self, estimator: Any, context: Any) -> None:
        """End a run of its own."""
        raised = sys.exc_info()[1]
        self._lent.end("finished" if raised is None or raised is self._before else "failed")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing is logged before an iteration."""

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,  # noqa: N803
        y: Any = None,
        fitted_estimator: Any = None,
    ) -> bool:
        """Log an iteration; True ends the training."""
        if fitted_estimator is None or context.parent is None or not isinstance(context.task_id, int):
            return False
        values = {f"train/{name}": value for name, value in _measured(fitted_estimator, X, y).items()}
        values |= {f"val/{name}": value for name, value in _measured(fitted_estimator, *self._val).items()}
        if values:
            self._lent.run.log(values, step=context.task_id + 1)
        return self._stop and self._lent.run.should_stop(self._patience)


def _measured(model: Any, x: Any, y: Any) -> dict[str, float]:
    if x is None or y is None:
        return {}
    if is_classifier(model) and hasattr(model, "predict_proba"):
        shares = model.predict_proba(x)
        return {
            "loss": float(log_loss(y, shares, labels=model.classes_)),
            "accuracy": float(np.mean(model.classes_[np.argmax(shares, axis=1)] == np.asarray(y))),
        }
    return {"accuracy" if is_classifier(model) else "r2": float(model.score(x, y))}


def _kept(model: Any) -> Curves:
    """Return the curves that an estimator kept while it was fitted."""
    out: Curves = {}
    if getattr(model, "loss_curve_", None):
        out["train/loss"] = [float(v) for v in model.loss_curve_]
    if getattr(model, "validation_scores_", None):
        name = "val/accuracy" if is_classifier(model) else "val/r2"
        out[name] = [float(v) for v in model.validation_scores_]
    scores = getattr(model, "train_score_", None)
    if scores is None or not len(scores):
        return out
    if not hasattr(model, "validation_score_"):
        out["train/loss"] = [float(v) for v in scores]  # gradient boosting keeps its loss under this name
        return out
    # the histogram kind scores before the first round too; with scoring="loss" its scores are negative losses
    by_loss = model.scoring == "loss"
    sign, name = (-1.0, "loss") if by_loss else (1.0, _score_name(model))
    out[f"train/{name}"] = [sign * float(v) for v in scores[1:]]
    if len(model.validation_score_):
        out[f"val/{name}"] = [sign * float(v) for v in model.validation_score_[1:]]
    return out


def _staged(model: Any, x: Any, y: Any) -> Curves:
    """Return the loss and, of a classifier, the accuracy of every stage."""
    if hasattr(model, "staged_predict_proba"):
        labels = model.classes_
        stages = list(_each(model.staged_predict_proba(x)))
        return {
            "loss": [float(log_loss(y, p, labels=labels)) for p in stages],
            "accuracy": [float(np.mean(labels[np.argmax(p, axis=1)] == np.asarray(y))) for p in stages],
        }
    if hasattr(model, "staged_predict"):
        return {"mse": [float(mean_squared_error(y, p)) for p in _each(model.staged_predict(x))]}
    return {}


def _each(stages: Iterable[Any]) -> Iterable[Any]:
    return (np.array(stage) for stage in stages)


def _score_name(model: Any) -> str:
    scoring: str | Callable[..., Any] | None = model.scoring
    if isinstance(scoring, str):
        return scoring
    return "accuracy" if is_classifier(model) else "r2"


def _settings(model: Any) -> dict[str, Any]:
    return {
        k: v
        for k, v in model.get_params(deep=False).items()
        if isinstance(v, str | int | float | bool | tuple)
    }

"""XGBoost: a callback for `xgboost.train` and the scikit-learn estimators.

xgboost.train(params, dtrain, evals=[(dtrain, "train"), (dval, "val")], callbacks=[TrackerCallback()])
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xgboost.callback import TrainingCallback

from tracker.client.run import Run
from tracker.foreign import read_setting
from tracker.integrations.lending import Lent

_SETTINGS = (
    "learner.learner_train_param", "learner.gradient_booster.gbtree_train_param",
    "learner.gradient_booster.tree_train_param", "learner.objective",
)  # fmt: skip


class TrackerCallback(TrainingCallback):
    """Log every round's metrics as `set/metric`, by the names that the evaluation sets were given.

    The estimators' own names, `validation_0` and so on, do not say which set is the training set: name them here.

    Args:
        run: the run to log to; None: the current run, else one of its own, finished when training ends.
        names: better names for evaluation sets: `{"validation_0": "train", "validation_1": "val"}`.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many rounds the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    def __init__(
        self,
        run: Run | None = None,
        *,
        names: Mapping[str, str] | None = None,
        stop: bool = False,
        patience: int = 0,
        **init: Any,
    ) -> None:
        super().__init__()
        self._lent = Lent(run, init)
        self._names = dict(names or {})
        self._stop, self._patience = stop, patience

    def before_training(self, model: Any) -> Any:
        """Begin the run, with what the booster is set to."""
        self._lent.start(_config(model))
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Log a round; True ends the training."""
        values = {}
        for data, metrics in evals_log.items():
            for metric, history in metrics.items():
                last = history[-1]
                values[f"{self._names.get(data, data)}/{metric}"] = (
                    last[0] if isinstance(last, tuple) else last
                )
        self._lent.run.log(values, step=epoch + 1)
        return self._stop and self._lent.run.should_stop(self._patience)

    def after_training(self, model: Any) -> Any:
        """End a run of its own."""
        self._lent.end()
        return model


def _config(model: Any) -> dict[str, Any]:
    # a fold of xgboost.cv has no settings of its own
    told = json.loads(model.save_config()) if hasattr(model, "save_config") else {}
    out: dict[str, Any] = {}
    for path in _SETTINGS:
        here = told
        for part in path.split("."):
            here = here.get(part, {}) if isinstance(here, dict) else {}
        out |= {key: read_setting(value) for key, value in here.items() if isinstance(value, str)}
    return out

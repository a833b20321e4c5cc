"""CatBoost: a callback for `fit`, on the CPU (CatBoost calls none on a GPU).

model.fit(x, y, eval_set=(x_val, y_val), callbacks=[TrackerCallback(model)])
"""

from __future__ import annotations

from typing import Any

from tracker.client.run import Run
from tracker.integrations.lending import Lent

_ROUNDS = ("iterations", "num_boost_round", "n_estimators", "num_trees")  # CatBoost takes each of them
_SETS = {"learn": "train", "validation": "val"}


class TrackerCallback:
    """Log every round's metrics: `train/...` of the learning set, `val/...` of the first evaluation set.

    CatBoost does not tell its callbacks when training ends: a run of its own ends with the last round, and one that
    stops earlier when the next training begins, with the process, or by `end`; it is "failed" where the model is not
    fitted then.

    Args:
        model: the estimator, whose parameters become the run's config.
        run: the run to log to; None: the current run, else one of its own.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many rounds the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    def __init__(
        self, model: Any = None, run: Run | None = None, *, stop: bool = False, patience: int = 0, **init: Any
    ) -> None:
        self._lent = Lent(run, init, left=self._left)
        self._model, self._stop, self._patience = model, stop, patience
        self._began = False

    def after_iteration(self, info: Any) -> bool:
        """Log a round; False ends the training."""
        settings = {} if self._model is None else self._model.get_params()
        if not self._began or info.iteration == 1:
            self._began = True
            self._lent.start({k: v for k, v in settings.items() if isinstance(v, str | int | float | bool)})
        values = {
            f"{_SETS.get(data, data.replace('validation_', 'val_'))}/{metric}": history[-1]
            for data, metrics in (info.metrics or {}).items()
            for metric, history in metrics.items()
            if history
        }
        if values:
            self._lent.run.log(values, step=info.iteration)
        if values and self._stop and self._lent.run.should_stop(self._patience):
            self.end()
            return False
        if info.iteration == next((settings[name] for name in _ROUNDS if name in settings), 1000):
            self.end()
        return True

    def _left(self) -> str:
        return "finished" if self._model is None or self._model.is_fitted() else "failed"

    def end(self) -> None:
        """End a run of its own."""
        self._began = False
        self._lent.end()

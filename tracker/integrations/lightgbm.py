"""LightGBM: a callback for `lightgbm.train` and the scikit-learn estimators.

lightgbm.train(params, train, valid_sets=[train, val], valid_names=["train", "val"], callbacks=[TrackerCallback()])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from weakref import ref

from lightgbm import Booster
from lightgbm.callback import CallbackEnv, EarlyStopException

from tracker.client.run import Run
from tracker.integrations.lending import Lent


class TrackerCallback:
    """Log every round's metrics as `set/metric`, with the direction that LightGBM says is better.

    A run of its own ends with the training, "failed" where that broke off. Of `lightgbm.cv` it ends with the last round;
    LightGBM tells nobody when that stops earlier: such a run ends when the next training begins, with the process, or
    by `end`.

    Args:
        run: the run to log to; None: the current run, else one of its own.
        names: better names for evaluation sets: `{"training": "train", "valid_0": "val"}`.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many rounds the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    order = 25
    """Before early stopping (30), which ends the training by an exception: the last round is logged as well."""
    before_iteration = False

    def __init__(
        self,
        run: Run | None = None,
        *,
        names: Mapping[str, str] | None = None,
        stop: bool = False,
        patience: int = 0,
        **init: Any,
    ) -> None:
        self._lent = Lent(run, init, left=lambda: self._left)
        self._names = dict(names or {})
        self._stop, self._patience = stop, patience
        self._began = False
        self._left = "finished"
        self._trainings = 0

    def __call__(self, env: CallbackEnv) -> None:
        """Log a round; what LightGBM calls after each."""
        if not self._began or env.iteration == env.begin_iteration:
            self._began = True
            self._lent.start({k: v for k, v in env.params.items() if isinstance(v, str | int | float | bool)})
            self._trainings += 1
            self._left = "finished"
            if isinstance(env.model, Booster):
                self._left = "failed"
                env.model.best_score = _Training(env.model, partial(self._ended, self._trainings))
        run = self._lent.run
        values = {}
        for data, metric, value, higher, *_ in env.evaluation_result_list or ():
            name = f"{self._names.get(data, data)}/{metric}"
            values[name] = value
            if env.iteration == env.begin_iteration:
                run.define_metric(name, goal="max" if higher else "min")
        if values:
            run.log(values, step=env.iteration + 1)
        if values and self._stop and run.should_stop(self._patience):
            self.end()
            raise EarlyStopException(env.iteration, env.evaluation_result_list)
        if env.iteration + 1 == env.end_iteration:
            self.end()

    def end(self, status: str = "finished") -> None:
        """End a run of its own."""
        self._began = False
        self._lent.end(status)

    def _ended(self, training: int, status: str) -> None:
        if training == self._trainings:
            self.end(status)


class _Training(dict[str, Any]):
    """Stands for a booster's scores while it trains: LightGBM replaces them when training ends, early or not.

    A training that breaks off never does; these scores then go with the booster.
    """

    def __init__(self, booster: Booster, end: Callable[[str], None]) -> None:
        super().__init__()
        self._booster, self._end = ref(booster), end

    def __del__(self) -> None:
        self._end("failed" if self._booster() is None else "finished")

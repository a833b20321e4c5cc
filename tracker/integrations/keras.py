"""Keras 3: a callback for `model.fit`, on every backend.

model.fit(x, y, validation_data=..., callbacks=[TrackerCallback(project="digits")])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from tracker.client.run import Run
from tracker.integrations.lending import Lent


class TrackerCallback(keras.callbacks.Callback):
    """Log what `fit` measures: every epoch, counted from 1 as Keras prints it, with the learning rate.

    Args:
        run: the run to log to; None: the current run, else one of its own, finished when training ends.
        every: also log the training metrics of every so many batches, as `batch/...`; 0: none.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many epochs the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    def __init__(
        self, run: Run | None = None, *, every: int = 0, stop: bool = False, patience: int = 0, **init: Any
    ) -> None:
        super().__init__()
        self._lent = Lent(run, init)
        self._every, self._stop, self._patience = every, stop, patience
        self._batches = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin the run, with what the model and `fit` are set to."""
        self._lent.start(_config(self.model, self.params or {}))
        self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count on from where a training with `initial_epoch` had ended."""
        if not self._batches:
            self._batches = epoch * ((self.params or {}).get("steps") or 0)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log a batch where that was asked for."""
        self._batches += 1
        if self._every and self._batches % self._every == 0:
            per_epoch = (self.params or {}).get("steps")
            epoch = self._batches / per_epoch if per_epoch else None
            named = {f"batch/{name}": value for name, value in (logs or {}).items()}
            self._lent.run.log(named, step=self._batches, epoch=epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the epoch, and stop the training where the diagnosis says so."""
        values = dict(logs or {})
        rate = _rate(self.model)
        if rate is not None and "learning_rate" not in values:
            values["learning_rate"] = rate
        step = self._batches if self._every else epoch + 1
        self._lent.run.log(values, step=step, epoch=epoch + 1)
        if self._stop and self._lent.run.should_stop(self._patience):
            self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """End a run of its own."""
        self._lent.end()


def _rate(model: Any) -> float | None:
    optimizer = getattr(model, "optimizer", None)
    try:
        return float(keras.ops.convert_to_numpy(getattr(optimizer, "learning_rate", None)))
    except (AttributeError, TypeError, ValueError):
        return None  # a model without an optimizer, or one without one rate


def _config(model: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    optimizer = getattr(model, "optimizer", None)
    out: dict[str, Any] = {
        "model": _named(model, model.name),
        "parameters": int(model.count_params()) if model.built else None,
        "epochs": params.get("epochs"),
        "steps_per_epoch": params.get("steps"),
    }
    if optimizer is not None:
        told = optimizer.get_config() | {"name": _named(optimizer, optimizer.name)}
        out |= {
            f"optimizer.{key}": value for key, value in told.items() if isinstance(value, str | int | float)
        }
    return {key: value for key, value in out.items() if value is not None}


def _named(thing: Any, name: str) -> str:
    """Return a name without the number that Keras puts behind it for the second of its kind in a process."""
    own = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(thing).__name__).lower()
    return own if re.fullmatch(rf"{own}_\d+", name) else name

"""Hugging Face Transformers: a callback for `Trainer`; importing this file also makes `report_to="tracker"` work.

trainer = Trainer(..., callbacks=[TrackerCallback(project="reviews")])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback
from transformers.integrations import integration_utils

from tracker.client.run import Run
from tracker.integrations.lending import Lent

_AT_THE_END = (
    "train_loss",
    "train_runtime",
    "train_samples_per_second",
    "train_steps_per_second",
    "total_flos",
)
"""What the trainer logs once, of the whole training: the summary's, and no curves."""

_KEPT = "tracker"
"""Under which name checkpoints keep the run."""

_COST = ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time")


class TrackerCallback(TrainerCallback):
    """Log what the trainer logs: `loss`, `eval_loss`, `learning_rate` and your metrics, at its step and epoch.

    A checkpoint knows its run: what `resume_from_checkpoint` goes on from it continues that run, unless `init` says
    whose run it is.

    Args:
        run: the run to log to; None: the current run, else one of its own, finished when training ends.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many evaluations the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    def __init__(self, run: Run | None = None, *, stop: bool = False, patience: int = 0, **init: Any) -> None:
        self._given, self._init = run, init
        self._lent: Lent | None = None
        self._stop, self._patience = stop, patience
        self._training = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Of several callbacks, `report_to="tracker"` among them, let one log: the first with settings of its own."""
        if self._lent is not None:
            self._lent.end("failed")  # a training that broke off
        self._lent, self._training = None, True
        other = getattr(state, "tracker_callback", None)
        if other is None or not (other._given or other._init or other._stop):
            state.tracker_callback = self

    def on_epoch_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Begin the run, with the training's arguments and the model's own settings."""
        first = self._lent is None and self._training
        if not first or not state.is_world_process_zero or state.tracker_callback is not self:
            return
        init = dict(self._init)
        name = getattr(args, "run_name", None)
        if name and name != args.output_dir and self._given is None:
            init.setdefault("name", name)
        kept = getattr(state, "stateful_callbacks", None)
        if kept and _KEPT in kept and self._given is None and not {"id", "resume"} & init.keys():
            init |= {"id": kept[_KEPT]["run"], "resume": "allow"}
        self._lent = Lent(self._given, init, again=True)
        config = _plain(args.to_sanitized_dict())
        own = getattr(model, "config", None)
        if own is not None:
            config |= {f"model.{key}": value for key, value in _plain(own.to_dict()).items()}
        run = self._lent.begin(config)
        if kept is not None:
            kept[_KEPT] = {"run": run.id}  # it is saved with every checkpoint

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Log what the trainer says."""
        if self._lent is None:
            return
        run = self._lent.run
        told = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        once = {name: value for name, value in told.items() if name in _AT_THE_END or name.endswith(_COST)}
        values = {name: value for name, value in told.items() if name not in once and name != "epoch"}
        if values:
            run.log(values, step=state.global_step, epoch=state.epoch)
        run.summary.update({name: value for name, value in once.items() if name in _AT_THE_END})
        if (
            self._stop
            and any(name.startswith("eval_") for name in values)
            and run.should_stop(self._patience)
        ):
            control.should_training_stop = True
        if not self._training:  # an evaluation behind the training belongs to the same run
            self._lent.end()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """End a run of its own."""
        self._training = False
        if self._lent is not None:
            self._lent.end()


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in told.items()
        if isinstance(value, str | int | float | bool) and value != ""
    }


integration_utils.INTEGRATION_TO_CALLBACK.setdefault("tracker", TrackerCallback)

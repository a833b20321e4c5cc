"""fastai: a callback for `Learner`.

learn.fit_one_cycle(10, cbs=[TrackerCallback(project="adult")])
"""

from __future__ import annotations

from typing import Any

from fastai.callback.core import Callback
from fastai.learner import Recorder

from tracker.client.run import Run
from tracker.integrations.lending import Lent


class TrackerCallback(Callback):
    """Log what the recorder measures: every epoch, counted from 1, with the learning rate.

    Args:
        run: the run to log to; None: the current run, else one of its own, finished when `fit` ends.
        every: also log the smoothed training loss of every so many batches, as `batch/loss`; 0: none.
        stop: end the training when the diagnosis sees overfitting that lasts, or divergence.
        patience: how many epochs the best one must be ago as well before it stops.
        init: arguments of `tracker.init` for a run of its own.
    """

    order = Recorder.order + 1

    def __init__(
        self, run: Run | None = None, *, every: int = 0, stop: bool = False, patience: int = 0, **init: Any
    ) -> None:
        super().__init__()
        self._lent = Lent(run, init)
        self._every, self._stops, self._patience = every, stop, patience
        self._batches = 0

    def before_fit(self) -> None:
        """Begin the run; a search for the learning rate and predictions are no training."""
        self.run = not hasattr(self.learn, "lr_finder") and not hasattr(self, "gather_preds")
        if self.run:
            self._batches = 0
            told = {"epochs": self.n_epoch, "batch_size": self.dls.bs, "optimizer": _name(self.opt_func)}
            told |= {
                "model": type(self.model).__name__,
                "loss": _name(self.loss_func),
                "lr": float(self.opt.hypers[-1]["lr"]),
            }
            self._lent.start({key: value for key, value in told.items() if value is not None})

    def after_batch(self) -> None:
        """Log a batch where that was asked for."""
        if self.training:
            self._batches += 1
            if self._every and self._batches % self._every == 0:
                epoch = self.epoch + (self.iter + 1) / self.n_iter
                self._lent.run.log(
                    {"batch/loss": self.recorder.smooth_loss.value}, step=self._batches, epoch=epoch
                )

    def after_epoch(self) -> None:
        """Log the epoch, and stop the training where the diagnosis says so."""
        names, values = self.recorder.metric_names, self.recorder.log
        logged = {
            name: value
            for name, value in zip(names, values, strict=False)
            if name not in ("epoch", "time") and isinstance(value, int | float)
        }
        logged["lr"] = float(self.opt.hypers[-1]["lr"])
        self._lent.run.log(logged, step=self._batches, epoch=self.epoch + 1)
        if self._stops and self._lent.run.should_stop(self._patience):
            from fastai.callback.core import CancelFitException

            raise CancelFitException

    def after_fit(self) -> None:
        """End a run of its own."""
        if self.run:
            self._lent.end()


def _name(thing: Any) -> str | None:
    return getattr(thing, "__name__", None) or type(thing).__name__

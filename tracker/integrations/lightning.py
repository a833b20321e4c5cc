"""Lightning: a logger for `Trainer(logger=...)` and Fabric.

trainer = Trainer(logger=TrackerLogger(project="digits"), callbacks=[TrackerStopping()])
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

try:
    from lightning.pytorch.callbacks import Callback
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities import rank_zero_only
except ImportError:  # the older distribution, with the same classes
    from pytorch_lightning.callbacks import Callback
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities import rank_zero_only

from tracker.client.run import Run
from tracker.errors import BadInput
from tracker.integrations.lending import Lent
from tracker.model import is_id

_STATUS = {"success": "finished", "failed": "failed", "interrupted": "interrupted"}


class TrackerLogger(Logger):
    """Log what modules log with `self.log`, at the step and the part of the epoch that they have reached.

    What comes after `fit`, for example `trainer.test`, continues the same run. An epoch ends at its number counted from 1: what is logged at the end of the first stands at 1.

    Args:
        run: the run to log to; None: the current run, else one of its own, finished when training ends.
        ckpt_path: the checkpoint from which `Trainer.fit(ckpt_path=...)` goes on: its run is continued. None: a new run.
        init: arguments of `tracker.init` for a run of its own.

    Raises:
        BadInput: Lightning did not put that checkpoint into a folder named by its run.
    """

    def __init__(
        self, run: Run | None = None, *, ckpt_path: str | PathLike[str] | None = None, **init: Any
    ) -> None:
        super().__init__()
        if ckpt_path is not None:
            init = {**_run_of(Path(ckpt_path)), **init}
        self._lent = Lent(run, init, again=True)
        self._module: Any = None

    @property
    def name(self) -> str | None:
        """The project's name, under which Lightning keeps checkpoints; rank 0 tells it the others."""
        return self._lent.run.project if rank_zero_only.rank == 0 else None

    @property
    def version(self) -> str | None:
        """The run's id, under which Lightning keeps checkpoints; rank 0 tells it the others."""
        return self._lent.run.id if rank_zero_only.rank == 0 else None

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The run itself."""
        return self._lent.run

    @rank_zero_only
    def log_hyperparams(
        self, params: dict[str, Any] | Namespace | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Add a module's hyperparameters to the run's config."""
        told = vars(params) if isinstance(params, Namespace) else dict(params or {})
        self._lent.begin(told)

    @rank_zero_only
    def log_graph(self, model: Any, input_array: Any = None) -> None:
        """Remember the module, whose trainer knows how far the epoch is; no graph is kept."""
        self._module = model

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log the metrics of a step."""
        values = {name: value for name, value in metrics.items() if name != "epoch"}
        if values:
            self._lent.run.log(values, step=step, epoch=self._epoch())

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """End a run of its own."""
        self._lent.end(_STATUS.get(status, "finished"))

    def _epoch(self) -> float | None:
        """Return how many epochs have passed, with the part of the one that goes on."""
        trainer = getattr(self._module, "_trainer", None)
        if trainer is None or trainer.sanity_checking:
            return None
        loop = trainer.fit_loop
        batches = trainer.num_training_batches
        if not isinstance(batches, int) or batches < 1:  # an endless stream has no epochs
            return None
        done = min(loop.batch_idx + 1, batches) / batches
        return float(trainer.current_epoch + done)


def _run_of(checkpoint: Path) -> dict[str, str]:
    """Return the arguments of `tracker.init` that continue a checkpoint's run, from PROJECT/RUN/checkpoints/NAME."""
    for project, run in pairwise(checkpoint.parts[:-1]):
        if is_id(run):
            return {"project": project, "id": run, "resume": "allow"}
    raise BadInput(
        f"the checkpoint {checkpoint} does not lie in a folder named by its run, as Lightning puts it by itself: give "
        "the run with id= and resume='allow'"
    )


class TrackerStopping(Callback):
    """End the training when the diagnosis sees overfitting that lasts, or divergence.

    Args:
        patience: how many validations the best one must be ago as well.
    """

    def __init__(self, patience: int = 0) -> None:
        super().__init__()
        self.patience = patience

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Ask the run after the epoch's metrics."""
        runs = (one.experiment for one in trainer.loggers if isinstance(one, TrackerLogger))
        stop = any(isinstance(run, Run) and run.should_stop(self.patience) for run in runs)
        trainer.should_stop = trainer.should_stop or trainer.strategy.reduce_boolean_decision(stop, all=False)

"""The eight runs of the demo: what differs between them, and what the diagnosis is expected to say of each.

Every behaviour comes from capacity, label noise, learning rate or regularisation on real data. A test trains all
eight and holds each to its verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tracker.errors import NotFound

if TYPE_CHECKING:
    from tracker.demo.data import Dataset
    from tracker.demo.mlp import Optimizer
    from tracker.model import Verdict

PROJECT = "demo"
SHOWN_FIRST = "noisy-labels"
"""The run that the page explains when it opens."""

Schedule = Literal["constant", "cosine", "warm-up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRun:
    """One row of the table. `lr` is the highest learning rate of its `schedule`; the rest is as in `mlp` and `data`."""

    name: str
    dataset: Dataset
    hidden: tuple[int, ...]
    lr: float
    expected: Verdict
    notes: str
    optimizer: Optimizer = "adam"
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    label_noise: float = 0.0
    n_train: int = 1000
    n_val: int = 700
    batch_size: int = 32
    epochs: int = 60
    seed: int = 0

    @property
    def model(self) -> str:
        """The model in short, for instance mlp-512x512."""
        return "mlp-" + "x".join(str(units) for units in self.hidden) if self.hidden else "linear"

    @property
    def config(self) -> dict[str, Any]:
        """What the run logs as its hyperparameters."""
        return {
            "dataset": self.dataset,
            "model": self.model,
            "hidden": "x".join(str(units) for units in self.hidden) or "none",
            "optimizer": self.optimizer,
            "lr": self.lr,
            "schedule": self.schedule,
            "weight_decay": self.weight_decay,
            "label_noise": self.label_noise,
            "batch_size": self.batch_size,
            "epochs": self.epochs,
            "n_train": self.n_train,
            "n_val": self.n_val,
            "seed": self.seed,
        }

    def lr_at(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 1."""
        if self.schedule == "warm-up":
            return self.lr * epoch / self.epochs
        if self.schedule == "cosine":
            from math import cos, pi

            return self.lr * (1 + cos(pi * (epoch - 1) / self.epochs)) / 2
        return self.lr


RUNS: tuple[DemoRun, ...] = (
    DemoRun(
        name="decay-cosine",
        dataset="digits",
        hidden=(512, 512),
        lr=2e-4,
        schedule="cosine",
        weight_decay=2.0,
        expected="healthy",
        notes="Weight decay and a learning rate that fades out: both losses level off together.",
    ),
    DemoRun(
        name="diabetes-decay",
        dataset="diabetes",
        hidden=(256, 256),
        lr=5e-5,
        schedule="cosine",
        weight_decay=6.0,
        n_train=240,
        n_val=200,
        batch_size=2,
        expected="healthy",
        notes="A regression that learns what 240 patients can teach and stops there.",
    ),
    DemoRun(
        name="noisy-labels",
        dataset="digits",
        hidden=(512, 512),
        lr=1e-4,
        label_noise=0.3,
        n_train=600,
        n_val=1000,
        expected="overfitting",
        notes="Three labels in ten are wrong and nothing keeps the network from learning them by heart.",
    ),
    DemoRun(
        name="diabetes-wide",
        dataset="diabetes",
        hidden=(512, 512),
        lr=5e-5,
        n_train=240,
        n_val=200,
        batch_size=8,
        expected="overfitting",
        notes="A quarter of a million weights for 240 patients, without weight decay.",
    ),
    DemoRun(
        name="cancer-no-decay",
        dataset="breast_cancer",
        hidden=(512, 512, 512),
        lr=5e-5,
        n_train=160,
        n_val=400,
        batch_size=8,
        expected="overconfident",
        notes="Its few mistakes grow ever surer: validation loss climbs while accuracy stays where it is.",
    ),
    DemoRun(
        name="linear-heavy-decay",
        dataset="digits",
        hidden=(),
        lr=3e-5,
        optimizer="sgd",
        weight_decay=60.0,
        batch_size=1,
        expected="underfitting",
        notes="A linear model under a weight decay so heavy that it may hardly learn anything.",
    ),
    DemoRun(
        name="warm-up-too-far",
        dataset="digits",
        hidden=(512, 512),
        lr=0.8,
        optimizer="sgd",
        schedule="warm-up",
        weight_decay=0.02,
        expected="diverged",
        notes="SGD whose learning rate climbs past what the network can bear.",
    ),
    DemoRun(
        name="small-lr",
        dataset="digits",
        hidden=(512, 512),
        lr=3e-6,
        expected="improving",
        notes="A learning rate so small that both losses still fall when the run ends.",
    ),
)


def named(name: str) -> DemoRun:
    """Return the row of that name.

    Raises:
        NotFound: there is none.
    """
    for run in RUNS:
        if run.name == name:
            return run
    raise NotFound(f"the demo has no run {name!r}: choose one of {', '.join(run.name for run in RUNS)}")

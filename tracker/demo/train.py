"""One training run of the demo, in a process of its own: `python -m tracker.demo.train NAME`.

This is the loop that a user would write: `tracker.init`, `tracker.log` once an epoch, done.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import tracker
from tracker.demo.data import load
from tracker.demo.mlp import MLP
from tracker.demo.table import PROJECT, DemoRun, named

if TYPE_CHECKING:
    from tracker.demo.data import Split

AFTER_NAN = 3
"""Epochs that a run without finite losses goes on for: nothing can come back, but the marks should be seen."""


def epochs(run: DemoRun) -> Iterator[tuple[int, dict[str, float]]]:
    """Train a run of the table and yield, after every epoch, its number (from 1) and what is logged of it."""
    split = load(
        run.dataset, n_train=run.n_train, n_val=run.n_val, label_noise=run.label_noise, seed=run.seed
    )
    model = MLP(
        (split.x_train.shape[1], *run.hidden, split.y_train.shape[1]),
        task=split.task,
        optimizer=run.optimizer,
        lr=run.lr,
        weight_decay=run.weight_decay,
        rng=np.random.default_rng(run.seed),
    )
    broken = 0
    for epoch in range(1, run.epochs + 1):
        model.lr = run.lr_at(epoch)
        # A run that diverges overflows: that is the point of it, and its curves say so.
        with np.errstate(over="ignore", invalid="ignore"):
            model.fit_epoch(split.x_train, split.y_train, run.batch_size)
            measured = _measure(model, split)
        yield epoch, measured
        broken += not math.isfinite(measured["train/loss"])
        if broken == AFTER_NAN:
            return


def train(run: DemoRun) -> None:
    """Train a run of the table and log it through the public API, as any script would."""
    parent = os.getppid()
    with tracker.init(
        project=PROJECT, name=run.name, config=run.config, tags=(run.dataset,), notes=run.notes
    ):
        for epoch, measured in epochs(run):
            tracker.log(measured, epoch=epoch)
            if os.getppid() != parent:
                raise KeyboardInterrupt("the demo that started this run is gone")


def _measure(model: MLP, split: Split) -> dict[str, float]:
    measured: dict[str, float] = {}
    for part, x, y in (("train", split.x_train, split.y_train), ("val", split.x_val, split.y_val)):
        loss, accuracy = model.evaluate(x, y)
        measured[f"{part}/loss"] = loss
        if accuracy is not None:
            measured[f"{part}/accuracy"] = accuracy
    return measured


def main() -> int:
    """Train the run that the command line names; a page that is being watched has the right of way."""
    os.nice(5)
    try:
        train(named(sys.argv[1]))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How a task is divided among training, validation and test, and what a run logs of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.histories.task import TEST, Task

Part = tuple[NDArray[np.generic], NDArray[np.generic]]


@dataclass
class Split:
    """The rows of one run: `parts` has train, val and test; `other` are rows that only pre-training may use."""

    parts: dict[str, Part]
    other: Part
    classes: int | None
    image: tuple[int, int] | None
    text: bool
    chance: float


def split_of(task: Task, n_train: int, n_val: int, seed: int, n_test: int = TEST) -> Split:
    """Keep the first half of the task (`n_test` rows at most) for the test and draw the others from the rest."""
    held = min(n_test, len(task.x) // 2)
    rest = held + np.random.default_rng(seed).permutation(len(task.x) - held)
    n_val = min(n_val, len(rest) // 3)
    n_train = min(n_train, len(rest) - n_val)
    rows = {"val": rest[:n_val], "train": rest[n_val : n_val + n_train], "test": np.arange(held)}
    parts = {part: (task.x[at], task.y[at]) for part, at in rows.items()}
    other = rest[n_val + n_train :] if len(rest) - n_val - n_train > 200 else rest[n_val:]
    return Split(
        parts,
        (task.x[other], task.y[other]),
        task.classes,
        task.image,
        task.text,
        _chance(task, parts["test"][1]),
    )


def _chance(task: Task, y: NDArray[np.generic]) -> float:
    """Return the loss of the best constant answer: the entropy of the class shares, or the variance."""
    if task.classes is None:
        return float(np.var(y))
    shares = np.bincount(np.ravel(y), minlength=task.classes) / y.size
    return float(-(shares * np.log(np.maximum(shares, 1e-12))).sum())


@dataclass
class Log:
    """The curves of one run; `at` is the x axis."""

    at: list[int] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=dict)

    def add(self, at: int, point: dict[str, tuple[float, float | None]], **more: float) -> None:
        self.at.append(at)
        for part, (loss, accuracy) in point.items():
            self.curves.setdefault(f"{part}/loss", []).append(loss)
            if accuracy is not None:
                self.curves.setdefault(f"{part}/accuracy", []).append(accuracy)
        for name, value in more.items():
            self.curves.setdefault(name, []).append(value)

    def broken(self) -> bool:
        return not math.isfinite(self.curves["train/loss"][-1])

"""The demo's data: real sets that ship inside scikit-learn, split and standardised here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker.demo.mlp import Task

Dataset = Literal["digits", "breast_cancer", "diabetes"]


@dataclass(frozen=True, slots=True)
class Split:
    """One data set cut in two; `x` is (examples, features), `y` one-hot classes or standardised numbers, float32."""

    task: Task
    x_train: NDArray[np.float32]
    y_train: NDArray[np.float32]
    x_val: NDArray[np.float32]
    y_val: NDArray[np.float32]


def load(dataset: Dataset, *, n_train: int, n_val: int, label_noise: float, seed: int) -> Split:
    """Return `n_train` and `n_val` disjoint examples of a data set.

    `label_noise` is the share of labels, in both parts, that are replaced by a random class: mistakes of an
    annotator, which a model can only learn by heart. Features are standardised by the training part alone.

    Raises:
        ValueError: the data set holds fewer examples than asked for.
    """
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
    from sklearn.model_selection import train_test_split

    loaders = {"digits": load_digits, "breast_cancer": load_breast_cancer, "diabetes": load_diabetes}
    x, target = loaders[dataset](return_X_y=True)
    task: Task = "regression" if dataset == "diabetes" else "classification"
    rng = np.random.default_rng(seed)
    if task == "classification":
        classes = int(target.max()) + 1
        wrong = rng.random(len(target)) < label_noise
        target = np.where(wrong, rng.integers(0, classes, len(target)), target)
        y = np.eye(classes)[target]
    else:
        y = target[:, None]
    x_train, x_val, y_train, y_val = train_test_split(
        x, y, train_size=n_train, test_size=n_val, random_state=seed
    )
    centre = x_train.mean(axis=0)
    # Pixels share one unit and some never change; the other features each have their own unit.
    scale = x_train.std() if dataset == "digits" else x_train.std(axis=0)
    if task == "regression":
        y_centre, y_scale = y_train.mean(), y_train.std()
        y_train, y_val = (y_train - y_centre) / y_scale, (y_val - y_centre) / y_scale
    return Split(
        task,
        ((x_train - centre) / scale).astype(np.float32),
        y_train.astype(np.float32),
        ((x_val - centre) / scale).astype(np.float32),
        y_val.astype(np.float32),
    )

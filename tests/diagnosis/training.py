"""Small real trainings in numpy: a two-layer network on noisy clusters, full batch, with Adam.

Each gives the history of one run whose behaviour follows from its capacity, label noise and learning rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Data:
    x: Floats
    y: NDArray[np.int64]


def clusters(rng: np.random.Generator, n: int, centres: Floats, spread: float, noise: float) -> Data:
    y = rng.integers(0, len(centres), n)
    x = centres[y] + spread * rng.normal(size=(n, centres.shape[1]))
    wrong = rng.random(n) < noise
    return Data(x, np.where(wrong, rng.integers(0, len(centres), n), y))


@cache
def train(
    *,
    epochs: int,
    hidden: int = 64,
    rate: float = 0.01,
    n_train: int = 200,
    n_val: int = 500,
    label_noise: float = 0.2,
    spread: float = 1.0,
    dimensions: int = 20,
    decay: float = 0.0,
    seed: int = 0,
) -> dict[str, tuple[float, ...]]:
    """Return loss, val_loss, accuracy and val_accuracy after each epoch."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, dimensions))
    data = clusters(rng, n_train, centres, spread, label_noise)
    held_out = clusters(rng, n_val, centres, spread, label_noise)
    weights = [
        rng.normal(size=(dimensions, hidden)) / np.sqrt(dimensions),
        np.zeros(hidden),
        rng.normal(size=(hidden, 4)) / np.sqrt(hidden),
        np.zeros(4),
    ]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    logged: dict[str, list[float]] = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
    with np.errstate(all="ignore"):
        for epoch in range(1, epochs + 1):
            loss, accuracy, gradient = step(weights, data, decay)
            for i, g in enumerate(gradient):
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.999 * second[i] + 0.001 * g * g
                weights[i] = weights[i] - rate * (first[i] / (1 - 0.9**epoch)) / (
                    np.sqrt(second[i] / (1 - 0.999**epoch)) + 1e-8
                )
            val_loss, val_accuracy, _ = step(weights, held_out, 0.0)
            for name, value in zip(logged, (loss, accuracy, val_loss, val_accuracy), strict=True):
                logged[name].append(value)
    return {name: tuple(values) for name, values in logged.items()}


def step(weights: list[Floats], data: Data, decay: float) -> tuple[float, float, list[Floats]]:
    w1, b1, w2, b2 = weights
    before = data.x @ w1 + b1
    hidden = np.maximum(before, 0)
    scores = hidden @ w2 + b2
    scores = scores - scores.max(axis=1, keepdims=True)
    exp = np.exp(scores)
    p = exp / exp.sum(axis=1, keepdims=True)
    n = len(data.y)
    rows = np.arange(n)
    loss = float(np.mean(-(scores[rows, data.y] - np.log(exp.sum(axis=1)))))
    accuracy = float(np.mean(scores.argmax(axis=1) == data.y))
    d = p
    d[rows, data.y] -= 1
    d /= n
    dh = (d @ w2.T) * (before > 0)
    return loss, accuracy, [data.x.T @ dh + decay * w1, dh.sum(0), hidden.T @ d + decay * w2, d.sum(0)]


def overfitting() -> dict[str, tuple[float, ...]]:
    return train(epochs=40, hidden=64, n_train=120, label_noise=0.4, spread=1.5)


def overconfident() -> dict[str, tuple[float, ...]]:
    return train(epochs=100, rate=0.02, label_noise=0.02, spread=1.4, n_val=300)


def healthy() -> dict[str, tuple[float, ...]]:
    return train(epochs=60, hidden=16, n_train=2000, label_noise=0.05, n_val=1000, rate=0.02)


def improving() -> dict[str, tuple[float, ...]]:
    return train(epochs=30, hidden=16, n_train=2000, label_noise=0.05, n_val=1000, rate=0.002)


def underfitting() -> dict[str, tuple[float, ...]]:
    return train(epochs=40, hidden=8, n_train=500, rate=1e-4, label_noise=0.5)


def diverged() -> dict[str, tuple[float, ...]]:
    return train(epochs=40, hidden=16, n_train=300, rate=1e160)

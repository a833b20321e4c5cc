"""A multilayer perceptron in plain numpy, small enough to read in one sitting.

It exists so that every loss that the demo logs is what the model really had after that epoch. Arrays are float32, as
in deep-learning frameworks, so that a diverging run overflows as it would there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

Task = Literal["classification", "regression"]
Optimizer = Literal["adam", "sgd"]


class MLP:
    """A leaky-ReLU network (slope 0.1) trained by minibatches: softmax cross-entropy for classes, mean squared error for numbers.

    Args:
        sizes: units of every layer, input and output included; `(64, 10)` is a linear model.
        task: what the output means and which loss is minimised.
        optimizer: "adam" (Kingma and Ba, 2015) or "sgd" with momentum 0.9.
        lr: learning rate.
        weight_decay: decoupled from the gradient (Loshchilov and Hutter, 2019): each step shrinks the weights by
            `lr * weight_decay`, never the biases.
        rng: where initial weights and the order of examples come from.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        *,
        task: Task,
        optimizer: Optimizer,
        lr: float,
        weight_decay: float,
        rng: np.random.Generator,
    ) -> None:
        self.task, self.optimizer, self.lr, self.weight_decay, self.rng = (
            task,
            optimizer,
            lr,
            weight_decay,
            rng,
        )
        self.weights = [_he(rng, n_in, n_out) for n_in, n_out in pairwise(sizes)]
        self.biases = [np.zeros(n, dtype=np.float32) for n in sizes[1:]]
        self._first = [np.zeros_like(p) for p in self._parameters()]
        self._second = [np.zeros_like(p) for p in self._parameters()]
        self._steps = 0

    def fit_epoch(self, x: Array, y: Array, batch_size: int) -> None:
        """Take one pass over `x` (examples, features) and `y` (examples, outputs) in a new random order."""
        for rows in _batches(self.rng.permutation(len(x)), batch_size):
            self._step(self._gradients(x[rows], y[rows]))

    def evaluate(self, x: Array, y: Array) -> tuple[float, float | None]:
        """Return the mean loss and, for classes, the share of right answers (0 to 1; None for numbers).

        Classes are one-hot rows of `y`; a squared error is averaged over outputs too.
        """
        output = self.predict(x)
        if self.task == "regression":
            return float(np.mean((output - y) ** 2)), None
        # Through the logarithm of the sum, so that a sure mistake costs what it should and not infinity.
        shifted = output - output.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = float(-np.mean((log_p * y).sum(axis=1)))
        return loss, float(np.mean(output.argmax(axis=1) == y.argmax(axis=1)))

    def predict(self, x: Array) -> Array:
        """Return the last layer's output for `x`: logits or numbers, shape (examples, outputs)."""
        return self._forward(x)[-1]

    def _forward(self, x: Array) -> list[Array]:
        layers = [x]
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = layers[-1] @ w + b
            layers.append(z if i == len(self.weights) - 1 else np.maximum(z, np.float32(0.1) * z))
        return layers

    def _gradients(self, x: Array, y: Array) -> list[Array]:
        layers = self._forward(x)
        output = layers[-1]
        if self.task == "classification":
            p = np.exp(output - output.max(axis=1, keepdims=True))
            delta = (p / p.sum(axis=1, keepdims=True) - y) / np.float32(len(x))
        else:
            delta = (output - y) * np.float32(2 / y.size)
        by_weight: list[Array] = []
        by_bias: list[Array] = []
        for i in range(len(self.weights) - 1, -1, -1):
            by_weight.append(layers[i].T @ delta)
            by_bias.append(delta.sum(axis=0))
            if i:
                delta = (delta @ self.weights[i].T) * np.where(layers[i] > 0, np.float32(1), np.float32(0.1))
        return by_weight[::-1] + by_bias[::-1]

    def _step(self, gradients: list[Array]) -> None:
        self._steps += 1
        for i, (p, g) in enumerate(zip(self._parameters(), gradients, strict=True)):
            if i < len(self.weights) and self.weight_decay:
                p *= np.float32(1 - self.lr * self.weight_decay)
            m, v = self._first[i], self._second[i]
            if self.optimizer == "sgd":
                m *= np.float32(0.9)
                m += g
                p -= np.float32(self.lr) * m
            else:
                m += np.float32(0.1) * (g - m)
                v += np.float32(0.001) * (g * g - v)
                rate = self.lr * (1 - 0.999**self._steps) ** 0.5 / (1 - 0.9**self._steps)
                p -= np.float32(rate) * m / (np.sqrt(v) + np.float32(1e-8))

    def _parameters(self) -> list[Array]:
        return self.weights + self.biases


def _he(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return rng.normal(0.0, (2.0 / n_in) ** 0.5, (n_in, n_out)).astype(np.float32)


def _batches(order: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]

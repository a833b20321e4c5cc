"""The network's losses and gradients are what they claim to be."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.demo.mlp import MLP


def network(task, *, sizes=(4, 5, 3), optimizer="sgd", lr=0.1, weight_decay=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return MLP(sizes, task=task, optimizer=optimizer, lr=lr, weight_decay=weight_decay, rng=rng)


def examples(task, n=12):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    if task == "classification":
        return x, np.eye(3, dtype=np.float32)[rng.integers(0, 3, n)]
    return x, rng.normal(size=(n, 3)).astype(np.float32)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_gradients_are_the_slopes_of_the_loss(task):
    model, (x, y) = network(task), examples(task)
    model.weights = [w.astype(np.float64) for w in model.weights]
    gradients = model._gradients(x, y)
    for parameter, gradient in zip(model._parameters(), gradients, strict=True):
        flat = parameter.reshape(-1)
        for i in range(0, flat.size, 3):
            kept, h = flat[i], 1e-3
            flat[i] = kept + h
            above, _ = model.evaluate(x, y)
            flat[i] = kept - h
            below, _ = model.evaluate(x, y)
            flat[i] = kept
            assert gradient.reshape(-1)[i] == pytest.approx((above - below) / (2 * h), abs=2e-3)


def test_cross_entropy_and_accuracy_of_known_outputs():
    model = network("classification", sizes=(3, 3))
    model.weights[0][:] = np.eye(3)
    x = np.log(np.array([[8, 1, 1], [1, 8, 1]], np.float32))
    y = np.eye(3, dtype=np.float32)[[0, 2]]
    loss, accuracy = model.evaluate(x, y)
    assert loss == pytest.approx((-np.log(0.8) - np.log(0.1)) / 2, rel=1e-5)
    assert accuracy == 0.5


def test_squared_error_of_known_outputs():
    model = network("regression", sizes=(1, 1))
    model.weights[0][:] = 2
    loss, accuracy = model.evaluate(
        np.array([[1.0], [2.0]], np.float32), np.array([[2.0], [1.0]], np.float32)
    )
    assert (loss, accuracy) == (4.5, None)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_training_lowers_the_loss(optimizer):
    model, (x, y) = network("classification", optimizer=optimizer, lr=0.01), examples("classification")
    before, _ = model.evaluate(x, y)
    for _ in range(50):
        model.fit_epoch(x, y, 4)
    assert model.evaluate(x, y)[0] < before / 2


def test_weight_decay_shrinks_weights_and_no_bias():
    x, y = examples("regression")
    free, held = (network("regression", lr=0.01, weight_decay=decay) for decay in (0.0, 5.0))
    for model in (free, held):
        for _ in range(30):
            model.fit_epoch(x, y, 4)
    assert np.abs(held.weights[0]).sum() < 0.5 * np.abs(free.weights[0]).sum()


def test_the_same_seed_gives_the_same_losses():
    x, y = examples("classification")
    losses = []
    for seed in (3, 3, 4):
        model = network("classification", seed=seed)
        model.fit_epoch(x, y, 4)
        losses.append(model.evaluate(x, y)[0])
    assert losses[0] == losses[1] != losses[2]

"""All tasks by name: tables, texts and well-known generators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets as made

from benchmarks.histories import tables, texts
from benchmarks.histories.task import ROWS, Task


def load(name: str, noise: float) -> Task:
    """Return a task with that share of its labels drawn at random, or as much normal noise, in target deviations.

    Its rows are in a random order that is always the same, so that the first of them can be every run's test split.
    """
    task = TASKS[name]()
    rng = np.random.default_rng(sum(map(ord, name)))
    order = rng.permutation(len(task.x))[:ROWS]
    task.name, task.x, task.y = name, task.x[order], task.y[order]
    if task.text:
        return task
    x = task.x.astype(np.float32).reshape(len(order), -1)
    deviation = x.std(0)
    task.x = ((x - x.mean(0)) / np.where(deviation > 1e-6, deviation, 1)).astype(np.float32)
    if task.classes:
        y = task.y.astype(np.int64)
        flip = rng.random(len(y)) < noise
        task.y = np.where(flip, rng.integers(0, task.classes, len(y)), y)
    else:
        y = task.y.astype(np.float64)
        y = (y - y.mean()) / y.std()
        task.y = (y + noise * rng.normal(size=len(y))).astype(np.float32)
    return task


def _made(x: NDArray[np.float64], y: NDArray[np.generic], classes: int | None = None) -> Task:
    return Task("", x, y, classes)


def waveform() -> Task:
    """Three classes, each a random mixture of two of three triangles, with noise (Breiman and others, 1984)."""
    rng = np.random.default_rng(5)
    place = np.arange(1, 22)
    triangles = np.stack([np.maximum(6 - abs(place - centre), 0) for centre in (11, 15, 7)])
    y = rng.integers(0, 3, ROWS)
    share = rng.random((ROWS, 1))
    first, second = triangles[np.array([0, 0, 1])[y]], triangles[np.array([1, 2, 2])[y]]
    return Task("", share * first + (1 - share) * second + rng.normal(size=(ROWS, 21)), y, 3)


def display() -> Task:
    """Ten digits on seven lamps, each wrong one time in ten, beside 17 lamps that mean nothing (Breiman and others, 1984)."""
    rng = np.random.default_rng(6)
    digits = [
        "1110111",
        "0010010",
        "1011101",
        "1011011",
        "0111010",
        "1101011",
        "1101111",
        "1010010",
        "1111111",
        "1111011",
    ]
    y = rng.integers(0, 10, ROWS)
    lamps = np.array([[int(lamp) for lamp in digit] for digit in digits])[y]
    lamps = np.concatenate([lamps ^ (rng.random(lamps.shape) < 0.1), rng.integers(0, 2, (ROWS, 17))], 1)
    return Task("", lamps, y, 10)


def blobs() -> Task:
    x, y = made.make_classification(
        ROWS, 25, n_informative=8, n_redundant=5, n_classes=6, class_sep=0.8, random_state=1
    )
    return _made(x, y, 6)


def rare() -> Task:
    """Two classes of which one is 6 % of the rows."""
    x, y = made.make_classification(
        ROWS,
        20,
        n_informative=5,
        n_clusters_per_class=3,
        weights=[0.94],
        flip_y=0.02,
        class_sep=0.9,
        random_state=2,
    )
    return _made(x, y, 2)


def _two(
    pair: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return pair[0], (pair[1] > 0).astype(np.int64)


TASKS: dict[str, Callable[[], Task]] = {
    "mnist": tables.mnist,
    "segment": tables.segment,
    "phishing": tables.phishing,
    "diamond_price": tables.diamond_price,
    "diamond_cut": tables.diamond_cut,
    "weather": tables.weather,
    "affairs": tables.affairs,
    "doctor_visits": tables.doctor_visits,
    "reading": tables.reading,
    "savings": tables.savings,
    "happiness": tables.happiness,
    "injury": tables.injury,
    "photograph": tables.photograph,
    "petals": tables.petals,
    "languages": texts.languages,
    "word_kind": texts.word_kind,
    "surnames": texts.surnames,
    "scripture": texts.scripture,
    "passwords": texts.passwords,
    "waveform": waveform,
    "display": display,
    "blobs": blobs,
    "rare": rare,
    "friedman1": lambda: _made(*made.make_friedman1(ROWS, noise=1.0, random_state=1)),
    "friedman2": lambda: _made(*made.make_friedman2(ROWS, noise=50.0, random_state=2)),
    "friedman3": lambda: _made(*made.make_friedman3(ROWS, noise=0.1, random_state=3)),
    "sparse": lambda: _made(*made.make_sparse_uncorrelated(ROWS, 30, random_state=4)),
    "swiss_roll": lambda: _made(*made.make_swiss_roll(ROWS, noise=0.6, random_state=5)),
    "moons": lambda: _made(*made.make_moons(ROWS, noise=0.3, random_state=6), 2),
    "quantiles": lambda: _made(
        *made.make_gaussian_quantiles(n_samples=ROWS, n_features=8, n_classes=4, random_state=7), 4
    ),
    "hastie": lambda: _made(*_two(made.make_hastie_10_2(ROWS, random_state=8)), 2),
}

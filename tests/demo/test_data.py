"""The demo's data is real, split without overlap and standardised by its training part."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tracker.demo.data import load
from tracker.demo.table import RUNS


def test_digits_are_those_of_scikit_learn():
    split = load("digits", n_train=1000, n_val=700, label_noise=0.0, seed=0)
    pixels, _ = load_digits(return_X_y=True)
    scaled = (pixels[:, 20] - pixels[:, 20].mean()) / pixels[:, 20].std()
    ours = np.concatenate([split.x_train, split.x_val])[:, 20]
    assert len(ours) == 1700
    assert set(np.round(np.unique((ours - ours.min()) / (ours.max() - ours.min())), 4)) <= set(
        np.round(np.unique((scaled - scaled.min()) / (scaled.max() - scaled.min())), 4)
    )


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_split_of_the_table(run):
    split = load(
        run.dataset, n_train=run.n_train, n_val=run.n_val, label_noise=run.label_noise, seed=run.seed
    )
    assert (len(split.x_train), len(split.x_val)) == (run.n_train, run.n_val)
    assert len(split.y_train) == run.n_train
    assert len(split.y_val) == run.n_val
    assert np.isfinite(split.x_train).all()
    assert np.isfinite(split.x_val).all()
    assert np.abs(split.x_train.mean(axis=0)).max() < 1e-3
    if split.task == "classification":
        assert (split.y_train.sum(axis=1) == 1).all()
    else:
        assert abs(float(split.y_train.mean())) < 1e-4
    shared = {row.tobytes() for row in split.x_train} & {row.tobytes() for row in split.x_val}
    assert len(shared) <= 1, "the two parts share examples"


def test_label_noise_makes_the_share_of_wrong_labels_that_it_says():
    clean = load("digits", n_train=1000, n_val=700, label_noise=0.0, seed=0)
    noisy = load("digits", n_train=1000, n_val=700, label_noise=0.3, seed=0)
    assert (clean.x_train == noisy.x_train).all()
    changed = (clean.y_train.argmax(axis=1) != noisy.y_train.argmax(axis=1)).mean()
    # One random class in ten is the right one by luck.
    assert changed == pytest.approx(0.27, abs=0.04)


def test_more_examples_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="569"):
        load("breast_cancer", n_train=500, n_val=200, label_noise=0.0, seed=0)

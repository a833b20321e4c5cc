"""Diagnose the history that Keras' `model.fit` returns, without logging anything.

The history here is what a small Keras network reports in the same form: a dict of lists. Give a path to look at the
annotated curves: python examples/keras_history.py curves.html
"""

import sys

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import tracker


def fit(epochs: int) -> dict[str, list[float]]:
    """Train a network that is far too large for 150 patients; stands for `model.fit(...).history`."""
    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_val, y_train, y_val = train_test_split(x, y, train_size=150, random_state=0, stratify=y)
    centre, scale = x_train.mean(axis=0), x_train.std(axis=0)
    x_train, x_val = (x_train - centre) / scale, (x_val - centre) / scale
    model = MLPClassifier(hidden_layer_sizes=(128, 128), alpha=0.0, batch_size=16, random_state=0)
    history: dict[str, list[float]] = {"loss": [], "val_loss": [], "accuracy": [], "val_accuracy": []}
    for _ in range(epochs):
        model.partial_fit(x_train, y_train, classes=np.unique(y))
        history["loss"].append(log_loss(y_train, model.predict_proba(x_train)))
        history["val_loss"].append(log_loss(y_val, model.predict_proba(x_val)))
        history["accuracy"].append(model.score(x_train, y_train))
        history["val_accuracy"].append(model.score(x_val, y_val))
    return history


diagnosis = tracker.diagnose(fit(epochs=30), n_val=419)

print(diagnosis)
print("verdict:", diagnosis.verdict)
print("keep the checkpoint of epoch", diagnosis.best_epoch)
for advice in diagnosis.advice:
    print("try:", advice)

if len(sys.argv) > 1:
    diagnosis.figure().write_html(sys.argv[1])

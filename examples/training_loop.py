"""A plain training loop, as one writes it with PyTorch, that logs every epoch.

The model is scikit-learn's perceptron trained one epoch at a time, so that the example runs without a framework:
    pip install "curvetracker[demo]" && python examples/training_loop.py
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import tracker

EPOCHS = 30

x, y = load_digits(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(x / 16, y, test_size=600, random_state=0)
classes = np.unique(y)

config = {"lr": 1e-3, "hidden": 64, "weight_decay": 0.0, "batch_size": 32, "n_val": len(x_val)}
model = MLPClassifier(
    hidden_layer_sizes=(config["hidden"],),
    learning_rate_init=config["lr"],
    alpha=config["weight_decay"],
    batch_size=config["batch_size"],
    random_state=0,
)

# The name is chosen for you when you give none. An exception in the block marks the run as failed.
with tracker.init(project="examples", config=config, tags=["digits"]) as run:
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(x_train, y_train, classes=classes)
        tracker.log(
            {
                "train/loss": log_loss(y_train, model.predict_proba(x_train)),
                "val/loss": log_loss(y_val, model.predict_proba(x_val)),
                "train/accuracy": model.score(x_train, y_train),
                "val/accuracy": model.score(x_val, y_val),
            },
            epoch=epoch,
        )

print(tracker.diagnose(run))

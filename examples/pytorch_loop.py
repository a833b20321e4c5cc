"""A plain PyTorch loop on handwritten digits: what is logged, and an end when the curves say that going on is a waste.

Run it with: python examples/pytorch_loop.py [epochs]. It needs torch and scikit-learn.
"""

import sys

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import tracker

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
CONFIG = {"lr": 1e-3, "hidden": 512, "batch_size": 32, "n_train": 300, "label_noise": 0.2}

torch.manual_seed(0)
digits = load_digits()
order = torch.randperm(len(digits.data))
x, y = torch.tensor(digits.data[order] / 16.0, dtype=torch.float32), torch.tensor(digits.target[order])
wrong = torch.rand(len(y)) < CONFIG["label_noise"]
y = torch.where(wrong, torch.randint(0, 10, y.shape), y)  # so that there is something not to learn
n = CONFIG["n_train"]
train = DataLoader(TensorDataset(x[:n], y[:n]), batch_size=CONFIG["batch_size"], shuffle=True)
x_val, y_val = x[n:], y[n:]

model = nn.Sequential(nn.Linear(64, CONFIG["hidden"]), nn.ReLU(), nn.Linear(CONFIG["hidden"], 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG["lr"])
measure = nn.functional.cross_entropy

with tracker.init("examples", config={**CONFIG, "n_val": len(x_val)}, tags=["pytorch"]) as run:
    for epoch in range(1, EPOCHS + 1):
        model.train()
        total = right = 0.0
        for batch, labels in train:
            out = model(batch)
            loss = measure(out, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            right += (out.argmax(1) == labels).sum().item()
        model.eval()
        with torch.no_grad():
            out = model(x_val)
        tracker.log(
            {
                "train/loss": total / n,
                "train/accuracy": right / n,
                "val/loss": measure(out, y_val),
                "val/accuracy": (out.argmax(1) == y_val).float().mean(),
            },
            epoch=epoch,
        )
        if run.should_stop(patience=10):
            print(f"stopped after epoch {epoch}: keep the checkpoint of epoch {run.diagnosis().best_epoch:g}")
            break

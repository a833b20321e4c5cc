"""Networks trained with PyTorch: plain, convolutional, recurrent and attention ones, on one core."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.histories.split import Log, Split

Recipe = dict[str, Any]


def train(split: Split, recipe: Recipe) -> Log:
    """Train as the recipe says; training loss and accuracy are means over the steps since the last point logged."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe["seed"])
    data = {part: (_x(split, x), torch.as_tensor(y)) for part, (x, y) in split.parts.items()}
    model = _model(split, recipe)
    if recipe.get("pretrained"):
        _pretrain(model, split, recipe)
    optimizer = _optimizer(model, recipe)
    x, y = data["train"]
    batch = min(recipe["batch"], len(x))
    per_epoch = math.ceil(len(x) / batch)
    every = recipe["every"] or per_epoch
    steps = recipe["points"] * every
    rate = _schedule(recipe["schedule"], steps)
    order = torch.Generator().manual_seed(recipe["seed"])
    log = Log()
    losses, right = [], []
    for step in range(1, steps + 1):
        place = (step - 1) % per_epoch
        if place == 0:
            shuffled = torch.randperm(len(x), generator=order)
        chosen = shuffled[place * batch : (place + 1) * batch]
        if len(chosen) < 2:  # batch normalisation cannot learn from one row
            chosen = shuffled[-2:]
        for group in optimizer.param_groups:
            group["lr"] = recipe["lr"] * rate(step)
        model.train()
        output = model(_augmented(x[chosen], split, recipe))
        loss = _loss(split, output, y[chosen])
        optimizer.zero_grad()
        loss.backward()
        if recipe.get("clip"):
            nn.utils.clip_grad_norm_(model.parameters(), recipe["clip"])
        optimizer.step()
        losses.append(float(loss.detach()))
        if split.classes:
            right.append(float((output.detach().argmax(-1) == y[chosen]).float().mean()))
        if step % every == 0:
            point = {"train": (float(np.mean(losses)), float(np.mean(right)) if right else None)}
            point |= {part: _evaluate(model, split, *data[part]) for part in ("val", "test")}
            log.add(step if recipe["every"] else step // per_epoch, point, lr=recipe["lr"] * rate(step))
            losses, right = [], []
            if log.broken() and len(log.at) > recipe["patience_for_nan"]:
                break
    return log


def _x(split: Split, x: np.ndarray[Any, Any]) -> Tensor:
    tensor = torch.as_tensor(x)
    return tensor.reshape(-1, 1, *split.image) if split.image else tensor


def _loss(split: Split, output: Tensor, y: Tensor) -> Tensor:
    if split.classes is None:
        return nn.functional.mse_loss(output.squeeze(-1), y)
    return nn.functional.cross_entropy(output.reshape(-1, split.classes), y.reshape(-1))


@torch.no_grad()
def _evaluate(model: nn.Module, split: Split, x: Tensor, y: Tensor) -> tuple[float, float | None]:
    model.eval()
    output = model(x)
    accuracy = float((output.argmax(-1) == y).float().mean()) if split.classes else None
    return float(_loss(split, output, y)), accuracy


def _augmented(x: Tensor, split: Split, recipe: Recipe) -> Tensor:
    if not recipe.get("augment") or split.text:
        return x
    if split.image:
        down, right = np.random.default_rng(int(x[0].sum() * 1000) % 2**31).integers(-1, 2, 2)
        return torch.roll(x, (int(down), int(right)), (2, 3))
    return x + recipe["augment"] * torch.randn(x.shape)


def _pretrain(model: nn.Module, split: Split, recipe: Recipe) -> None:
    """Learn a related task first: the same inputs with targets mixed by a fixed rule; the head starts anew."""
    x = _x(split, split.other[0])
    y = torch.as_tensor(split.other[1])
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    for _ in range(recipe["pretrained"]):
        chosen = torch.randint(len(x), (64,))
        loss = _loss(split, model(x[chosen]), y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    head.reset_parameters()


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    values = [p for p in model.parameters() if p.requires_grad]
    decay = recipe.get("decay", 0.0)
    if recipe["optimizer"] == "sgd":
        return torch.optim.SGD(values, recipe["lr"], momentum=recipe.get("momentum", 0.0), weight_decay=decay)
    kind = torch.optim.Adam if recipe["optimizer"] == "adam" else torch.optim.AdamW
    return kind(values, recipe["lr"], weight_decay=decay)


def _schedule(name: str, steps: int) -> Callable[[int], float]:
    return {
        "constant": lambda step: 1.0,
        "step": lambda step: 0.1 ** (step * 5 // (steps * 2)),
        "cosine": lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)),
        "restarts": lambda step: 0.5 * (1 + math.cos(math.pi * (step % (steps // 4 + 1)) / (steps // 4 + 1))),
        "warmup": lambda step: min(1.0, 10 * step / steps, 1.11 * (1 - step / (steps + 1))),
    }[name]


def _model(split: Split, recipe: Recipe) -> nn.Module:
    outputs = split.classes or 1
    width, dropout = recipe["width"], recipe.get("dropout", 0.0)
    if recipe["family"] == "torch_cnn":
        return nn.Sequential(
            *(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(width, 2 * width, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(dropout)),
            nn.Linear(2 * width * 4, outputs),
        )
    if recipe["family"] == "torch_cnn1d":
        return nn.Sequential(
            *(nn.Unflatten(1, (1, -1)), nn.Conv1d(1, width, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2)),
            *(
                nn.Conv1d(width, width, 3),
                nn.ReLU(),
                nn.Flatten(),
                nn.Dropout(dropout),
                nn.LazyLinear(outputs),
            ),
        )
    if recipe["family"] in ("torch_gru", "torch_attention", "torch_ngram"):
        return Language(split.classes or 0, width, dropout, recipe["family"])
    layers: list[nn.Module] = [nn.Flatten()]
    size = int(np.prod(split.parts["train"][0].shape[1:]))
    for _ in range(recipe["depth"]):
        layers.append(nn.Linear(size, width))
        if recipe.get("batchnorm"):
            layers.append(nn.BatchNorm1d(width))
        layers += [nn.Tanh() if recipe.get("tanh") else nn.ReLU(), nn.Dropout(dropout)]
        size = width
    return nn.Sequential(*layers, nn.Linear(size, outputs))


class Language(nn.Module):
    """Tells each letter from those before it: by a recurrent layer, by attention, or by the last four letters."""

    def __init__(self, letters: int, width: int, dropout: float, kind: str) -> None:
        super().__init__()
        self.kind, self.width = kind, width
        self.embed = nn.Embedding(letters, width)
        self.place = nn.Parameter(0.1 * torch.randn(64, width))
        self.dropout = nn.Dropout(dropout)
        if kind == "torch_gru":
            self.body: nn.Module = nn.GRU(width, width, batch_first=True)
        elif kind == "torch_attention":
            self.body = nn.TransformerEncoderLayer(
                width, 2, 2 * width, dropout, batch_first=True, norm_first=True
            )
        else:
            self.body = nn.Sequential(nn.Linear(4 * width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, letters)

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        h = self.dropout(self.embed(x))
        if self.kind == "torch_gru":
            h = self.body(h)[0]
        elif self.kind == "torch_attention":
            ahead = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
            h = self.body(h + self.place[:length], src_mask=ahead)
        else:
            padded = nn.functional.pad(h, (0, 0, 3, 0))
            h = self.body(torch.cat([padded[:, i : i + length] for i in range(4)], -1))
        return self.head(self.dropout(h))

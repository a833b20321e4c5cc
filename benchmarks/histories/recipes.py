"""Which run is trained how: drawn at random, from what people do and from what goes wrong when they do it."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.histories.task import Task

Recipe = dict[str, Any]

FAULTS = {"none": 0.8, "too_high": 0.08, "too_low": 0.07, "tiny": 0.05}
BAD = {"too_high": 0.5, "too_low": 0.25, "tiny": 0.25}

TEXT = {"torch_gru": 0.35, "torch_attention": 0.35, "torch_ngram": 0.3}
TABLE = {
    "torch_mlp": 0.5,
    "sklearn_mlp": 0.1,
    "sklearn_sgd": 0.06,
    "xgboost": 0.12,
    "lightgbm": 0.1,
    "sklearn_gb": 0.06,
    "sklearn_hist": 0.06,
}
STEPS = {
    "torch_mlp": 2200,
    "torch_cnn": 500,
    "torch_cnn1d": 900,
    "torch_ngram": 500,
    "torch_gru": 350,
    "torch_attention": 300,
}
TESTED = {
    "torch_mlp": 2500,
    "torch_cnn": 1000,
    "torch_cnn1d": 1500,
    "torch_ngram": 500,
    "torch_gru": 400,
    "torch_attention": 300,
}

GOOD_TREES: Recipe = {
    "family": "lightgbm",
    "points": 100,
    "stride": 1,
    "lr": 0.08,
    "depth": 4,
    "subsample": 0.8,
    "columns": 0.7,
    "decay": 1.0,
    "seed": 0,
}
GOOD_NETWORK: Recipe = {
    "family": "torch_gru",
    "points": 15,
    "every": 40,
    "optimizer": "adam",
    "lr": 0.005,
    "batch": 32,
    "width": 64,
    "seed": 0,
    "schedule": "cosine",
    "patience_for_nan": 5,
}


def noise_levels(regression: bool) -> tuple[float, ...]:
    return (0.0, 0.3, 1.0) if regression else (0.0, 0.1, 0.3)


def recipe_of(
    task: Task, regression: bool, rng: np.random.Generator, seed: int, troubled: bool = False
) -> Recipe:
    """Draw one recipe: data set sizes, model, optimisation and what is logged; a troubled one is set up badly."""

    def pick(options: dict[Any, float]) -> Any:
        shares = np.array(list(options.values()))
        return list(options)[rng.choice(len(shares), p=shares / shares.sum())]

    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    families = dict(TEXT if task.text else TABLE)
    if task.image:
        families = {"torch_cnn": 0.6, "torch_mlp": 0.2, "sklearn_mlp": 0.1, "xgboost": 0.1}
    elif task.name == "waveform":
        families["torch_cnn1d"] = 0.6
    if task.x[0].size > 60 or (task.classes or 2) > 4:
        families = {k: v for k, v in families.items() if k not in ("sklearn_gb", "sklearn_hist")}
    if troubled:
        families = {k: v for k, v in families.items() if k.startswith("torch")}
    family = pick(families)
    recipe: Recipe = {
        "family": family,
        "seed": seed,
        "n_val": round(between(30, 400)),
        "stride": 1,
        "every": 0,
    }
    recipe["n_test"] = TESTED.get(family, 4000)
    recipe["n_train"] = round(between(60, 2500))
    recipe["accuracy"] = bool(not regression and rng.random() < (0.4 if task.text else 0.85))
    recipe["rate_logged"] = bool(rng.random() < 0.4)
    recipe["from_zero"] = bool(rng.random() < 0.15)
    recipe["unit"] = float(rng.choice([1.0, 1.0, 1.0, 100.0])) if regression else 1.0
    recipe["stops_after"] = int(rng.choice([5, 10, 20])) if rng.random() < 0.1 else 0
    if family.startswith("torch"):
        return recipe | _network(family, rng, pick, between, recipe["n_train"], BAD if troubled else FAULTS)
    points = round(between(20, 400))
    if family == "sklearn_mlp":
        kind = pick({"adam": 0.6, "sgd": 0.4})
        return recipe | {
            "points": min(points, 150),
            "n_train": min(recipe["n_train"], 800),
            "optimizer": kind,
            "lr": between(2e-4, 2e-2) * (10 if kind == "sgd" else 1),
            "width": pick({8: 1, 50: 1, 200: 1}),
            "depth": pick({1: 2, 2: 1}),
            "decay": pick({1e-4: 2, 0.1: 1, 5.0: 0.5}),
            "batch": pick({32: 1, 128: 1}),
        }
    if family == "sklearn_sgd":
        stride = pick({1: 2, 5: 1})
        return recipe | {
            "points": min(points, 100),
            "stride": stride,
            "lr": between(1e-4, 0.3),
            "decay": pick({1e-6: 1, 1e-2: 1}),
        }
    stride = pick({1: 3, 2: 1, 5: 1}) if family in ("xgboost", "lightgbm") else 1
    return recipe | {
        "points": min(points, 100 if family.startswith("sklearn") else 250) // (1 if stride == 1 else 2),
        "stride": stride,
        "n_train": min(recipe["n_train"], 1200),
        "lr": between(0.01, 0.6),
        "depth": pick({2: 1, 3: 1, 5: 1}),
        "subsample": pick({1.0: 1, 0.6: 1}),
        "columns": pick({1.0: 1, 0.5: 1}),
        "decay": pick({1.0: 1, 20.0: 0.5, 0.0: 0.5}),
    }


def _network(
    family: str, rng: np.random.Generator, pick: Any, between: Any, n_train: int, faults: dict[str, float]
) -> Recipe:
    text = family in TEXT
    optimizer = pick({"sgd": 0.35, "adam": 0.35, "adamw": 0.3})
    momentum = pick({0.0: 1, 0.9: 1})
    lr = between(0.01, 0.3) * (0.2 if momentum else 1) if optimizer == "sgd" else between(3e-4, 2e-2)
    fault = pick(faults)
    lr *= {"too_high": between(10, 300), "too_low": between(0.002, 0.1)}.get(fault, 1.0)
    batch = pick({16: 1, 32: 2, 128: 1, 5000: 0.6}) if not text else pick({16: 1, 32: 1})
    width = {"torch_cnn": {4: 1, 8: 1}, "torch_cnn1d": {8: 1, 24: 1}}.get(
        family, {16: 1, 64: 2, 200: 1} if not text else {16: 1, 48: 1}
    )
    depth = pick({1: 2, 2: 2, 3: 1, 7: 0.5})
    recipe: Recipe = {
        "optimizer": optimizer,
        "momentum": momentum,
        "lr": lr,
        "fault": fault,
        "batch": batch,
        "width": 2 if fault == "tiny" else pick(width) if depth < 7 else 12,
        "depth": depth,
        "schedule": pick({"constant": 0.45, "step": 0.15, "cosine": 0.2, "restarts": 0.1, "warmup": 0.1}),
        "decay": pick({0.0: 2, 1e-4: 1, 1e-2: 1, 0.3: 0.4 if optimizer == "adamw" else 0.0}),
        "dropout": pick({0.0: 2, 0.2: 1, 0.5: 1}) if fault != "tiny" else 0.0,
        "batchnorm": bool(family == "torch_mlp" and rng.random() < 0.25),
        "tanh": bool(rng.random() < 0.2),
        "augment": pick({0.0: 3, 0.3: 1}),
        "pretrained": pick({0: 0.88, 150: 0.12}) if not text else 0,
        "clip": pick({0.0: 2, 1.0: 1}),
        "patience_for_nan": pick({8: 1, 15: 1}),
        "val_gaps": 1,
    }
    if fault == "tiny" and family == "torch_attention":
        recipe["width"] = 4
    steps = STEPS[family]
    per_epoch = -(-n_train // min(batch, n_train))
    points = round(between(20, 400 if not text else 90))
    if family in ("torch_cnn", "torch_cnn1d"):
        points = min(points, 70)
    if rng.random() < 0.25:
        recipe["every"] = int(max(2 if text else 1, round(steps * between(0.15, 1.0) / points)))
        if points >= 60 and rng.random() < 0.5:
            recipe["val_gaps"] = pick({3: 1, 5: 1})
        if family == "torch_mlp" and rng.random() < 0.12:
            recipe |= {"every": 1, "points": 1500, "n_test_at_most": 1000}
            return recipe
    else:
        points = max(6, min(points, steps // per_epoch))
    return recipe | {"points": points}

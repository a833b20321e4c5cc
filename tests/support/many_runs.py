"""A store with thousands of runs, for looking at lists and for measuring them.

    python -m tests.support.many_runs sqlite:////tmp/many.db 10000

Curves are drawn from a few shapes with seeded noise; each run is shipped as a logger would and its diagnosis is kept.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.support.sessions import Session, now_ms
from tracker import verdicts
from tracker.store import open_store
from tracker.store.base import Points, Store

EPOCHS = 40
_MODELS = ("resnet18", "resnet50", "vit-s", "convnext-t", "mlp")
_MINUTE = 60_000


def fill(store: Store, count: int, *, project: str = "sweep", seed: int = 0) -> None:
    """Store `count` finished runs, the newest a minute old, and keep the diagnosis of each."""
    draw = np.random.default_rng(seed)
    end = now_ms()
    for number in range(count):
        chosen = _config(draw, number)
        session = Session(
            store,
            project=project,
            name=f"{chosen['model']}-{number:05d}",
            created_ms=end - (count - number) * _MINUTE,
            group=f"fold-{number // 5 % 40}" if number % 3 else None,
            tags=tuple(t for t, at in (("baseline", 7), ("swept", 2), ("to keep", 11)) if number % at == 0),
            config=chosen,
        )
        session.ship(_points(draw, chosen), elapsed_ms=EPOCHS * 900, status=_status(number), beat_ms=0)
        record = store.runs(run_ids=[session.run_id])[0]
        store.keep_diagnosis(record.run_id, record.version, verdicts.of_runs(store, [record])[record.run_id])


def _status(number: int) -> Any:
    return "failed" if number % 31 == 0 else "interrupted" if number % 47 == 0 else "finished"


def _config(draw: np.random.Generator, number: int) -> dict[str, Any]:
    return {
        "model": _MODELS[number % len(_MODELS)],
        "optimizer.lr": float(f"{10 ** draw.uniform(-4, -1):.2g}"),
        "optimizer.name": ("adamw", "sgd")[number % 2],
        "optimizer.weight_decay": (0.0, 0.01, 0.1)[number % 3],
        "dropout": (0.0, 0.1, 0.3, 0.5)[number % 4],
        "batch_size": (64, 128, 256)[number // 2 % 3],
        "epochs": EPOCHS,
        "dataset": "digits",
        "seed": number % 5,
        "augment": bool(number % 2),
        "precision": "bf16",
        "workers": 8,
    }


def _points(draw: np.random.Generator, chosen: dict[str, Any]) -> Points:
    at = np.arange(EPOCHS)
    fall = np.exp(-at / draw.uniform(3, 12))
    rise = (
        draw.choice([0.0, 0.0, 0.01, 0.03])
        * np.maximum(0, at - draw.integers(8, 30))
        * (0.6 - chosen["dropout"])
    )
    noise = draw.normal(0, 0.006, (4, EPOCHS))
    best = draw.uniform(0.7, 0.97)
    curves = {
        "train/loss": 2.0 * fall + 0.05 + np.abs(noise[0]),
        "val/loss": 1.9 * fall + 0.3 + rise + noise[1],
        "train/accuracy": np.clip(1 - 0.9 * fall + noise[2] / 2, 0, 1),
        "val/accuracy": np.clip(best - 0.8 * fall + noise[3] / 2, 0, 1),
    }
    if draw.random() < 0.02:
        curves["val/loss"][draw.integers(6, EPOCHS) :] = np.nan
    values: list[dict[str, float]] = [
        {name: float(c[e]) for name, c in curves.items()} for e in range(EPOCHS)
    ]
    values[-1]["test/accuracy"] = float(best - 0.01)
    epochs = [float(e) for e in range(EPOCHS)]
    return Points([e * 900 for e in range(EPOCHS)], list(range(EPOCHS)), [False] * EPOCHS, epochs, values)


if __name__ == "__main__":
    opened = open_store(sys.argv[1])
    opened.prepare()
    fill(opened, int(sys.argv[2]))
    opened.close()

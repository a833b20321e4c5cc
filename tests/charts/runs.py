"""Runs with known curves and known diagnoses, so that a test can say where every mark has to stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from tracker.charts.curves import Line
from tracker.model import Diagnosis, Finding, Series


def series(name: str, values: Any, *, epoch: Any = None, step: Any = None, ms: int = 60_000) -> Series:
    values = np.asarray(values, np.float64)
    n = len(values)
    steps = np.arange(1, n + 1) if step is None else np.asarray(step)
    epochs = np.arange(1, n + 1, dtype=np.float64) if epoch is None else np.asarray(epoch, np.float64)
    return Series(name, steps.astype(np.int64), epochs, values, np.arange(n, dtype=np.int64) * ms)


def overfit(
    name: str = "rn50-baseline",
    colour: int = 0,
    *,
    best: int = 10,
    n: int = 40,
    scale: float = 1.0,
    **more: Any,
) -> Line:
    """A run whose validation loss is lowest at epoch `best` and rises from the next one on."""
    t = np.arange(1, n + 1, dtype=np.float64)
    train = scale * (3.0 * np.exp(-t / 6) + 0.05)
    val = scale * np.where(t <= best, 1.3 + 0.02 * (best - t) ** 2, 1.3 + 0.014 * (t - best))
    acc = 0.757 - 0.0008 * (t - best * 2) ** 2
    acc_train = 1 - 0.8 * np.exp(-t / 6)
    low = float(val[best - 1])
    finding = Finding("overfitting", "strong", best + 1.0, None, "", (), {"best": low, "end": float(val[-1])})
    diagnosis = Diagnosis(
        "overfitting",
        "",
        "epoch",
        findings=(finding,),
        onset_epoch=best + 1.0,
        best_epoch=float(best),
        best_loss=low,
        best_accuracy_epoch=float(best * 2),
        best_accuracy=float(acc[best * 2 - 1]),
        gap=float(val[-1] - train[-1]),
    )
    fields: dict[str, Any] = {
        "loss": (series("train/loss", train), series("val/loss", val)),
        "accuracy": (series("train/accuracy", acc_train), series("val/accuracy", acc)),
        "diagnosis": diagnosis,
    }
    return Line(more.pop("id", name), name, colour, **{**fields, **more})


def healthy(name: str, colour: int = 1, *, level: float = 0.8, n: int = 40, **more: Any) -> Line:
    """A run that settles at `level` and is best at its end."""
    t = np.arange(1, n + 1, dtype=np.float64)
    val, acc = level + 3 * np.exp(-t / 7), 0.79 - 0.6 * np.exp(-t / 7)
    diagnosis = Diagnosis(
        "healthy", "", "epoch", best_epoch=float(n), best_loss=float(val[-1]),
        best_accuracy_epoch=float(n), best_accuracy=float(acc[-1]), gap=0.1,
    )  # fmt: skip
    return Line(
        name, name, colour,
        (series("train/loss", val - 0.1), series("val/loss", val)),
        (series("train/accuracy", acc + 0.02), series("val/accuracy", acc)),
        diagnosis, **more,
    )  # fmt: skip


def only_loss(values: Any, name: str = "run", colour: int = 0, *, train: Any = None, **more: Any) -> Line:
    """A run with a validation loss (and a training loss) alone and no diagnosis."""
    pair = (None if train is None else series("train/loss", train), series("val/loss", values))
    return Line(name, name, colour, pair, **more)


def curve(
    figure: dict[str, Any], run: str, split: str = "val", metric: str = "loss", **kind: bool
) -> dict[str, Any]:
    """Return the one trace of a figure that `meta` names."""
    wanted = {"run": run, "split": split, "metric": metric}
    found = [
        t for t in figure["data"]
        if {k: t["meta"][k] for k in wanted} == wanted
        and bool(t["meta"].get("raw")) == kind.get("raw", False)
        and bool(t["meta"].get("marks")) == kind.get("marks", False)
    ]  # fmt: skip
    assert len(found) == 1, f"{len(found)} traces are {wanted}"
    return found[0]


def named(items: list[dict[str, Any]], start: str) -> list[dict[str, Any]]:
    """Return the annotations or shapes whose name starts so."""
    return [item for item in items if item["name"].startswith(start)]

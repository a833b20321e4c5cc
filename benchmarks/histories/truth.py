"""What is true of a run: read off its loss on the test split, by definitions that do not look at validation.

C is the loss of the best constant answer on the test split. S is the test loss smoothed. All margins are shares of
`scale`, what the run gained over C at its best. Where the test loss rose a little, nothing is claimed (None).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAMES = ("diverged", "overconfident", "overfit", "not_learning", "improving", "underfit")


def smoothed(values: Floats) -> Floats:
    """Return a running median of 3, then a centred mean of 6 % of the points that narrows at the ends."""
    n = len(values)
    calm = np.array([np.median(values[max(0, i - 1) : i + 2]) for i in range(n)])
    half = max(3, round(0.06 * n)) // 2
    reach = [min(half, i, n - 1 - i) for i in range(n)]
    return np.array([calm[i - k : i + k + 1].mean() for i, k in enumerate(reach)])


def noise_of(values: Floats) -> float:
    """Return the deviation from one point to the next, by second differences."""
    if len(values) < 3:
        return 0.0
    bends = np.diff(values, 2)
    return float(1.4826 * np.median(np.abs(bends - np.median(bends))) / np.sqrt(6))


def _above_for_good(smooth: Floats, best: int, limit: float) -> int | None:
    below = np.flatnonzero(smooth[best:] <= limit)
    first = best + int(below[-1]) + 1
    return first if first < len(smooth) else None


def truth_of(run: dict[str, Any]) -> dict[str, Any]:
    """Return the labels of one run out of its curves; `judge_underfit` completes them."""
    epochs, hidden = run["epochs"], run["hidden"]
    test, chance = np.array(hidden["loss"], np.float64), float(hidden["chance"])
    train = np.array(run["series"]["train/loss"], np.float64)
    val = np.array([v for v in run["series"]["val/loss"] if v is not None], np.float64)
    truth: dict[str, Any] = {"kind": "objective", "n": len(epochs), "chance_loss": chance}
    truth |= {k: hidden[k] for k in ("n_train", "n_val", "n_test", "label_noise")}
    finite = all(np.isfinite(curve).all() for curve in (test, train, val))
    tail = max(3, round(0.05 * len(epochs)))
    trained = float(np.median(train[-tail:]))
    grown = trained > 1.3 * chance and trained > 2 * train.min() and trained > train[0] if finite else True
    truth["diverged"] = bool(grown)
    if not finite:
        return truth | {"overfit": False, "overconfident": False, "verdict": "diverged"}

    smooth = smoothed(test)
    best, low = int(np.argmin(smooth)), float(smooth.min())
    scale = max(chance - low, 0.15 * chance)
    end = float(np.median(test[-tail:]))
    rise = (end - low) / scale
    window = np.flatnonzero(smooth <= low + 0.002 * scale)
    truth |= {
        "best_epoch": epochs[best],
        "best_lo": epochs[window[0]],
        "best_hi": epochs[window[-1]],
        "rise": rise,
        "test_noise": noise_of(test) / scale,
        "val_noise": noise_of(val) / scale,
        "scale": scale,
        "min_test": low,
        "end_test": end,
        "end_train": trained,
        "gap": (end - trained) / scale,
    }
    risen = rise > 0.10 and rise > 4 * truth["test_noise"]
    unstable = risen and trained > float(smoothed(train)[best]) + 0.03 * scale
    truth["unstable"] = bool(unstable)
    if grown:
        truth["overfit"] = False
    elif unstable:
        truth["overfit"] = None
    else:
        truth["overfit"] = True if risen else False if rise < 0.03 else None
    truth["overconfident"] = False
    if truth["overfit"]:
        truth |= {"onset_lo": epochs[best]}
        for name, share in (("onset_epoch", 0.03), ("onset_hi", 0.10)):
            at = _above_for_good(smooth, best, low + share * scale)
            truth[name] = epochs[-1 if at is None else at]
        if "accuracy" in hidden:
            accuracy = np.array(hidden["accuracy"], np.float64)
            highest = float(smoothed(accuracy).max())
            error = float(np.sqrt(highest * (1 - highest) / hidden["n_test"]))
            held = float(np.median(accuracy[-tail:])) >= highest - max(0.005, error)
            truth["overconfident"] = bool(held)
    n = len(epochs)
    calm = not grown
    truth["not_learning"] = bool(calm and low > 0.93 * chance and trained > 0.93 * chance)
    fell = smooth[int(0.8 * n)] - smooth[-1]
    truth["improving"] = bool(calm and best >= 0.9 * n and fell > 0.03 * scale)
    last = smooth[-max(3, round(0.3 * n)) :]
    truth["plateau"] = bool(last.max() - last.min() < 0.01 * scale)
    truth["noisy_val"] = bool(truth["val_noise"] > 0.05)
    return truth | {"test_loss": test.tolist(), "test_smooth": smooth.tolist()}


def judge_underfit(
    runs: list[dict[str, Any]], reached: Mapping[tuple[str, float], float] = MappingProxyType({})
) -> None:
    """Complete the labels that compare a run with the best one on the same data and label noise.

    `reached` is what other models gained there, as a share of the constant answer's loss.
    """
    best = dict(reached)
    for run in runs:
        truth, key = run["truth"], (run["dataset"], run["truth"]["label_noise"])
        if "min_test" in truth:
            best[key] = max(best.get(key, 0.0), 1 - truth["min_test"] / truth["chance_loss"])
    for run in runs:
        truth = run["truth"]
        if "min_test" not in truth:
            continue
        gain = best[run["dataset"], truth["label_noise"]]
        tested = 1 - truth["end_test"] / truth["chance_loss"]
        trained = 1 - truth["end_train"] / truth["chance_loss"]
        spent = truth["diverged"] or truth["overfit"]
        truth["underfit"] = bool(not spent and tested < 0.6 * gain and trained < 0.7 * gain)
        truth["verdict"] = "good_fit"
        if truth["overfit"] is None:
            truth["verdict"] = None
        else:
            truth["verdict"] = next((name for name in NAMES if truth[name]), "good_fit")

"""Train the runs of the held-out set and pack them into `benchmarks/data/histories.jsonl.xz`.

    make bench-histories

Takes about a quarter of an hour on one core. Runs that `--keep FILE` already holds are not trained again, so that it can be stopped.
Half of the data sets form the part `look`, whose mistakes may be read; the other half, `final`, is only scored.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.histories import classics, networks
from benchmarks.histories.catalogue import TASKS, load
from benchmarks.histories.recipes import GOOD_NETWORK, GOOD_TREES, TESTED, noise_levels, recipe_of
from benchmarks.histories.split import Log, split_of
from benchmarks.histories.truth import judge_underfit, truth_of

DATA = Path(__file__).parents[1] / "data" / "histories.jsonl.xz"
LIMIT = 900_000
NUMBERS = (0, 1, 2, 3, 4, 5, 6, 9, 10)
TROUBLED_FROM = 9
"""Runs of a task with this number or a higher one are set up badly: steps too large or small, a model too small."""

HOPELESS = 100
"""A run that never came nearer than so many times the constant answer's loss has no gain to measure anything in."""

SHORTEST = 6
"""A run that broke off before has no curve to judge."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, default=Path("build/histories.jsonl"))
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    options.keep.parent.mkdir(parents=True, exist_ok=True)
    options.keep.touch()
    kept = {json.loads(line)["id"] for line in options.keep.read_text().splitlines()}
    with options.keep.open("a") as file:
        for number in NUMBERS:
            for name in TASKS:
                run_id = f"{name}-{number:02d}"
                if run_id in kept:
                    continue
                begin = time.process_time()
                run = trained(name, number, run_id)
                if len(run["epochs"]) < SHORTEST:
                    continue
                file.write(json.dumps(_strings(run)) + "\n")
                file.flush()
                took = time.process_time() - begin
                print(
                    f"{run_id:22s} {run['family']:16s} {len(run['epochs']):5d} points {took:5.1f} s",
                    file=sys.stderr,
                )
        for name, noise in [(task, noise) for task in TASKS for noise in _noises(task)]:
            if f"{name}-reference-{noise}" not in kept:
                file.write(json.dumps(reference(name, noise)) + "\n")
                file.flush()
    runs = labelled([json.loads(line) for line in options.keep.read_text().splitlines()])
    options.out.parent.mkdir(exist_ok=True)
    pack(runs, options.out)


def trained(name: str, number: int, run_id: str) -> dict[str, Any]:
    """Train one run; everything about it follows from its name and number."""
    seed = zlib.crc32(run_id.encode())
    rng = np.random.default_rng(seed)
    regression = load(name, 0.0).classes is None
    task = load(name, 0.0)
    noise = 0.0 if task.text else float(rng.choice(_noises(name), p=[0.5, 0.25, 0.25]))
    task = load(name, noise)
    recipe = recipe_of(task, regression, rng, seed % 2**31, troubled=number >= TROUBLED_FROM)
    n_test = min(recipe["n_test"], recipe.pop("n_test_at_most", 4000))
    split = split_of(task, recipe["n_train"], recipe["n_val"], seed, n_test)
    log = (networks if recipe["family"].startswith("torch") else classics).train(split, recipe)
    _cut(log, recipe["stops_after"])
    unit = recipe["unit"]
    curves = {
        k: [unit * v for v in values] if k.endswith("loss") else values for k, values in log.curves.items()
    }
    hidden: dict[str, Any] = {k.removeprefix("test/"): v for k, v in curves.items() if k.startswith("test/")}
    hidden |= {"chance": unit * split.chance, "label_noise": noise}
    hidden |= {f"n_{part}": len(x) for part, (x, _) in split.parts.items()}
    series = {k: v for k, v in curves.items() if not k.startswith("test/")}
    if not recipe["accuracy"]:
        series = {k: v for k, v in series.items() if not k.endswith("accuracy")}
    if not recipe["rate_logged"]:
        series.pop("lr", None)
    gaps = recipe.get("val_gaps", 1)
    for key in series if gaps > 1 else ():
        if key.startswith("val/"):
            count = len(series[key])
            series[key] = [v if (count - 1 - i) % gaps == 0 else None for i, v in enumerate(series[key])]
    shift = 1 if recipe["from_zero"] else 0
    return {
        "id": run_id,
        "source": "own",
        "group": f"own/{recipe['family']}",
        "dataset": name,
        "family": recipe["family"],
        "task": "other" if task.text else "regression" if regression else "classification",
        "epochs": [at - shift for at in log.at],
        "series": series,
        "hidden": hidden,
        "recipe": recipe,
    }


def reference(name: str, noise: float) -> dict[str, Any]:
    """Return the share of the constant answer's loss that a plain, well-fed model gains: what can be reached at least."""
    task = load(name, noise)
    split = split_of(task, 3000, 50, 0, TESTED["torch_gru"] if task.text else 4000)
    log = networks.train(split, GOOD_NETWORK) if task.text else classics.train(split, GOOD_TREES)
    gained = 1 - min(log.curves["test/loss"]) / split.chance
    return {"id": f"{name}-reference-{noise}", "reference": gained, "dataset": name, "label_noise": noise}


def _noises(name: str) -> tuple[float, ...]:
    task = load(name, 0.0)
    return (0.0,) if task.text else noise_levels(task.classes is None)


def _cut(log: Log, patience: int) -> None:
    """End the run as early stopping would, but not before ten points."""
    val = log.curves.get("val/loss", [])
    if not patience or not all(map(math.isfinite, val)):
        return
    best = 0
    for i, value in enumerate(val):
        best = i if value < val[best] else best
        if i - best >= patience and i >= 9:
            log.at = log.at[: i + 1]
            log.curves = {name: curve[: i + 1] for name, curve in log.curves.items()}
            return


# -------------------------------------------------------------------------------------------------------- what is kept


def _strings(value: Any) -> Any:
    """Round to six significant digits; what is not finite becomes its name, since JSON has no word for it."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return float(f"{number:.6g}") if math.isfinite(number) else str(number)
    if isinstance(value, dict):
        return {k: _strings(v) for k, v in value.items()}
    return [_strings(v) for v in value] if isinstance(value, list) else value


def labelled(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs with their truth in place of the hidden curves."""
    reached = {(r["dataset"], r["label_noise"]): r["reference"] for r in runs if "reference" in r}
    runs = sorted((run for run in runs if "reference" not in run), key=lambda run: run["id"])
    for run in runs:
        for curves in (run["series"], run["hidden"]):
            for name, values in curves.items():
                if isinstance(values, list):
                    curves[name] = [None if v is None else float(v) for v in values]
        run["truth"] = truth_of(run)
    runs = [run for run in runs if run["truth"]["diverged"] or _can_be_measured(run["truth"])]
    judge_underfit(runs, reached)
    looked = set(list(TASKS)[::2])
    for run in runs:
        run["part"] = "look" if run["dataset"] in looked else "final"
    return [{k: v for k, v in run.items() if k not in ("hidden", "recipe")} for run in runs]


def _can_be_measured(truth: dict[str, Any]) -> bool:
    return bool(truth["min_test"] <= HOPELESS * truth["chance_loss"])


def pack(runs: list[dict[str, Any]], out: Path) -> None:
    """Write the runs, fewer of them where they would be larger than `LIMIT` bytes."""
    order = np.random.default_rng(0).permutation(len(runs))
    share = 1.0
    while True:
        chosen = [runs[i] for i in sorted(order[: int(share * len(runs))])]
        lines = []
        for run in chosen:
            lines.append(json.dumps(_strings(run), separators=(",", ":")))
        packed = lzma.compress("\n".join(lines).encode() + b"\n", preset=9)
        if len(packed) <= LIMIT:
            break
        share *= 0.95
    out.write_bytes(packed)
    print(f"{len(chosen)} of {len(runs)} runs in {out}, {len(packed)} bytes")


if __name__ == "__main__":
    main()

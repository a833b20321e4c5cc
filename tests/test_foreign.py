"""A diagnosis of what other tools leave: Keras, rows, data frames, and the logs of Lightning and Hugging Face."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.histories import curves, expected
from tracker import foreign, reader
from tracker.errors import BadInput
from tracker.model import Diagnosis

__all__ = ["curves", "expected"]


def test_a_keras_dict_counts_epochs_from_one(curves: dict[str, list[float]], expected: Diagnosis) -> None:
    assert expected.axis == "epoch"
    assert expected.history[0].epoch[0] == 1
    assert expected.loss == ("loss", "val_loss")
    assert expected.accuracy == ("accuracy", "val_accuracy")
    assert str(expected) == expected.sentence


def test_a_keras_history_counts_as_keras_prints_its_epochs(
    curves: dict[str, list[float]], expected: Diagnosis
) -> None:
    fit = SimpleNamespace(history=curves, epoch=list(range(len(curves["loss"]))))
    d = reader.diagnose(fit)
    assert d.verdict == expected.verdict
    assert d.best_epoch == expected.best_epoch


@pytest.mark.parametrize("n_val", ["1000", 0, -1, 0.5, True])
def test_a_size_that_is_no_count_is_refused(curves: dict[str, list[float]], n_val: Any) -> None:
    with pytest.raises(BadInput, match="n_val is"):
        reader.diagnose(curves, n_val=n_val)


def test_a_keras_history_with_a_validation_every_second_epoch(curves: dict[str, list[float]]) -> None:
    thinned = {k: v[1::2] if k.startswith("val_") else v for k, v in curves.items()}
    d = reader.diagnose(SimpleNamespace(history=thinned, epoch=list(range(len(curves["loss"])))))
    assert d.overfitting
    val = next(one for one in d.history if one.name == "val_loss")
    assert val.epoch[:3].tolist() == [2, 4, 6]


@pytest.mark.parametrize("name", ["step", "_step", "trainer/global_step", "Step"])
def test_an_explicit_axis_gives_its_units(
    curves: dict[str, list[float]], expected: Diagnosis, name: str
) -> None:
    n = len(curves["loss"])
    assert expected.best_epoch is not None
    by_epoch = reader.diagnose({**curves, "epoch": [10 * (i + 1) for i in range(n)]})
    assert by_epoch.best_epoch == 10 * expected.best_epoch
    by_step = reader.diagnose({**curves, name: [100 * (i + 1) for i in range(n)]})
    assert by_step.axis == "step"
    assert by_step.best_epoch == 100 * expected.best_epoch
    assert "from step" in by_step.sentence


def test_nested_dicts_as_xgboost_and_lightgbm_return_them(curves: dict[str, list[float]]) -> None:
    results = {"validation_0": {"mlogloss": curves["loss"]}, "validation_1": {"mlogloss": curves["val_loss"]}}
    d = reader.diagnose(results)
    assert d.verdict == "overfitting"
    assert d.loss == ("validation_0/mlogloss", "validation_1/mlogloss")


def test_arrays_and_tuples_are_lists_too(curves: dict[str, list[float]], expected: Diagnosis) -> None:
    mixed = {"loss": np.array(curves["loss"], np.float64), "val_loss": tuple(curves["val_loss"])}
    assert reader.diagnose({**curves, **mixed}) == expected


def lightning_rows(curves: dict[str, list[float]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for epoch, (loss, val) in enumerate(zip(curves["loss"], curves["val_loss"], strict=True)):
        rows.append({"epoch": epoch, "step": 10 * epoch + 9, "train_loss_epoch": loss, "val_loss": ""})
        rows.append({"epoch": epoch, "step": 10 * epoch + 9, "train_loss_epoch": "", "val_loss": val})
    return rows


def test_lightnings_metrics_csv_with_empty_cells(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    path = tmp_path / "metrics.csv"
    pd.DataFrame(lightning_rows(curves)).to_csv(path, index=False)
    d = reader.diagnose(path)
    assert d.verdict == "overfitting"
    assert expected.best_epoch is not None
    assert d.best_epoch == expected.best_epoch - 1
    assert reader.diagnose(pd.read_csv(path)).sentence == d.sentence


def hugging_face(curves: dict[str, list[float]]) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for epoch, (loss, val) in enumerate(zip(curves["loss"], curves["val_loss"], strict=True), start=1):
        for part in (0.5, 1.0):
            rows.append(
                {
                    "loss": loss,
                    "grad_norm": 1.0,
                    "learning_rate": 1e-4,
                    "epoch": epoch - 1 + part,
                    "step": round(10 * (epoch - 1 + part)),
                }
            )
        rows.append({"eval_loss": val, "eval_runtime": 2.5, "epoch": float(epoch), "step": 10 * epoch})
    rows.append(
        {
            "train_loss": 0.7,
            "train_runtime": 60.0,
            "total_flos": 1e9,
            "epoch": rows[-1]["epoch"],
            "step": rows[-1]["step"],
        }
    )
    return rows


def test_hugging_faces_trainer_state(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({"best_metric": None, "epoch": 40.0, "log_history": hugging_face(curves)}))
    d = reader.diagnose(path)
    assert d.verdict == "overfitting"
    assert d.best_epoch == expected.best_epoch
    assert d.loss == ("loss", "eval_loss")
    assert reader.diagnose(hugging_face(curves)).sentence == d.sentence
    assert reader.diagnose(pd.DataFrame(hugging_face(curves))).sentence == d.sentence


def test_a_loss_that_turned_nan_is_diverged_in_every_format(tmp_path: Path) -> None:
    curves = {
        "loss": [1.0, 0.8, 0.6, math.nan, math.nan, math.nan],
        "val_loss": [1.1, 0.9, 0.8, math.nan, math.nan, math.nan],
    }
    curves["accuracy"] = [0.3, 0.5, 0.6, 0.1, 0.1, 0.1]
    frame = pd.DataFrame(curves)
    frame.to_csv(tmp_path / "log.csv", index=False, na_rep="nan")
    (tmp_path / "log.json").write_text(json.dumps(curves))
    for source in (curves, frame, tmp_path / "log.csv", tmp_path / "log.json"):
        d = reader.diagnose(source)
        assert d.verdict == "diverged"
        assert d.findings[0].start == 4


def test_none_is_no_point() -> None:
    d = reader.diagnose(
        {"loss": [3, 2, 1.5, 1.2, 1.1, 1.0, 0.9, 0.9], "val_loss": [None, 2, None, 1.4, None, 1.3, None, 1.3]}
    )
    val = next(one for one in d.history if one.name == "val_loss")
    assert val.epoch.tolist() == [2, 4, 6, 8]


def test_hints_reach_the_diagnosis() -> None:
    k = np.arange(40)
    shares = {"loss": 0.69 + 2 * np.exp(-k / 2), "val_loss": 0.70 + 2 * np.exp(-k / 2)}
    assert reader.diagnose(shares, class_counts={"cat": 500, "dog": 500}).verdict == "underfitting"
    assert reader.diagnose(shares, class_counts=[500, 500]).verdict == "underfitting"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, ["empty"]),
        ({"loss": []}, ["empty"]),
        ({"loss": [1.0, 2.0], "val_loss": [1.0]}, ["differ in length", "loss 2", "val_loss 1", "None"]),
        ({"loss": "0.5"}, ["'loss'", "list of numbers"]),
        ({"loss": 0.5}, ["'loss'", "list of numbers"]),
        ({"loss": [0.5, "high"]}, ["'loss'", "'high'", "place 1"]),
        ({"loss": [[0.5], [0.4]]}, ["'loss'", "place 0"]),
        ({"loss": [1j, 2]}, ["'loss'", "place 0"]),
        ({"temperature": [1.0, 2.0]}, ["'temperature'", "up or down"]),
        ({"epoch": [1, 2, 3]}, ["no loss or score", "'epoch'"]),
        ({"epoch": [1, math.inf], "loss": [1.0, 2.0]}, ["'epoch'", "finite"]),
        ([1.0, 0.5], ["row 0", "dict"]),
        ([{"loss": 0.5}, {"loss": "0.4"}], ["'loss'", "'0.4'", "place 1"]),
        (None, ["NoneType", "Keras History"]),
        (3.5, ["float"]),
        (pd.DataFrame(), ["empty"]),
        (pd.DataFrame({"loss": ["a", "b"]}), ["empty"]),
        (pd.DataFrame({"loss": ["0.5", "0.4"], "val_loss": [0.5, 0.4]}), ["'loss'", "'0.5'", "place 0"]),
        (pd.DataFrame([[1.0, 2.0]], columns=["loss", "loss"]), ["data frame", "2 columns 'loss'"]),
        ("nowhere.csv", ["'nowhere.csv'", "no file"]),
    ],
    ids=lambda value: str(value)[:30] if not isinstance(value, pd.DataFrame) else "frame",
)
def test_bad_input_says_what_is_wrong(data: Any, words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        reader.diagnose(data)
    for word in words:
        assert word in str(caught.value)


def test_a_held_out_accuracy_is_judged_where_the_loss_was_only_trained_on() -> None:
    falls = [1 / (i + 1) for i in range(30)]
    d = reader.diagnose({"loss": falls, "val_accuracy": [0.9 - v / 2 for v in falls]})
    assert d.accuracy == (None, "val_accuracy")
    assert "validation accuracy" in d.sentence
    broken = reader.diagnose({"loss": [*falls[:15], *[math.nan] * 15], "val_accuracy": falls})
    assert broken.verdict == "diverged"


def test_rows_with_the_newest_first_are_read_from_the_oldest_on() -> None:
    epoch = list(range(1, 41))
    loss = [1.5 * math.exp(-e / 10) for e in epoch]
    val = [0.5 + math.exp(-e / 5) + 0.02 * max(0, e - 12) for e in epoch]
    forward = reader.diagnose({"epoch": epoch, "loss": loss, "val_loss": val})
    backward = reader.diagnose({"epoch": epoch[::-1], "loss": loss[::-1], "val_loss": val[::-1]})
    assert forward.overfitting
    assert backward.to_dict() == forward.to_dict()


@pytest.mark.parametrize("counts", ["900,100", 5, [0.9, 0.1], [None, 3], [-1, 5], [7], [True, False]])
def test_class_counts_that_are_no_counts_are_refused(counts: Any, curves: dict[str, list[float]]) -> None:
    with pytest.raises(BadInput, match=r"class_counts is .* two or more whole numbers"):
        reader.diagnose(curves, class_counts=counts)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("7", 7), ("-0", 0), ("1e-3", 0.001), ("2.0", 2.0), ("inf", math.inf), ("gbtree", "gbtree"), ("", "")],
)
def test_a_setting_kept_as_text_is_read_as_the_number_that_it_is(said: str, meant: int | float | str) -> None:
    read = foreign.read_setting(said)
    assert (type(read), read) == (type(meant), meant)


def test_a_keras_metric_of_each_class_apart_costs_no_diagnosis(
    curves: dict[str, list[float]], expected: Diagnosis
) -> None:
    n = len(curves["loss"])
    fit = SimpleNamespace(history={**curves, "f1_score": [np.array([0.1, 0.2])] * n}, epoch=list(range(n)))
    assert reader.diagnose(fit) == expected


def test_a_flag_beside_the_metrics_of_a_row_is_none(curves: dict[str, list[float]]) -> None:
    pairs = zip(curves["loss"], curves["val_loss"], strict=True)
    rows = [{"train_loss": a, "valid_loss": b, "valid_loss_best": a > b} for a, b in pairs]
    assert [one.name for one in reader.diagnose(rows).history] == ["train_loss", "valid_loss"]

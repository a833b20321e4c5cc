"""A diagnosis of what other tools write: Keras, data frames, CSV and JSON files in every usual shape."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.diagnosis import training
from tracker import foreign, reader
from tracker.errors import BadInput
from tracker.model import Diagnosis


@pytest.fixture(scope="module")
def curves() -> dict[str, list[float]]:
    return {name: list(values) for name, values in training.overfitting().items()}


@pytest.fixture(scope="module")
def expected(curves: dict[str, list[float]]) -> Diagnosis:
    d = reader.diagnose(curves)
    assert d.verdict == "overfitting"
    return d


def agrees(got: Diagnosis, want: Diagnosis) -> bool:
    return (got.verdict, got.sentence, got.best_epoch) == (want.verdict, want.sentence, want.best_epoch)


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


def test_a_data_frame_and_its_csv(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    frame = pd.DataFrame(curves)
    assert agrees(reader.diagnose(frame), expected)
    named = frame.copy()
    named.index = pd.Index(range(1, len(frame) + 1), name="epoch")
    assert agrees(reader.diagnose(named), expected)
    frame.insert(0, "when", "2025-01-01")
    for separator in (",", ";", "\t"):
        path = tmp_path / "log.csv"
        frame.to_csv(path, index=False, sep=separator)
        assert agrees(reader.diagnose(path), expected)
        assert agrees(reader.diagnose(str(path)), expected)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("header", ["a name less", "an empty name"])
def test_the_index_in_front_of_a_table_is_no_metric(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path, separator: str, header: str
) -> None:
    text = pd.DataFrame(curves).to_csv(sep=separator)
    (tmp_path / "log.csv").write_text(text[1:] if header == "a name less" else text)
    assert agrees(reader.diagnose(tmp_path / "log.csv"), expected)


@pytest.mark.parametrize("nothing", ["", "NA", "None", "-"])
def test_what_stands_for_nothing_in_a_table(nothing: str, tmp_path: Path) -> None:
    rows = [f"{e},{1 / e},{nothing if e % 2 else 1 / e}" for e in range(1, 13)]
    (tmp_path / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *rows]))
    val = next(one for one in reader.diagnose(tmp_path / "log.csv").history if one.name == "val_loss")
    assert val.epoch.tolist() == [2, 4, 6, 8, 10, 12]


def test_words_under_the_name_of_a_loss_are_passed_over(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    frame = pd.DataFrame({**curves, "loss_fn": "smooth_l1"})
    frame.to_csv(tmp_path / "log.csv", index=False)
    assert agrees(reader.diagnose(tmp_path / "log.csv"), expected)
    assert agrees(reader.diagnose(frame), expected)


def test_a_mark_behind_each_row_is_no_column(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    header, *rows = pd.DataFrame(curves).to_csv(index=False).splitlines()
    (tmp_path / "log.csv").write_text("\n".join([header, *(f"{row}," for row in rows)]))
    assert agrees(reader.diagnose(tmp_path / "log.csv"), expected)


def test_a_padded_yolo_results_csv(curves: dict[str, list[float]], tmp_path: Path) -> None:
    lines = [
        "                  epoch,         train/box_loss,      metrics/mAP50(B),           val/box_loss,   lr/pg0"
    ]
    lines += [
        f"{i + 1:23d},{a:23.5f},{c:23.5f},{b:23.5f},{0.01:23.5f}"
        for i, (a, b, c) in enumerate(
            zip(curves["loss"], curves["val_loss"], curves["val_accuracy"], strict=True)
        )
    ]
    (tmp_path / "results.csv").write_text("\n".join(lines))
    d = reader.diagnose(tmp_path / "results.csv")
    assert d.overfitting
    assert d.loss == ("train/box_loss", "val/box_loss")
    assert d.accuracy == (None, "metrics/mAP50(B)")


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


def test_json_of_a_history_and_json_lines(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    (tmp_path / "history.json").write_text(json.dumps(curves))
    assert agrees(reader.diagnose(tmp_path / "history.json"), expected)
    rows = [dict(zip(curves, values, strict=True)) for values in zip(*curves.values(), strict=True)]
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert agrees(reader.diagnose(tmp_path / "log.jsonl"), expected)


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


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", ["'a.csv'", "empty"]),
        ("a.csv", b"loss,val_loss\n", ["'a.csv'", "no line below"]),
        ("a.csv", b"loss,val_loss\n1,2\n0.5,oops\n", ["'oops'", "'val_loss'", "line 3"]),
        ("a.csv", b"\n\nloss,val_loss\n1,2\n\n0.5,oops\n", ["'oops'", "'val_loss'", "line 6"]),
        ("a.csv", b"loss val_loss\n1 2\n\n0.5 oops\n", ["'oops'", "'val_loss'", "line 4"]),
        ("a.csv", b"epoch,loss,val_loss\n1,tensor(0.9),0.8\n", ["'tensor(0.9)'", "'loss'", "line 2"]),
        ("a.csv", b"epoch,val_acc\n1,90%\n", ["'90%'", "'val_acc'", "line 2"]),
        ("a.csv", b"\nloss,val_loss\n\n1,2\n,\n0.5,oops\n", ["'oops'", "'val_loss'", "line 6"]),
        ("a.csv", b"epoch,loss,loss\n1,0.5,0.6\n", ["'a.csv'", "2 columns 'loss'"]),
        ("a.csv", b"\xff\xfe\x00\x01\x80", ["'a.csv'", "cannot be read"]),
        ("a.csv", b"name,date\nx,y\n", ["no column of numbers"]),
        ("a.json", b"{", ["'a.json'", "not valid JSON"]),
        ("a.json", b"3", ["'a.json'", "dict of lists"]),
        ("a.json", b'{"log_history": []}', ["empty"]),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path: Path, name: str, content: bytes, words: list[str]) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        reader.diagnose(tmp_path / name)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("mark", [";", "|", "\t", " "])
def test_a_table_with_other_marks_between_its_columns(mark: str, tmp_path: Path) -> None:
    comma = "," if mark != " " else "."
    lines = [mark.join(("epoch", "loss", "val_loss"))]
    lines += [
        mark.join((str(e), f"{1 / e:.4f}", f"{1 / e + 0.1:.4f}")).replace(".", comma) for e in range(1, 13)
    ]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    d = reader.diagnose(tmp_path / "log.csv")
    val = next(one for one in d.history if one.name == "val_loss")
    assert val.value[:2].tolist() == [1.1, 0.6]


def test_a_header_whose_mark_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch:loss:val_loss\n1:2:3\n")
    with pytest.raises(BadInput, match="reads as one column, 'epoch:loss:val_loss'"):
        reader.diagnose(tmp_path / "log.csv")


def test_a_table_without_numbers_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("when,what\nnow,then\n")
    with pytest.raises(BadInput, match="no column of numbers under its header 'when,what'"):
        reader.diagnose(tmp_path / "log.csv")


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


def test_a_broken_line_of_json_lines_is_named_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text('{"epoch": 1, "loss": 1}\n\n{"epoch": 2, "lo')
    with pytest.raises(BadInput, match=r"log\.jsonl.* in line 3"):
        reader.diagnose(file)


@pytest.mark.parametrize("nothing", ["NA", "None", "null", "-", "n/a"])
def test_a_word_for_nothing_is_no_point(nothing: str, tmp_path: Path) -> None:
    lines = ["epoch,loss,val_loss,note"]
    lines += [f"{e},{1 / e},{1 / e + 0.1 if e % 5 == 0 else nothing},NA" for e in range(1, 31)]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    d = reader.diagnose(tmp_path / "log.csv")
    assert [len(one) for one in d.history] == [30, 6]


def test_a_header_that_a_resumed_run_wrote_again_is_no_row(tmp_path: Path) -> None:
    lines = [f"{e},{1 / e},{1 / e + 0.1}" for e in range(1, 31)]
    lines.insert(15, "epoch,loss,val_loss")
    (tmp_path / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *lines]))
    assert len(reader.diagnose(tmp_path / "log.csv").history[0]) == 30


def test_a_table_whose_index_has_no_name_keeps_its_columns_apart(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    for separator in (",", "\t", ";"):
        pd.DataFrame(curves).to_csv(tmp_path / "log.csv", sep=separator)
        assert agrees(reader.diagnose(tmp_path / "log.csv"), expected)


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

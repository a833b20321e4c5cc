"""Histories in files: whatever wrote the table or the JSON, it gives the verdict that the same numbers give."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.support.histories import agrees, curves, expected
from tracker import reader
from tracker.errors import BadInput
from tracker.model import Diagnosis

__all__ = ["curves", "expected"]


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


@pytest.mark.parametrize("nothing", ["", "NA", "None", "null", "-", "n/a"])
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


def test_json_of_a_history_and_json_lines(
    curves: dict[str, list[float]], expected: Diagnosis, tmp_path: Path
) -> None:
    (tmp_path / "history.json").write_text(json.dumps(curves))
    assert agrees(reader.diagnose(tmp_path / "history.json"), expected)
    rows = [dict(zip(curves, values, strict=True)) for values in zip(*curves.values(), strict=True)]
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert agrees(reader.diagnose(tmp_path / "log.jsonl"), expected)


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


def test_a_broken_line_of_json_lines_is_named_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text('{"epoch": 1, "loss": 1}\n\n{"epoch": 2, "lo')
    with pytest.raises(BadInput, match=r"log\.jsonl.* in line 3"):
        reader.diagnose(file)


def test_a_header_that_a_resumed_run_wrote_again_is_no_row(tmp_path: Path) -> None:
    lines = [f"{e},{1 / e},{1 / e + 0.1}" for e in range(1, 31)]
    lines.insert(15, "epoch,loss,val_loss")
    (tmp_path / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *lines]))
    assert len(reader.diagnose(tmp_path / "log.csv").history[0]) == 30

"""Tables, trainer states and event files as other programs leave them, also broken ones: what can be read is read."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker import imports
from tracker.errors import BadInput, StoreUnavailable
from tracker.imports import Asked, FoundRun, Row, events, writing
from tracker.imports.writing import bring, identity_of
from tracker.store.base import Store


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def one(source: str, path: Path, asked: Asked = Asked()) -> tuple[FoundRun, list[Row]]:  # noqa: B008
    (found,) = imports.read(source, path, asked)
    return found, list(found.rows)


# ---------------------------------------------------------------------------------------------------------------- tables


def test_a_table_by_a_stated_mapping(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text(
        "it;ep;when;val loss;note\n0;0.5;2026-01-01T00:00:00;1.5;a\n10;1;2026-01-01T00:00:02;NaN;b\n"
    )
    asked = Asked(project="p", name="n", step="it", epoch="ep", time="when", tags=("old",))
    found, rows = one("csv", path, asked)
    assert (found.project, found.name, found.tags) == ("p", "n", ("old",))
    assert found.created_ms == 1_767_225_600_000
    assert rows[0] == Row(0, 0, 0.5, {"val loss": 1.5})
    assert rows[1][:3] == (2000, 10, 1.0)
    assert math.isnan(rows[1].values["val loss"])
    with pytest.raises(BadInput, match="no column 'iteration': it has it, ep"):
        one("csv", path, Asked(step="iteration"))


def test_every_line_that_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes(
        b"step,loss\n1,0.5\nx,0.4\n3,0.3,9,9\n4,0.2e\n5,\xff\n1.5,1\n\n6,0.1\nstep,loss\n7,0.05\n"
    )
    found, rows = one("csv", path)
    assert [(r.step, dict(r.values)) for r in rows if r.values] == [
        (1, {"loss": 0.5}),
        (6, {"loss": 0.1}),
        (7, {"loss": 0.05}),
    ]
    told = "\n".join(found.troubles)
    for place in ("line 3", "line 4: 4 cells under 2 columns", "line 5: loss is '0.2e'", "step 1.5"):
        assert place in told


@pytest.mark.parametrize("text", ["", "\n\n", "1,2\n3,4\n"])
def test_a_table_without_a_header_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.csv").write_text(text)
    with pytest.raises(BadInput, match="no header line"):
        one("csv", tmp_path / "run.csv")


@pytest.mark.parametrize(
    "written",
    [
        "\ufeffepoch,val loss\r\n1,0.5\r\n2,0.25\r\n".encode(),
        "epoch,val loss\n1,0.5\n2,0.25\n".encode("utf-16"),
        "epoch;val loss;für\n1;0,5;kühl\n2;0,25;2026-01-01 10:00\n".encode("latin-1"),
        b'epoch,val loss,"a\nb"\n1,0.5,"c\nd"\n2,0.25,x\n',
    ],
    ids=["mark", "utf-16", "latin-1 and decimal commas", "lines in quotes"],
)
def test_tables_of_other_countries_and_programs(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "run.csv").write_bytes(written)
    found, rows = one("csv", tmp_path / "run.csv")
    assert [(r.epoch, dict(r.values)) for r in rows] == [(1, {"val loss": 0.5}), (2, {"val loss": 0.25})]
    assert found.troubles == []


def test_a_loss_written_as_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,loss_fn\n1,tensor(0.5),smooth_l1\n2,0.4,smooth_l1\n")
    found, rows = one("csv", tmp_path / "log.csv")
    assert [dict(row.values) for row in rows] == [{}, {"loss": 0.4}]
    assert found.troubles == ["log.csv, line 2: loss is 'tensor(0.5)', no number"]


def test_columns_of_one_name_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("epoch,loss,loss,,\n1,0.5,0.6,7,8\n")
    _, rows = one("csv", tmp_path / "run.csv")
    assert dict(rows[0].values) == {"loss": 0.5, "loss.1": 0.6}


def test_a_history_saved_with_pandas_holds_no_columns_of_wandb_itself(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text(",_step,_timestamp,_runtime,loss\n0,0,1700000000,5,0.5\n")
    found, rows = one("wandb", tmp_path / "h.csv")
    assert (found.created_ms, dict(rows[0].values)) == (1_700_000_000_000, {"loss": 0.5})


@pytest.mark.parametrize(
    ("source", "name", "text"),
    [
        ("lightning", "metrics.csv", "epoch,step,a\n0,inf,1\n0,3,0.5\n"),
        ("wandb", "h.jsonl", '{"_step":"x","a":1}\n{"_step":3,"_timestamp":1e400,"a":0.5}\n'),
        (
            "huggingface",
            "s.json",
            '{"log_history":[{"step":1.5},{"step":3,"a":0.5,"b":1' + "0" * 400 + "}]}",
        ),
    ],
)
def test_numbers_beyond_all_bounds_cost_their_line_alone(
    tmp_path: Path, source: str, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    found, rows = one(source, tmp_path / name)
    assert [(r.step, r.values["a"]) for r in rows] == [(3, 0.5)]
    assert len(found.troubles) == 1


ALIASES = "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = ALIASES.replace("[", "{<<: [").replace("]\n", "]}\n")


@pytest.mark.parametrize(
    "settings",
    ["a: &a [1,2,3]\n" + ALIASES, "a: &a {x: 1}\n" + MERGES, "a: " + "[" * 5_000, "a: &a [*a]\n" * 2],
    ids=["aliases", "merges", "deep", "circle"],
)
def test_settings_that_stand_for_billions_are_not_read(tmp_path: Path, settings: str, store: Store) -> None:
    (tmp_path / "args.yaml").write_text(settings)
    (tmp_path / "results.csv").write_text("epoch,time,loss\n0,1,2\n")
    (found,) = imports.read("yolo", tmp_path)
    assert bring(store, "yolo", found).points == 1
    assert found.config == {}
    assert "args.yaml" in found.troubles[0]


def test_names_of_strangers_are_made_fit_to_be_stored(store: Store) -> None:
    found = found_run([ROWS[0]], tags=("a\nb", "", "t" * 2_000), notes="x\0y", group="\ud800")
    found.name, found.project, found.created_ms = "n\0" * 900, "\x1b[31m", -(10**20)
    bring(store, "csv", found)
    (record,) = store.runs()
    assert (record.project, record.tags[0], record.group, record.notes) == ("[31m", "a b", None, "xy")
    assert found.troubles == []


def test_files_that_cannot_be_read_cost_the_others_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("epoch,loss\n1,0.5\n")
    (tmp_path / "c.parquet").write_bytes(b"PAR1 torn")
    troubles: list[str] = []
    assert [run.name for run in imports.read("csv", tmp_path, troubles=troubles)] == ["b"]
    assert "a.csv' has no header line" in troubles[0]
    assert "c.parquet' cannot be read: ArrowInvalid" in troubles[1]


def test_what_was_read_before_a_file_broke_is_kept(store: Store) -> None:
    def rows() -> Iterator[Row]:
        yield ROWS[0]
        raise OSError(5, "Input/output error")

    found = found_run(rows())  # type: ignore[arg-type]
    assert bring(store, "csv", found).points == 2
    assert found.troubles == ["reading ended early: OSError: Input/output error"]


def wandb_record(data: bytes, kind: int = 1) -> bytes:
    head = struct.pack("<HB", len(data), kind)
    return struct.pack("<I", zlib.crc32(data, zlib.crc32(head[2:]))) + head + data


def wandb_row(step: int, value: float) -> bytes:
    items = [
        message((1, 2, key), (16, 2, json.dumps(v).encode())) for key, v in ((b"a", value), (b"_step", step))
    ]
    return message((2, 2, message(*[(1, 2, item) for item in items])))


def test_a_broken_block_of_wandb_costs_its_block_alone(tmp_path: Path) -> None:
    log = b":W&B\x3e\xbe\0" + wandb_record(wandb_row(1, 0.5))
    broken = bytearray(wandb_record(wandb_row(2, 0.4)))
    broken[-3] ^= 1
    log += bytes(broken) + wandb_record(wandb_row(3, 0.3))
    log = log.ljust(32_768, b"\0") + wandb_record(wandb_row(4, 0.2))
    log = log.ljust(2 * 32_768 - 3, b"\0") + b"\0" * 3 + wandb_record(wandb_row(5, 0.1)) + b"torn"
    (tmp_path / "run.wandb").write_bytes(log)
    found, rows = one("wandb", tmp_path / "run.wandb")
    assert [r.step for r in rows] == [1, 4, 5]
    assert found.status == "interrupted"  # nobody wrote how it ended
    assert "is broken at byte" in found.troubles[0]
    assert "ends within a record" in found.troubles[1]


def test_parquet(tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"epoch": [1, 2], "val/loss": [0.5, None], "lr": [0.1, 0.1]}).to_parquet(
        tmp_path / "run.parquet"
    )
    _, rows = one("csv", tmp_path / "run.parquet")
    assert (rows[0].step, rows[0].epoch, dict(rows[0].values)) == (1, 1.0, {"val/loss": 0.5, "lr": 0.1})


def test_keras_counts_its_epochs_from_one(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,accuracy,loss,val_loss\n0,0.5,1.0,1.1\n1,0.6,0.9,NA\n")
    found, rows = one("keras", tmp_path / "log.csv")
    assert found.name == "log"
    assert [(r.step, r.epoch) for r in rows] == [(1, 1.0), (2, 2.0)]
    assert "val_loss" not in rows[1].values


@pytest.mark.parametrize("first", [0, 1])
def test_yolo_with_its_settings(tmp_path: Path, first: int) -> None:
    folder = tmp_path / "detect" / "train3"
    folder.mkdir(parents=True)
    (folder / "args.yaml").write_text("model: yolo11n.pt\nlr0: 0.01\nproject: null\n")
    lines = [f"{first + i}, {i * 2.5}, {1 / (i + 1)}, {0.5 + i / 10}" for i in range(3)]
    (folder / "results.csv").write_text(
        "   epoch,  time, train/box_loss, metrics/mAP50(B)\n" + "\n".join(lines)
    )
    found, rows = one("yolo", tmp_path)
    assert (found.project, found.name, found.config["lr0"]) == ("detect", "train3", 0.01)
    assert [r.epoch for r in rows] == [1, 2, 3]
    assert set(rows[0].values) == {"train/box_loss", "metrics/mAP50(B)"}
    assert rows[2].elapsed_ms == 5000


def test_lightning_tells_steps_from_epochs(tmp_path: Path) -> None:
    folder = tmp_path / "lightning_logs" / "version_7"
    folder.mkdir(parents=True)
    (folder / "hparams.yaml").write_text("lr: 0.1\nbad: !!python/object/apply:os.system ['true']\n")
    lines = "epoch,step,train_loss,val_loss\n0,1,0.9,\n0,3,0.8,\n0,3,,1.0\n1,5,0.7,\n1,7,0.6,\n1,7,,0.9\n"
    (folder / "metrics.csv").write_text(lines)
    found, rows = one("lightning", tmp_path)
    assert found.name == "version_7"
    assert found.config == {}  # settings that would run code are not read, and said so
    assert "hparams.yaml cannot be read" in found.troubles[0]
    assert [(r.step, r.epoch) for r in rows if "train_loss" in r.values] == [
        (1, None),
        (3, None),
        (5, None),
        (7, None),
    ]
    assert [(r.step, r.epoch) for r in rows if "val_loss" in r.values] == [(3, 1.0), (7, 2.0)]


def test_a_training_of_several_checkpoints_is_one_run(tmp_path: Path) -> None:
    for steps in (2, 4):
        folder = tmp_path / "reviews" / f"checkpoint-{steps}"
        folder.mkdir(parents=True)
        history = [{"loss": 1 / s, "step": s, "epoch": s / 2} for s in range(1, steps + 1)]
        history.append({"eval_loss": 0.5, "eval_text": "x", "step": steps, "epoch": steps / 2})
        state = {"global_step": steps, "log_history": [*history, {"loss": 1}], "best_metric": 0.5}
        (folder / "trainer_state.json").write_text(json.dumps(state))
    found, rows = one("huggingface", tmp_path)
    assert found.name == "reviews"
    assert [r.step for r in rows] == [1, 2, 3, 4, 4]
    assert found.summary["best_metric"] == 0.5
    assert "entry 5 of the log history has no step" in found.troubles[0]
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises(BadInput, match="holds no log_history"):
        one("huggingface", tmp_path / "other.json")


def test_unknown_sources_and_empty_places_are_told(tmp_path: Path) -> None:
    for source, path, said in (
        ("aim", tmp_path, "there is no source 'aim'"),
        ("csv", tmp_path / "none", "there is nothing at"),
        ("csv", tmp_path, "no run was found at"),
        ("csv", "postgresql://x/y", "csv reads files"),
    ):
        with pytest.raises(BadInput, match=said):
            list(imports.read(source, path))


# ----------------------------------------------------------------------------------------------------------- event files


def message(*fields: tuple[int, int, bytes | int]) -> bytes:
    """Return a protocol buffer of fields (number, wire type, value)."""
    out = b""
    for number, kind, value in fields:
        out += varint(number << 3 | kind)
        if isinstance(value, int):
            out += varint(value)
        else:
            out += (varint(len(value)) if kind == 2 else b"") + value
    return out


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def event(step: int, tag: str, value: float, seconds: float = 1.7e9) -> bytes:
    scalar = message((1, 2, tag.encode()), (2, 5, struct.pack("<f", value)))
    data = message((1, 1, struct.pack("<d", seconds)), (2, 0, step), (5, 2, message((1, 2, scalar))))
    return struct.pack("<QI", len(data), 0) + data + b"\0\0\0\0"


def test_event_files_torn_broken_and_huge(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.1"
    huge = struct.pack("<QI", 20_000_000, 0) + b"\0" * 20_000_004
    broken = struct.pack("<QI", 4, 0) + b"\xff\xff\xff\xff" + b"\0\0\0\0"
    file.write_bytes(
        event(1, "val/loss", 0.5) + huge + broken + event(2, "val/loss", 0.25) + event(3, "x", 1)[:-9]
    )
    troubles: list[str] = []
    scalars = [(s.step, s.tag, s.value) for s in events.read(file, troubles) if isinstance(s, events.Scalar)]
    assert scalars == [(1, "val/loss", 0.5), (2, "val/loss", 0.25)]
    assert "record 2 cannot be read" in troubles[0]
    assert "ends within a record" in troubles[1]


def test_a_length_that_lies_takes_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(struct.pack("<QI", 2**60, 0) + b"x" * 100)
    troubles: list[str] = []
    assert list(events.read(file, troubles)) == []
    assert "is broken at byte 0" in troubles[0]


# -------------------------------------------------------------------------------------------------------- into the store


def found_run(rows: list[Row], state: str = "1", **more: object) -> FoundRun:
    return FoundRun("key", state, "name", "project", 1_000, rows, **more)  # type: ignore[arg-type]


ROWS = [Row(i * 10, i, float(i), {"val/loss": 1 / (i + 1), "x": math.nan}) for i in range(300)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 200)


def test_what_was_imported_is_found_again_and_doubles_nothing(store: Store) -> None:
    first = bring(
        store, "csv", found_run(ROWS, status="failed", exception="E", config={"password": "x", "a": 1})
    )
    again = bring(store, "csv", found_run(ROWS))
    grown = [*ROWS, Row(1, 300, None, {"val/loss": 0.5})]
    later = bring(store, "csv", found_run(grown, state="2"))
    assert (first.points, first.known) == (600, False)
    assert (again.points, again.known) == (0, True)
    assert later.known
    (record,) = store.runs()
    assert (record.project, record.name, record.created_ms) == ("project", "name", 1_000)
    assert record.config == {"password": "[redacted]", "a": 1}
    counts = {s.name: s.count for s in store.series([record.run_id])[record.run_id]}
    assert counts == {"val/loss": 301, "x": 300}


def test_an_interrupted_import_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ship, calls = store.ship, 0

    def away(batch: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoreUnavailable("gone")
        return ship(batch)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(store, "ship", away)
        with pytest.raises(StoreUnavailable):
            bring(store, "csv", found_run(ROWS))
    result = bring(store, "csv", found_run(ROWS))
    assert result.points == 400
    (record,) = store.runs()
    assert record.status == "finished"
    assert sum(s.count for s in store.series([record.run_id])[record.run_id]) == 600


def test_what_no_store_takes_is_named_and_left_out(store: Store) -> None:
    rows = [
        Row(0, -1, None, {"a": 1.0}),
        Row(0, 2**63, None, {"a": 1.0}),
        Row(0, 1, math.inf, {"a": 1.0, "bad\x00name": 2.0, "n" * 600: 3.0, "  ": 4.0}),
    ]
    found = found_run(rows)
    assert bring(store, "csv", found).points == 1
    assert len(found.troubles) == 5
    assert identity_of("csv", found).run_id != identity_of("keras", found).run_id

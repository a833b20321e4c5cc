"""Other trackers, as their documentation says to log four numbers a step; all local, nothing is sent anywhere."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from calls.contender import WATCHED, Contender, Logger


def trackio(_url: str, name: str) -> Logger:
    os.environ["TRACKIO_DIR"] = str(Path.cwd() / "trackio")
    library = import_module("trackio")
    library.init(project="bench", name=name, embed=False, auto_log_gpu=False, auto_log_cpu=False)
    return Logger(lambda step, values: library.log(values, step=step), lambda: library.finish() or "")


def trackio_read(_url: str, name: str) -> dict[int, float]:
    if not Path("trackio/bench.db").exists():
        return {}  # killed before its thread had made it
    with closing(sqlite3.connect("trackio/bench.db")) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'metrics'").fetchone():
            return {}
        rows = connection.execute("SELECT step, metrics FROM metrics WHERE run_name = ?", (name,)).fetchall()
    return {step: json.loads(metrics)[WATCHED] for step, metrics in rows}


def tensorboard(_url: str, name: str) -> Logger:
    """What torch's SummaryWriter does for each scalar, with the same event writer, and without torch."""
    event = import_module("tensorboard.compat.proto.event_pb2").Event
    summary = import_module("tensorboard.compat.proto.summary_pb2").Summary
    writer = import_module("tensorboard.summary.writer.event_file_writer").EventFileWriter(name)
    time = import_module("time").time

    def call(step: int, values: dict[str, float]) -> None:
        for tag, number in values.items():
            scalar = summary(value=[summary.Value(tag=tag, simple_value=number)])
            writer.add_event(event(wall_time=time(), step=step, summary=scalar))

    return Logger(call, lambda: writer.close() or "")


def tensorboard_read(_url: str, name: str) -> dict[int, float]:
    loader = import_module("tensorboard.backend.event_processing.event_file_loader").LegacyEventFileLoader
    found: dict[int, float] = {}
    for path in Path(name).glob("events*"):
        for event in loader(str(path)).Load():
            found.update((event.step, v.simple_value) for v in event.summary.value if v.tag == WATCHED)
    return found


def tensorboardx(_url: str, name: str) -> Logger:
    writer = import_module("tensorboardX").SummaryWriter(name)

    def call(step: int, values: dict[str, float]) -> None:
        for tag, number in values.items():
            writer.add_scalar(tag, number, step)

    return Logger(call, lambda: writer.close() or "")


def tensorboardx_read(_url: str, name: str) -> dict[int, float]:
    """Read the records of the event file: length, its CRC, the event, its CRC."""
    event = import_module("tensorboardX.proto.event_pb2").Event
    found: dict[int, float] = {}
    for path in Path(name).glob("events*"):
        data, at = path.read_bytes(), 0
        while at + 12 <= len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            if at + 16 + length > len(data):
                break
            one = event.FromString(data[at + 12 : at + 12 + length])
            found.update((one.step, v.simple_value) for v in one.summary.value if v.tag == WATCHED)
            at += 16 + length
    return found


def wandb(_url: str, name: str) -> Logger:
    os.environ["WANDB_SILENT"] = "true"
    library = import_module("wandb")
    run = library.init(project="bench", name=name, mode="offline", dir=".")
    return Logger(lambda step, values: run.log(values, step=step), lambda: run.finish() or "")


def wandb_read(_url: str, name: str) -> dict[int, float]:
    record = import_module("wandb.proto.wandb_internal_pb2").Record
    found: dict[int, float] = {}
    for path in Path("wandb").glob("offline-run-*/*.wandb"):
        records = [record.FromString(data) for data in _wandb_records(path.read_bytes())]
        if name in [one.run.display_name for one in records if one.HasField("run")]:
            for one in records:
                items = {i.key or ".".join(i.nested_key): i.value_json for i in one.history.item}
                if WATCHED in items:
                    found[int(items.get("_step", one.history.step.num))] = float(items[WATCHED])
    return found


def _wandb_records(data: bytes) -> Iterator[bytes]:
    """Yield the records of a file in LevelDB's log format, up to the first one that is not whole."""
    block, at, parts = 32_768, 7, b""
    while at + 7 <= len(data):
        if block - at % block < 7:
            at += block - at % block
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if kind == 0 or at + 7 + length > len(data):
            return
        parts += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield parts
            parts = b""


def mlflow_sqlite(_url: str, name: str) -> Logger:
    return _mlflow("sqlite:///mlflow.db", name)


def mlflow_files(_url: str, name: str) -> Logger:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    return _mlflow(f"file://{Path.cwd()}/mlruns", name)


def _mlflow(uri: str, name: str) -> Logger:
    library: Any = import_module("mlflow")
    library.set_tracking_uri(uri)
    library.set_experiment("bench")
    library.start_run(run_name=name)
    return Logger(
        lambda step, values: library.log_metrics(values, step=step), lambda: library.end_run() or ""
    )


def mlflow_sqlite_read(_url: str, name: str) -> dict[int, float]:
    query = "SELECT step, value FROM metrics JOIN runs USING (run_uuid) WHERE runs.name = ? AND key = ?"
    with closing(sqlite3.connect("mlflow.db")) as connection:
        return dict(connection.execute(query, (name, WATCHED)).fetchall())


def mlflow_files_read(_url: str, _name: str) -> dict[int, float]:
    found: dict[int, float] = {}
    for path in Path("mlruns").glob(f"*/*/metrics/{WATCHED}"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                _, value, step = line.split()[:3]
                found[int(step)] = float(value)
    return found


def aim(_url: str, name: str) -> Logger:
    run = import_module("aim").Run(repo=".", experiment=name, system_tracking_interval=None)

    def call(step: int, values: dict[str, float]) -> None:
        for tag, number in values.items():
            run.track(number, name=tag, step=step)

    return Logger(call, lambda: run.close() or "")


def aim_read(_url: str, name: str) -> dict[int, float]:
    library = import_module("aim")
    everything = import_module("aim.storage.context").Context({})
    index = import_module("aim.sdk.index_manager").RepoIndexManager
    repo = library.Repo(".")
    for run_hash in repo.list_all_runs():
        # A run that no `aim up` has indexed is read as empty.
        index.get_index_manager(repo).index(run_hash)
        run = library.Run(run_hash, repo=repo, read_only=True)
        if run.experiment == name and (metric := run.get_metric(WATCHED, everything)):
            steps, (numbers, *_) = metric.data.numpy()
            return dict(zip(map(int, steps), map(float, numbers), strict=True))
    return {}


PEERS = [
    Contender(
        "Trackio", trackio, trackio_read, "its SQLite file", calls=50_000,
        requires=("trackio==0.43.0",), imports="trackio",
    ),
    Contender(
        "TensorBoard", tensorboard, tensorboard_read, "its own event loader", calls=10_000,
        requires=("tensorboard==2.21.0",), imports="tensorboard.summary",
    ),
    Contender(
        "tensorboardX", tensorboardx, tensorboardx_read, "each whole record of the event file", calls=10_000,
        requires=("tensorboardX==2.6.5",), imports="tensorboardX",
    ),
    Contender(
        "W&B offline", wandb, wandb_read, "each whole record of the .wandb file", calls=20_000,
        requires=("wandb==0.31.0",), imports="wandb",
    ),
    Contender(
        "MLflow, SQLite", mlflow_sqlite, mlflow_sqlite_read, "its SQLite file", calls=300,
        requires=("mlflow==3.17.2",), imports="mlflow",
    ),
    Contender(
        "MLflow, files", mlflow_files, mlflow_files_read, "its metric files", calls=5_000,
        requires=("mlflow==3.17.2",), imports="mlflow",
    ),
    Contender(
        "Aim", aim, aim_read, "its own repository reader", calls=5_000,
        requires=("aim==3.29.1",), imports="aim",
    ),
]  # fmt: skip

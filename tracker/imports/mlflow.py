"""MLflow's runs: its file store (`mlruns/`), or its database, SQLite or PostgreSQL, read by their own forms."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tracker.errors import BadInput
from tracker.foreign import read_setting
from tracker.imports.found import Asked, FoundRun, Row, each, reason
from tracker.imports.table import settings
from tracker.imports.writing import trouble
from tracker.model import Status

_STATUS: Mapping[str, Status] = {
    "RUNNING": "interrupted", "SCHEDULED": "interrupted", "FINISHED": "finished", "FAILED": "failed",
    "KILLED": "interrupted", "1": "interrupted", "2": "interrupted", "3": "finished", "4": "failed", "5": "interrupted",
}  # fmt: skip
"""MLflow's states in our words, the file store's numbers among them; nobody tells us whether a running one lives."""

_OWN_TAG = "mlflow."
_PARENT = "mlflow.parentRunId"
_MOST_TEXT = 100_000


class _Metric(NamedTuple):
    ms: int
    step: int
    key: str
    value: float


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield the runs of a file store, or of a SQLite database file."""
    if path.is_file():
        yield from _of_file(path, asked)
        return
    databases = [] if (path / "meta.yaml").exists() else sorted(path.glob("*.db"))
    stores = sorted(
        {meta.parent.parent for meta in path.rglob("meta.yaml") if (meta.parent / "metrics").is_dir()}
    )
    for experiment in stores:
        told = settings(experiment / "meta.yaml", [])
        if told.get("lifecycle_stage") == "deleted":
            continue
        name = str(told.get("name") or experiment.name)
        folders = sorted(f for f in experiment.iterdir() if (f / "meta.yaml").is_file())
        yield from each(folders, partial(_of_folder, experiment=name), asked, troubles, path)
    if not stores:
        for database in databases:
            try:
                yield from _of_file(database, asked)
            except BadInput as error:
                troubles.append(str(error))


def _of_file(path: Path, asked: Asked) -> Iterator[FoundRun]:
    return runs_of_database(URL.create("sqlite", database=str(path)).render_as_string(), asked, [])


def runs_of_database(url: str, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield the runs of MLflow's tracking database.

    Raises:
        BadInput: it cannot be opened, or is none of MLflow's.
    """
    try:
        plain = make_url(url)
        if plain.get_backend_name() == "sqlite":
            name = f"{Path(plain.database or 'mlflow.db').absolute().as_uri()}?mode=ro"
            engine = create_engine(
                "sqlite://", creator=lambda: sqlite3.connect(name, uri=True), poolclass=NullPool
            )
        else:
            driver = "postgresql+psycopg" if plain.get_backend_name() == "postgresql" else plain.drivername
            engine = create_engine(plain.set(drivername=driver))
    except (ArgumentError, ImportError):
        raise BadInput(
            f"{url!r} is no database's URL: expected sqlite:///mlflow.db or postgresql://..."
        ) from None
    try:
        with engine.connect() as connection:
            yield from (run.asked(asked) for run in _of_database(connection))
    except SQLAlchemyError as error:
        shown = plain.render_as_string(hide_password=True)
        why = reason(getattr(error, "orig", None) or error)
        raise BadInput(f"MLflow's database {shown} cannot be read: {why}") from None
    finally:
        engine.dispose()


# ------------------------------------------------------------------------------------------------------- the file store


def _of_folder(folder: Path, experiment: str) -> FoundRun | None:
    troubles: list[str] = []
    meta = settings(folder / "meta.yaml", troubles)
    if meta.get("lifecycle_stage") == "deleted" or not meta.get("run_id", meta.get("run_uuid")):
        return None
    files = sorted(f for f in (folder / "metrics").rglob("*") if f.is_file())
    began_ms = _ms(meta.get("start_time")) or int((folder / "meta.yaml").stat().st_mtime * 1000)
    streams = [_lines(file, file.relative_to(folder / "metrics").as_posix(), troubles) for file in files]
    sizes = " ".join(f"{f.stat().st_size}" for f in files)
    tags = _texts(folder / "tags")
    parent = folder.parent / Path(tags.get(_PARENT, "")).name / "meta.yaml"  # its name is no path elsewhere
    return _found(
        str(meta.get("run_id") or meta["run_uuid"]),
        f"{meta.get('end_time')} {sizes}",
        experiment,
        str(meta.get("run_name") or ""),
        began_ms,
        _ms(meta.get("end_time")),
        str(meta.get("status")),
        _texts(folder / "params"),
        tags,
        merge(*streams, key=itemgetter(0, 1)),
        troubles,
        group=str(settings(parent, []).get("run_name") or "") or None if _PARENT in tags else None,
    )


def _lines(file: Path, key: str, troubles: list[str]) -> Iterator[_Metric]:
    """Yield a metric's values: lines of time in milliseconds, value and step."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            parts = line[:1_000].split()
            try:
                yield _Metric(int(parts[0]), int(parts[2]) if len(parts) > 2 else 0, key, float(parts[1]))
            except (ValueError, IndexError):
                if parts:
                    trouble(troubles, f"metrics/{key}, line {number} is no time, value and step")


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    out = {}
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        with file.open(encoding="utf-8", errors="replace") as text_of:
            out[file.relative_to(folder).as_posix()] = text_of.read(_MOST_TEXT)
    return out


# --------------------------------------------------------------------------------------------------------- the database


def _of_database(connection: Connection) -> Iterator[FoundRun]:
    listed = connection.execute(
        text(
            "SELECT r.run_uuid, r.name, r.status, r.start_time, r.end_time, e.name AS experiment FROM runs r "
            "JOIN experiments e ON e.experiment_id = r.experiment_id WHERE r.lifecycle_stage = 'active' "
            "AND e.lifecycle_stage = 'active' "
            "ORDER BY r.start_time, r.run_uuid"
        )
    ).all()
    names = {run.run_uuid: run.name for run in listed}
    for run in listed:
        this = {"run": run.run_uuid}
        tags = _pairs(connection, "SELECT key, value FROM tags WHERE run_uuid = :run", this)
        counted = connection.execute(
            text("SELECT count(*), max(timestamp) FROM metrics WHERE run_uuid = :run"), this
        ).one()
        yield _found(
            run.run_uuid,
            f"{run.end_time} {counted[0]} {counted[1]}",
            run.experiment,
            run.name or "",
            _ms(run.start_time) or 0,
            _ms(run.end_time),
            str(run.status),
            _pairs(connection, "SELECT key, value FROM params WHERE run_uuid = :run", this),
            tags,
            _metrics(connection, this),
            [],
            group=names.get(tags.get(_PARENT, "")),
        )


def _metrics(connection: Connection, this: Mapping[str, str]) -> Iterator[_Metric]:
    # is_nan stands beside a value of 0; infinities stand as the largest numbers
    rows = connection.execution_options(yield_per=10_000).execute(
        text(
            "SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = :run "
            "ORDER BY timestamp, step, key"
        ),
        this,
    )
    for row in rows:
        value = math.nan if row.is_nan else float(row.value)
        value = math.copysign(math.inf, value) if abs(value) >= 1.7976931348623157e308 else value
        yield _Metric(int(row.timestamp), int(row.step or 0), row.key, value)


def _pairs(connection: Connection, query: str, this: Mapping[str, str]) -> dict[str, str]:
    return {key: value or "" for key, value in connection.execute(text(query), this)}


# -------------------------------------------------------------------------------------------------------------- the run


def _found(
    run_id: str,
    state: str,
    experiment: str,
    name: str,
    began_ms: int,
    ended_ms: int | None,
    status: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    metrics: Iterable[_Metric],
    troubles: list[str],
    group: str | None,
) -> FoundRun:
    environment = (
        {"git_commit": tags["mlflow.source.git.commit"]} if tags.get("mlflow.source.git.commit") else {}
    )
    return FoundRun(
        key=run_id,
        state=state,
        name=name or tags.get("mlflow.runName") or run_id[:8],
        project="default" if experiment == "Default" else experiment,
        created_ms=began_ms,
        rows=_rows(metrics, began_ms),
        group=group,
        tags=tuple(f"{key}={value}"[:200] if value else key for key, value in tags.items() if _own(key)),
        notes=tags.get("mlflow.note.content", ""),
        config={key: _value(value) for key, value in params.items()},
        environment=environment,
        status=_STATUS.get(status, "finished"),
        duration_ms=max(0, ended_ms - began_ms) if ended_ms and began_ms else None,
        troubles=troubles,
    )


def _own(key: str) -> bool:
    return not key.startswith(_OWN_TAG)


def _rows(metrics: Iterable[_Metric], began_ms: int) -> Iterator[Row]:
    for step, group in groupby(metrics, key=attrgetter("step")):
        values: dict[str, float] = {}
        ms = began_ms
        for metric in group:
            if metric.key in values:  # logged again at the same step
                yield Row(ms - began_ms, step, None, values)
                values = {}
            values[metric.key], ms = metric.value, metric.ms
        yield Row(ms - began_ms, step, None, values)


def _value(said: str) -> Any:
    """Return a parameter, which MLflow keeps as text, as the number or truth value that it reads as."""
    if said in ("True", "False"):
        return said == "True"
    if said == "None":
        return None
    return read_setting(said)


def _ms(given: Any) -> int | None:
    return int(given) if isinstance(given, int | float) and given > 0 else None

"""Trackio's runs: one SQLite file a project, the values of a call as JSON in one row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tracker.errors import BadInput
from tracker.imports.found import Asked, FoundRun, Row, files, number, reason, whole
from tracker.imports.table import time_ms
from tracker.imports.writing import trouble

_OWN = "_"  # keys that Trackio adds by itself begin so


def runs(path: Path, asked: Asked, troubles: list[str]) -> Iterator[FoundRun]:
    """Yield the runs of Trackio's folder, or of one project's database.

    Raises:
        BadInput: a database cannot be read, or is none of Trackio's.
    """
    for file in files(path, "*.db"):
        try:
            with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                for run in _of_project(connection, file.stem):
                    yield run.asked(asked)
        except sqlite3.Error as error:
            said = f"the database {str(file)!r} cannot be read as Trackio's: {reason(error)}"
            if file == path:
                raise BadInput(said) from None
            troubles.append(said)


def _of_project(connection: sqlite3.Connection, project: str) -> Iterator[FoundRun]:
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(metrics)")}
    # older files know a run by its name alone, the oldest no step, and name the project beside each row
    which = "run_id" if "run_id" in columns else "run_name"
    step = "step" if "step" in columns else "row_number() OVER (ORDER BY id) - 1"
    title = "max(project_name)" if "project_name" in columns else "NULL"
    configs = {row[which]: row for row in _rows_of(connection, "configs")}
    listed = connection.execute(
        f"SELECT {which} AS id, max(run_name) AS name, count(*) AS n, min(timestamp) AS began, "  # noqa: S608
        f"max(timestamp) AS ended, {title} AS project FROM metrics GROUP BY {which} ORDER BY began"
    ).fetchall()
    for run in listed:
        told = _json(configs[run["id"]]["config"]) if run["id"] in configs else {}
        began_ms = time_ms(str(told.get("_Created") or run["began"])) or 0
        troubles: list[str] = []
        group = told.get("_Group")
        yield FoundRun(
            key=f"{project} {run['id']}",
            state=f"{run['n']} {run['ended']}",
            name=run["name"],
            project=run["project"] or project,
            created_ms=began_ms,
            rows=_rows(connection, which, step, run["id"], began_ms, troubles),
            group=group if isinstance(group, str) and group else None,
            config={key: value for key, value in told.items() if not key.startswith(_OWN)},
            troubles=troubles,
        )


def _rows(
    connection: sqlite3.Connection, which: str, step: str, run: str, began_ms: int, troubles: list[str]
) -> Iterator[Row]:
    query = f"SELECT {step} AS step, timestamp, metrics FROM metrics WHERE {which} = ? ORDER BY id"  # noqa: S608
    for row in connection.execute(query, (run,)):
        logged = _json(row["metrics"])
        if not logged:
            trouble(troubles, f"the values at step {row['step']} cannot be read")
        values = {name: read for name, value in logged.items() if (read := number(value)) is not None}
        epoch = values.pop("epoch", None)
        at, number_of = time_ms(str(row["timestamp"])), whole(row["step"])
        if number_of is None:
            trouble(troubles, f"the step {row['step']!r} is no whole number")
            continue
        yield Row((at or began_ms) - began_ms, number_of, epoch, values)


def _rows_of(connection: sqlite3.Connection, table: str) -> list[sqlite3.Row]:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return connection.execute(f"SELECT * FROM {table}").fetchall() if known else []  # noqa: S608


def _json(text: Any) -> Mapping[str, Any]:
    try:
        loaded = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}

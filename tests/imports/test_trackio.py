"""Trackio's files as its earlier versions wrote them; what the newest writes is imported in tests/frameworks."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path

from tracker import imports
from tracker.imports import Asked, FoundRun, Row

OLDEST = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
    project_name TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL);
CREATE TABLE configs (project_name TEXT NOT NULL, run_name TEXT NOT NULL, config TEXT NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (project_name, run_name));
"""
"""Until 0.0.14: no step, and the project beside each row."""

WITHOUT_CONFIGS = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,
    step INTEGER NOT NULL, metrics TEXT NOT NULL);
"""
"""0.0.15 to 0.2: a step, and no settings."""


def written(
    path: Path, layout: str, rows: list[dict[str, object]], config: dict[str, object] | None = None
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(layout)
        for row in rows:
            places = ", ".join(f":{name}" for name in row)
            connection.execute(f"INSERT INTO metrics ({', '.join(row)}) VALUES ({places})", row)
        if config is not None:
            told = ("my project", "first", json.dumps(config))
            connection.execute("INSERT INTO configs (project_name, run_name, config) VALUES (?, ?, ?)", told)
        connection.commit()


def read(path: Path) -> list[tuple[FoundRun, list[Row]]]:
    return [(found, list(found.rows)) for found in imports.read("trackio", path, Asked())]


def test_the_oldest_files_count_their_rows_and_name_their_project(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "timestamp": f"2025-07-01 10:00:0{at}",
            "project_name": "my project",
            "run_name": run,
            "metrics": json.dumps({"loss": value}),
        }
        for at, (run, value) in enumerate(
            [("first", 3.0), ("second", 9.0), ("first", 2.0), ("first", math.inf)]
        )
    ]
    written(tmp_path / "myproject.db", OLDEST, rows, {"lr": 0.1})
    (first, of_first), (second, of_second) = read(tmp_path)
    assert (first.name, first.project, first.config) == ("first", "my project", {"lr": 0.1})
    assert first.created_ms == 1_751_364_000_000
    assert [(r.elapsed_ms, r.step, dict(r.values)) for r in of_first] == [
        (0, 0, {"loss": 3.0}),
        (2000, 1, {"loss": 2.0}),
        (3000, 2, {"loss": math.inf}),
    ]
    assert (second.name, [r.step for r in of_second]) == ("second", [0])


def test_files_of_names_and_steps(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "timestamp": "2025-08-01T10:00:00",
            "run_name": "first",
            "step": step,
            "metrics": json.dumps({"loss": 1.0, "epoch": 2}),
        }
        for step in (5, 10)
    ]
    written(tmp_path / "vision.db", WITHOUT_CONFIGS, rows)
    ((found, logged),) = read(tmp_path / "vision.db")
    assert (found.project, found.config) == ("vision", {})
    assert [(r.step, r.epoch) for r in logged] == [(5, 2), (10, 2)]

"""The table in README.md names, for everything that may go wrong, tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).parent
NAMED = re.compile(r"`((?:\w+/)?test_\w+\.py)::(test_\w+)`")


def _tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    named = NAMED.findall((FOLDER / "README.md").read_text())
    assert len(named) > 50
    for file, test in named:
        path = FOLDER.parent / file if "/" in file else FOLDER / file
        assert path.is_file(), f"{file} is named in tests/faults/README.md and does not exist"
        assert test in _tests(path), f"{file} has no {test}, which tests/faults/README.md names"


def test_every_row_names_a_test() -> None:
    rows = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| ")]
    assert [row for row in rows if not row.startswith("| what happens") and not NAMED.search(row)] == []


def test_every_test_of_this_folder_is_named() -> None:
    named = set(NAMED.findall((FOLDER / "README.md").read_text()))
    here = {
        (path.name, test)
        for path in FOLDER.glob("test_*.py")
        if path.name != Path(__file__).name
        for test in _tests(path)
        if test.startswith("test_")
    }
    assert sorted(here - named) == []

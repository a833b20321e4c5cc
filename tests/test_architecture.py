"""The house of the design, held to its layers: who may import whom, and what `import tracker` may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tracker"

LAYERS = {
    "errors": 1,
    "ids": 1,
    "model": 1,
    "presenting": 1,
    "settings": 1,
    "curves": 2,
    "diagnosis": 3,
    "store": 4,
    "journal": 5,
    "verdicts": 5,
    "client": 6,
    "charts": 7,
    "reader": 8,
    "stepwise": 8,
    "notebook": 8,
    "pictures": 8,
    "comparison": 8,
    "choice": 8,
    "report": 8,
    "foreign": 8,
    "foreign_files": 8,
    "copying": 8,
    "exporting": 8,
    "imports": 8,
    "integrations": 8,
    "demo": 8,
    "doctor": 8,
    "dashboard": 9,
    "cli": 10,
    "__main__": 11,
}
"""A room imports only lower layers, or its own layer without a cycle. `tracker/__init__.py` names all, lazily."""

ONLY_IN = {
    "sqlalchemy": ("store", "imports"),
    "alembic": ("store", "imports"),
    "psycopg": ("store", "imports"),
    "dash": ("dashboard",),
    "dash_ag_grid": ("dashboard",),
    "dash_mantine_components": ("dashboard",),
    "flask": ("dashboard",),
    "fastapi": ("dashboard",),
    "uvicorn": ("dashboard",),
    "plotly": ("charts",),
    "sklearn": ("demo", "integrations"),
    "typer": ("cli",),
    "rich": ("cli",),
}

PURE = ("curves", "diagnosis")
IMPURE = {
    "os", "io", "pathlib", "time", "datetime", "socket", "subprocess", "sqlite3", "logging", "random", "secrets",
    "tempfile", "shutil", "threading", "urllib", "http", "sys",
}  # fmt: skip


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(read_imports(path))


def read_imports(path: Path) -> Iterator[str]:
    """Yield every name that a file imports, in functions too; what only a type checker reads is left out."""

    def walk(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    yield from walk(other)
            elif isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: a relative import"
                yield from (f"{child.module}.{alias.name}" for alias in child.names)
            else:
                yield from walk(child)

    yield from walk(ast.parse(path.read_text()))


def own(name: str) -> str | None:
    """The module of this package that an imported name lies in; None for another package's."""
    while name.startswith("tracker.") and name not in MODULES:
        name = name.rpartition(".")[0]
    return name if name in MODULES else None


@cache
def arrows() -> set[tuple[str, str]]:
    found = set()
    for module, path in MODULES.items():
        for name in imports(path):
            target = own(name)
            if target is not None and target != module:
                found.add((module, target))
    return found


def test_every_room_has_a_layer():
    rooms = {room(module) for module in MODULES} - {"__init__"}
    assert rooms <= LAYERS.keys(), f"say in DESIGN and here which layer these are in: {rooms - LAYERS.keys()}"


def test_layers_import_only_earlier_ones_or_their_own():
    wrong = [
        f"{source} imports {target}"
        for source, target in sorted(arrows())
        if "__init__" not in (room(source), room(target)) and LAYERS[room(source)] < LAYERS[room(target)]
    ]
    assert wrong == []


def test_only_what_stands_beside_or_above_imports_the_whole_package():
    # `import tracker` is the user's way in: examples of use may take it, the rooms below it may not.
    wrong = [
        source
        for source, target in sorted(arrows())
        if target == "tracker"
        and LAYERS.get(room(source), 0) < 8
        and any(
            name.split(".")[-1] != "__version__"
            for name in imports(MODULES[source])
            if own(name) == "tracker"
        )
    ]
    assert wrong == []


def test_no_module_imports_itself_in_a_circle():
    after = {module: {t for s, t in arrows() if s == module and t != "tracker"} for module in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(after[module]):
                visit(target, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_imported_in_its_room_alone(library):
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        for name in imports(path)
        if name.split(".")[0] == library and room(module) not in ONLY_IN[library]
    ]
    assert wrong == []


def test_curves_and_diagnosis_do_no_io_and_read_no_clock():
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if room(module) in PURE
        for name in imports(path)
        if name.split(".")[0] in IMPURE
    ]
    assert wrong == []
    calls = [
        f"{module} calls {node.func.id}"
        for module, path in MODULES.items()
        if room(module) in PURE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "print", "input")
    ]
    assert calls == []


def test_importing_tracker_is_light():
    heavy = ("sqlalchemy", "alembic", "numpy", "pandas", "dash", "plotly", "fastapi", "typer", "rich")
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, tracker; print([m for m in {heavy!r} if m in sys.modules])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


def test_no_module_outgrows_its_room():
    long = {
        str(path.relative_to(ROOT)): n
        for path in MODULES.values()
        if (n := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


# The walls are only worth something if a hole in them is seen.


def test_a_hidden_import_is_seen(tmp_path):
    file = tmp_path / "room.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import dash\n"
        "def f():\n    if True:\n        from tracker.store import tables\n        import os.path\n"
    )
    assert list(read_imports(file)) == ["typing.TYPE_CHECKING", "tracker.store.tables", "os.path"]
    assert own("tracker.store.base.Store") == "tracker.store.base"
    assert own("numpy.random") is None

"""What a run learns: rows and targets, and where the files lie that they are read from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TEST = 4000
"""Rows of a task that are the test split: the same for every run on it."""

ROWS = 9000
"""Rows of a task in all."""


@dataclass
class Task:
    """Rows to learn from: `x` (n, features) or (n, length) characters, `y` targets; `classes` is None for regression."""

    name: str
    x: NDArray[np.generic]
    y: NDArray[np.generic]
    classes: int | None = None
    image: tuple[int, int] | None = None
    text: bool = False


def file_in(package: str, path: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(
            f"{package} is missing: make bench-histories installs benchmarks/histories/requirements.txt"
        )
    return Path(spec.submodule_search_locations[0]) / path

"""Histories for tests of verdicts: along epochs or steps, with any x axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from tracker.model import Diagnosis, Series


def series(name: str, value: ArrayLike, x: ArrayLike | None = None, *, epochs: bool = True) -> Series:
    values = np.asarray(value, np.float64)
    n = len(values)
    at = np.arange(1, n + 1) if x is None else np.asarray(x, np.float64)
    epoch = at.astype(np.float64) if epochs else np.full(n, np.nan)
    step = np.arange(n) if epochs else at.astype(np.int64)
    return Series(name, step.astype(np.int64), epoch, values, np.zeros(n, np.int64))


def history(curves: Mapping[str, ArrayLike], x: ArrayLike | None = None) -> list[Series]:
    return [series(name, values, x) for name, values in curves.items()]


def kinds(diagnosis: Diagnosis) -> list[str]:
    return [finding.kind for finding in diagnosis.findings]

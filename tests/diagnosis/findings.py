"""Histories for tests of findings, and how to look one up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tracker.diagnosis import diagnose
from tracker.model import Diagnosis, Finding, Series


def history(curves: Mapping[str, ArrayLike], x: ArrayLike | None = None) -> list[Series]:
    """Return curves as series along epochs 1, 2, ... or along the epochs `x`."""
    out = []
    for name, values in curves.items():
        value = np.asarray(values, np.float64)
        epoch = np.arange(1.0, len(value) + 1) if x is None else np.asarray(x, np.float64)
        out.append(Series(name, np.arange(len(value)), epoch, value, np.zeros(len(value), np.int64)))
    return out


def said(curves: Mapping[str, ArrayLike], x: ArrayLike | None = None, **hints: Any) -> Diagnosis:
    return diagnose(history(curves, x), **hints)


def finding(diagnosis: Diagnosis, kind: str) -> Finding:
    """Return the one finding of a kind; fails with what there is instead."""
    found = [one for one in diagnosis.findings if one.kind == kind]
    assert len(found) == 1, f"{kind}: {[one.kind for one in diagnosis.findings]}"
    return found[0]

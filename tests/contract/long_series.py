"""A long series with spikes and gaps, and what a window of it has to show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import create_engine, func, make_url, select

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.sessions import Session
from tracker.model import Overview, Series
from tracker.store import Store, tables
from tracker.store.base import Points

FEW = 8_000


N = 5 * 4096 + 1_345


ODD = {3: math.nan, 4097: math.inf, 9_000: -math.inf, 20_001: math.nan, 20_002: math.nan, N - 1: math.nan}


def value_at(step: int) -> float:
    return ODD.get(
        step, math.sin(step / 700) + 0.3 * math.sin(step * 12.9898) + (40.0 if step == 13_333 else 0)
    )


def log(
    session: Session, steps: Sequence[int], values: Sequence[float] | None = None, at_ms: int = 0
) -> None:
    given = [value_at(s) for s in steps] if values is None else values
    for start in range(0, len(steps), 10_000):
        some, here = steps[start : start + 10_000], given[start : start + 10_000]
        session.ship(
            Points(
                elapsed_ms=[at_ms + s for s in some],
                step=list(some),
                counted=[False] * len(some),
                epoch=[None if s % 7 == 0 else s / 1000 for s in some],
                values=[{"loss": v} for v in here],
            )
        )


def window(store: Store, run_id: int, steps: tuple[int, int] | None = None, **more: int) -> Series:
    return store.window({(run_id, "loss"): steps}, **{"rows": FEW, **more})[run_id, "loss"]


def check(shown: Series, points: Series) -> None:
    """Hold an overview to the points: what it keeps of each stretch, and the stretch's mean."""
    assert isinstance(shown, Overview)
    assert shown.points == len(points)
    assert shown.means.step[-1] == points.step[-1]
    assert len(shown.means) < len(points) / 8
    ends = np.searchsorted(points.step, shown.means.step, "right")
    kept: list[int] = []
    for start, end, mean in zip([0, *ends[:-1]], ends, shown.means.value, strict=True):
        here = points.value[start:end]
        finite = np.isfinite(here)
        kept += [start, end - 1]
        if finite.any():
            kept += [start + int(np.nanargmin(np.where(finite, here, np.nan)))]
            kept += [start + int(np.nanargmax(np.where(finite, here, np.nan)))]
        if not finite.all():
            kept.append(start + int(np.argmin(finite)))
        if finite[-1]:
            assert mean == pytest.approx(here[finite].mean(), rel=1e-12, abs=1e-12)
        else:
            assert not math.isfinite(mean)
    places = np.unique(kept)
    for column in ("step", "epoch", "value", "elapsed_ms"):
        np.testing.assert_array_equal(getattr(shown, column), getattr(points, column)[places])


def check_all(store: Store, run_id: int) -> None:
    points = store.points([(run_id, "loss")])[run_id, "loss"]
    for buckets in (100_000, 1_000, 16):
        check(window(store, run_id, buckets=buckets), points)
    low, high = int(points.step[len(points) // 5]), int(points.step[len(points) // 3])
    whole = points.step[(points.step >= low) & (points.step <= high)]
    rows = window(store, run_id, (low, high))
    assert not isinstance(rows, Overview)
    np.testing.assert_array_equal(rows.step, whole)
    part = window(store, run_id, (low, high), rows=1_000, buckets=100_000)
    assert isinstance(part, Overview)
    inside = slice(*np.searchsorted(points.step, [low, high + 1]))
    check(
        part, Series("loss", *(getattr(points, c)[inside] for c in ("step", "epoch", "value", "elapsed_ms")))
    )


def kept_rows(store_url: str) -> int:
    """Return how many blocks are kept, all levels together."""
    engine = create_engine(make_url(store_url))
    p = tables.preview.c
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).where(p.level > 0)).scalar_one()
    engine.dispose()
    return int(count)

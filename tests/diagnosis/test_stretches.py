"""A very long run is judged by the means of stretches: the same verdict, and nearly the same places, as by all points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tracker.diagnosis import diagnose
from tracker.model import Series
from tracker.store import buckets

N, EPOCHS = 40_000, 200
AT = np.arange(N) / N
FALL = np.exp(-6 * AT)


def broken(value: np.ndarray, start: float) -> np.ndarray:
    return np.where(start > AT, value, math.nan)


CURVES = {
    "overfitting": (2 * FALL + 0.05, 2 * FALL + 0.4 + 0.8 * np.maximum(0, AT - 0.3)),
    "healthy": (2 * np.exp(-15 * AT) + 0.3, 2 * np.exp(-15 * AT) + 0.35),
    "improving": (2 * np.exp(-AT), 2 * np.exp(-AT) + 0.1),
    "underfitting": (2.0 - 0.05 * AT, 2.02 - 0.05 * AT),
    "diverged": (broken(2 * FALL, 0.8), broken(2 * FALL + 0.4, 0.8)),
    "exploded": (2 * FALL, 2 * FALL + 0.4 + np.maximum(0, np.exp(40 * (AT - 0.7)) - 1)),
}


def whole(name: str, value: np.ndarray) -> Series:
    steps = np.arange(N)
    return Series(name, steps, steps * EPOCHS / N, value, steps * 10)


def means(series: Series) -> Series:
    return buckets.overview(series.name, buckets.of_points(buckets.points_of(series))).means


@pytest.mark.parametrize("shape", CURVES)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_means_say_what_the_points_say(shape: str, noise: float) -> None:
    draw = np.random.default_rng(7)
    names = ("train/loss", "val/loss")
    raw = [whole(n, v + noise * draw.standard_normal(N)) for n, v in zip(names, CURVES[shape], strict=True)]
    by_points, by_means = diagnose(raw), diagnose([means(series) for series in raw])
    assert by_means.verdict == by_points.verdict
    assert (by_means.onset_epoch is None) == (by_points.onset_epoch is None)
    if by_points.onset_epoch is not None and by_means.onset_epoch is not None:
        assert by_means.onset_epoch == pytest.approx(by_points.onset_epoch, abs=0.03 * EPOCHS)
    if by_points.main is not None and by_means.main is not None and by_points.main.start is not None:
        assert by_means.main.start == pytest.approx(by_points.main.start, abs=0.03 * EPOCHS)

"""What training longer would bring: cautious, and silent where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis import training
from tests.diagnosis.findings import finding, said
from tracker.diagnosis.forecast import forecast


def test_a_curve_of_the_fitted_shape_is_continued_exactly() -> None:
    t = np.arange(120.0)
    curve = 0.3 + 2 / np.sqrt(t + 1)
    ahead = forecast(curve[:100])
    assert ahead is not None
    assert ahead.points == 20
    assert ahead.likely == pytest.approx(curve[99] - curve[119])
    assert ahead.least < ahead.likely < ahead.most


@pytest.mark.parametrize(
    "shape", [lambda t: np.exp(-t / 60), lambda t: 1 / (t + 5), lambda t: (t + 1) ** -0.3]
)
def test_the_present_pace_is_the_most(shape: object) -> None:
    t = np.arange(120.0)
    curve = shape(t)  # type: ignore[operator]
    ahead = forecast(curve[:100])
    assert ahead is not None
    assert ahead.least <= curve[99] - curve[119] <= ahead.most


def test_real_trainings_gain_what_was_foretold() -> None:
    """Small networks stopped at half of their training, against what the other half brought."""
    inside, errors = [], []
    for seed in range(8):
        curve = np.array(
            training.train(
                epochs=60, hidden=16, n_train=2000, label_noise=0.05, n_val=1000, rate=0.002, seed=seed
            )["val_loss"]
        )
        for n in (20, 30, 40):
            ahead = forecast(curve[:n])
            assert ahead is not None
            gained = curve[n - 1] - curve[n - 1 + ahead.points]
            inside.append(ahead.least <= gained <= ahead.most)
            errors.append(abs(ahead.likely - gained) / gained)
    assert np.mean(inside) >= 0.75
    assert np.median(errors) <= 0.5


def test_nothing_is_foretold_of_a_curve_that_does_not_fall_or_is_short() -> None:
    assert forecast(np.full(50, 0.5)) is None
    assert forecast(np.linspace(0.5, 1.0, 50)) is None
    assert forecast(np.linspace(1.0, 0.5, 9)) is None


def test_the_sentence_tells_most_and_likely_along_the_axis() -> None:
    epochs = 10.0 * np.arange(1, 61)
    fall = 2 / np.sqrt(np.arange(30.0, 90))
    d = said({"loss": fall, "val_loss": 0.3 + fall}, epochs)
    assert d.verdict == "improving"
    ahead = finding(d, "forecast")
    assert (ahead.start, ahead.end) == (600, 720)
    assert "after 120 more epochs; " in ahead.fact
    assert ahead.fact.endswith("and less still if it levels off or overfits.")
    least, likely, most = (ahead.evidence[name] for name in ("least", "likely", "most"))
    assert 0 < least < likely < most < 0.02  # type: ignore[operator]


def test_only_a_run_that_still_improves_is_foretold() -> None:
    k = np.arange(60.0)
    assert not said({"loss": 0.5 + np.exp(-k / 4), "val_loss": 0.6 + np.exp(-k / 4)}).found("forecast")
    overfit = {"loss": np.exp(-k / 8), "val_loss": 0.5 + np.exp(-k / 4) + 0.02 * np.maximum(0, k - 15)}
    assert not said(overfit).found("forecast")

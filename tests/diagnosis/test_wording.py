"""Units and numbers in sentences: what is said must agree with what a reader of the plot sees."""

from __future__ import annotations

import numpy as np

from tests.diagnosis.curves import history, kinds
from tracker.diagnosis import diagnose

K = np.arange(60)


def test_an_accuracy_judged_for_want_of_a_loss_is_told_in_percent_and_points() -> None:
    share = 0.8 - 0.4 * np.exp(-K / 5) - 0.003 * np.maximum(0, K - 15)
    curves = {"accuracy": 0.99 - 0.6 * np.exp(-K / 10), "val_accuracy": share}
    d = diagnose(history(curves))
    assert "validation accuracy fell by 10." in d.sentence
    assert "points while" in d.sentence
    assert d.findings[1].fact.startswith("Best validation accuracy 78.")
    assert "\u202f% at epoch" in d.findings[1].fact
    percent = diagnose(history({name: 100 * value for name, value in curves.items()}))
    assert [f.fact for f in percent.findings] == [f.fact for f in d.findings]
    fine = diagnose(history({"val_accuracy": 0.8 - 0.4 * np.exp(-K / 5)}))
    assert "80.0\u202f%" in fine.sentence


def test_a_bend_in_a_handful_of_points_is_not_called_noise() -> None:
    d = diagnose(history({"loss": [1.0, 0.6, 0.4, 0.25, 0.15], "val_loss": [1.0, 0.7, 0.72, 0.85, 1.0]}))
    assert d.verdict == "uncertain"
    assert "5 points are too few to tell a rise from noise" in d.sentence
    assert "noisy_validation" not in kinds(d)


def test_noise_beyond_all_that_was_gained_is_said_so_and_no_zero_has_a_sign() -> None:
    rng = np.random.default_rng(0)
    d = diagnose(history({"loss": np.exp(-K / 9), "val_loss": 1 + 50 * np.abs(rng.normal(size=60)) ** 3}))
    noisy = d.findings[kinds(d).index("noisy_validation")]
    assert "jumps by more than all that it gained" in noisy.fact
    zero = diagnose(history({"val_loss": np.full(20, -0.0)}))
    assert "-0" not in "".join(finding.fact for finding in zero.findings)

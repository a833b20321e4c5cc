"""When a run that goes on is worth an alarm: once, kept in doubt, taken back when all is well again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis import training
from tests.diagnosis.curves import history
from tracker.diagnosis import diagnose
from tracker.diagnosis.online import Alarm, Watcher

K = np.arange(60)
FALL = np.exp(-K / 10)
RISES = 0.5 + np.exp(-K / 5) + 0.012 * np.maximum(0, K - 12)


def feed(watcher: Watcher, curves: dict[str, np.ndarray], start: int = 1) -> list[tuple[int, Alarm]]:
    """Show a run point by point; return the alarms with the point at which each came."""
    raised = []
    for n in range(start, len(next(iter(curves.values()))) + 1):
        alarm = watcher.update(diagnose(history({k: v[:n] for k, v in curves.items()}), finished=False))
        if alarm is not None:
            raised.append((n, alarm))
    return raised


def test_one_alarm_soon_after_the_rise_begins() -> None:
    watcher = Watcher()
    ((at, alarm),) = feed(watcher, {"loss": FALL, "val_loss": RISES})
    assert 15 < at < 35
    assert (alarm.verdict, alarm.axis, alarm.at) == ("overfitting", "epoch", at)
    assert alarm.best is not None
    assert alarm.onset is not None
    assert alarm.best <= alarm.onset <= alarm.at
    assert alarm.sentence.startswith("Overfitting from epoch")
    assert watcher.alarm is alarm


def test_a_real_run_is_alarmed_once() -> None:
    assert len(feed(Watcher(), {k: np.array(v) for k, v in training.overfitting().items()})) == 1
    assert feed(Watcher(), {k: np.array(v) for k, v in training.healthy().items()}) == []


def test_asking_again_without_a_new_point_changes_nothing() -> None:
    watcher = Watcher()
    diagnosis = diagnose(history({"loss": FALL, "val_loss": RISES}))
    assert watcher.update(diagnosis) is not None
    assert [watcher.update(diagnosis) for _ in range(3)] == [None, None, None]


@pytest.mark.parametrize("patience", [0, 20, 35])
def test_it_stops_when_alarm_and_patience_agree(patience: int) -> None:
    watcher = Watcher(patience)
    for n in range(1, 61):
        d = diagnose(history({"loss": FALL[:n], "val_loss": RISES[:n]}), finished=False)
        watcher.update(d)
        if watcher.stop:
            break
    assert watcher.alarm is not None
    assert d.best_epoch is not None
    assert n - d.best_epoch >= patience
    if patience > 20:
        assert n - d.best_epoch == patience
    assert n < 60


def test_a_noisy_wait_is_no_reason_to_stop() -> None:
    """Many points without a new best, but no rise: patience alone would stop here."""
    flat = 0.5 + np.exp(-K / 3) + 0.002 * np.random.default_rng(0).normal(size=60)
    watcher = Watcher(patience=3)
    assert feed(watcher, {"loss": 0.3 + FALL, "val_loss": flat}) == []
    assert not watcher.stop


def test_a_broken_run_is_not_waited_for() -> None:
    watcher = Watcher(patience=1000)
    broken = FALL.copy()
    broken[20:] = np.nan
    ((at, alarm),) = feed(watcher, {"loss": broken, "val_loss": 0.1 + FALL})
    assert (at, alarm.verdict, watcher.stop) == (21, "diverged", True)


def test_an_alarm_is_taken_back_after_a_second_descent_and_may_come_again() -> None:
    k = np.arange(240)
    hill = 0.4 * np.exp(-(((k - 60) / 20) ** 2)) - 0.001 * k
    val = 0.6 + np.exp(-k / 5) + hill + 0.008 * np.maximum(0, k - 170)
    curves = {"loss": np.exp(-k / 60), "val_loss": val}
    watcher = Watcher()
    before = feed(watcher, {name: values[:160] for name, values in curves.items()})
    assert len(before) == 1
    assert watcher.alarm is None
    assert len(feed(watcher, curves, start=161)) == 1
    assert watcher.alarm is not None


def test_a_short_doubt_does_not_take_the_alarm_back() -> None:
    """One good value in a rise is no recovery."""
    dip = RISES.copy()
    dip[40] = 0.45
    assert len(feed(Watcher(), {"loss": FALL, "val_loss": dip})) == 1

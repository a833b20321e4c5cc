"""When a run that goes on is worth an alarm: one answer that does not change back and forth.

A diagnosis looks at the points so far and knows nothing of what it said before. The watcher remembers: it raises an
alarm once, keeps it while the curves are in doubt and takes it back only when they have been fine for a while. The
terminal's alert, `run.should_stop` and the benchmark ask the same watcher.

    watcher = Watcher(patience=5)
    alarm = watcher.update(diagnose(history, finished=False))   # after every validation point, or less often
    if alarm is not None:
        print(alarm.sentence)
    if watcher.stop:
        break
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.curves.align import clock, positions
from tracker.diagnosis.signals import tail_length
from tracker.model import Axis, Diagnosis, Verdict

FINE: tuple[Verdict, ...] = ("healthy", "improving", "underfitting")
"""Verdicts that speak against an alarm. `uncertain` and `too_early` only say that nothing is sure: the alarm stays."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a run is worth stopping.

    `verdict` is `overfitting`, `overconfident` or `diverged`; `at` the place of the last judged point when the alarm was
    raised and `onset` where the trouble began, both in units of `axis`; `best` the checkpoint to keep there.
    """

    verdict: Verdict
    axis: Axis
    at: float
    onset: float | None
    best: float | None
    sentence: str


class Watcher:
    """Follows the diagnoses of one run as points arrive; not for several threads at once.

    Args:
        patience: how many judged points past the best one a run may go on with an alarm standing, before `stop`;
            0 stops at the alarm itself. A diverged run is not waited for.
    """

    def __init__(self, patience: int = 0) -> None:
        self.patience = patience
        self.alarm: Alarm | None = None
        """The alarm that stands; None while there is none."""
        self._seen = 0
        self._fine_since: int | None = None
        self._past_best = 0

    @property
    def stop(self) -> bool:
        """True when going on is a waste: an alarm stands, and the best is `patience` judged points or more ago."""
        if self.alarm is None:
            return False
        return self.alarm.verdict == "diverged" or self._past_best >= self.patience

    def update(self, diagnosis: Diagnosis) -> Alarm | None:
        """Take in what `diagnose(history, finished=False)` says now.

        Args:
            diagnosis: of all points so far, with its history. One without a new judged point changes nothing, so that
                it does not matter how often is asked.

        Returns:
            The alarm that starts with this point, else None: each alarm is returned once.
        """
        places = _judged_places(diagnosis)
        if len(places) <= self._seen:
            return None
        self._seen = len(places)
        if diagnosis.best_epoch is not None:
            self._past_best = int(np.count_nonzero(places > diagnosis.best_epoch))
        if diagnosis.overfitting or diagnosis.verdict == "diverged":
            self._fine_since = None
            return self._raise(diagnosis, float(places[-1]))
        self._calm_down(diagnosis.verdict)
        return None

    def _raise(self, diagnosis: Diagnosis, at: float) -> Alarm | None:
        broken = diagnosis.verdict == "diverged"
        if self.alarm is not None and (self.alarm.verdict == "diverged" or not broken):
            return None
        main = diagnosis.main
        onset = main.start if main is not None else None
        self.alarm = Alarm(
            diagnosis.verdict, diagnosis.axis, at, onset, diagnosis.best_epoch, diagnosis.sentence
        )
        return self.alarm

    def _calm_down(self, verdict: Verdict) -> None:
        """Take the alarm back when the curves have been fine for as long as an end level takes."""
        if verdict not in FINE:
            self._fine_since = None
            return
        if self._fine_since is None:
            self._fine_since = self._seen
        if self._seen - self._fine_since >= tail_length(self._seen):
            self.alarm = None


def _judged_places(diagnosis: Diagnosis) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return where the points of the judged curve lie on the diagnosis' axis, in rising order."""
    names = [name for pair in (diagnosis.loss, diagnosis.accuracy) for name in (pair[1], pair[0]) if name]
    judged = next((s for name in names for s in diagnosis.history if s.name == name), None)
    if judged is None:
        return np.empty(0)
    return np.sort(positions(judged, clock(diagnosis.history) if diagnosis.axis == "epoch" else None))

"""Whether another process writes the run: learned from answers, said once, never of the dead."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.journal.company import Company, Meeting
from tracker.model import new_id
from tracker.store.base import START, Batch, Beside, Identity, PointRow, Points, Shipped


class Told:
    """A session on host `here`, and what it has been told."""

    def __init__(self, resume: Any = "never") -> None:
        who = {"host": "here", "pid": 1}
        self.identity = Identity(new_id(), new_id(), "p", "n", created_ms=0, resume=resume, environment=who)
        self.said: list[Meeting] = []
        self.company = Company(self.identity, self.said.append)

    def ship(self, steps: list[int], beside: Beside | None, *, counted: bool = False, base: int = 0) -> None:
        points = Points.of(PointRow("loss", s, counted, 1.0, None, s) for s in steps)
        batch = Batch(self.identity, START, START, 1, points=points)
        self.company.take(batch, Shipped(START, base, 1, int(beside is not None), beside))


def test_points_at_the_same_steps_are_said_once_with_both_names() -> None:
    told = Told()
    told.ship([0, 1, 2], None)
    told.ship([3, 4], Beside(100, "there", 2, 4))
    told.ship([5, 6], Beside(200, "there", 2, 6))
    assert told.said == [Meeting("process 2 on there", "process 1 on here", True, 0)]


def test_a_step_that_is_logged_again_is_nobody_elses() -> None:
    told = Told()
    told.ship([0, 1, 2], None)
    told.ship([2, 1], Beside(100, "there", 2, 2))
    told.ship([3, 2, 0], Beside(200, "there", 2, 2))
    assert told.said == []
    told.ship([3, 4], Beside(300, "there", 2, 4))
    assert [m.steps for m in told.said] == [True]


def test_who_goes_on_from_a_killed_session_met_nobody() -> None:
    told = Told("allow")
    for step in range(5, 8):
        told.ship([step], Beside(100, "there", 2, step))
    assert told.said == []
    told.ship([8], Beside(101, "there", 2))
    assert [m.steps for m in told.said] == [True]


@pytest.mark.parametrize(
    ("resume", "said"),
    [("allow", [Meeting("process 2 on there", "process 1 on here", False, 40)]), ("never", [])],
)
def test_who_joins_without_steps_is_told_where_its_steps_begin(resume: str, said: list[Meeting]) -> None:
    told = Told(resume)
    told.ship([0, 1], Beside(100, "there", 2), counted=True, base=40)
    told.ship([2, 3], Beside(200, "here", 1), counted=True, base=40)  # the newest session is this one now
    told.ship([4], Beside(300, "here", 1), counted=True, base=40)
    assert told.said == said


def test_two_runs_of_one_process_are_its_own_affair() -> None:
    told = Told("allow")
    for beat in range(3):
        told.ship([beat], Beside(100 + beat, "here", 1, beat), counted=True)
    assert told.said == []


def test_a_process_that_says_nothing_of_itself_is_met_too() -> None:
    told = Told()
    told.ship([0], None)
    told.ship([1], Beside(1, "", 0, 1))
    assert told.said == [Meeting("a process that says nothing of itself", "process 1 on here", True, 0)]

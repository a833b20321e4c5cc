"""What waits in memory: the oldest points go first, everything else stays in its order."""

from __future__ import annotations

import pytest

from tracker.journal import ring
from tracker.journal.ring import Ring


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "RING_POINTS", 10)


def frames(waiting: Ring) -> list[bytes]:
    return [frame for frame, _ in waiting]


def test_the_oldest_points_are_dropped_and_what_was_said_keeps_its_order() -> None:
    waiting = Ring()
    dropped = [
        waiting.push(frame, points)
        for frame, points in (
            (b"lr=1", 0),
            (b"p1", 6),
            (b"lr=2", 0),
            (b"p2", 4),
            (b"lr=3", 0),
            (b"p3", 3),
            (b"p4", 4),
            (b"p5", 2),
        )
    ]
    assert dropped == [0, 0, 0, 0, 0, 6, 4, 0]
    assert frames(waiting) == [b"lr=1", b"lr=2", b"lr=3", b"p3", b"p4", b"p5"]
    assert waiting.points == 9
    assert waiting.push(b"p6", 4) == 3
    assert frames(waiting) == [b"lr=1", b"lr=2", b"lr=3", b"p4", b"p5", b"p6"]


def test_what_is_lent_is_not_dropped_until_it_is_reclaimed() -> None:
    waiting = Ring()
    waiting.push(b"lr=1", 0)
    waiting.push(b"p1", 6)
    assert waiting.lend() == b"lr=1p1"
    waiting.push(b"lr=2", 0)
    waiting.push(b"p2", 4)
    assert waiting.push(b"p3", 2) == 4
    assert frames(waiting) == [b"lr=1", b"p1", b"lr=2", b"p3"]
    assert waiting.pop_oldest() == 4
    assert waiting.push(b"p4", 3) == 2
    assert frames(waiting) == [b"p1", b"lr=2", b"p4"]
    waiting.reclaim()
    assert waiting.push(b"p5", 2) == 6
    assert frames(waiting) == [b"lr=2", b"p4", b"p5"]
    assert [waiting.pop_oldest() for _ in range(2)] == [4, 2]
    assert waiting.push(b"p6", 9) == 2
    assert (frames(waiting), waiting.points) == ([b"p6"], 9)

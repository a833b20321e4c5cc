"""Frames that wait in memory because the journal's disk takes no writes: the oldest go when there are too many points.

The shipper may borrow the oldest ones and send them to the store, which may well be healthy.
"""

from __future__ import annotations

from collections import deque

RING_POINTS = 100_000
"""Points that wait at most."""

LENT_BYTES = 256 * 1024
"""About what is lent at a time."""

STOP = (b"", 0)
"""Stands in an otherwise empty ring: while that is not empty, nothing is written past it."""


class Ring(deque[tuple[bytes, int]]):
    """Frames, each with the number of its points, the oldest first. The caller holds the journal's lock."""

    def __init__(self) -> None:
        super().__init__()
        self.points = 0
        """Points that wait."""
        self.lent = 0
        """Frames, the oldest, that the shipper may be sending: they are not dropped."""
        self._passed = 0  # frames behind those that are known to hold no points

    @property
    def waits(self) -> bool:
        """True when a frame waits, of whatever kind."""
        return len(self) > 1 or (len(self) == 1 and self[0] != STOP)

    def stop(self) -> None:
        """Keep the ring from being empty."""
        if not self:
            self.append(STOP)

    def push(self, frame: bytes, points: int) -> int:
        """Add a frame; return how many points were dropped for it. A config or status is small and is never dropped."""
        self.append((frame, points))
        self.points += points
        dropped = 0
        while self.points > RING_POINTS:
            # Frames without points keep their place: the later of two configs must stay the later.
            while self[self.lent + self._passed][1] == 0:
                self._passed += 1
            count = self[self.lent + self._passed][1]
            del self[self.lent + self._passed]
            self.points -= count
            dropped += count
        return dropped

    def pop_oldest(self) -> int:
        """Let go of the oldest frame and return its length."""
        frame, points = self.popleft()
        self.points -= points
        if self.lent:
            self.lent -= 1
        else:
            self._passed = max(0, self._passed - 1)
        return len(frame)

    def reclaim(self) -> None:
        """Have nothing lent any more."""
        self.lent = self._passed = 0

    def lend(self) -> bytes:
        """Return the oldest frames, some `LENT_BYTES` of them and at least one; they stay."""
        data = bytearray()
        self.reclaim()
        for frame, _ in self:
            if data and len(data) + len(frame) > LENT_BYTES:
                break
            data += frame
            self.lent += 1
        return bytes(data)

"""What a store promises about long series and about growing ones. One part of `Store`; see `base.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from tracker.model import Series

LONG = 50_000
"""Points above which a series is kept in buckets as well."""

Key: TypeAlias = tuple[int, str]
"""A series: run id and name as logged."""

Steps: TypeAlias = tuple[int, int]
"""A range of steps, both ends included."""


class Held(NamedTuple):
    """A whole series that a reader keeps, and the token by which the store knows whether it only grew since."""

    series: Series
    token: bytes


class Windows(Protocol):
    """Reading without reading everything; see the text of `base.py` for what holds for all calls.

    Long series are kept in buckets beside their points. Buckets are derived: they are made and brought up to date when
    somebody reads them, by one process at a time, and say at every moment what the points say, also after late,
    repeated and out-of-order writes and where nothing can be written.
    """

    def window(
        self, wanted: Mapping[Key, Steps | None], *, rows: int = LONG, buckets: int = 8192
    ) -> dict[Key, Series]:
        """Return series between two steps, as far as a picture needs them; None is the whole series.

        Args:
            wanted: the range of steps of each series.
            rows: a stretch of at most so many points, about, comes as logged, as does every series that is not
                `LONG`; a longer one comes as an `Overview`.
            buckets: how many stretches an overview has at most, about.

        Returns:
            The series that there are; one without points in its range is empty or left out.
        """

    def grown(self, held: Mapping[Key, Held | None]) -> dict[Key, Held]:
        """Return whole series, of those that are held and only grew reading no more than what is new.

        Args:
            held: what is kept of each series that is wanted; None: nothing.

        Returns:
            The series that there are.
        """

    def fold_long(self) -> int:
        """Make the buckets that long series still lack, so that nobody who looks waits for them.

        Returns:
            How many series are `LONG`.
        """

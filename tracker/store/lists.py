"""What a list of many runs reads: the same facts as `Store` gives, without what no list shows.

A project may hold 10,000 runs. Their settings, environments and whole diagnoses are megabytes that take seconds to
read; what a list says of them is a few numbers each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol

from tracker.model import Diagnosis, RunRecord, SeriesRecord


class Lists(Protocol):
    """The reads of a long list. Each takes one short statement for a thousand runs and never touches points."""

    def brief(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """Return runs as `Store.runs` does, without config, summary, environment and notes.

        Args:
            project: narrows them down to a project's.
            run_ids: narrows them down to these; deleted ones are given where they are named here.
        """

    def heads(self, run_ids: Iterable[int]) -> dict[int, tuple[int, Diagnosis]]:
        """Return the kept diagnoses as `Store.diagnoses` does, without sentences and advice.

        Findings have their kind, and of their evidence what is said about the time past the best epoch.
        """

    def outlines(self, run_ids: Iterable[int], names: Collection[str]) -> dict[int, tuple[SeriesRecord, ...]]:
        """Return the series of each run that have one of these names or may be measured on test data."""

    def config_keys(self, project: str) -> dict[str, tuple[int, int]]:
        """Return each config key of a project: how many runs have it, and how many values it takes in them."""

    def config_values(self, run_ids: Iterable[int], keys: Collection[str]) -> dict[str, dict[int, Any]]:
        """Return the value of each of these config keys by run; a run without the key is left out."""

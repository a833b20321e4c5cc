"""How a run is named by people: by its id, or by `project/name`, in which both may hold a slash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, false, or_

from tracker.model import RunRecord, id_text
from tracker.store import tables as t

NAMED = 5
"""How many runs a message names."""


def fits(reference: str) -> ColumnElement[bool]:
    """Return the condition that a run is called `reference`, wherever its project ends and its name begins."""
    parts = [(reference[:i], reference[i + 1 :]) for i, c in enumerate(reference) if c == "/"]
    return or_(false(), *(and_(t.run.c.project == project, t.run.c.name == name) for project, name in parts))


def ambiguous(reference: str, runs: Sequence[tuple[int, int]]) -> str:
    """Return what is said when a reference fits several runs, given as (created_ms, run_id)."""
    newest = sorted(runs, reverse=True)
    shown = ", ".join(
        f"{id_text(run_id)} ({datetime.fromtimestamp(created_ms / 1000, UTC):%Y-%m-%d %H:%M:%S})"
        for created_ms, run_id in newest[:NAMED]
    )
    more = f" and {len(newest) - NAMED} more" if len(newest) > NAMED else ""
    return f"{reference!r} fits {len(newest)} runs: name one by its id; newest first (UTC): {shown}{more}"


def gone(run: RunRecord) -> str:
    """Return what is said when somebody asks for a run that was deleted."""
    at = datetime.fromtimestamp((run.deleted_ms or 0) / 1000, UTC)
    return (
        f"the run {run.id} ({run.name!r} of project {run.project!r}) was deleted at {at:%Y-%m-%d %H:%M} UTC: "
        "bring it back on the page of the project's runs, under Deleted"
    )

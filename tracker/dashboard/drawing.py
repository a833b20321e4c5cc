"""Which runs a view draws: asked by the compare page, and by what is kept or sent of it."""

from __future__ import annotations

from typing import Any

from tracker.dashboard.data import Curves, Data
from tracker.dashboard.state import View
from tracker.model import RunRecord

Run = tuple[RunRecord, Curves]

Beside = dict[int, dict[str, Any]]
"""What is drawn beside the curves of each run: fields of its line, "across", "notes" and "lr"."""


def shown(data: Data, project: str, view: View) -> tuple[str, ...]:
    """Return the ids of the runs that a view draws, in the order of the list."""
    return view.shown(data.order(project), data.archived(project))


def drawn(data: Data, project: str, view: View) -> tuple[list[Run], str | None, str | None]:
    """Return the runs that a view draws, with their curves, in the order of the list; the focused and the baseline's id."""
    ids, archived = data.order(project), data.archived(project)
    chosen = data.chosen(view.shown(ids, archived))
    curves = data.curves(chosen)
    return [(r, curves[r.run_id]) for r in chosen], view.focused(ids, archived), view.baseline(ids, archived)

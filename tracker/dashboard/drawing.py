"""Which runs a view draws: asked by the compare page, and by what is kept or sent of it."""

from __future__ import annotations

from typing import Any

from tracker.dashboard.data import Curves, Data, Standing
from tracker.dashboard.state import View
from tracker.model import RunRecord, id_number

Run = tuple[RunRecord, Curves]

Beside = dict[int, dict[str, Any]]
"""What is drawn beside the curves of each run: fields of its line, "across", "notes" and "lr"."""


def drawn(
    data: Data, project: str, view: View, standing: Standing | None = None
) -> tuple[list[Run], str | None, str | None]:
    """Return the runs that a view draws, with their curves, in the order of the list; the focused and the baseline's id.

    `standing` is which runs the project has; None: ask the store.
    """
    now = standing or data.standing(project)
    chosen = data.records([id_number(i) for i in view.shown(now.ids, now.archived)], now.states)
    curves = data.curves(chosen)
    focus, base = view.focused(now.ids, now.archived), view.baseline(now.ids, now.archived)
    return [(r, curves[r.run_id]) for r in chosen], focus, base

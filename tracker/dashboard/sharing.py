"""What is kept and sent of a comparison: saved views, frozen ones, and the report as one file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from tracker import __version__
from tracker.dashboard.components.chart import beside, line_of
from tracker.dashboard.data import Data
from tracker.dashboard.drawing import drawn
from tracker.dashboard.freezing import Frozen, kept_cards, pack, share_of, thinned, unpack
from tracker.dashboard.lru import Lru
from tracker.dashboard.state import View
from tracker.diagnosis import Told, observe
from tracker.errors import BadInput
from tracker.model import RunRecord, SavedView, Series
from tracker.report import Report, render

AT_ONCE = 100
"""Series of cards that freezing reads at once, each of 50,000 points at most."""


def save(
    data: Data, project: str, query: str, *, title: str, author: str, description: str, frozen: bool = False
) -> SavedView:
    """Keep a comparison for everybody of the project, and return it as kept.

    Args:
        data: The pages' way to the store.
        project: The project's name.
        query: The view as it stands in the address.
        title: What it is called.
        author: Whose it is.
        description: What a reader should know, in Markdown.
        frozen: Keep its curves and verdicts too, as they are now.

    Raises:
        BadInput: it has no title, something is too long, or there is nothing to freeze.
    """
    view = View.from_query(query)
    wanted = SavedView("", project, title.strip(), author.strip(), description.strip(), query=view.to_query())
    if not frozen:
        return data.store.save_view(wanted)
    # Packed before anything is kept: a view that claims to be frozen always is.
    now = as_now(data, project, view)
    body = pack(now)
    these = replace(view, runs=tuple(record.id for record, _ in now.runs), on=(), off=())
    kept = data.store.save_view(replace(wanted, query=these.to_query()))
    data.store.freeze(kept.id, body)
    return replace(kept, frozen=True)


def as_now(data: Data, project: str, view: View) -> Frozen:
    """Return what a view shows now.

    Raises:
        BadInput: it shows no run.
    """
    runs, focus, base = drawn(data, project, view)
    if not runs:
        raise BadInput("no run is shown: show one with the eye beside its name, then freeze")
    records = [record for record, _ in runs]
    rows, _ = data.rows(records, budget_s=60)
    cards, omitted = kept_cards(data.cards(records), view.cards, len(runs))
    return Frozen(
        time.time_ns() // 1_000_000,
        view,
        focus,
        base,
        tuple(runs),
        tuple(rows),
        beside(data, runs, view, runs),
        tuple(cards),
        omitted,
        _thinned(data, records, [name for card in cards for name in card.names]),
    )


def _thinned(data: Data, records: Sequence[RunRecord], names: Sequence[str]) -> dict[int, dict[str, Series]]:
    """Return series of each run by name, thinned as they come: all of them in full would be more than memory holds."""
    described = data.described(records)
    there = {record.run_id: {one.name for one in described[record.run_id]} for record in records}
    share = share_of(sum(name in there[record.run_id] for record in records for name in names))
    found: dict[int, dict[str, Series]] = {record.run_id: {} for record in records}
    for record in records:
        own = [name for name in names if name in there[record.run_id]]
        for at in range(0, len(own), AT_ONCE):
            some = data.metric_lines([record], own[at : at + AT_ONCE])[record.run_id]
            found[record.run_id] |= {name: thinned(series, share) for name, series in some.items()}
    return found


class Frozens:
    """Frozen comparisons as they are read; they never change, so the last ones are held.

    Args:
        data: The pages' way to the store.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._kept: Lru[str, Frozen] = Lru(4_000_000, _points)

    def read(self, view_id: str) -> Frozen:
        """Return what a saved view showed when it was frozen.

        Raises:
            NotFound: there is no such view, or it is not frozen.
            BadInput: a newer version of tracker froze it.
        """
        found = self._kept.get(view_id)
        if found is None:
            found = unpack(self._data.store.frozen(view_id))
            self._kept.put(view_id, found)
        return found


def report(data: Data, project: str, query: str) -> str:
    """Return the runs that a view draws as one HTML file, see `tracker.report`.

    Raises:
        NotFound: there is no such project.
        BadInput: the view shows no run.
    """
    data.runs(project)
    runs, _, base = drawn(data, project, View.from_query(query))
    if not runs:
        raise BadInput("no run is shown: show one with the eye beside its name, then ask for the report")
    told = [Told.of(r, c.diagnosis) for r, c in runs]
    held = base if len(runs) > 1 else None
    return render(
        Report(
            [record for record, _ in runs],
            [line_of(record, curves, View()) for record, curves in runs],
            [curves.diagnosis for _, curves in runs],
            observe(told, held),
            "step" if any(curves.diagnosis.axis == "step" for _, curves in runs) else "epoch",
            held,
            "",
            time.time_ns() // 1_000_000,
            __version__,
        )
    )


def _points(frozen: Frozen) -> int:
    logged = sum(len(series) for one in frozen.logged.values() for series in one.values())
    return 100 + logged + sum(curves.points for _, curves in frozen.runs)

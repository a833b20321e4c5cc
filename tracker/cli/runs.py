"""`tracker runs`: what the store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from tracker.cli import completing
from tracker.cli.console import out, print_json, print_runs, run_as_dict
from tracker.cli.options import AsJson, Store, store_url
from tracker.errors import BadInput, NotFound
from tracker.model import VERDICTS, Status, id_text

if TYPE_CHECKING:
    from tracker.model import Diagnosis, RunRecord
    from tracker.store.base import Store as Source

STATUSES = get_args(Status)
STANDINGS = (*VERDICTS, "dismissed")
ORDERS = {"created": False, "name": False, "status": False, "duration_s": False} | dict.fromkeys(
    ("verdict", "best_loss", "best_accuracy", "gap"), True
)
"""What runs are sorted by, and whether their curves have to be judged for it."""

SPARKS = 100
"""Runs, the newest, whose curve is drawn in a line of characters."""


def runs(
    project: Annotated[
        str | None, typer.Option(help="Only this project's runs.", autocompletion=completing.projects)
    ] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Only runs with this verdict; may be given several times: {', '.join(STANDINGS)}."
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option(help=f"Only runs with this status: {', '.join(STATUSES)}.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Only runs of this group.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only runs with this tag; of several, with all of them.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="Only runs whose name holds this text.")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="Archived runs, and only these.")] = False,
    sort: Annotated[str, typer.Option(help=f"By what: {', '.join(ORDERS)}.")] = "created",
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """List runs, newest first."""
    for given, known, option in (
        (verdict or (), STANDINGS, "--verdict"),
        ((status,) if status else (), STATUSES, "--status"),
        ((sort,), ORDERS, "--sort"),
    ):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise BadInput(f"{option} {unknown[0]}: there are {', '.join(known)}")
    from tracker import verdicts
    from tracker.reader import JUDGED_AT_ONCE
    from tracker.store import open_store

    source = open_store(store_url(store), readonly=True)
    try:
        records = source.runs(project)
        if project is not None and not records:
            raise NotFound(f"the store holds no run of a project {project!r}")
        records = [
            record
            for record in records
            if status in (None, record.status)
            and group in (None, record.group)
            and set(tag or ()) <= set(record.tags)
            and (search or "").lower() in record.name.lower()
            and archived == (record.archived_ms is not None)
        ]
        asked = verdict is not None or ORDERS[sort]
        found = verdicts.of_runs(source, records, most=None if asked else JUDGED_AT_ONCE)
        sparks = {} if as_json else _sparks(source, records[:SPARKS], found)
    finally:
        source.close()
    rows = [run_as_dict(record, found.get(record.run_id)) for record in records]
    rows = [row for row in rows if not verdict or row["verdict"] in verdict]
    if sort != "created":  # the store gives the newest first
        rows.sort(key=lambda row: (row[sort] is None, row[sort] or 0 if ORDERS[sort] else row[sort]))
    if as_json:
        print_json(rows)
    elif rows:
        print_runs(rows, sparks)
    elif records or status or group or tag or search or archived:
        out.print("No run is like that.")
    else:
        out.print("No runs yet: log one with tracker.init() and tracker.log(), or see tracker demo.")


def _sparks(source: Source, records: list[RunRecord], found: dict[int, Diagnosis]) -> dict[str, str]:
    """Return the validation loss of each run, else its training loss, as a line of characters, by the run's id."""
    from tracker.cli.plot import sparkline

    names = {r.run_id: d.loss[1] or d.loss[0] for r in records if (d := found.get(r.run_id))}
    points = source.points([(run_id, name) for run_id, name in names.items() if name])
    return {id_text(run_id): sparkline(one.value.tolist()) for (run_id, _), one in points.items()}

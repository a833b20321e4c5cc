"""`tracker runs`: what the store holds."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from tracker.cli.console import out, print_json, print_runs, run_as_dict
from tracker.cli.options import AsJson, Store, store_url
from tracker.errors import BadInput, NotFound
from tracker.model import VERDICTS, Status

STATUSES = get_args(Status)
STANDINGS = (*VERDICTS, "dismissed")
ORDERS = {"created": False, "name": False, "status": False, "duration_s": False} | dict.fromkeys(
    ("verdict", "best_loss", "best_accuracy", "gap"), True
)
"""What runs are sorted by, and whether their curves have to be judged for it."""


def runs(
    project: Annotated[str | None, typer.Option(help="Only this project's runs.")] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Only runs with this verdict; may be given several times: {', '.join(STANDINGS)}."
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option(help=f"Only runs with this status: {', '.join(STATUSES)}.")
    ] = None,
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
        records = [record for record in records if status is None or record.status == status]
        asked = verdict is not None or ORDERS[sort]
        found = verdicts.of_runs(source, records, most=None if asked else JUDGED_AT_ONCE)
    finally:
        source.close()
    rows = [run_as_dict(record, found.get(record.run_id)) for record in records]
    rows = [row for row in rows if not verdict or row["verdict"] in verdict]
    if sort != "created":  # the store gives the newest first
        rows.sort(key=lambda row: (row[sort] is None, row[sort] or 0 if ORDERS[sort] else row[sort]))
    if as_json:
        print_json(rows)
    elif rows:
        print_runs(rows)
    elif records or status:
        out.print("No run is like that.")
    else:
        out.print("No runs yet: log one with tracker.init() and tracker.log(), or see tracker demo.")

"""`tracker runs`: what the store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.console import out, print_json, run_as_dict, run_table
from tracker.cli.options import AsJson, Store, store_url
from tracker.errors import NotFound


def runs(
    project: Annotated[str | None, typer.Option(help="Only this project's runs.")] = None,
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """List runs, newest first."""
    from tracker import verdicts
    from tracker.reader import JUDGED_AT_ONCE
    from tracker.store import open_store

    source = open_store(store_url(store), readonly=True)
    try:
        records = source.runs(project)
        if project is not None and not records:
            raise NotFound(f"the store holds no run of a project {project!r}")
        found = verdicts.of_runs(source, records, most=JUDGED_AT_ONCE)
    finally:
        source.close()
    rows = [run_as_dict(record, found.get(record.run_id)) for record in records]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(run_table(rows), soft_wrap=False)
    else:
        out.print("No runs yet: log one with tracker.init() and tracker.log(), or see tracker demo.")

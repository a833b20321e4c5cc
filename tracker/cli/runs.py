"""`tracker runs`: what the store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.console import out, print_json, run_as_dict, run_table
from tracker.cli.options import AsJson, Store, store_url
from tracker.errors import NotFound

JUDGED_AT_ONCE = 100
"""Runs without a kept diagnosis, the newest, that `tracker runs` diagnoses itself; the dashboard does the rest."""


def runs(
    project: Annotated[str | None, typer.Option(help="Only this project's runs.")] = None,
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """List runs, newest first."""
    from tracker import reader
    from tracker.store import open_store

    url = store_url(store)
    source = open_store(url, readonly=True)
    try:
        records = source.runs(project)
        if project is not None and not records:
            raise NotFound(f"the store holds no run of a project {project!r}")
        kept = {
            run_id: diagnosis
            for run_id, (_, diagnosis) in source.diagnoses([record.run_id for record in records]).items()
        }
    finally:
        source.close()
    unjudged = [record for record in records if record.run_id not in kept]
    for record in unjudged[:JUDGED_AT_ONCE]:
        kept[record.run_id] = reader.diagnose(record.id, store=url)
    rows = [run_as_dict(record, kept.get(record.run_id)) for record in records]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(run_table(rows))
    else:
        out.print("No runs yet: log one with tracker.init() and tracker.log(), or see tracker demo.")

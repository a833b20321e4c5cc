"""`tracker db`: the schema of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tracker.cli.console import out
from tracker.cli.options import Store, store_url

if TYPE_CHECKING:
    from tracker.store.base import Schema


def upgrade(store: Store = None) -> None:
    """Create the schema, or bring it to this version's revision."""
    from tracker.store import open_store

    target = open_store(store_url(store))
    try:
        before = target.schema().revision
        target.upgrade()
        after = target.schema().revision
    finally:
        target.close()
    out.print(f"At revision {after} already." if before == after else f"Upgraded to revision {after}.")


def current(store: Store = None) -> None:
    """Print the revision of the store's schema."""
    print(_schema(store).revision or "none: the store is empty")


def check(store: Store = None) -> None:
    """Tell whether the store's schema is the one that this version works with; exit code 1 when not."""
    schema = _schema(store)
    if schema.state == "current":
        out.print(f"Current: revision {schema.revision}.")
        return
    remedies = {
        "empty": "The store is empty: the first run or `tracker db upgrade` makes the schema.",
        "older": f"Revision {schema.revision} is older than {schema.expected}: run `tracker db upgrade`.",
        "newer": f"Revision {schema.revision} is newer than {schema.expected}: pip install -U curvetracker",
    }
    out.print(remedies[schema.state], markup=False)
    raise typer.Exit(1)


def _schema(store: str | None) -> Schema:
    from tracker.store import open_store

    source = open_store(store_url(store), readonly=True)
    try:
        return source.schema()
    finally:
        source.close()

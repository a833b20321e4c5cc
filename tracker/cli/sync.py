"""`tracker sync`: journals that were left behind, sent to the store that they name."""

from __future__ import annotations

import sys

import typer

from tracker import settings
from tracker.cli.console import count, out
from tracker.cli.options import Store, store_url


def sync(store: Store = None) -> None:
    """Send journals that dead or offline runs left behind to the store that they name."""
    from tracker.journal.recovery import left_over, recover
    from tracker.store import open_store

    url = store_url(store)
    target = open_store(url)
    try:
        target.prepare()
        done = recover(target, url)
    finally:
        target.close()
    for sentence in done.failed:
        print(f"tracker: stays: {sentence}", file=sys.stderr)
    refused = f", {done.rejected} refused" if done.rejected else ""
    out.print(f"Sent {count(done.journals, 'journal')} with {count(done.points, 'new point')}{refused}.")
    waiting = sorted({left.store for left in left_over() if left.store != settings.without_password(url)})
    for other in waiting:
        out.print(f"Journals of another store wait too: {other}", markup=False)
    if done.failed:
        raise typer.Exit(1)

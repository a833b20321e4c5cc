"""Where projects, runs and points are kept; the only room with SQL in it. `base.py` holds the promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracker.model import Series, SeriesRecord
from tracker.store.base import Store


def open_store(url: str, *, readonly: bool = False) -> Store:
    """Return the store that `url` (in normal form, see `settings.store_url`) names; connects at first use.

    A `readonly` store answers reads alone and refuses writes, `prepare` included; it never creates anything.
    """
    if url.startswith("sqlite"):
        from tracker.store.sqlite import SqliteStore

        return SqliteStore(url, readonly=readonly)
    from tracker.store.postgres import PostgresStore

    return PostgresStore(url, readonly=readonly)


def one_by_one(store: Store, described: Iterable[SeriesRecord]) -> Iterator[Series]:
    """Yield whole series, each when it is asked for: all of a long run at once would fill the memory."""
    for one in described:
        yield from store.points([(one.run_id, one.name)]).values()

"""Where projects, runs and points are kept; the only room with SQL in it. `base.py` holds the promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracker.model import Series, SeriesRecord
from tracker.store.base import Store

READ_AT_ONCE = 100_000
"""Points of neighbouring series that are read together."""


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
    """Yield whole series in their order: short ones are read together, all of a long run would fill the memory."""
    bundle: list[SeriesRecord] = []
    points = 0
    for one in described:
        if bundle and points + one.count > READ_AT_ONCE:
            yield from _read(store, bundle)
            bundle, points = [], 0
        bundle.append(one)
        points += one.count
    yield from _read(store, bundle)


def _read(store: Store, bundle: Iterable[SeriesRecord]) -> Iterator[Series]:
    keys = [(one.run_id, one.name) for one in bundle]
    found = store.points(keys)
    return (found[key] for key in keys if key in found)

"""The store: whether it answers, what schema it has, and whether what it holds is sound."""

from __future__ import annotations

from tracker.doctor.words import amount
from tracker.errors import TrackerError
from tracker.settings import is_sqlite, safe_url, sqlite_path
from tracker.store import open_store
from tracker.store.base import Check, Schema, Store

_CONFLICT = "pip install -U curvetracker; runs keep their journals meanwhile and lose nothing"


def checks(url: str, *, full: bool) -> tuple[Store | None, list[Check]]:
    """Return the open store (None: it does not answer, or is not one yet) and what was found about it."""
    shown = safe_url(url)
    if is_sqlite(url) and not sqlite_path(url).exists():
        fact = f"there is none yet at {sqlite_path(url)}"
        return None, [
            Check("store", "note", fact, "the first run makes it; TRACKER_URL says where another one is")
        ]
    try:
        store = open_store(url, readonly=True)
        schema = store.schema()
    except TrackerError as error:
        if "pip install" in str(error):
            return None, [
                Check("store", "problem", str(error), "runs keep their journals meanwhile and lose nothing")
            ]
        return None, [Check("store", "problem", str(error), _reach(url))]
    found = [Check("store", "ok", f"{shown} answers"), _schema(schema)]
    if schema.state == "empty" or found[-1].state == "problem":
        store.close()
        return None, found
    return store, [*found, *_contents(store, url), *store.check(full=full)]


def _reach(url: str) -> str:
    if is_sqlite(url):
        return "put the file right, or say with TRACKER_URL where the store is; runs keep their journals meanwhile"
    return (
        "start the server, or correct TRACKER_URL (the password may stand in ~/.pgpass); runs keep their journals "
        "meanwhile and lose nothing"
    )


def _schema(schema: Schema) -> Check:
    here = f"revision {schema.revision}"
    if schema.state == "current":
        return Check("schema", "ok", f"{here}, which this version works with")
    if schema.state == "empty":
        return Check(
            "schema", "note", "the store is empty", "the first run makes its tables, or `tracker db upgrade`"
        )
    if schema.state == "older":
        return Check(
            "schema", "problem", f"{here} is older than {schema.expected}", "run `tracker db upgrade`"
        )
    major = (schema.revision or "").partition("_")[0]
    if major == schema.expected.partition("_")[0]:
        return Check(
            "schema", "note", f"{here} is newer than {schema.expected}, and can be used as it is", _CONFLICT
        )
    return Check("schema", "problem", f"{here} is of a newer major version than {schema.expected}", _CONFLICT)


def _contents(store: Store, url: str) -> list[Check]:
    try:
        projects = store.projects()
    except TrackerError as error:
        return [Check("contents", "problem", str(error), _reach(url))]
    runs, live = sum(p.runs for p in projects), sum(p.live for p in projects)
    size = f", {amount(sqlite_path(url).stat().st_size)}" if is_sqlite(url) else ""
    return [Check("contents", "ok", f"runs: {runs:,} in projects: {len(projects):,}, live: {live:,}{size}")]

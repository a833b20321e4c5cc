"""What the palette finds by name: projects, and the runs of the project that the reader is in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Query

from tracker.dashboard.data import Data
from tracker.dashboard.lru import Lru
from tracker.dashboard.paths import run_path, runs_path
from tracker.dashboard.words import plural
from tracker.errors import NotFound
from tracker.model import id_text, is_id

MOST_HITS = 12
"""How many runs, and how many projects, one answer holds."""

_WORD = re.compile(r"[^\W_]+")
Thing = TypeVar("Thing")


class Named(NamedTuple):
    """A run as the palette knows it."""

    version: int
    created_ms: int
    name: str


def router(data: Data) -> APIRouter:
    """Return the route that the palette asks."""
    names = Names(data)
    api = APIRouter(prefix="/api/v1")

    @api.get("/search", summary="Projects, and runs of one project, by name or id")
    def search(
        q: Annotated[str, Query(max_length=256)] = "",
        project: Annotated[str, Query(max_length=512)] = "",
    ) -> dict[str, Any]:
        projects = best(q, ((p.name, p) for p in data.projects()))
        runs = best(q, ((f"{run.name} {run_id}", (run_id, run)) for run_id, run in names.of(project)))
        hits = [
            {"name": run.name, "note": run_id, "path": run_path(project, run_id)}
            for run_id, run in runs[:MOST_HITS]
        ]
        return {
            "projects": [
                {"name": p.name, "note": plural(p.runs, "run"), "path": runs_path(p.name)}
                for p in projects[:MOST_HITS]
            ],
            "runs": hits or _by_id(data, q.strip()),
            "more": max(0, len(runs) - MOST_HITS),
        }

    return api


class Names:
    """The names of a project's runs; only those of runs that changed are read again.

    Args:
        data: The way to the store.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._known: Lru[str, dict[int, Named]] = Lru(100)
        self._reading = threading.Lock()

    def of(self, project: str) -> list[tuple[str, Named]]:
        """Return ids and runs of a project, newest first; nothing for a project that is not there."""
        if not project:
            return []
        with self._reading:
            versions = {i: state[0] for i, state in self._data.store.versions(project).items()}
            known = {i: run for i, run in (self._known.get(project) or {}).items() if i in versions}
            changed = [i for i, version in versions.items() if i not in known or known[i].version != version]
            for record in self._data.store.runs(run_ids=changed) if changed else []:
                known[record.run_id] = Named(versions[record.run_id], record.created_ms, record.name)
            self._known.put(project, known)
        ordered = sorted(known.items(), key=lambda item: -item[1].created_ms)
        return [(id_text(i), run) for i, run in ordered]


def best(text: str, things: Iterable[tuple[str, Thing]]) -> list[Thing]:
    """Return the things whose name holds every word of a text: those that begin with it first, else as they came."""
    words = text.lower().split()
    ranked = [(_rank(words, name.lower()), thing) for name, thing in things]
    return [thing for rank, thing in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO]


_NO = 9


def _rank(words: Sequence[str], name: str) -> int:
    if not all(word in name for word in words):
        return _NO
    if not words or name.startswith(words[0]):
        return 0
    return 1 if any(part.startswith(words[0]) for part in _WORD.findall(name)) else 2


def _by_id(data: Data, text: str) -> list[dict[str, str]]:
    """Return the run with exactly this id, whatever project it is in."""
    if not is_id(text):
        return []
    try:
        record = data.store.find_run(text)
    except NotFound:
        return []
    return [{"name": record.name, "note": record.project, "path": run_path(record.project, record.id)}]

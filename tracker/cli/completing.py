"""What the shell offers when somebody presses Tab: runs, projects and sources, and nothing where the store is away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from tracker import settings

if TYPE_CHECKING:
    from tracker.model import RunRecord

MOST = 200
"""Runs that are offered, the newest."""

_PLAIN = re.compile(r"[\w./@+=-]+")
"""Names that a shell takes as they are; it would break others, whose id is offered instead."""

_ODD = re.compile(r"[^\w./@+=, -]")


def runs(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what begins like this of project/name and id, each with what else is known of the run."""
    offered: list[tuple[str, str]] = []
    for record in _records(ctx):
        called = f"{record.project}/{record.name}"
        plain = _PLAIN.fullmatch(called) is not None and not called.startswith("-")
        if plain and called.startswith(incomplete):
            offered.append((called, f"{record.id}, {record.status}"))
        elif record.id.startswith(incomplete) and (incomplete or not plain):
            offered.append((record.id, _ODD.sub("?", called)))
    return offered[:MOST]


def projects(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the projects that begin like this."""
    found = dict.fromkeys(record.project for record in _records(ctx))
    return [name for name in found if name.startswith(incomplete) and _PLAIN.fullmatch(name)]


def sources(incomplete: str) -> list[str]:
    """Return the sources of `tracker import` that begin like this."""
    from tracker.imports import SOURCES

    return [name for name in SOURCES if name.startswith(incomplete)]


def _records(ctx: typer.Context) -> list[RunRecord]:
    from tracker.store import open_store

    try:
        source = open_store(settings.store_url(ctx.params.get("store")), readonly=True)
        try:
            return source.runs()
        finally:
            source.close()
    except Exception:  # a key press is no place for an error message
        return []

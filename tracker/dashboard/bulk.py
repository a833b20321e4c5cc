"""What a person does to many runs at once on the runs page, and the line that says what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from tracker.dashboard.words import plural
from tracker.errors import PublicError, Refused, TrackerError
from tracker.model import SavedView, id_number, is_id
from tracker.store.base import Store

MOST_RUNS = 10_000
"""Runs that are changed at once."""

_log = logging.getLogger("tracker.dashboard")


def do(store: Store, project: str, what: dict[str, Any]) -> dict[str, Any]:
    """Do what the page asks and return what it shows of it: a text, and the ids so that it can be undone.

    Args:
        store: The store.
        project: The project whose page it is; runs of others are left alone.
        what: `do` (tag, untag, archive, unarchive, delete, restore, save_view, delete_view, restore_view) with its `ids`, `tag`,
            `title`, `query` or `id`.
    """
    kind = str(what.get("do"))
    answer: dict[str, Any] = {
        "do": kind,
        "ids": [],
        "id": what.get("id"),
        "tag": what.get("tag"),
        "undone": bool(what.get("undone")),
        "n": what.get("n"),
    }
    try:
        if kind in ("save_view", "delete_view", "restore_view"):
            return answer | {"text": _views(store, project, kind, what), "views": runs_views(store, project)}
        ids = [i for i in what.get("ids") or [] if isinstance(i, str) and is_id(i)][:MOST_RUNS]
        return answer | {"ids": ids, "text": _runs(store, project, kind, ids, str(what.get("tag") or ""))}
    except TrackerError as error:
        _log.warning("%s", error)
        said = (
            str(error)
            if isinstance(error, PublicError | Refused)
            else "The store did not take it; try again in a moment."
        )
        return answer | {"text": said, "failed": True}


def runs_views(store: Store, project: str) -> list[dict[str, str]]:
    """Return the saved views of a project's runs page, as the page lists them."""
    return [
        {"id": view.id, "title": view.title, "author": view.author, "query": view.query}
        for view in store.views(project)
        if view.page == "runs"
    ]


def _runs(store: Store, project: str, kind: str, ids: list[str], tag: str) -> str:
    numbers = [id_number(i) for i in ids]
    mine = [r.run_id for r in store.brief(run_ids=numbers) if r.project == project] if numbers else []
    deeds: dict[str, tuple[str, Callable[[], int], str]] = {
        "archive": ("Archived ", lambda: store.archive(mine), ""),
        "unarchive": ("Took ", lambda: store.archive(mine, on=False), " out of the archive"),
        "delete": ("Deleted ", lambda: store.delete(mine), ""),
        "restore": ("Restored ", lambda: store.restore(mine), ""),
        "tag": ("Tagged ", lambda: store.edit(mine, add_tags=[tag]), f" with “{tag}”"),
        "untag": (f"Took “{tag}” off ", lambda: store.edit(mine, drop_tags=[tag]), ""),
    }
    if kind not in deeds or not mine:
        return "Nothing had to be changed."
    before, deed, after = deeds[kind]
    return before + plural(deed(), "run") + after


def _views(store: Store, project: str, kind: str, what: dict[str, Any]) -> str:
    if kind == "delete_view":
        view = store.view(str(what.get("id")))
        store.delete_view(view.id)
        return f"Deleted the view “{view.title}”"
    if kind == "restore_view":
        store.restore_view(str(what.get("id")))
        return f"Restored the view “{store.view(str(what.get('id'))).title}”"
    title = str(what.get("title") or "").strip()
    store.save_view(
        SavedView(id="", project=project, title=title, page="runs", query=str(what.get("query") or ""))
    )
    return f"Saved the view “{title}”"

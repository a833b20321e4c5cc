"""The addresses of the pages, written and read in one place."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from tracker.settings import project_path


class Place(NamedTuple):
    """Which page an address means.

    `page` is projects, runs, compare, hyperparameters, views, view (`run` is the saved view's id), run or unknown.
    """

    page: str
    project: str = ""
    run: str = ""


def runs_path(project: str) -> str:
    """Return the address of a project's runs page."""
    return project_path(project)


def compare_path(project: str, query: str = "") -> str:
    """Return the address of a project's compare page with a view's query."""
    return f"{runs_path(project)}/compare" + (f"?{query}" if query else "")


def hyperparameters_path(project: str) -> str:
    """Return the address of a project's hyperparameters page."""
    return f"{runs_path(project)}/hyperparameters"


def views_path(project: str) -> str:
    """Return the address of the page that lists a project's saved views."""
    return f"{runs_path(project)}/views"


def view_path(view: str) -> str:
    """Return the address of a saved view; `view` is its id."""
    return f"/v/{quote(view, safe='')}"


def run_path(project: str, run: str) -> str:
    """Return the address of a run's page; `run` is its id."""
    return f"{runs_path(project)}/r/{quote(run, safe='')}"


def read(path: str) -> Place:
    """Return what an address means; never fails."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "p" and len(parts) > 1:
        parts[1] = parts[1].removeprefix("~")
    match parts:
        case [""]:
            return Place("projects")
        case ["p", project] if project:
            return Place("runs", project)
        case ["p", project, "compare"] if project:
            return Place("compare", project)
        case ["p", project, "hyperparameters"] if project:
            return Place("hyperparameters", project)
        case ["p", project, "views"] if project:
            return Place("views", project)
        case ["v", view] if view:
            return Place("view", run=view)
        case ["p", project, "r", run] if project and run:
            return Place("run", project, run)
    return Place("unknown")

"""The runs page: every run of a project in one table to sort, filter, tag and pick from."""

from __future__ import annotations

import logging
from typing import Any, get_args
from urllib.parse import parse_qsl

import dash_ag_grid as dag
from dash import Dash, Input, Output, State, dcc, html

from tracker.dashboard.browser import in_browser
from tracker.dashboard.bulk import do, runs_views
from tracker.dashboard.components.grid import THEME
from tracker.dashboard.components.parts import attributes, icon, link, run_filter
from tracker.dashboard.components.shell import shell
from tracker.dashboard.data import Data
from tracker.dashboard.listing import Answer, Table
from tracker.dashboard.paths import compare_path, runs_path
from tracker.dashboard.table import FIELDS, telling_keys
from tracker.dashboard.words import status_words, verdict_words
from tracker.errors import NotFound, TrackerError
from tracker.model import Status, Verdict, is_id

FIRST = 200
"""Runs that come with the page itself: the browser shows them while the others are on their way."""

MOST_KEYS = 60
_CONFIG = "config:"
_WORDS: dict[str, dict[str, dict[str, str]]] = {
    "verdicts": {v: verdict_words(v)._asdict() for v in (*get_args(Verdict), "dismissed")},
    "statuses": {s: status_words(s)._asdict() for s in get_args(Status)},
}
_log = logging.getLogger("tracker.dashboard")


def layout(data: Data, project: str, search: str = "") -> html.Div:
    """Return the page.

    Args:
        data: The pages' way to the store.
        project: The project's name.
        search: The address' query: it names the config columns that are shown.

    Raises:
        NotFound: there is no such project.
    """
    table = data.tables.of(project)
    answer = table.answer(most=FIRST)
    if not answer.total and all(p.name != project for p in data.projects()):
        raise NotFound(f"There is no project named “{project}”.")
    keys = table.keys()
    telling = telling_keys(keys, answer.total)
    chosen = [
        v.removeprefix(_CONFIG)
        for k, v in parse_qsl(search.removeprefix("?"))
        if k == "col" and v.startswith(_CONFIG)
    ]
    known = list(dict.fromkeys([*telling, *chosen]))[:MOST_KEYS]
    first = {
        "project": project,
        "base": runs_path(project),
        "fields": FIELDS,
        "words": _WORDS,
        "telling": telling,
        "known": known,
        "keys": list(keys.items()),
        "keyed": len(keys),
        "views": runs_views(data.store, project),
        "answer": _told(table, answer, known),
    }
    body = html.Div(
        [
            dcc.Store(id="runs-first", data=first),
            dcc.Store(id="runs-ask"),
            dcc.Store(id="runs-answer"),
            dcc.Store(id="runs-do"),
            dcc.Store(id="runs-done"),
            dcc.Store(id="runs-quiet"),
            _bar(project),
            html.Div(
                [_grid(), html.P(id="runs-none", className="runs-none", hidden=True)],
                className="runs-grid-box",
            ),
            html.Div(
                id="runs-bulk",
                className="runs-bulk",
                hidden=True,
                role="region",
                **attributes(aria_label="Ticked runs"),
            ),
            html.Div(id="runs-toast", className="runs-toast", role="status"),
        ],
        className="runs-page",
    )
    return shell(body, project=project, tab="runs", live=answer.live)


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks: what changed, and what is done to the ticked runs."""

    @app.callback(
        Output("runs-answer", "data"),
        Input("runs-ask", "data"),
        State("runs-first", "data"),
        prevent_initial_call=True,
    )
    def answer(ask: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
        try:
            return told(data, str(first["project"]), ask)
        except TrackerError as error:
            _log.debug("the runs table is not answered: %s", error)
            return {"failed": True, "n": ask.get("n")}  # the page asks again; its top bar says what is away

    @app.callback(
        Output("runs-done", "data"),
        Input("runs-do", "data"),
        State("runs-first", "data"),
        prevent_initial_call=True,
    )
    def act(what: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
        return do(data.store, str(first["project"]), what)

    quiet = Output("runs-quiet", "data", allow_duplicate=True)
    in_browser(app, "runsMount", quiet, Input("runs-first", "data"), initial="duplicate")
    in_browser(app, "runsAnswer", quiet, Input("runs-answer", "data"))
    in_browser(app, "runsDone", quiet, Input("runs-done", "data"))
    in_browser(app, "runsSearch", quiet, Input("runs-q", "value"))


def told(data: Data, project: str, ask: dict[str, Any]) -> dict[str, Any]:
    """Return what a page asks for: changed lines with their config, sparklines of the rows in sight, deleted runs.

    Args:
        data: The pages' way to the store.
        project: The project's name.
        ask: `cursor` of the last answer; `keys` of the config columns, `fresh` those that no answer held yet; `sparks`
            the ids of rows in sight; `keyed` how many config keys the page knows; `deleted` whether it wants those;
            `views` whether it wants the saved views.
    """
    table = data.tables.of(project)
    cursor = ask.get("cursor")
    answer = table.answer(cursor if isinstance(cursor, str) else None)
    fresh = _texts(ask.get("fresh"))
    known = [key for key in _texts(ask.get("keys")) if key not in fresh]
    out = _told(table, answer, known)
    for key, values in table.values(fresh).items():
        out["config"][key] = values
    keys = table.keys()
    if len(keys) != ask.get("keyed"):
        out |= {"keys": list(keys.items()), "keyed": len(keys)}
    sparks = [i for i in _texts(ask.get("sparks"), 100) if is_id(i)]
    out["sparks"] = data.tables.sparks(project, sparks) if sparks else {}
    if ask.get("deleted"):
        out["deleted"] = data.tables.deleted(project)
    if ask.get("views"):
        out["views"] = runs_views(data.store, project)
    return out | {"n": ask.get("n")}


def _told(table: Table, answer: Answer, keys: list[str]) -> dict[str, Any]:
    config = table.values(keys, [line[0] for line in answer.lines]) if answer.lines else {}
    return answer.to_dict() | {"config": config}


def _texts(given: Any, most: int = MOST_KEYS) -> list[str]:
    return [text for text in given if isinstance(text, str)][:most] if isinstance(given, list) else []


def _bar(project: str) -> html.Div:
    return html.Div(
        [
            run_filter("runs-q"),
            html.Div(id="runs-tools", className="runs-tools"),
            html.Span(id="runs-count", className="hint", role="status"),
            link(
                compare_path(project),
                icon("git-compare-arrows"),
                html.Span("Compare newest", id="runs-compare-text"),
                classes="button main",
                id="runs-compare",
            ),
        ],
        className="runs-bar",
    )


def _grid() -> dag.AgGrid:
    return dag.AgGrid(
        id="runs-grid",
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "theme": THEME,
            "headerHeight": 36,
            "rowSelection": {"mode": "multiRow", "headerCheckbox": True, "selectAll": "filtered"},
            "selectionColumnDef": {"width": 40, "pinned": "left", "resizable": False},
            "animateRows": False,
            "rowBuffer": 0,  # the first rows are soon there; those out of sight follow, see assets/runs-page.js
            "suppressOverlays": ["noRows", "noMatchingRows"],
            "loading": False,
            "tooltipShowDelay": 600,
        },
        className="runs-grid",
        style={"height": "100%", "width": "100%"},
        dangerously_allow_code=False,
    )

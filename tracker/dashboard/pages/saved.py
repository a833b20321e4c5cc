"""Saved views: their list on a page of the project, and a saved view opened by its link, live or frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components import frozen, share
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.components.markdown import markdown
from tracker.dashboard.components.markdown import words as plain_words
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import act_button, attributes, form_foot, icon, link
from tracker.dashboard.components.shell import shell
from tracker.dashboard.data import Data
from tracker.dashboard.editing import Answer
from tracker.dashboard.pages import compare
from tracker.dashboard.paths import compare_path, runs_path, view_path, views_path
from tracker.dashboard.sharing import Frozens
from tracker.dashboard.state import NEWEST, View
from tracker.dashboard.words import plural
from tracker.errors import NotFound, TrackerError
from tracker.model import SavedView

MOST_SHOWN = 160
"""Characters of a description that the list shows."""


def listing(data: Data, project: str) -> html.Div:
    """Return the page that lists a project's saved views.

    Raises:
        NotFound: there is no such project.
    """
    views = data.store.views(project)
    if not views and all(known.name != project for known in data.projects()):
        raise NotFound(f"There is no project named “{project}”.")
    body = html.Div(
        [
            dcc.Store(id="saved-project", data=project),
            dcc.Store(id="saved-act"),
            dcc.Store(id="saved-form"),
            dcc.Store(id="saved-answer"),
            dcc.Store(id="saved-pulse", data=pulse(views)),
            dcc.Interval(id="saved-tick", interval=3000),
            html.Div(
                [
                    html.Div(
                        [
                            html.H1("Saved"),
                            html.Span(className="spacer"),
                            link(
                                compare_path(project), icon("git-compare-arrows"), "Compare", classes="button"
                            ),
                        ],
                        className="page-head",
                    ),
                    html.Div(id="saved-undo", role="status", className="saved-undo"),
                    html.Div(_list(views, project), id="saved-list"),
                ],
                className="inner",
            ),
            _edit_dialog(),
        ],
        className="sheet saved",
        tabIndex=0,
        role="region",
        **attributes(data_prefix="saved-", aria_label="Saved views"),
    )
    return shell(body, project=project, tab="saved")


def layout(data: Data, frozens: Frozens, view_id: str, search: str, screen: Screen) -> tuple[Any, str]:
    """Return a saved view as the page that it shows, and its title.

    Args:
        data: The pages' way to the store.
        frozens: The frozen comparisons.
        view_id: The saved view's id.
        search: What has been changed of it since, as the address' query; "" for the view as it was saved.
        screen: What the reader looks at it with.

    Raises:
        NotFound: there is no such view.
        BadInput: it was frozen by a newer version of tracker.
    """
    view = data.store.view(view_id)
    title = f"{view.title} · {view.project} · tracker"
    if view.frozen:
        return frozen.page(view, frozens.read(view.id), screen), title
    if view.page == "runs":
        onward = dcc.Location(id="saved-onward", href=_path(view), refresh=True)
        return shell(onward, project=view.project, tab="saved"), title
    query = search.removeprefix("?") or view.query
    return (
        compare.layout(data, view.project, query, screen, path=view_path(view.id), head=_head(view)),
        title,
    )


def register(app: Dash, data: Data, frozens: Frozens) -> None:
    """Add the pages' callbacks."""
    share.register(app, data)
    frozen.register(app, frozens)

    @app.callback(
        Output("saved-answer", "data"),
        Output("saved-list", "children", allow_duplicate=True),
        Input("saved-form", "data"),
        State("saved-project", "data"),
        prevent_initial_call=True,
    )
    def edit(sent: dict[str, Any] | None, project: str) -> tuple[Any, Any]:
        if not sent:
            return no_update, no_update
        try:
            change(data, sent)
            return Answer(True).to_dict(sent), _list(data.store.views(project), project)
        except TrackerError as error:
            return share.refused(error).to_dict(sent), no_update

    @app.callback(
        Output("saved-list", "children", allow_duplicate=True),
        Output("saved-undo", "children"),
        Input("saved-act", "data"),
        State("saved-project", "data"),
        prevent_initial_call=True,
    )
    def delete(act: dict[str, Any] | None, project: str) -> tuple[Any, Any]:
        what, view_id = (act or {}).get("do"), str((act or {}).get("id") or "")
        if what not in ("view-delete", "view-restore"):
            return no_update, no_update
        try:
            said: Any = None
            if what == "view-delete":
                gone = data.store.view(view_id)
                data.store.delete_view(view_id)
                said = _undo(gone)
            else:
                data.store.restore_view(view_id)
            return _list(data.store.views(project), project), said
        except TrackerError as error:
            return no_update, html.Span(f"Not changed: {error}", className="form-said")

    @app.callback(
        Output("saved-list", "children", allow_duplicate=True),
        Output("saved-pulse", "data"),
        Input("saved-tick", "n_intervals"),
        State("saved-pulse", "data"),
        State("saved-project", "data"),
        prevent_initial_call=True,
    )
    def follow(_: int, before: str, project: str) -> tuple[Any, Any]:
        try:
            views = data.store.views(project)
        except TrackerError:
            return no_update, no_update  # the store is away for the moment; the next tick asks again
        now = pulse(views)
        return (no_update, no_update) if now == before else (_list(views, project), now)

    in_browser(app, "formAnswered", Output("saved-answer", "id"), Input("saved-answer", "data"))


def pulse(views: list[SavedView]) -> str:
    """Return what tells one list of saved views from another."""
    return blake2b(repr(views).encode(), digest_size=8).hexdigest()


def change(data: Data, sent: dict[str, Any]) -> SavedView:
    """Carry out what the form of a saved view sent, and return the view as it is kept then.

    Raises:
        NotFound: the view is gone.
        BadInput: it has no title, or something is too long.
    """
    view = data.store.view(str(sent.get("id") or ""))
    said = {name: text.strip() for name, text in share.said(sent).items()}
    return data.store.save_view(
        replace(view, title=said["title"], author=said["author"], description=said["description"])
    )


# ------------------------------------------------------------------------------------------------------------ the list


def _list(views: list[SavedView], project: str) -> Any:
    if not views:
        return html.Div(
            [
                html.Div(icon("bookmark"), className="mark"),
                html.H2("Nothing is saved yet"),
                html.P(
                    "On the compare page, Share keeps what you see under a title: live, or frozen with the curves and "
                    "verdicts as they are."
                ),
                link(compare_path(project), "Compare runs", classes="button main"),
            ],
            className="notice",
        )
    return html.Ul([_row(view) for view in views], className="saved-views")


def _row(view: SavedView) -> html.Li:
    badge = html.Span([icon("snowflake"), "Frozen"], className="verdict info badge") if view.frozen else None
    about: list[Any] = [html.Span(view.author)] if view.author else []
    about += [moment(view.created_ms, ago=True), html.Span(runs_text(view))]
    if view.changed_ms > view.created_ms:
        about.append(html.Span(["edited ", moment(view.changed_ms, ago=True)]))
    words = plain_words(view.description)
    fields = {"title": view.title, "author": view.author, "description": view.description}
    return html.Li(
        [
            html.Div(
                [
                    html.Div(
                        [link(_path(view), view.title, classes="title", title=view.title), badge],
                        className="saved-title",
                    ),
                    *([html.P(_short(words), className="saved-words")] if words else []),
                    html.Div(about, className="saved-about"),
                ],
                className="saved-main",
            ),
            html.Div(
                [
                    html.Button(
                        [icon("pencil"), "Edit"],
                        type="button",
                        className="button small",
                        **attributes(
                            data_open="view",
                            data_id=view.id,
                            data_fields=json.dumps(fields),
                            aria_label=f"Edit {view.title}",
                        ),
                    ),
                    act_button(
                        "view-delete",
                        icon("trash-2"),
                        "Delete",
                        classes="button small",
                        **attributes(data_id=view.id, aria_label=f"Delete {view.title}"),
                    ),
                ],
                className="saved-acts",
            ),
        ]
    )


def runs_text(view: SavedView) -> str:
    """Return in words which runs a saved view shows."""
    if view.page == "runs":
        return "runs table"
    shown = View.from_query(view.query)
    if shown.runs == "newest":
        return f"the {NEWEST} newest runs"
    if shown.runs == "all":
        return "all runs"
    return plural(len(set(shown.runs).difference(shown.off).union(shown.on, shown.pins)), "run")


def _path(view: SavedView) -> str:
    if view.page == "runs":
        return runs_path(view.project) + (f"?{view.query}" if view.query else "")
    return view_path(view.id)


def _undo(view: SavedView) -> list[Any]:
    return [
        html.Span(f"Deleted “{view.title}”."),
        act_button("view-restore", "Undo", classes="text-button", **attributes(data_id=view.id)),
    ]


def _edit_dialog() -> html.Dialog:
    form = html.Div(
        [html.H2("Edit"), *share.fields("saved"), form_foot("Save")],
        className="form",
        **attributes(data_form="saved-form", data_what="view"),
    )
    return html.Dialog(form, id="saved-dialog", **attributes(aria_label="Edit a saved view"))


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1].rstrip() + "…"


# ---------------------------------------------------------------------------------------------------------- a live one


def _head(view: SavedView) -> html.Div:
    """Return what stands over a saved view that is live."""
    facts = [html.Span(f"by {view.author}")] if view.author else []
    facts += [html.Span(["saved ", moment(view.created_ms)])]
    about: list[Any] = [icon("bookmark"), html.H1(view.title, title=view.title), *facts]
    words = (
        [
            html.Details(
                [html.Summary("About this view"), markdown(view.description)], className="about", open=True
            )
        ]
        if view.description
        else []
    )
    return html.Div(
        [
            html.Div(
                [
                    *about,
                    html.Span(className="spacer"),
                    link(views_path(view.project), "All saved", classes="text-button"),
                ],
                className="saved-line",
            ),
            *words,
        ],
        className="saved-head",
        role="region",
        **attributes(aria_label=f"Saved view {view.title}"),
    )

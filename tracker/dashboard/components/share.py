"""The share menu: copy the link, save the view, freeze it, download the report.

A page puts `menu` into its bar and has the stores `project` and `view`; `register` is called once for the application.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard import sharing
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.parts import attributes, author_field, field, form_foot, icon, text_field
from tracker.dashboard.data import Data
from tracker.dashboard.editing import Answer
from tracker.dashboard.paths import view_path
from tracker.dashboard.state import View
from tracker.errors import BadInput, Refused, TrackerError
from tracker.model import VIEW_TEXT, VIEW_TITLE

_SAYS = {
    "save": "Save view",
    "freeze": "Freeze comparison",
}


def menu(project: str) -> html.Div:
    """Return the menu with its dialogs; `project` is the project's name."""
    return html.Div(
        [
            dcc.Store(id="share-form"),
            dcc.Store(id="share-answer"),
            html.Details(
                [
                    html.Summary(
                        [icon("share-2"), html.Span("Share", className="desk-only")],
                        className="button",
                        title="Share this comparison",
                        **attributes(aria_label="Share", data_share="1"),
                    ),
                    html.Div(
                        [
                            _item(
                                "link", "Copy link", "The address is a link to exactly this", data_copy="link"
                            ),
                            _item(
                                "bookmark",
                                "Save view…",
                                "Keeps what is chosen; its runs stay live",
                                data_open="share",
                                data_id="save",
                                data_title=_SAYS["save"],
                            ),
                            _item(
                                "snowflake",
                                "Freeze…",
                                "Keeps the curves and verdicts as they are now",
                                data_open="share",
                                data_id="freeze",
                                data_title=_SAYS["freeze"],
                            ),
                            _item(
                                "file-text",
                                "Download report",
                                "One HTML file that opens anywhere, offline",
                                data_report=project,
                            ),
                        ],
                        className="menu-body share-items",
                    ),
                ],
                className="menu",
            ),
            _dialog(),
            _done(),
        ],
        className="share",
    )


def fields(prefix: str) -> list[Any]:
    """Return the fields of a form for a saved view: title, author, description."""
    return [
        html.Label("Title", htmlFor=f"{prefix}-title"),
        field(f"{prefix}-title", "title", maxLength=VIEW_TITLE),
        html.Label("Your name, if you like", htmlFor=f"{prefix}-author"),
        author_field(f"{prefix}-author", VIEW_TITLE),
        html.Label("Description, if you like, in Markdown", htmlFor=f"{prefix}-description"),
        text_field(
            f"{prefix}-description",
            "description",
            rows=5,
            maxLength=VIEW_TEXT,
            placeholder="What a reader should know first",
        ),
        html.Div(className="form-said", role="alert", **attributes(data_said="1")),
    ]


def register(app: Dash, data: Data) -> None:
    """Add the menu's callbacks."""

    @app.callback(
        Output("share-answer", "data"),
        Input("share-form", "data"),
        State("project", "data"),
        State("view", "data"),
        prevent_initial_call=True,
    )
    def keep(sent: dict[str, Any] | None, project: str, view: dict[str, Any]) -> Any:
        if not sent:
            return no_update
        try:
            kept = sharing.save(
                data,
                project,
                View.from_dict(view).to_query(),
                **said(sent),
                frozen=sent.get("id") == "freeze",
            )
        except TrackerError as error:
            return refused(error).to_dict(sent)
        what = {"path": view_path(kept.id), "title": kept.title, "frozen": kept.frozen}
        return {**Answer(True).to_dict(sent), **what}

    in_browser(app, "formAnswered", Output("share-answer", "id"), Input("share-answer", "data"))
    in_browser(app, "shared", Output("share-form", "id"), Input("share-answer", "data"))


def said(sent: Mapping[str, Any]) -> dict[str, str]:
    """Return title, author and description as a form sent them."""
    return {name: str(sent.get(name) or "") for name in ("title", "author", "description")}


def refused(error: TrackerError) -> Answer:
    """Return what a form is told when nothing was kept."""
    if isinstance(error, BadInput | Refused):
        return Answer(False, f"Not saved: {error}.")
    return Answer(False, f"Not saved, your text is still here: {error}")


def _item(symbol: str, label: str, says: str, **acts: str) -> html.Button:
    return html.Button(
        [icon(symbol), html.Span([html.B(label), html.Span(says)])],
        type="button",
        className="share-item",
        **attributes(**acts),
    )


def _dialog() -> html.Dialog:
    form = html.Div(
        [html.H2(html.Span(**attributes(data_title="1"))), *fields("share"), form_foot("Save")],
        className="form",
        **attributes(data_form="share-form", data_what="share"),
    )
    return html.Dialog(form, id="share-dialog", **attributes(aria_label="Save or freeze this comparison"))


def _done() -> html.Dialog:
    return html.Dialog(
        html.Div(
            [
                html.H2(id="share-done-title"),
                html.P(id="share-done-says"),
                html.Div(
                    [
                        html.Code(id="share-link", tabIndex=0),
                        html.Button(
                            "Copy link", type="button", className="button", **attributes(data_copy="view")
                        ),
                    ],
                    className="share-link",
                ),
                html.Div(
                    [
                        html.Button(
                            "Done", type="button", className="button", **attributes(data_act="close")
                        ),
                        html.A("Open it", href="/", id="share-open", className="button main"),
                    ],
                    className="form-foot",
                ),
            ],
            className="form",
        ),
        id="share-done",
        **attributes(aria_label="Saved"),
    )

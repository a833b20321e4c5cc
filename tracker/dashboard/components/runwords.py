"""Parts of the run page: what is happening in words, its notes in Markdown, and what stands where a run was deleted."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from tracker.charts.compared import other_facts
from tracker.dashboard import editing
from tracker.dashboard.components.parts import act_button, attributes, form_foot, icon, link
from tracker.dashboard.components.shell import shell
from tracker.dashboard.data import Curves
from tracker.dashboard.paths import runs_path
from tracker.dashboard.words import verdict_words
from tracker.model import RunRecord

_DISMISSED = "Somebody has dismissed this; it can be restored among the findings."


def deleted(record: RunRecord) -> html.Div:
    """Return what stands in place of a deleted run."""
    body = html.Div(
        html.Div(
            [
                html.Div(icon("trash-2"), className="mark"),
                html.H1("This run was deleted"),
                html.P(f"“{record.name}” can be restored with all its points until the store is purged."),
                html.Div(
                    [
                        act_button("restore-run", "Restore it", classes="button main"),
                        link(runs_path(record.project), "All runs", classes="button"),
                    ],
                    className="row",
                ),
                html.Div(id="gone-said", className="run-said", role="status"),
            ],
            className="notice",
        ),
        **attributes(data_prefix="gone-"),
    )
    stores = html.Div(
        [dcc.Store(id="gone-place", data=[record.project, record.id]), dcc.Store(id="gone-act")], hidden=True
    )
    return html.Div([stores, shell(body, project=record.project, run=record.name)])


def restored(said: str) -> list[Any]:
    """Return what a page says once its run was brought back, with a button that shows it."""
    return [html.Span(said), act_button("reload", "Open it", classes="text-button")]


def gone() -> list[Any]:
    """Return what a page says of its run once it was deleted, with the way back."""
    return [
        html.Span("This run was deleted. It can be restored with all its points until the store is purged."),
        act_button("restore-run", "Undo", classes="text-button"),
    ]


def says(curves: Curves) -> html.Section:
    """Return what is happening to the run in words, with what to try."""
    d = curves.diagnosis
    tone = verdict_words(d.standing).tone
    chips = [html.Span([icon("lightbulb"), tip], className="chip") for tip in d.advice]
    return html.Section(
        [
            html.P(d.sentence),
            *([html.P(_DISMISSED, className="also")] if d.standing == "dismissed" else []),
            *(html.P(text, className="also") for text in other_facts(d)),
            *([html.Div(chips, className="chips-row")] if chips else []),
        ],
        className="card says-large",
        style={"--edge": f"var(--{tone})"},
        **attributes(aria_label="What is happening"),
    )


def words_card(shown: Any) -> html.Section:
    """Return the card of the run's notes in Markdown, which is edited in place with a preview."""
    form = html.Div(
        [
            html.Label("Notes in Markdown", htmlFor="run-words-text"),
            dcc.Textarea(
                id="run-words-text",
                name="text",
                rows=8,
                maxLength=editing.LONGEST_NOTES,
                placeholder="What this run is for, what you expected, what came out",
                className="plain-input",
            ),
            html.Div("Preview", className="hint"),
            html.Div(id="run-look", className="look markdown"),
            html.Div(className="told", role="alert", **attributes(data_said="1")),
            form_foot("Save", "Ctrl+Enter saves"),
        ],
        className="form notes-form",
        **attributes(data_form="run-form", data_what="notes"),
    )
    head = html.Div(
        [
            html.H2("About this run"),
            html.Span(className="spacer"),
            html.Button(
                [icon("pencil"), "Edit"],
                type="button",
                className="text-button plain-text",
                **attributes(data_open="notes", aria_label="Edit the notes"),
            ),
        ],
        className="card-head",
    )
    return html.Section(
        [head, html.Div([html.Div(shown, id="run-words"), form], **attributes(data_editable="notes"))],
        className="card editable-card",
    )

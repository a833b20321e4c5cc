"""A frozen comparison: the picture, the verdicts and the table as they were, whatever became of the runs since."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.dashboard.browser import in_browser
from tracker.dashboard.components import cards, comparison, verdict
from tracker.dashboard.components.chart import Screen, chart_card, figure, notes, nothing
from tracker.dashboard.components.markdown import markdown
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import act_button, attributes, badge, icon, link, swatch
from tracker.dashboard.components.shell import shell
from tracker.dashboard.drawing import Run
from tracker.dashboard.freezing import Frozen
from tracker.dashboard.paths import compare_path, views_path
from tracker.dashboard.sharing import Frozens
from tracker.dashboard.state import View
from tracker.dashboard.words import plural, verdict_words
from tracker.errors import TrackerError
from tracker.model import SavedView


def page(saved: SavedView, frozen: Frozen, screen: Screen) -> html.Div:
    """Return the page of a frozen comparison."""
    runs, view = list(frozen.runs), frozen.view
    picture = figure(runs, view, screen, frozen.focus, kept=frozen.beside)
    count = plural(len(runs), "run")
    main = html.Div(
        [
            html.Div(
                [
                    *([_about(saved)] if saved.description else []),
                    chart_card(picture, len(runs), "frozen-"),
                    comparison.card(_table(frozen, frozen.focus), "frozen-"),
                    cards.metric_cards("frozen-", cards.listed(frozen, runs), view, omitted=frozen.omitted),
                ],
                className="work",
            ),
            html.Aside(
                [
                    html.Div(
                        [
                            html.H2("What was happening"),
                            html.Span(className="spacer"),
                            html.Span(count, className="hint"),
                        ],
                        className="happening-head",
                    ),
                    html.Div(verdict.panel(runs, frozen.focus, view.group), id="frozen-says"),
                ],
                className="happening",
                tabIndex=0,
                **attributes(aria_label="What was happening"),
            ),
        ],
        className="workbench",
    )
    body = html.Div(
        [
            _banner(saved, frozen),
            html.Div([_side(frozen, count), main], className="compare frozen"),
        ],
        className="under-head",
        **attributes(data_prefix="frozen-"),
    )
    stores = html.Div(
        [
            dcc.Store(id="frozen-view", data=view.to_dict()),
            dcc.Store(id="frozen-rows", data=list(frozen.rows)),
            dcc.Store(id="frozen-id", data=saved.id),
            dcc.Store(id="frozen-act"),
            dcc.Store(id="frozen-paint"),
        ],
        hidden=True,
    )
    return html.Div([stores, shell(body, project=saved.project, tab="saved")])


def register(app: Dash, frozens: Frozens) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("frozen-picture", "data"),
        Output("frozen-notes", "children"),
        Output("frozen-nothing", "children"),
        Output("frozen-says", "children"),
        Output("frozen-table-data", "data"),
        Input("frozen-view", "data"),
        Input("frozen-paint", "data"),
        State("frozen-id", "data"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def draw(view: dict[str, Any], paint: Any, view_id: str, screen: Any) -> tuple[Any, ...]:
        try:
            kept = frozens.read(view_id)
        except TrackerError:
            return (no_update,) * 5  # the store is away for the moment; what is on the page stays
        now = View.from_dict(view)
        focus = _focus(kept, now)
        picture = figure(list(kept.runs), now, Screen.of(paint or screen), focus, kept=kept.beside)
        return (
            picture,
            notes(picture),
            nothing(picture, len(kept.runs)),
            verdict.panel(list(kept.runs), focus, now.group),
            _table(kept, focus),
        )

    def gather(view: View, view_id: str) -> tuple[list[Run], str | None, Frozen]:
        kept = frozens.read(view_id)
        return list(kept.runs), _focus(kept, view), kept

    cards.register(app, "frozen-", gather, ["frozen-id"], "frozen-id")
    in_browser(app, "paint", Output("frozen-graph", "figure"), Input("frozen-picture", "data"), initial=True)
    in_browser(
        app,
        "frozenView",
        Output("frozen-view", "data"),
        Input("frozen-act", "data"),
        Input("frozen-graph", "relayoutData"),
        Input("frozen-mq", "value"),
        State("frozen-view", "data"),
        State("frozen-rows", "data"),
        initial=True,
    )
    in_browser(
        app,
        "table",
        Output("table", "title", allow_duplicate=True),
        Output("frozen-table-said", "children"),
        Input("frozen-table-data", "data"),
        Input("frozen-view", "data"),
        initial="duplicate",
    )


def _focus(frozen: Frozen, view: View) -> str | None:
    return view.focus if any(record.id == view.focus for record, _ in frozen.runs) else frozen.focus


def _table(frozen: Frozen, focus: str | None) -> dict[str, Any]:
    pairs = zip(frozen.runs, frozen.rows, strict=True)
    return comparison.table([(record, row) for (record, _), row in pairs], focus, frozen.base)


def _banner(saved: SavedView, frozen: Frozen) -> html.Div:
    live = compare_path(saved.project, saved.query)
    return html.Div(
        [
            html.Div(
                [
                    icon("snowflake"),
                    html.H1(saved.title, title=saved.title),
                    *([html.Span(f"by {saved.author}")] if saved.author else []),
                    html.Strong(["Frozen on ", moment(frozen.at_ms)]),
                    html.Span("The runs may have changed since, or been deleted.", className="desk-only"),
                    html.Span(className="spacer"),
                    act_button("reset", icon("rotate-ccw"), "Reset zoom", classes="button small"),
                    link(live, icon("git-compare-arrows"), "Live comparison", classes="button small"),
                    link(views_path(saved.project), "All saved", classes="text-button"),
                ],
                className="saved-line",
            )
        ],
        className="saved-head is-frozen",
        role="region",
        **attributes(aria_label="Frozen comparison"),
    )


def _about(saved: SavedView) -> html.Section:
    return html.Section(
        [html.Div(html.H2("About"), className="card-head"), markdown(saved.description)],
        className="card",
        **attributes(aria_label="About this comparison"),
    )


def _side(frozen: Frozen, count: str) -> html.Aside:
    rows = [
        html.Button(
            [
                swatch(record.colour),
                html.Span(record.name, className="name"),
                badge(verdict_words(curves.diagnosis.standing), plain=True),
            ],
            type="button",
            className="frozen-run",
            title=record.name,
            **attributes(data_act="focus", data_id=record.id),
        )
        for record, curves in frozen.runs
    ]
    return html.Aside(
        [
            html.Div(html.B(count), className="side-head"),
            html.Div(
                rows, className="frozen-runs", tabIndex=0, role="group", **attributes(aria_label="Its runs")
            ),
        ],
        className="side",
        **attributes(aria_label="Runs"),
    )

"""The run page: one run's verdict, key figures, curves, configuration and environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, dcc, html, no_update

from tracker.charts.numbers import change, number, position, short, value
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components import verdict
from tracker.dashboard.components.chart import Screen, chart_card, figure, notes, nothing
from tracker.dashboard.components.comparison import setting_text
from tracker.dashboard.components.findings import findings_card, notes_card
from tracker.dashboard.components.parts import act_button, attributes, badge, icon, link, swatch
from tracker.dashboard.components.shell import live_children, shell
from tracker.dashboard.data import Curves, Data, mark
from tracker.dashboard.paths import compare_path
from tracker.dashboard.state import View
from tracker.dashboard.words import date, plural, status_sentence, status_words, verdict_words
from tracker.errors import TrackerError
from tracker.model import Diagnosis, RunRecord, Series

_PLAIN = View(clip=True)
_DISMISSED = "Somebody has dismissed this; it can be restored among the findings."


def layout(data: Data, project: str, run_id: str, query: str, screen: Screen) -> tuple[html.Div, str]:
    """Return the page and its title.

    Raises:
        NotFound: the project has no such run.
    """
    record = data.run(project, run_id)
    curves = data.curves([record])[record.run_id]
    picture = figure([(record, curves)], _PLAIN, screen, record.id, names=False)
    stores = html.Div(
        [
            dcc.Interval(id="run-tick", interval=1000),
            dcc.Store(id="run-place", data=[project, record.id]),
            dcc.Store(id="run-mark", data=mark(record.version, record.status)),
            dcc.Store(id="run-range"),
            dcc.Store(id="run-act"),
            dcc.Store(id="run-paint"),
            dcc.Store(id="run-decided"),
        ],
        hidden=True,
    )
    body = html.Div(
        html.Div(
            [
                html.Div(_head(record, curves), id="run-top", className="across stack"),
                html.Div(id="run-said", className="across", role="status"),
                html.Div(
                    [chart_card(picture, 1, "run-")],
                ),
                html.Div(_facts(data, record, curves), id="run-facts", className="stack"),
            ],
            className="inner",
        ),
        className="run-page",
        **attributes(data_prefix="run-"),
    )
    live = int(record.status == "running")
    page = html.Div([stores, shell(body, project=project, run=record.name, live=live)])
    return page, f"{record.name} · {project} · tracker"


def register(app: Dash, data: Data) -> None:
    """Add the page's callback: one tick that asks for the version and redraws only when it grew."""

    @app.callback(
        Output("run-top", "children"),
        Output("run-facts", "children"),
        Output("run-picture", "data"),
        Output("run-notes", "children"),
        Output("run-nothing", "children"),
        Output("run-mark", "data"),
        Output("live", "children", allow_duplicate=True),
        Input("run-tick", "n_intervals"),
        Input("run-paint", "data"),
        Input("run-range", "data"),
        Input("run-decided", "data"),
        State("run-place", "data"),
        State("run-mark", "data"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def tick(
        _: int, paint: Any, zoom: Any, decided: Any, place: list[str], known: str, screen: Any
    ) -> tuple[Any, ...]:
        from dash import ctx

        asked = {t["prop_id"] for t in ctx.triggered}
        try:
            record = data.run(place[0], place[1])
            now = mark(record.version, record.status)
            if now == known and asked == {"run-tick.n_intervals"}:
                return (no_update,) * 7
            curves = data.curves([record])[record.run_id]
        except TrackerError:
            return (no_update,) * 7
        view = View.from_dict({"x0": zoom[0], "x1": zoom[1]} if zoom else {})
        picture = figure([(record, curves)], view, Screen.of(paint or screen), record.id, names=False)
        changed = now != known
        return (
            _head(record, curves) if changed else no_update,
            _facts(data, record, curves) if changed else no_update,
            picture,
            notes(picture),
            nothing(picture, 1),
            now if changed else no_update,
            live_children(int(record.status == "running")) if changed else no_update,
        )

    @app.callback(
        Output("run-decided", "data"),
        Output("run-said", "children"),
        Input({"finding": ALL, "do": ALL}, "n_clicks"),
        State("run-place", "data"),
        prevent_initial_call=True,
    )
    def decide(clicks: list[int], place: list[str]) -> tuple[Any, Any]:
        from dash import ctx

        asked = ctx.triggered_id
        if not any(clicks) or asked is None:
            return no_update, no_update
        change = data.dismiss if asked["do"] == "dismiss" else data.restore
        try:
            change(data.run(place[0], place[1]), asked["finding"])
        except TrackerError as error:
            return no_update, f"Not changed: {error}"
        return [asked["do"], asked["finding"]], ""

    in_browser(app, "paint", Output("run-graph", "figure"), Input("run-picture", "data"), initial=True)
    in_browser(
        app,
        "range",
        Output("run-range", "data"),
        Input("run-graph", "relayoutData"),
        Input("run-act", "data"),
        State("run-range", "data"),
    )


def _head(record: RunRecord, curves: Curves) -> list[Any]:
    words = verdict_words(curves.diagnosis.standing)
    head = html.Div(
        [
            swatch(record.colour),
            html.H1(record.name, title=record.name),
            badge(words),
            html.Span(className="spacer"),
            link(
                compare_path(record.project, View().only(record.id).to_query()),
                icon("git-compare-arrows"),
                "Compare",
                classes="button",
            ),
            act_button("copy-link", icon("link"), html.Span("Copy link", **attributes(data_label="1"))),
        ],
        className="run-head",
    )
    return [head, html.Div(_meta(record), className="facts"), _says(curves), _tiles(curves)]


def _meta(record: RunRecord) -> list[Any]:
    status = status_words(record.status)
    out = [
        html.Span(
            [icon(status.icon), status_sentence(record)],
            className=status.tone if status.tone != "mute" else "",
        ),
        html.Span([icon("calendar"), date(record.created_ms)]),
    ]
    if record.group:
        out.append(html.Span([icon("layers"), record.group]))
    commit = _first(record.environment, "git_commit", "git.commit", "commit")
    if commit:
        branch = _first(record.environment, "git_branch", "git.branch", "branch")
        text = f"{branch}@{commit[:8]}" if branch else commit[:8]
        out.append(html.Span([icon("git-branch"), html.Span(text, className="mono")]))
    if record.tags:
        out.append(html.Span([icon("tag"), ", ".join(record.tags)]))
    out.append(html.Span([icon("info"), html.Span(record.id, className="mono")], title="The run's id"))
    return out


def _says(curves: Curves) -> html.Section:
    d = curves.diagnosis
    tone = verdict_words(d.standing).tone
    chips = [html.Span([icon("lightbulb"), tip], className="chip") for tip in d.advice]
    return html.Section(
        [
            html.P(d.sentence),
            *([html.P(_DISMISSED, className="also")] if d.standing == "dismissed" else []),
            *(html.P(text, className="also") for text in verdict.other_facts(d)),
            *([html.Div(chips, className="chips-row")] if chips else []),
        ],
        className="card says-large",
        style={"--edge": f"var(--{tone})"},
        **attributes(aria_label="What is happening"),
    )


def _tiles(curves: Curves) -> html.Div:
    d = curves.diagnosis
    percent = verdict.accuracy_text(curves)
    by_loss = d.best_epoch if d.best_loss is not None else None
    tiles = [
        _tile("target", "Best validation loss", value(d.best_loss), _place(by_loss, d.axis)),
        _tile(
            "star",
            "Best validation accuracy",
            percent(d.best_accuracy),
            _place(d.best_accuracy_epoch, d.axis),
        ),
    ]
    last_train, last_val = _last(curves.loss[0]), _last(curves.loss[1])
    reached = max((_reach(s, d.axis) for s in curves.loss if s is not None and len(s)), default=None)
    tiles.append(_onset(d, reached))
    if last_val is not None and not np.isfinite(last_val):
        gone = "NaN" if np.isnan(last_val) else "infinite"
        tiles.append(_tile("trending-up", "Validation loss since best", f"became {gone}", ""))
    elif d.best_loss is not None and last_val is not None and d.best_loss > 0:
        grown, under = (last_val - d.best_loss) / d.best_loss, f"{value(d.best_loss)} to {value(last_val)}"
        if d.rise is not None and d.main is not None:  # the sentence speaks of levels, not of single points
            levels = [value(d.main.evidence[at]) for at in ("best", "end")]  # type: ignore[arg-type]
            grown, under = d.rise, f"{levels[0]} to {levels[1]}, smoothed"
        tiles.append(_tile("trending-up", "Validation loss since best", change(grown), under))
    else:
        tiles.append(_tile("trending-up", "Validation loss since best", "–", ""))
    under = (
        f"train {short(last_train)}, val {short(last_val)}"
        if last_train is not None and last_val is not None and np.isfinite([last_train, last_val]).all()
        else ""
    )
    tiles.append(_tile("activity", "Generalisation gap", short(d.gap) if d.gap is not None else "–", under))
    return html.Div(tiles, className="tiles")


def _onset(d: Diagnosis, reached: float | None) -> html.Div:
    """Return the tile that says from where the run overfits, or why nothing of the kind is said."""
    what = "Overfitting onset"
    if d.overfitting and d.onset_epoch is not None:
        past = "" if reached is None else f"{number(reached - d.onset_epoch)} {d.axis}s past it"
        return _tile("flag", what, position(d.onset_epoch, d.axis), past)
    if d.verdict == "diverged":
        start = d.main.start if d.main is not None else None
        return _tile("flag", "Diverged", position(start, d.axis) if start is not None else "yes", "")
    if d.best_loss is None or d.verdict == "too_early":
        return _tile("flag", what, "–", "")
    if d.verdict == "uncertain":
        return _tile("flag", what, "not certain", "see the reason above")
    return _tile("flag", what, "none", "validation loss does not rise for good")


def _tile(icon_name: str, what: str, text: str, under: str) -> html.Div:
    return html.Div(
        [
            html.Div([icon(icon_name), what], className="what"),
            html.Div(text, className="figure", title=text),
            html.Div(under, className="under"),
        ],
        className="card tile",
    )


def _facts(data: Data, record: RunRecord, curves: Curves) -> list[Any]:
    notes = data.notes(record)
    cards = (findings_card(curves.diagnosis, notes), notes_card(notes))
    out: list[Any] = [card for card in cards if card is not None]
    out.append(_pairs("Configuration", record.config, "No configuration was given to tracker.init."))
    if record.summary:
        out.append(_pairs("Summary", record.summary, ""))
    if record.notes:
        out.append(
            html.Section([_title("Notes"), html.Div(record.notes, className="note-text")], className="card")
        )
    if record.environment:
        out.append(_pairs("Environment", record.environment, ""))
    return out


def _pairs(title: str, pairs: Mapping[str, Any], empty: str) -> html.Section:
    if not pairs:
        return html.Section([_title(title), html.Div(empty, className="note-text")], className="card")
    items: list[Any] = []
    for key, setting in pairs.items():
        text = setting_text(setting)
        items += [html.Dt(key), html.Dd(text, className="mono long" if len(text) > 34 else "mono")]
    return html.Section(
        [_title(title, plural(len(pairs), "key")), html.Dl(items, className="pairs")], className="card"
    )


def _title(text: str, hint: str = "") -> html.Div:
    return html.Div(
        [html.H2(text), html.Span(className="spacer"), html.Span(hint, className="hint")],
        className="card-head",
    )


def _first(facts: Mapping[str, Any], *keys: str) -> str:
    return next((str(facts[k]) for k in keys if facts.get(k)), "")


def _place(at: float | None, axis: Any) -> str:
    return position(at, axis) if at is not None else ""


def _last(series: Series | None) -> float | None:
    return float(series.value[-1]) if series is not None and len(series) else None


def _reach(series: Series, axis: str) -> float:
    return float(series.epoch[-1] if axis == "epoch" else series.step[-1])

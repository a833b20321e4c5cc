"""The run page: one run's verdict, key figures, curves, what people say of it, and everything that was recorded."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from tracker.dashboard import editing
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components import cards, facts, notes, rawdata, runhead, runwords, toolbar
from tracker.dashboard.components.chart import Screen, chart_card, figure, nothing
from tracker.dashboard.components.chart import notes as notices
from tracker.dashboard.components.findings import dismissal_dialog, findings
from tracker.dashboard.components.keyfigures import reached, tiles
from tracker.dashboard.components.markdown import rendered
from tracker.dashboard.components.parts import act_button, attributes
from tracker.dashboard.components.shell import live_children, shell
from tracker.dashboard.components.static import static, tree
from tracker.dashboard.data import Curves, Data, mark
from tracker.dashboard.drawing import Run
from tracker.dashboard.paths import run_path
from tracker.dashboard.rawdata import RawData
from tracker.dashboard.state import View
from tracker.errors import NotFound, TrackerError
from tracker.model import RunRecord, id_number, is_id

EDITED = ("name", "group", "tags", "menu", "notes-list", "words")
"""What people change: the children of the element `run-<part>`, made anew when they have changed."""

READ = ("badge", "state", "says", "tiles", "findings", "config", "summary", "environment", "sessions")
"""What is only read: the element `run-<part>`, of which no more is replaced than has changed."""

PARTS = (*EDITED, *READ)
"""What is sent again when it has changed."""


def layout(data: Data, project: str, run_id: str, query: str, screen: Screen) -> tuple[html.Div, str]:
    """Return the page and its title.

    Raises:
        NotFound: the project has no such run.
    """
    try:
        record = data.run(project, run_id)
    except NotFound:
        gone = data.store.deleted(run_ids=[id_number(run_id)]) if is_id(run_id) else []
        if not gone or gone[0].project != project:
            raise
        return runwords.deleted(gone[0]), f"{gone[0].name} · {project} · tracker"
    curves = data.curves([record])[record.run_id]
    view = View.from_query(query)
    picture = figure([(record, curves)], view, screen, record.id, names=False, data=data)
    metrics = [s.name for s in curves.series]
    now = parts(data, record, curves)
    stores = html.Div(
        [
            dcc.Interval(id="run-tick", interval=1000),
            dcc.Interval(id="run-slow", interval=30_000),
            dcc.Store(id="run-mark", data=mark(record.version, record.status)),
            dcc.Store(id="run-sent", data=fingerprints(now)),
            dcc.Store(id="run-view", data=view.to_dict()),
            dcc.Store(id="run-path", data=run_path(project, record.id)),
            dcc.Store(id="run-copies", data=facts.copies(record)),
            dcc.Store(id="run-paint"),
            dcc.Store(id="run-form"),
            dcc.Store(id="run-answer"),
            dcc.Store(id="run-place", data=[project, record.id]),
            dcc.Store(id="run-act"),
            dcc.Store(id="run-decided"),
        ],
        hidden=True,
    )
    left = html.Div(
        [
            chart_card(picture, 1, "run-", foot=rawdata.opener()),
            cards.metric_cards("run-", cards.listed(data, [(record, curves)]), view),
            facts.summary_card(now["summary"]),
            rawdata.card(record),
        ],
        className="stack run-left",
    )
    right = html.Div(
        [
            static(now["findings"], "run-findings"),
            notes.card("run-", record, data.notes(record), reached(curves), curves.diagnosis.axis),
            runwords.words_card(now["words"]),
            static(now["config"], "run-config"),
            html.Section(id="run-siblings", className="card"),
            static(now["environment"], "run-environment"),
            static(now["sessions"], "run-sessions"),
        ],
        className="stack run-right",
    )
    body = html.Div(
        html.Div(
            [
                runhead.head(record, now),
                html.Div(id="run-said", className="across run-said", role="status"),
                static(now["says"], "run-says"),
                static(now["tiles"], "run-tiles"),
                html.Div(
                    [toolbar.toolbar(view, metrics, prefix="run-"), toolbar.opener("run-")],
                    className="across",
                ),
                left,
                right,
                dismissal_dialog("run-"),
            ],
            className="inner",
        ),
        className="run-page",
        tabIndex=0,
        role="region",
        **attributes(data_prefix="run-", aria_label=f"Run {record.name}"),
    )
    live = int(record.status == "running")
    page = html.Div([stores, shell(body, project=project, run=record.name, live=live)])
    return page, f"{record.name} · {project} · tracker"


def parts(data: Data, record: RunRecord, curves: Curves) -> dict[str, Any]:
    """Return everything on the page that may change, by `PARTS`."""

    def card(name: str, children: Any) -> html.Section:
        return html.Section(children, id=f"run-{name}", className="card")

    said = data.notes(record)
    history = data.store.verdict_history(record.run_id)
    return {
        **runhead.parts(record, curves),
        "says": html.Div(runwords.says(curves), id="run-says", className="across"),
        "tiles": html.Div(tiles(curves), id="run-tiles", className="across"),
        "findings": card("findings", findings(curves.diagnosis, said, history)),
        "notes-list": notes.listed(said, reached(curves), record.id),
        "words": facts.written(record.notes),
        "config": card("config", facts.configuration(record.config)),
        "summary": html.Div(facts.summary(record, curves.series), id="run-summary"),
        "environment": card("environment", facts.environment(record)),
        "sessions": card("sessions", facts.sessions(data.store.sessions(record.run_id))),
    }


def fingerprints(now: dict[str, Any]) -> dict[str, str]:
    """Return what tells each part from any other state of it."""
    return {name: blake2b(_plain(now[name]), digest_size=8).hexdigest() for name in PARTS}


def _plain(part: Any) -> bytes:
    return orjson.dumps(part, default=lambda component: component.to_plotly_json())


def register(app: Dash, data: Data) -> None:
    """Add the page's callbacks."""
    _register_live(app, data)
    _register_people(app, data)
    notes.register(app, data, "run-")
    rawdata.register(app, data, RawData(data))
    toolbar.register(app, "run-")

    def gather(_: View, place: list[str]) -> tuple[list[Run], str | None, Data]:
        record = data.run(place[0], place[1])
        return [(record, data.curves([record])[record.run_id])], record.id, data

    cards.register(app, "run-", gather, ["run-place"], "run-mark")
    _register_browser(app)


def _register_live(app: Dash, data: Data) -> None:
    @app.callback(
        {
            **{name: Output(f"run-{name}", "children", allow_duplicate=True) for name in EDITED},
            **{name: Output(f"run-{name}", "tree") for name in READ},
            "sent": Output("run-sent", "data"),
            "mark": Output("run-mark", "data"),
            "copies": Output("run-copies", "data"),
            "cards": Output("run-cards-list", "data"),
            "metrics": Output("run-metrics", "data"),
            "live": Output("live", "children", allow_duplicate=True),
            "said": Output("run-said", "children", allow_duplicate=True),
        },
        Input("run-tick", "n_intervals"),
        Input("run-answer", "data"),
        Input("run-decided", "data"),
        State("run-place", "data"),
        State("run-mark", "data"),
        State("run-sent", "data"),
        prevent_initial_call=True,
    )
    def tick(
        _: int, answer: Any, decided: Any, place: list[str], known: str, sent: dict[str, str]
    ) -> dict[str, Any]:
        """Ask for the run's version, and send what is another than before when it has grown."""
        out: dict[str, Any] = dict.fromkeys(
            (*PARTS, "sent", "mark", "copies", "cards", "metrics", "live", "said"), no_update
        )
        try:
            record = data.run(place[0], place[1])
            now = mark(record.version, record.status)
            if now == known:
                return out
            curves = data.curves([record])[record.run_id]
            fresh = parts(data, record, curves)
            listed = cards.listed(data, [(record, curves)])
        except NotFound:
            gone = data.store.deleted(run_ids=[id_number(place[1])])
            return {**out, "said": runwords.gone(), "mark": "gone"} if gone and known != "gone" else out
        except TrackerError:
            return out  # the store is away for the moment; the next tick asks again
        marks = fingerprints(fresh)
        news = [name for name in PARTS if marks[name] != sent.get(name)]
        changed = {name: tree(fresh[name]) if name in READ else fresh[name] for name in news}
        if known == "gone":
            changed["said"] = ""
        if "config" in changed:
            changed["copies"] = facts.copies(record)
        live = live_children(int(record.status == "running"))
        if "summary" in changed:  # only then can there be a metric that was not there before
            changed["cards"], changed["metrics"] = listed, [s.name for s in curves.series]
        return {**out, **changed, "sent": marks, "mark": now, "live": live}

    @app.callback(
        Output("run-picture", "data"),
        Output("run-notes", "children"),
        Output("run-nothing", "children"),
        Input("run-mark", "data"),
        Input("run-view", "data"),
        Input("run-paint", "data"),
        State("run-place", "data"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def draw(_: str, view: Any, paint: Any, place: list[str], screen: Any) -> tuple[Any, ...]:
        try:
            record = data.run(place[0], place[1])
            curves = data.curves([record])[record.run_id]
        except TrackerError:
            return (no_update,) * 3
        seen = View.from_dict(view)
        picture = figure(
            [(record, curves)], seen, Screen.of(paint or screen), record.id, names=False, data=data
        )
        return picture, notices(picture), nothing(picture, 1)

    @app.callback(
        Output("run-siblings", "children"),
        Output("run-groups", "children"),
        Output("run-all-tags", "children"),
        Input("run-slow", "n_intervals"),
        Input("run-group", "children"),
        State("run-place", "data"),
    )
    def around(_: int | None, group: Any, place: list[str]) -> tuple[Any, ...]:
        """Return the runs of the same group, and the project's groups and tags as suggestions."""
        try:
            record = data.run(place[0], place[1])
            brief = data.store.brief(place[0])
            same = [r for r in brief if record.group and r.group == record.group]
            whole = {
                r.run_id: r for r in data.store.runs(run_ids=[r.run_id for r in same[: facts.MOST_SIBLINGS]])
            }
            rows = {row["id"]: row for row in data.rows(list(whole.values()))[0]}
        except TrackerError:
            return (no_update,) * 3
        groups = sorted({r.group for r in brief if r.group})
        tags = sorted({tag for r in brief for tag in r.tags})
        runs = [(whole.get(r.run_id, r), rows.get(r.id, {})) for r in same]
        return facts.siblings(record, runs), runhead.options(groups), runhead.options(tags)


def _register_people(app: Dash, data: Data) -> None:
    @app.callback(
        Output("run-answer", "data"),
        Input("run-form", "data"),
        State("run-place", "data"),
        prevent_initial_call=True,
    )
    def save(sent: dict[str, Any] | None, place: list[str]) -> Any:
        return editing.change(data, place[0], place[1], sent).to_dict(sent) if sent else no_update

    @app.callback(Output("run-look", "children"), Input("run-words-text", "value"), prevent_initial_call=True)
    def look(text: str | None) -> Any:
        return rendered(text or "")

    @app.callback(
        Output("run-decided", "data"),
        Output("run-said", "children"),
        Input("run-act", "data"),
        State("run-place", "data"),
        prevent_initial_call=True,
    )
    def decide(act: dict[str, Any] | None, place: list[str]) -> tuple[Any, Any]:
        what, about = (act or {}).get("do", ""), (act or {}).get("id")
        if what not in editing.DECISIONS:
            return no_update, no_update
        answer = editing.decide(data, place[0], place[1], what, about)
        if not answer.ok:
            return no_update, answer.said
        if what == "delete":
            return [ctx.triggered_id, what], runwords.gone()
        if what == "archive":
            return [what, answer.said], [
                html.Span(answer.said),
                act_button("unarchive", "Undo", classes="text-button"),
            ]
        if what == "restore-run":
            return [what], runwords.restored(answer.said)
        return [what, about, (act or {}).get("n")], answer.said

    @app.callback(
        Output("gone-said", "children"),
        Input("gone-act", "data"),
        State("gone-place", "data"),
        prevent_initial_call=True,
    )
    def restore(act: dict[str, Any] | None, place: list[str]) -> Any:
        """Bring back the run of a page that stands in place of a deleted one."""
        if (act or {}).get("do") != "restore-run":
            return no_update
        answer = editing.decide(data, place[0], place[1], "restore-run", None)
        return runwords.restored(answer.said) if answer.ok else answer.said


def _register_browser(app: Dash) -> None:
    in_browser(app, "paint", Output("run-graph", "figure"), Input("run-picture", "data"), initial=True)
    in_browser(app, "formAnswered", Output("run-answer", "id"), Input("run-answer", "data"))
    in_browser(
        app,
        "copyOne",
        Output("run-copies", "id"),
        Input("run-act", "data"),
        State("run-copies", "data"),
    )
    in_browser(
        app,
        "runView",
        Output("run-view", "data"),
        Input("run-graph", "relayoutData"),
        Input("run-act", "data"),
        Input("run-sm", "value"),
        Input("run-log", "checked"),
        Input("run-clip", "checked"),
        Input("run-ann", "checked"),
        Input("run-mq", "value"),
        State("run-view", "data"),
        initial=True,
    )
    in_browser(
        app,
        "runQuery",
        Output("run-path", "id"),
        Input("run-view", "data"),
        Input("run-raw-open", "data"),
        State("run-path", "data"),
    )

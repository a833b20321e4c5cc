"""Notes at an epoch: what people saw in a run and where, beside what the run said itself; used by several pages.

A page puts `card` somewhere, calls `register` once with the same prefix, and writes `listed` into
`<prefix>notes-list` and the run's place into `<prefix>notes-of` when its run changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from tracker.charts.numbers import position
from tracker.dashboard import editing
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import (
    act_button,
    attributes,
    author_field,
    field,
    form_foot,
    icon,
    text_field,
    zoom_button,
)
from tracker.dashboard.components.static import Static, static, still
from tracker.dashboard.data import Data
from tracker.errors import TrackerError
from tracker.model import Annotation, Axis, RunRecord

MOST_NOTES = 50
"""Notes that a page shows; a program that alerts in a loop must not fill it."""


def card(
    prefix: str, record: RunRecord | None, notes: Sequence[Annotation], last: float | None, axis: Axis
) -> html.Section:
    """Return the card: the run's notes and alerts, the newest first, and a form to add one.

    Args:
        prefix: What the page's ids start with.
        record: The run; None where the page has none yet.
        notes: Its annotations.
        last: The run's last epoch, for the width of a zoom to a note.
        axis: What a note's place is counted in where the chart shows neither epochs nor steps.
    """
    place = None if record is None else [record.project, record.id, last]
    return html.Section(
        [
            dcc.Store(id=f"{prefix}notes-of", data=place),
            dcc.Store(id=f"{prefix}notes-form"),
            dcc.Store(id=f"{prefix}notes-answer"),
            dcc.Store(id=f"{prefix}notes-act"),
            dcc.Store(id=f"{prefix}notes-gone"),
            dcc.Store(id=f"{prefix}notes-fresh"),
            html.Div(
                [
                    html.Div(
                        html.Div(
                            [
                                html.H2("Notes and alerts"),
                                html.Span(className="spacer"),
                                html.Div(_opener(record, axis), id=f"{prefix}notes-add"),
                            ],
                            className="card-head",
                        ),
                        **attributes(data_shown="1", data_value=""),
                    ),
                    _form(prefix),
                ],
                **attributes(data_editable="note"),
            ),
            html.Div(id=f"{prefix}notes-undo", role="status", className="undo"),
            html.Div(listed(notes, last, record.id if record else ""), id=f"{prefix}notes-list"),
        ],
        className="card notes-card",
        **attributes(aria_label="Notes and alerts"),
    )


def folded(
    prefix: str, record: RunRecord | None, notes: Sequence[Annotation], last: float | None, axis: Axis
) -> html.Details:
    """Return the card behind one line: whose notes and how many, for a page with little room; see `card`."""
    return html.Details(
        [
            html.Summary(["Notes and alerts ", html.Span(_whose(record, notes), id=f"{prefix}notes-count")]),
            card(prefix, record, notes, last, axis),
        ],
        className="says-notes",
        id=f"{prefix}notes-fold",
        hidden=record is None,
    )


def following(data: Data, record: RunRecord | None, last: float | None, axis: Axis) -> tuple[Any, ...]:
    """Return what `folded` shows of a run that has come into focus, in the order of `follows`."""
    if record is None:
        return None, None, None, "", True
    said = data.notes(record)
    place = [record.project, record.id, last]
    return place, _opener(record, axis), listed(said, last, record.id), _whose(record, said), False


def follows(prefix: str) -> list[Output]:
    """Return the outputs that take what `following` gives."""
    return [
        Output(f"{prefix}notes-of", "data"),
        Output(f"{prefix}notes-add", "children"),
        Output(f"{prefix}notes-list", "children"),
        Output(f"{prefix}notes-count", "children"),
        Output(f"{prefix}notes-fold", "hidden"),
    ]


def _whose(record: RunRecord | None, notes: Sequence[Annotation]) -> str:
    count = sum(note.kind != "dismissal" for note in notes)
    name = "" if record is None else record.name
    return f"{name} · {count}" if count else name


def listed(notes: Sequence[Annotation], last: float | None, run: str) -> Any:
    """Return the list of notes and alerts of the run with this id, the newest first; see `card`."""
    told = [note for note in reversed(notes) if note.kind != "dismissal"]
    if not told:
        return html.P(
            "Nothing noted. A note stands on the chart at its epoch, for the whole team.", className="none"
        )
    rest = len(told) - MOST_NOTES
    more = [html.P(f"and {rest:,} older ones", className="none")] if rest > 0 else []
    pins = _pins(notes)
    items = [_note(note, run, last, pins.get(id(note))) for note in told[:MOST_NOTES]]
    return [html.Ul(items, className="findings"), *more]


def register(app: Dash, data: Data, prefix: str) -> None:
    """Add the callbacks of the card with this prefix: add, delete, undo."""

    @app.callback(
        Output(f"{prefix}notes-answer", "data"),
        Output(f"{prefix}notes-fresh", "data", allow_duplicate=True),
        Input(f"{prefix}notes-form", "data"),
        State(f"{prefix}notes-of", "data"),
        prevent_initial_call=True,
    )
    def add(sent: dict[str, Any] | None, place: list[Any] | None) -> tuple[Any, Any]:
        if not sent or not place:
            return no_update, no_update
        run = sent.get("id") or place[1]  # the form's run: another one may have come into focus since
        answer = editing.change(data, place[0], run, sent)
        if not answer.ok:
            return answer.to_dict(sent), no_update
        record = data.run(place[0], run)
        fresh = _fresh(data, record, place[2], elsewhere=f"The note stands on {record.name}.")
        return answer.to_dict(sent), fresh

    @app.callback(
        Output(f"{prefix}notes-gone", "data"),
        Output(f"{prefix}notes-fresh", "data"),
        Input(f"{prefix}notes-act", "data"),
        State(f"{prefix}notes-of", "data"),
        State(f"{prefix}notes-gone", "data"),
        prevent_initial_call=True,
    )
    def take_off(act: dict[str, Any] | None, place: list[Any] | None, gone: Any) -> tuple[Any, Any]:
        what = (act or {}).get("do")
        if what not in ("note-delete", "note-undo") or not place or act is None:
            return no_update, no_update
        try:
            if what == "note-undo":
                editing.put_back(data, place[0], gone)
                return None, _fresh(data, data.run(*place[:2]), place[2])
            taken = editing.take_off(data, place[0], *str(act.get("id")).split())
            return taken, _fresh(data, data.run(*place[:2]), place[2], here=_undo(), elsewhere=_undo())
        except TrackerError as error:
            said = static(html.P(f"Not changed: {error}", className="told"))
            return no_update, {"run": "", "list": None, "here": said, "elsewhere": said}

    in_browser(
        app, "formAnswered", Output(f"{prefix}notes-answer", "id"), Input(f"{prefix}notes-answer", "data")
    )
    in_browser(
        app,
        "notesFresh",
        Output(f"{prefix}notes-list", "children", allow_duplicate=True),
        Output(f"{prefix}notes-undo", "children"),
        Input(f"{prefix}notes-fresh", "data"),
        State(f"{prefix}notes-of", "data"),
    )


def _fresh(
    data: Data, record: RunRecord, last: float | None, *, here: Any = None, elsewhere: Any = None
) -> dict[str, Any]:
    """Return a run's notes for the browser, which alone knows what is in focus by the time that they arrive.

    `here` is said where the run is still in focus, `elsewhere` where another one is.
    """
    notes = still(listed(data.notes(record), last, record.id), ())
    return {"run": record.id, "list": notes, "here": here, "elsewhere": elsewhere}


def _undo() -> Static:
    return static(
        html.Div(
            [
                "Note deleted. ",
                act_button("note-undo", "Undo", classes="text-button", **attributes(data_once="1")),
            ]
        )
    )


def _opener(record: RunRecord | None, axis: Axis) -> html.Button | None:
    """Return the button that opens the form for a run, which the form then stays with."""
    if record is None:
        return None
    return html.Button(
        [icon("plus"), "Add note"],
        type="button",
        className="text-button",
        title="Add a note that the team sees",
        **attributes(data_open="note", data_id=record.id, data_title=f"On {record.name}", data_axis=axis),
    )


def _form(prefix: str) -> html.Div:
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Note", htmlFor=f"{prefix}note-text"),
                    " ",
                    html.Span(className="hint", **attributes(data_title="1")),
                ]
            ),
            text_field(
                f"{prefix}note-text",
                "text",
                rows=3,
                maxLength=editing.LONGEST_TEXT,
                placeholder="What you saw or changed",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Label("Epoch", htmlFor=f"{prefix}note-at", **attributes(data_axis_word="1")),
                            field(f"{prefix}note-at", "at", inputMode="numeric", placeholder="whole run"),
                        ]
                    ),
                    html.Div(
                        [
                            html.Label("Your name", htmlFor=f"{prefix}note-author"),
                            author_field(f"{prefix}note-author"),
                        ]
                    ),
                ],
                className="two",
            ),
            html.Div(className="told", role="alert", **attributes(data_said="1")),
            form_foot("Add note", "Ctrl+Enter adds it"),
        ],
        className="form",
        **attributes(data_form=f"{prefix}notes-form", data_what="note"),
    )


def _pins(notes: Sequence[Annotation]) -> dict[int, int]:
    """Return the number that a note bears on the chart, by the note's identity; see `tracker.charts.pins`."""
    placed = [
        note for note in notes if note.kind == "note" and (note.epoch is not None or note.step is not None)
    ]
    return {id(note): pin for pin, note in enumerate(placed, 1)}


def _note(note: Annotation, run: str, last: float | None, pin: int | None) -> html.Li:
    alert = note.kind == "alert"
    who = note.title or note.author or ("Alert" if alert else "Note")
    head: list[Any] = [
        icon("circle-alert" if alert else "message-square")
        if pin is None
        else html.Span(f"{pin}", className="pin", title="The pin at the foot of the chart"),
        html.Strong(who),
        *_where(note, last),
    ]
    head.append(html.Span(moment(note.at_ms, ago=True), className="hint"))
    if note.number is not None and not alert:
        head += [
            html.Span(className="spacer"),
            act_button(
                "note-delete",
                icon("x"),
                classes="quiet icon-only",
                title="Delete this note",
                **attributes(
                    data_id=f"{run} {note.number} {note.at_ms}", aria_label=f"Delete the note of {who}"
                ),
            ),
        ]
    text = [html.P(note.text, className="note-words")] if note.text else []
    return html.Li([html.Div(head, className="finding-head"), *text], className="finding")


def _where(note: Annotation, last: float | None) -> list[Any]:
    axis: Axis = "step" if note.epoch is None else "epoch"
    at = note.step if note.epoch is None else note.epoch
    if at is None:
        return []
    width = max(2.0, (last or at if axis == "epoch" else at) * 0.1)
    text = position(at, axis)
    return [zoom_button(at, at, width, axis, text, **attributes(aria_label=f"{text}: zoom to the note"))]

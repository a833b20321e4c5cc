"""What is happening to a run, in words: the sentence, the best epochs, and what to try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from tracker.charts.compared import disagreement, other_facts, value_at
from tracker.charts.lines import Line
from tracker.charts.numbers import as_share, position, stretch, value
from tracker.charts.words import finding_words
from tracker.dashboard.components.parts import attributes, badge, icon, link, swatch, zoom_button
from tracker.dashboard.components.static import Static, static
from tracker.dashboard.data import Curves
from tracker.dashboard.grouping import group_of
from tracker.dashboard.lru import Lru
from tracker.dashboard.paths import run_path
from tracker.dashboard.state import CONFIG
from tracker.dashboard.words import score_name, status_sentence, status_words, verdict_words
from tracker.diagnosis import Told, observe, of_groups
from tracker.model import Diagnosis, RunRecord

MOST_CARDS = 12

MOST_GROUPS = 8
"""Groups and differences between them that the panel tells."""

MOST_PLACES = 3
"""Findings of the focused run that can be zoomed to from the panel."""

_NO_PLACE = ("best_epoch", "loss_accuracy_conflict")
"""Findings whose place the boxes of the best epochs tell already."""

MOST_SEEN = 3
"""Observations across the drawn runs that a page tells; `tracker.compare` tells all."""

_CARDS: Lru[tuple[str, bool], tuple[RunRecord, Diagnosis, Static]] = Lru(1_000)


def panel(runs: Sequence[tuple[RunRecord, Curves]], focus: str | None, by: str = "") -> list[Any]:
    """Return the cards of the drawn runs, the focused one first; long lists say how many more there are.

    Args:
        runs: The drawn runs with their curves.
        focus: The id of the focused one.
        by: What the runs are grouped by, a view's `group`; then each group is told of too.
    """
    ordered = sorted(runs, key=lambda pair: pair[0].id != focus)
    cards: list[Any] = [
        _known_card(record, curves, focused=record.id == focus) for record, curves in ordered[:MOST_CARDS]
    ]
    cards[1:1] = [*groups(runs, by), *together(runs)]
    if len(ordered) > MOST_CARDS:
        rest = len(ordered) - MOST_CARDS
        cards.append(
            html.Div(
                html.P(f"{rest} more drawn; pick one in the list to read about it."), className="says hint"
            )
        )
    if not cards:
        cards.append(
            html.Div(
                html.P("Nothing is drawn. Show a run with the eye beside its name."), className="says hint"
            )
        )
    return cards


def groups(runs: Sequence[tuple[RunRecord, Curves]], by: str) -> list[html.Section]:
    """Return a card of what the runs of each group have in common: "4 of 5 overfit, onset epoch 18 to 24"."""
    members: dict[str, list[Told]] = {}
    for record, curves in runs:
        if name := group_of(record, by):
            members.setdefault(name, []).append(Told.of(record, curves.diagnosis))
    seen = of_groups(members, seeds=by == "group")[:MOST_GROUPS]
    if not seen:
        return []
    what = "group" if by == "group" else by.removeprefix(CONFIG)
    head = html.Div(
        [icon("layers"), html.Span(f"By {what}", className="title", title=what)], className="says-head"
    )
    return [
        html.Section(
            [head, *(html.P(one.text) for one in seen)], className="says", **attributes(aria_label="Groups")
        )
    ]


def together(runs: Sequence[tuple[RunRecord, Curves]]) -> list[html.Section]:
    """Return a card of what several drawn runs show together, none where they show nothing."""
    seen = observe([Told.of(record, curves.diagnosis) for record, curves in runs])[:MOST_SEEN]
    if not seen:
        return []
    head = html.Div(
        [icon("layers"), html.Span(f"{len(runs)} runs together", className="title")], className="says-head"
    )
    return [
        html.Section(
            [head, *(html.P(one.text) for one in seen)], className="says", **attributes(aria_label="Together")
        )
    ]


def _known_card(record: RunRecord, curves: Curves, *, focused: bool) -> Static:
    """Return `card`, the one made last where it was made of the same: of a dozen runs that are drawn one has grown."""
    known = _CARDS.get((record.id, focused))
    # each state of the curves has a diagnosis of its own, which stands for them: their points are not to be held here
    if known is None or known[0] is not record or known[1] is not curves.diagnosis:
        known = record, curves.diagnosis, static(card(record, curves, focused=focused))
        _CARDS.put((record.id, focused), known)
    return known[2]


def card(record: RunRecord, curves: Curves, *, focused: bool) -> html.Section:
    """Return one run's card; the focused one also has the best epochs and further findings."""
    d = curves.diagnosis
    head = html.Div(
        [
            swatch(record.colour),
            link(run_path(record.project, record.id), record.name, classes="title", title=record.name),
            badge(verdict_words(d.standing)),
        ],
        className="says-head",
    )
    body: list[Any] = [head, html.P(d.sentence)]
    if record.broke_off:
        words = status_words(record.status)
        said = [icon(words.icon), html.Span(f"{status_sentence(record)}.")]
        body.append(html.P(said, className=f"broke-off {words.tone}"))
    if focused:
        body += _places(d)
        body += best_box(curves)
        body += [html.P(text, className="also") for text in other_facts(d)]
    tips = d.advice if focused else d.advice[:1]
    body += [html.Div([icon("lightbulb"), html.Span(tip)], className="tip") for tip in tips]
    return html.Section(
        body, className="says focused" if focused else "says", **attributes(aria_label=record.name)
    )


def _places(d: Diagnosis) -> list[Any]:
    """Return where the findings of a run lie, as buttons that zoom the charts to them."""
    found = [f for f in d.findings if f.start is not None and f.kind not in (*_NO_PLACE, *d.dismissed)]
    buttons = []
    for finding in found[:MOST_PLACES]:
        start = float(finding.start or 0)
        end = start if finding.end is None else float(finding.end)
        room = max((end - start) * 0.15, 2.0)
        text = f"{finding_words(finding.kind).label}, {stretch(start, end, d.axis)}"
        buttons.append(zoom_button(start, end, room, d.axis, icon("search"), text, classes="place-button"))
    return [html.Div(buttons, className="places")] if buttons else []


def best_box(curves: Curves) -> list[Any]:
    """Return the best epochs by loss and by accuracy side by side, with what their disagreement means."""
    d = curves.diagnosis
    loss_at = d.best_epoch if d.best_loss is not None else None
    accuracy_at = d.best_accuracy_epoch
    if loss_at is None and accuracy_at is None:
        return []
    percent = accuracy_text(curves)
    loss = curves.loss[1] if curves.loss[1] is not None else curves.loss[0]
    accuracy = curves.accuracy[1] if curves.accuracy[1] is not None else curves.accuracy[0]

    def cell(icon_name: str, what: str, at: float | None) -> html.Div:
        values = [
            t for t in (_text(value, value_at(loss, at, d)), _text(percent, value_at(accuracy, at, d))) if t
        ]
        place = position(at, d.axis) if at is not None else "–"
        return html.Div(
            [
                html.Div([icon(icon_name), what], className="what"),
                html.Div(place, className="place"),
                html.Div(" · ".join(values), className="values"),
            ]
        )

    cells = [cell("target", "Best by loss", loss_at)] if loss_at is not None else []
    if accuracy_at is not None:
        cells.append(cell("star", f"Best by {score_name(curves.accuracy_pair)}", accuracy_at))
    out: list[Any] = [
        html.Div(cells, className="bests", style=None if len(cells) == 2 else {"gridTemplateColumns": "1fr"})
    ]
    if apart := disagreement(d):
        out.append(html.Div([icon("circle-question-mark"), html.Span(apart)], className="apart-note"))
    return out


def accuracy_text(curves: Curves) -> Any:
    """Return how the run's accuracy is written: in percent where the chart draws it so, or as it is.

    It is told from the curves alone: a frozen comparison has nothing else.
    """
    name = curves.accuracy_pair.metric if curves.accuracy_pair else ""
    line = Line("", "", 0, accuracy=curves.accuracy, accuracy_name=name)
    return as_share(line.percent_scale("accuracy"))


def _text(write: Any, at: float | None) -> str:
    return "" if at is None else str(write(at))

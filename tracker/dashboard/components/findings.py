"""What is said about a run, by its curves and by people: findings with their numbers, alerts and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from tracker.charts.numbers import number, position
from tracker.dashboard.components.parts import attributes, icon
from tracker.dashboard.words import verdict_words, when
from tracker.model import VERDICTS, Annotation, Axis, Diagnosis, Finding

MOST_NOTES = 20
"""Notes that a page shows; a program that alerts in a loop must not fill it."""

SEVERITY = {"strong": "Strong", "likely": "Likely", "note": "Note"}


def findings_card(diagnosis: Diagnosis, notes: Sequence[Annotation]) -> html.Section | None:
    """Return the card; None where nothing was found."""
    if not diagnosis.findings:
        return None
    reasons = {note.title: note for note in notes if note.kind == "dismissal"}
    rows = [_row(finding, diagnosis, reasons.get(finding.kind)) for finding in diagnosis.findings]
    head = html.Div(
        [
            html.H2("Findings"),
            html.Span(className="spacer"),
            html.Span(f"rules {diagnosis.rules_version}", className="hint"),
        ],
        className="card-head",
    )
    return html.Section([head, html.Ul(rows, className="findings")], className="card")


def notes_card(notes: Sequence[Annotation]) -> html.Section | None:
    """Return the card of what was noted while the run trained, the newest first; None where nothing was."""
    told = [note for note in reversed(notes) if note.kind != "dismissal"]
    if not told:
        return None
    head = html.Div([html.H2("Alerts and notes"), html.Span(className="spacer")], className="card-head")
    return html.Section(
        [head, html.Ul([_note(n) for n in told[:MOST_NOTES]], className="findings")], className="card"
    )


def _note(note: Annotation) -> html.Li:
    at = note.epoch if note.epoch is not None else note.step
    where = position(at, "epoch" if note.epoch is not None else "step") if at is not None else ""
    head = html.Div(
        [
            icon("circle-alert" if note.kind == "alert" else "info"),
            html.Strong(note.title),
            html.Span(" · ".join(part for part in (where, when(note.at_ms)) if part), className="hint"),
        ],
        className="finding-head",
    )
    return html.Li([head, *([html.P(note.text)] if note.text else [])], className="finding")


def _row(finding: Finding, diagnosis: Diagnosis, dismissal: Annotation | None) -> html.Li:
    gone = dismissal is not None
    words = verdict_words(finding.kind) if finding.kind in VERDICTS else None
    title = words.label if words is not None else finding.kind.replace("_", " ").capitalize()
    where = _where(finding, diagnosis.axis)
    head = html.Div(
        [
            icon(words.icon if words is not None else "info"),
            html.Strong(title),
            html.Span(SEVERITY[finding.severity], className=f"severity {finding.severity}"),
            *([html.Span(where, className="hint")] if where else []),
        ],
        className="finding-head",
    )
    body: list[Any] = [head, html.P(finding.fact)]
    if dismissal is not None:
        said = f": {dismissal.text}" if dismissal.text else ""
        body.append(html.P(f"Dismissed {when(dismissal.at_ms)}{said}", className="hint"))
    numbers = _numbers(finding.evidence)
    foot: list[Any] = []
    if numbers:
        foot.append(html.Details([html.Summary("The numbers"), html.Dl(numbers, className="pairs")]))
    if finding.kind != "best_epoch":  # it states where a minimum lies: there is nothing to disagree with
        foot.append(_button(finding.kind, restore=gone))
    body.append(html.Div(foot, className="finding-foot"))
    return html.Li(body, className="finding gone" if gone else "finding")


def _button(kind: str, *, restore: bool) -> html.Button:
    what = "Restore" if restore else "Dismiss"
    name = kind.replace("_", " ")
    return html.Button(
        what,
        id={"finding": kind, "do": "restore" if restore else "dismiss"},
        n_clicks=0,
        type="button",
        className="quiet",
        title=f"{what} the finding “{name}”" + ("" if restore else " for everybody; it can be restored"),
        **attributes(aria_label=f"{what}: {name}"),
    )


def _where(finding: Finding, axis: Axis) -> str:
    if finding.start is None:
        return ""
    if finding.end is None or finding.end == finding.start:
        return position(finding.start, axis)
    return f"{position(finding.start, axis)} to {number(finding.end)}"


def _numbers(evidence: Mapping[str, Any]) -> list[Any]:
    out: list[Any] = []
    for key, value in evidence.items():
        if value is None:
            continue
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        out += [html.Dt(key.replace("_", " ")), html.Dd(text, className="mono")]
    return out

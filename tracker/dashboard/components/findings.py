"""What the curves of a run say: findings with their numbers, which may be dismissed, and how the verdict came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from tracker.charts.numbers import stretch
from tracker.charts.words import SEVERITY, finding_words
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import (
    act_button,
    attributes,
    author_field,
    badge,
    field,
    form_foot,
    icon,
    zoom_button,
)
from tracker.dashboard.words import verdict_words
from tracker.model import Annotation, Axis, Diagnosis, Finding, VerdictChange

_MARGIN = 0.25
"""What is shown beside a finding when a click zooms to it, as a share of its length."""


def findings(
    diagnosis: Diagnosis, notes: Sequence[Annotation], history: Sequence[VerdictChange] = ()
) -> list[Any]:
    """Return what the findings' card holds; nothing where nothing was found and nothing has changed."""
    if not diagnosis.findings and len(history) < 2:
        return []
    reasons = {note.title: note for note in notes if note.kind == "dismissal"}
    rows = [
        _row(finding, diagnosis, reasons.get(finding.kind), key=f"{finding.kind} {count}")
        for count, finding in _counted(diagnosis.findings)
    ]
    head = html.Div(
        [
            html.H2("Findings"),
            html.Span(className="spacer"),
            html.Span(f"rules {diagnosis.rules_version}", className="hint"),
        ],
        className="card-head",
    )
    return [head, *([html.Ul(rows, className="findings")] if rows else []), *_history(history)]


def dismissal_dialog(prefix: str) -> html.Dialog:
    """Return the dialog that asks why a finding is dismissed; its answer goes to the store `<prefix>form`."""
    form = html.Div(
        [
            html.H2(["Dismiss “", html.Span(**attributes(data_title="1")), "”"]),
            html.P(
                "It no longer counts, for everybody who looks at this run. It can be restored here at any time."
            ),
            html.Label("Reason, if you like", htmlFor=f"{prefix}dismiss-reason"),
            field(f"{prefix}dismiss-reason", "reason", maxLength=400),
            html.Label("Your name, if you like", htmlFor=f"{prefix}dismiss-author"),
            author_field(f"{prefix}dismiss-author"),
            html.Div(className="told", role="alert", **attributes(data_said="1")),
            form_foot("Dismiss finding"),
        ],
        className="form",
        **attributes(data_form=f"{prefix}form", data_what="dismiss"),
    )
    return html.Dialog(form, id=f"{prefix}dismiss", **attributes(aria_label="Dismiss a finding"))


def _counted(found: Sequence[Finding]) -> list[tuple[int, Finding]]:
    """Return findings with how many of their kind come before each."""
    kinds = [finding.kind for finding in found]
    return [(kinds[:i].count(kinds[i]), finding) for i, finding in enumerate(found)]


def _row(finding: Finding, diagnosis: Diagnosis, dismissal: Annotation | None, *, key: str) -> html.Li:
    words = finding_words(finding.kind)
    head = [
        icon(words.icon),
        html.Strong(words.label),
        html.Span(SEVERITY[finding.severity], className=f"severity {finding.severity}"),
        *_where(finding, diagnosis.axis, words.label),
    ]
    body: list[Any] = [html.Div(head, className="finding-head"), html.P(finding.fact)]
    if dismissal is not None:
        by = f" by {dismissal.author}" if dismissal.author else ""
        said = f": {dismissal.text}" if dismissal.text else ""
        body.append(html.P([f"Dismissed{by} ", moment(dismissal.at_ms, ago=True), said], className="hint"))
    foot: list[Any] = []
    numbers = _numbers(finding.evidence)
    if numbers:
        foot.append(html.Details([html.Summary("The numbers"), html.Dl(numbers, className="pairs")]))
    if finding.kind != "best_epoch":  # it states where a minimum lies: there is nothing to disagree with
        foot.append(_button(finding.kind, restore=dismissal is not None))
    body.append(html.Div(foot, className="finding-foot"))
    classes = "finding gone" if dismissal is not None else "finding"
    return html.Li(body, className=classes, **attributes(data_key=key))


def _button(kind: str, *, restore: bool) -> html.Button:
    name = kind.replace("_", " ")
    if restore:
        return act_button(
            "restore-finding",
            "Restore",
            classes="quiet",
            title=f"Restore the finding “{name}”",
            **attributes(data_id=kind, aria_label=f"Restore: {name}"),
        )
    return html.Button(
        "Dismiss",
        type="button",
        className="quiet",
        title=f"Dismiss the finding “{name}” for everybody; it can be restored",
        **attributes(data_open="dismiss", data_id=kind, data_title=name, aria_label=f"Dismiss: {name}"),
    )


def _where(finding: Finding, axis: Axis, title: str) -> list[Any]:
    """Return the finding's place as a button that zooms the charts to it."""
    if finding.start is None:
        return []
    end = finding.start if finding.end is None else finding.end
    text = stretch(finding.start, end, axis)
    room = max((end - finding.start) * _MARGIN, 2.0)
    said = attributes(aria_label=f"{text}: zoom to {title}")
    return [zoom_button(finding.start, end, room, axis, text, **said)]


def _numbers(evidence: Mapping[str, Any]) -> list[Any]:
    out: list[Any] = []
    for key, value in evidence.items():
        if value is None:
            continue
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        out += [html.Dt(key.replace("_", " ")), html.Dd(text, className="mono")]
    return out


def _history(history: Sequence[VerdictChange]) -> list[Any]:
    """Return since when the verdict stands and what it was before, with all changes folded away."""
    if not history:
        return []
    now = history[-1]
    before = history[-2] if len(history) > 1 else None
    line: list[Any] = [
        f"{verdict_words(now.verdict).label} since ",
        moment(now.at_ms),
        f", rules {now.rules_version}",
    ]
    if before is None:
        return [html.P(line, className="history-line hint")]
    line.append(f"; before: {verdict_words(before.verdict).label.lower()}")
    items = [
        html.Li(
            [
                html.Div(
                    [badge(verdict_words(change.verdict)), html.Span(moment(change.at_ms), className="hint")]
                ),
                html.P(change.sentence),
                html.Span(f"rules {change.rules_version}", className="hint"),
            ]
        )
        for change in reversed(history)
    ]
    return [
        html.Details([html.Summary(line), html.Ul(items, className="history")], className="history-line hint")
    ]

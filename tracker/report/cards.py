"""What is happening in each run, in words: the verdict, the best epochs, what else was found, what to try, the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tracker.charts.compared import disagreement, other_facts, setting_text, value_at
from tracker.charts.lines import Line
from tracker.charts.numbers import as_share, position, stretch, value
from tracker.charts.words import SEVERITY, finding_words, status_sentence, status_words, verdict_words
from tracker.model import Diagnosis, Finding, RunRecord
from tracker.report.parts import badge, icon, own, plain, swatch

MOST_NOTES = 4_000
"""Characters of a run's notes that a report holds."""


def card(at: int, record: RunRecord, line: Line, d: Diagnosis, *, folded: bool) -> str:
    """Return one run's card.

    Args:
        at: the run's place in the report.
        record: the run.
        line: its curves.
        d: what they say.
        folded: whether only the sentence is seen until somebody opens it.
    """
    told = verdict_words(d.standing)
    head = f'{swatch(line.colour)}<h3>{own(record.name)}</h3><span class="spacer"></span>{badge(told)}'
    rest = _bests(line, d) + "".join(f'<p class="also">{plain(fact)}</p>' for fact in other_facts(d, 3))
    rest += "".join(f'<p class="tip">{icon("lightbulb")}<span>{plain(tip)}</span></p>' for tip in d.advice)
    rest += _notes(record.notes) + _numbers(d)
    facts = f'<p class="facts">{_facts(record)}</p>'
    if d.standing == "dismissed":
        facts += f'<p class="also">Somebody has dismissed this: {plain(verdict_words(d.verdict).label.lower())}.</p>'
    body = f'{facts}<p class="sentence">{plain(d.sentence)}</p>'
    if folded and rest:
        body += f'<details class="more"><summary>Best epochs, advice and numbers</summary>{rest}</details>'
    else:
        body += rest
    return f'<article class="card run" id="run-{at}"><div class="run-head">{head}</div>{body}</article>'


def _facts(record: RunRecord) -> str:
    created = datetime.fromtimestamp(record.created_ms / 1000, UTC)
    parts = [moment(created)]
    if record.status == "running":
        parts.insert(0, f"{badge(status_words('running'), 'live')} when this report was made")
    else:
        parts.insert(0, plain(status_sentence(record)))
    if record.group:
        parts.append(f"group {own(record.group)}")
    parts += [f'<span class="tag">{own(tag)}</span>' for tag in record.tags]
    commit = record.environment.get("git_commit")
    if isinstance(commit, str):
        parts.append(f'commit <code title="{plain(commit)}">{plain(commit[:8])}</code>')
    parts.append(f"<code>{plain(record.id)}</code>")
    return "".join(f"<span>{part}</span>" for part in parts)


def moment(at: datetime) -> str:
    """Return a moment in UTC; the browser writes it in the reader's own zone."""
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{at.day} {at:%b %Y, %H:%M} UTC</time>'


def _bests(line: Line, d: Diagnosis) -> str:
    """Return the best epochs by loss and by accuracy side by side, with what their disagreement means."""
    loss_at = d.best_epoch if d.best_loss is not None else None
    written = as_share(line.percent_scale("accuracy"))
    loss, accuracy = (pair[1] if pair[1] is not None else pair[0] for pair in (line.loss, line.accuracy))

    def cell(symbol: str, what: str, at: float) -> str:
        texts = [
            write(found)
            for write, series in ((value, loss), (written, accuracy))
            if (found := value_at(series, at, d)) is not None
        ]
        return (
            f'<div><div class="what">{icon(symbol)}{plain(what)}</div><div class="place">{position(at, d.axis)}</div>'
            f'<div class="values">{" · ".join(texts)}</div></div>'
        )

    cells = [] if loss_at is None else [cell("target", f"Best by {_spoken(line.loss_name)}", loss_at)]
    if d.best_accuracy_epoch is not None:
        cells.append(cell("star", f"Best by {_spoken(line.accuracy_name)}", d.best_accuracy_epoch))
    out = f'<div class="bests">{"".join(cells)}</div>' if cells else ""
    if apart := disagreement(d):
        out += f'<p class="tip apart">{icon("circle-question-mark")}<span>{plain(apart)}</span></p>'
    return out


def _spoken(metric: str) -> str:
    return metric.replace("_", " ")[:40]


def _notes(notes: str) -> str:
    if not notes.strip():
        return ""
    cut = " …" if len(notes) > MOST_NOTES else ""
    return f'<div class="notes"><h4>Notes</h4><p>{own(notes[:MOST_NOTES])}{cut}</p></div>'


def _numbers(d: Diagnosis) -> str:
    rows = "".join(_finding(f, d) for f in d.findings)
    return f'<details class="numbers"><summary>The numbers</summary>{rows}</details>' if rows else ""


def _finding(f: Finding, d: Diagnosis) -> str:
    where = "" if f.start is None else stretch(f.start, f.end, d.axis)
    gone = " · dismissed" if f.kind in d.dismissed else ""
    return (
        f'<section class="finding"><h4>{plain(finding_words(f.kind).label)} <small>{SEVERITY[f.severity]}{gone}'
        f"{' · ' + plain(where) if where else ''}</small></h4><p>{plain(f.fact)}</p>{_evidence(f.evidence)}</section>"
    )


def _evidence(evidence: Mapping[str, Any]) -> str:
    pairs = "".join(
        f"<div><dt>{plain(key.replace('_', ' '))}</dt>"
        f"<dd>{plain(f'{one:.4g}' if isinstance(one, float) else setting_text(one))}</dd></div>"
        for key, one in evidence.items()
        if one is not None
    )
    return f"<dl>{pairs}</dl>" if pairs else ""

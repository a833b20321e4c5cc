"""Runs, comparisons and diagnoses as a notebook shows them: the verdict in words, and below it the curves to read.

The words are plain HTML, which every viewer keeps. The curves are a small report in a frame of its own: sandboxed, so
that its script sees nothing of the notebook, and without a request, so that a notebook opened elsewhere shows them too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

from tracker import __version__
from tracker.charts.lines import Line
from tracker.charts.words import verdict_words
from tracker.model import Axis, Diagnosis, Observation, RunRecord
from tracker.report import Report, render

MOST_TOLD = 12
"""Of more runs than this only what they show together is told."""

_TEXT = "font:13px/1.5 system-ui,sans-serif;max-width:60em"
_ALONE, _TOGETHER, _ROW = 640, 740, 38


def show_diagnosis(diagnosis: Diagnosis, line: Line | None) -> str:
    """Return the HTML of one diagnosis; without a line, as of one read back from a store, the words alone.

    Args:
        diagnosis: what is told.
        line: its curves.
    """
    facts = [one.fact for one in diagnosis.findings if one.fact != diagnosis.sentence]
    parts = [
        f"<strong>{escape(verdict_words(diagnosis.verdict).label)}</strong>",
        f"<p style='margin:.2em 0'>{escape(diagnosis.sentence)}</p>",
        _list(facts),
        f"<p style='margin:.2em 0'>To try:</p>{_list(diagnosis.advice)}" if diagnosis.advice else "",
    ]
    said = f'<div style="{_TEXT}">{"".join(parts)}</div>'
    if line is None:
        return said
    record = _unnamed(line)
    return said + _frame([record], [line], [diagnosis], (), diagnosis.axis, None, _ALONE)


def show_run(
    name: str, project: str, url: str | None, diagnosis: Diagnosis | None, line: Line | None, why: str = ""
) -> str:
    """Return the HTML of a run.

    Args:
        name: the run's name.
        project: its project's name.
        url: the address of its page, shown as a link where it is one.
        diagnosis: what its curves say; None where nothing can be said.
        line: its curves.
        why: why nothing can be said.
    """
    safe = url if url and url.startswith(("http://", "https://")) else None
    link = f' · <a href="{escape(safe)}" rel="noreferrer" target="_blank">open its page</a>' if safe else ""
    head = f'<div style="{_TEXT}"><strong>{escape(name)}</strong> in project {escape(project)}{link}</div>'
    if diagnosis is None:
        return f'{head}<div style="{_TEXT}">{escape(why)}</div>'
    return head + show_diagnosis(diagnosis, line)


def show_comparison(
    records: Sequence[RunRecord],
    lines: Sequence[Line],
    diagnoses: Sequence[Diagnosis],
    observations: Sequence[Observation],
    axis: Axis,
    baseline: str | None,
) -> str:
    """Return the HTML of several runs; the arguments are those of a `Report`."""
    each = [
        f"<li><strong>{escape(record.name)}</strong>: {escape(d.sentence)}</li>"
        for record, d in zip(records, diagnoses, strict=True)
    ]
    told = "".join(each) if len(each) <= MOST_TOLD else ""
    together = _list([one.text for one in observations]) or "<p>Nothing beyond what each says alone.</p>"
    said = (
        f'<div style="{_TEXT}">{_ul(told) if told else ""}'
        f"<p style='margin:.2em 0'>{len(records)} runs together:</p>{together}</div>"
    )
    tall = min(1100, _TOGETHER + _ROW * len(records))
    return said + _frame(records, lines, diagnoses, observations, axis, baseline, tall)


def _frame(
    records: Sequence[RunRecord],
    lines: Sequence[Line],
    diagnoses: Sequence[Diagnosis],
    observations: Sequence[Observation],
    axis: Axis,
    baseline: str | None,
    tall: int,
) -> str:
    now_ms = time.time_ns() // 1_000_000
    page = render(
        Report(
            records,
            lines,
            diagnoses,
            observations,
            axis,
            baseline,
            "",
            now_ms,
            __version__,
            title="Learning curves",
            embedded=True,
        )
    )
    return (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="Learning curves" '
        f'style="display:block;width:100%;max-width:1320px;height:{tall}px;margin-top:8px;border:0;border-radius:10px"></iframe>'
    )


def _unnamed(line: Line) -> RunRecord:
    """Return the record of curves that no store has named."""
    return RunRecord(
        run_id=0,
        project="",
        name=line.name,
        group=None,
        status="finished",
        exception=None,
        notes="",
        tags=(),
        colour=line.colour,
        created_ms=0,
        changed_ms=0,
        duration_ms=0,
        version=0,
    )


def _list(texts: Sequence[str]) -> str:
    return _ul("".join(f"<li>{escape(text)}</li>" for text in texts)) if texts else ""


def _ul(items: str) -> str:
    return f"<ul style='margin:.2em 0;padding-left:1.4em'>{items}</ul>"

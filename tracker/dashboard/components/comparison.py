"""The comparison table: best values side by side, and only those settings in which the runs differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import html

from tracker.charts.numbers import value
from tracker.dashboard.components.parts import attributes, badge, swatch
from tracker.dashboard.words import verdict_words
from tracker.model import RunRecord

MOST_SETTINGS = 24

Entry = tuple[RunRecord, dict[str, Any]]


def table(entries: Sequence[Entry], focus: str | None) -> html.Div:
    """Return the table of the drawn runs.

    Args:
        entries: Each run with its row (see `rows.row`), in the order of the list.
        focus: The id of the run that the others are compared with.
    """
    settings = differing([record for record, _ in entries])
    baseline = next((record for record, _ in entries if record.id == focus), None)
    head = html.Thead(
        html.Tr(
            [
                html.Th("Run", scope="col"),
                html.Th("Best val loss", scope="col"),
                html.Th("Best val acc", scope="col"),
                html.Th("Gap", scope="col"),
                html.Th("Verdict", scope="col", className="left"),
                *(html.Th(_short(key), scope="col", title=key) for key in settings),
            ]
        )
    )
    lowest = _best(entries, "best_loss", min)
    highest = _best(entries, "best_acc", max)
    body = html.Tbody([_row(record, row, settings, baseline, lowest, highest) for record, row in entries])
    return html.Div(
        html.Table([head, body], className="comparison"),
        className="scroll",
        tabIndex=0,
        role="region",
        **attributes(aria_label="Comparison of the drawn runs"),
    )


def differing(records: Sequence[RunRecord]) -> list[str]:
    """Return the config keys in which the runs differ, those that most runs have first, at most `MOST_SETTINGS`."""
    keys: dict[str, int] = {}
    for record in records:
        for key in record.config:
            keys[key] = keys.get(key, 0) + 1
    apart = [key for key in keys if len({_text(r.config.get(key)) for r in records}) > 1]
    return sorted(apart, key=lambda key: -keys[key])[:MOST_SETTINGS]


def setting_text(setting: Any) -> str:
    """Return a config value as it is shown: short numbers, words as they are, a dash where there is none."""
    return _text(setting)


def _row(
    record: RunRecord,
    row: dict[str, Any],
    settings: Sequence[str],
    baseline: RunRecord | None,
    lowest: float | None,
    highest: float | None,
) -> html.Tr:
    focused = baseline is not None and record.run_id == baseline.run_id
    apart = bool(row.get("conflict"))
    name: list[Any] = [
        swatch(record.colour),
        html.Button(
            record.name, type="button", title=record.name, **attributes(data_act="focus", data_id=record.id)
        ),
    ]
    if focused:
        name.append(html.Span("baseline", className="tag"))
    cells = [
        html.Td(html.Span(name, className="run")),
        html.Td(_value(row, "best_loss", lowest, "at")),
        html.Td(_value(row, "best_acc", highest, "at apart" if apart else "at")),
        html.Td(row.get("gap_text", "–")),
        html.Td(badge(verdict_words(row.get("verdict"))), className="left"),
    ]
    for key in settings:
        text = _text(record.config.get(key))
        differs = baseline is not None and text != _text(baseline.config.get(key))
        cells.append(
            html.Td(html.Span(text, className="setting differs" if differs else "setting", title=text))
        )
    return html.Tr(
        cells, className="focused" if focused else "", **attributes(data_act="focus", data_id=record.id)
    )


def _value(row: dict[str, Any], field: str, best: float | None, at_class: str) -> list[Any]:
    won = best is not None and row.get(field) == best
    out: list[Any] = [html.Span(row.get(f"{field}_text", "–"), className="best" if won else "")]
    if won:
        out.append(html.Span("best", className="unseen"))
    if row.get(f"{field}_at"):
        out.append(html.Span(row[f"{field}_at"], className=at_class))
    return out


def _best(entries: Sequence[Entry], field: str, choose: Any) -> float | None:
    known = [row[field] for _, row in entries if row.get(field) is not None]
    return choose(known) if len(known) > 1 else None


def _short(key: str) -> str:
    return key if len(key) <= 18 else "…" + key[-17:]


def _text(setting: Any) -> str:
    if setting is None:
        return "–"
    if isinstance(setting, bool):
        return "true" if setting else "false"
    if isinstance(setting, int):
        return str(setting)
    if isinstance(setting, float):
        return f"{setting:g}" if math.isfinite(setting) else value(setting)
    return str(setting)

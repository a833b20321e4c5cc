"""The comparison table: best values side by side, and only those settings in which the runs differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import dcc, html

from tracker.charts.compared import left_out, setting_key, setting_name, setting_text, settings
from tracker.charts.numbers import short
from tracker.dashboard.components.parts import attributes, icon
from tracker.dashboard.words import verdict_words
from tracker.diagnosis.configs import flat
from tracker.model import RunRecord

MOST_SETTINGS = 24
"""Columns of settings that differ, and of settings that are equal."""

LONGEST = 200
"""Characters of a setting that travel to the page."""

Entry = tuple[RunRecord, dict[str, Any]]


def card(spec: dict[str, Any], prefix: str = "") -> html.Section:
    """Return the card of the table; assets/table.js fills it from the store `<prefix>table-data`."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Comparison"),
                    html.Span(id=f"{prefix}table-said", className="hint desk-only"),
                    html.Span(className="spacer"),
                    html.Button(
                        id="table-equal",
                        type="button",
                        className="button small",
                        **attributes(
                            data_act="set", data_name="equal", data_value="true", aria_pressed="false"
                        ),
                    ),
                    html.Button(
                        [icon("copy"), html.Span("Copy as Markdown", **attributes(data_label=""))],
                        type="button",
                        className="button small",
                        **attributes(data_table="markdown"),
                    ),
                    html.Button(
                        [icon("download"), "CSV"],
                        type="button",
                        className="button small",
                        **attributes(data_table="csv"),
                    ),
                ],
                className="card-head",
            ),
            dcc.Store(id=f"{prefix}table-data", data=spec),
            html.Div(
                id="table",
                className="scroll",
                style={"--rows": len(spec["rows"])},
                tabIndex=0,
                role="region",
                **attributes(aria_label="Comparison of the drawn runs"),
            ),
        ],
        className="card",
    )


def table(entries: Sequence[Entry], focus: str | None, baseline: str | None) -> dict[str, Any]:
    """Return the table of the drawn runs as plain data; the browser makes its thousands of cells by itself.

    Args:
        entries: Each run with its row (see `rows.row`), in the order of the list.
        focus: The id of the run that is explained.
        baseline: The id of the run that the others are held against.

    Returns:
        `focus`, `left`: what is said of settings that differ beyond those shown, `columns` of {key, label, title, equal} and `rows` of {id, name, colour, baseline, cells}; a cell has its
        `text`, the value to `sort` by, and what is marked on it: `at`, `apart`, `best`, `delta`, `differs`, `verdict`.
    """
    configs = [flat(record.config) for record, _ in entries]
    apart, same = settings(configs)
    left = left_out(len(apart[MOST_SETTINGS:]))
    apart, same = apart[:MOST_SETTINGS], (same[:MOST_SETTINGS] if len(entries) > 1 else same)
    held = next((at for at, (record, _) in enumerate(entries) if record.id == baseline), None)
    first = entries[held][1] if held is not None and len(entries) > 1 else None
    lowest, highest = _best(entries, "best_loss", min), _best(entries, "best_acc", max)
    columns = [
        {"key": "run", "label": "Run"},
        {"key": "loss", "label": "Best val loss"},
        {"key": "acc", "label": _score_head(entries)},
        {"key": "gap", "label": "Gap"},
        {"key": "duration", "label": "Duration"},
        {"key": "verdict", "label": "Verdict"},
        *({"key": f"config:{key}", "label": setting_name(key), "title": key} for key in apart),
        *({"key": f"config:{key}", "label": setting_name(key), "title": key, "equal": True} for key in same),
    ]
    rows = []
    for at, ((record, row), config) in enumerate(zip(entries, configs, strict=True)):
        own = first is None or at == held
        words = verdict_words(row.get("verdict"))
        cells = [
            {"text": record.name, "sort": record.name},
            _value(row, "best_loss", lowest, None if own else first),
            _value(row, "best_acc", highest, None if own else first) | {"apart": bool(row.get("conflict"))},
            {"text": row.get("gap_text", "–"), "sort": row.get("gap")},
            {"text": row["duration_text"], "sort": row["duration"]},
            {"text": words.label, "sort": words.label, "verdict": words._asdict()},
        ]
        for key in (*apart, *same):
            setting = config.get(key)
            marked = (
                not own and held is not None and setting_key(setting) != setting_key(configs[held].get(key))
            )
            cells.append(
                {"text": setting_text(setting)[:LONGEST], "sort": _sortable(setting), "differs": marked}
            )
        rows.append(
            {
                "id": record.id,
                "name": record.name,
                "colour": record.colour,
                "baseline": at == held,
                "cells": cells,
            }
        )
    return {"focus": focus, "left": left, "columns": columns, "rows": rows}


def _value(
    row: dict[str, Any], field: str, best: float | None, first: dict[str, Any] | None
) -> dict[str, Any]:
    found = row.get(field)
    return {
        "text": row.get(f"{field}_text", "–"),
        "sort": found,
        "at": row.get(f"{field}_at") or "",
        "best": best is not None and found == best,
        "delta": _delta(
            found, first.get(field) if first else None, percent="%" in row.get(f"{field}_text", "")
        ),
    }


def _delta(found: float | None, held: float | None, *, percent: bool) -> str:
    """Return how far a value is from the baseline's, with its sign; "" where either is missing or nothing is shown."""
    if found is None or held is None or found == held:
        return ""
    apart = found - held
    text = f"{abs(apart):.1f}" if percent else short(abs(apart))
    return "" if text == "0.0" else f"{'+' if apart > 0 else '−'}{text}"


def _score_head(entries: Sequence[Entry]) -> str:
    """Return the head of the best scores: what they are, where all runs have the same one."""
    names = {row["score"] for _, row in entries if row.get("score")}
    if names <= {"accuracy"}:
        return "Best val acc"
    return f"Best val {next(iter(names))}" if len(names) == 1 else "Best val score"


def _best(entries: Sequence[Entry], field: str, choose: Callable[[list[float]], float]) -> float | None:
    known = [row[field] for _, row in entries if row.get(field) is not None]
    return choose(known) if len(known) > 1 else None


def _sortable(setting: Any) -> float | str | None:
    if setting is None or isinstance(setting, bool) or not isinstance(setting, int | float):
        return None if setting is None else setting_text(setting)
    return float(setting) if abs(setting) < 1e300 else None

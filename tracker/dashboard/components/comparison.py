"""The comparison table: best values side by side, and only those settings in which the runs differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from tracker.charts.numbers import value
from tracker.dashboard.components.parts import attributes
from tracker.dashboard.words import verdict_words
from tracker.model import RunRecord

MOST_SETTINGS = 24

Entry = tuple[RunRecord, dict[str, Any]]


def card(spec: dict[str, Any]) -> html.Section:
    """Return the card of the table; assets/table.js fills it from the store `table-data`."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Comparison"),
                    html.Span(
                        "differences from the baseline are marked; equal settings are hidden",
                        className="hint desk-only",
                    ),
                ],
                className="card-head",
            ),
            dcc.Store(id="table-data", data=spec),
            html.Div(
                id="table",
                className="scroll",
                tabIndex=0,
                role="region",
                **attributes(aria_label="Comparison of the drawn runs"),
            ),
        ],
        className="card",
    )


def table(entries: Sequence[Entry], focus: str | None) -> dict[str, Any]:
    """Return the table of the drawn runs as plain data; the browser makes its thousands of cells by itself.

    Args:
        entries: Each run with its row (see `rows.row`), in the order of the list.
        focus: The id of the run that the others are compared with.
    """
    settings = differing([record for record, _ in entries])
    baseline = next((record for record, _ in entries if record.id == focus), None)
    lowest = _best(entries, "best_loss", min)
    highest = _best(entries, "best_acc", max)
    return {
        "settings": [{"key": key, "short": _short(key)} for key in settings],
        "rows": [_row(record, row, settings, baseline, lowest, highest) for record, row in entries],
    }


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
) -> dict[str, Any]:
    at, acc_at = row.get("best_loss_at") or "", row.get("best_acc_at") or ""
    texts = [(key, _text(record.config.get(key))) for key in settings]
    return {
        "id": record.id,
        "name": record.name,
        "colour": record.colour,
        "baseline": baseline is not None and record.run_id == baseline.run_id,
        "loss": {"text": row.get("best_loss_text", "–"), "at": at, "best": _won(row, "best_loss", lowest)},
        "acc": {
            "text": row.get("best_acc_text", "–"),
            "at": acc_at,
            "best": _won(row, "best_acc", highest),
            "apart": bool(row.get("conflict")),
        },
        "gap": row.get("gap_text", "–"),
        "verdict": verdict_words(row.get("verdict"))._asdict(),
        "settings": [
            {"text": text, "differs": baseline is not None and text != _text(baseline.config.get(key))}
            for key, text in texts
        ],
    }


def _won(row: dict[str, Any], field: str, best: float | None) -> bool:
    return best is not None and row.get(field) == best


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

"""The comparison table: best values side by side, only those settings in which the runs differ, and the equal ones folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tracker.charts.compared import (
    best_percent,
    disagree,
    left_out,
    setting_key,
    setting_name,
    setting_text,
    settings,
)
from tracker.charts.lines import Line
from tracker.charts.numbers import as_share, duration, position, short, value
from tracker.charts.words import plural, verdict_words
from tracker.diagnosis.configs import flat
from tracker.model import Diagnosis, RunRecord
from tracker.report.parts import badge, own, plain, swatch

MOST_SETTINGS = 40
"""Columns of settings; further ones are counted in a line under the table."""
LONGEST = 60
"""Characters of a setting in its cell; all of it is in the cell's title."""

Entry = tuple[RunRecord, Line, Diagnosis]


def table(entries: Sequence[Entry], baseline: str | None) -> str:
    """Return the card of the table.

    Args:
        entries: each run with its curves and what they say.
        baseline: id of the run that the others are held against; None: none is.
    """
    records = [record for record, _, _ in entries]
    configs = [flat(record.config) for record in records]
    apart, same = settings(configs)
    first = next((record for record in records if record.id == baseline), None)
    lowest = _best([d.best_loss for _, _, d in entries], min)
    highest = _best([best_percent(line, d) for _, line, d in entries], max)
    scores = any(d.best_accuracy is not None for _, _, d in entries)
    shown = apart[:MOST_SETTINGS]
    heads = [
        "Run",
        "Verdict",
        "Best val loss",
        *(["Best val score"] if scores else []),
        "Gap",
        "Onset",
        "Duration",
    ]
    names = {line.accuracy_name.replace("_", " ") for _, line, d in entries if d.best_accuracy is not None}
    if scores and len(names) == 1:
        heads[3] = f"Best val {next(iter(names))[:24]}"
    head = "".join(f'<th scope="col"{_LEFT.get(name, "")}>{plain(name)}</th>' for name in heads)
    head += "".join(f'<th scope="col" title="{plain(key)}">{own(setting_name(key))}</th>' for key in shown)
    rows = "".join(_row(at, entry, shown, first, lowest, highest, scores) for at, entry in enumerate(entries))
    hints = ["a green dot marks the best value"] if len(entries) > 1 else []
    hints += ["differences from the baseline are marked"] if first is not None and shown else []
    hints += ["settings that are equal in all runs are hidden"] if len(entries) > 1 and same else []
    left = left_out(len(apart) - len(shown))
    more = f'<p class="hint foot">{left}.</p>' if left else ""
    return (
        f'<section class="card"><div class="card-head"><h2>{"Comparison" if len(entries) > 1 else "Key figures"}</h2><span class="hint">{"; ".join(hints)}</span></div>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Comparison of the runs"><table class="comparison">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}{_equal(records[0], same, len(records))}</section>"
    )


_LEFT = {"Run": ' class="left"', "Verdict": ' class="left"'}


def _row(
    at: int,
    entry: Entry,
    shown: Sequence[str],
    first: RunRecord | None,
    lowest: float | None,
    highest: float | None,
    scores: bool,
) -> str:
    record, line, d = entry
    held = first is not None and first.run_id == record.run_id
    tag = ' <span class="tag">baseline</span>' if held else ""
    cells = [
        f'<th scope="row"><span class="name">{swatch(line.colour)}<a href="#run-{at}">{own(record.name)}</a>{tag}</span></th>',
        f'<td class="left">{badge(verdict_words(d.standing))}</td>',
        _value(value, d.best_loss, d.best_epoch, d, best=lowest is not None and d.best_loss == lowest),
    ]
    if scores:
        won = highest is not None and best_percent(line, d) == highest
        write = as_share(line.percent_scale("accuracy"))
        cells.append(_value(write, d.best_accuracy, d.best_accuracy_epoch, d, best=won, apart=disagree(d)))
    onset = position(d.onset_epoch, d.axis, compact=True) if d.onset_epoch is not None else "–"
    took = duration(record.duration_ms) + (" so far" if record.status == "running" else "")
    cells += [f"<td>{one}</td>" for one in (short(d.gap), onset, took)]
    for key in shown:
        one = flat(record.config).get(key)
        text = setting_text(one)
        marked = (
            first is not None and not held and setting_key(one) != setting_key(flat(first.config).get(key))
        )
        cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        cells.append(
            f'<td><span class="setting{" differs" if marked else ""}" title="{plain(text[:2000])}">{own(cut)}</span></td>'
        )
    return f'<tr data-run="{at}"{" class=held" if held else ""}>{"".join(cells)}</tr>'


def _value(
    write: Callable[[float | None], str],
    best_value: float | None,
    at: float | None,
    d: Diagnosis,
    *,
    best: bool,
    apart: bool = False,
) -> str:
    if best_value is None:
        return "<td>–</td>"
    place = (
        f' <span class="at{" apart" if apart else ""}">{position(at, d.axis, compact=True)}</span>'
        if at is not None
        else ""
    )
    unseen = '<span class="unseen"> best</span>' if best else ""
    return f"<td><span{' class=best' if best else ''}>{write(best_value)}</span>{unseen}{place}</td>"


def _best(values: Sequence[float | None], choose: Callable[[list[float]], float]) -> float | None:
    known = [one for one in values if one is not None]
    return choose(known) if len(known) > 1 else None


def _equal(record: RunRecord, same: Sequence[str], count: int) -> str:
    """Return the settings that all runs share, folded."""
    if not same:
        return ""
    pairs = "".join(
        f"<div><dt>{own(key)}</dt><dd>{own(_cut(flat(record.config).get(key)))}</dd></div>" for key in same
    )
    said = plural(len(same), "setting") + {1: "", 2: " equal in both runs"}.get(
        count, f" equal in all {count} runs"
    )
    return f'<details class="equal"{" open" if count == 1 else ""}><summary>{said}</summary><dl>{pairs}</dl></details>'


def _cut(one: Any) -> str:
    text = setting_text(one)
    return text if len(text) <= 300 else text[:299] + "…"

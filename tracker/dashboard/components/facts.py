"""What is known about a run besides its curves: configuration, summary, environment, sessions, its group."""

from __future__ import annotations

import json
import math
import pprint
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from tracker.charts.numbers import duration, position, value
from tracker.curves.names import resolve
from tracker.dashboard.components.markdown import markdown
from tracker.dashboard.components.moments import moment
from tracker.dashboard.components.parts import act_button, attributes, badge, field, icon, link, swatch
from tracker.dashboard.components.static import static
from tracker.dashboard.paths import compare_path, run_path
from tracker.dashboard.state import View
from tracker.dashboard.words import plural, status_words, verdict_words
from tracker.model import RunRecord, SeriesRecord
from tracker.store.excerpts import SessionRecord

MOST_SIBLINGS = 30
"""Runs of a group that are listed; the compare page draws them all."""

_COMMIT = ("git_commit", "git.commit", "commit")
_BRANCH = ("git_branch", "git.branch", "branch")
_PLAIN_FACTS = {
    "python": "Python",
    "platform": "Platform",
    "host": "Host",
    "pid": "Process",
    "cpus": "CPUs",
    "git_commit": "Git commit",
    "git_branch": "Git branch",
}


def configuration(config: Mapping[str, Any]) -> list[Any]:
    """Return the hyperparameters as a tree with a search field and buttons that copy them."""
    if not config:
        return card(
            "Configuration", html.Div("No configuration was given to tracker.init.", className="note-text")
        )
    tools = [
        act_button(
            "run-copy", "JSON", classes="text-button", title="Copy as JSON", **attributes(data_id="json")
        ),
        act_button(
            "run-copy",
            "dict",
            classes="text-button",
            title="Copy as a Python dict",
            **attributes(data_id="python", aria_label="Copy as a Python dict"),
        ),
    ]
    body = html.Div(_tree(nested(config)), className="tree", **attributes(data_filtered="config"))
    search: list[Any] = []
    if len(config) > 8:
        search = [filter_field("config", f"Filter {plural(len(config), 'key')}")]
    return card(
        "Configuration",
        *search,
        body,
        hint=plural(len(config), "key"),
        tools=[html.Span("Copy", className="hint"), *tools],
    )


def summary_card(now: html.Div) -> html.Section:
    """Return the card that holds what `summary` gives, with a field that narrows it."""
    head = html.Div(
        [html.H2("Summary"), html.Span(className="spacer"), filter_field("summary", "Filter series")],
        className="card-head",
    )
    return html.Section([head, static(now, "run-summary")], className="card")


def filter_field(what: str, words: str) -> html.Div:
    """Return a field that hides what does not match in the `data-filtered` region `what` (assets/filter.js)."""
    return html.Div(
        [
            html.Label(words, htmlFor=f"run-filter-{what}", className="unseen"),
            icon("search"),
            field(f"run-filter-{what}", placeholder=words),
        ],
        className="filter",
        **attributes(data_filter=what),
    )


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat dotted keys as a tree; a key that is both a value and a branch stays dotted."""
    out: dict[str, Any] = {}
    for key, setting in flat.items():
        parts = key.split(".")
        branches = [".".join(parts[:i]) for i in range(1, len(parts))]
        if not all(parts) or any(b in flat for b in branches):
            out[key] = setting
            continue
        at = out
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = setting
    return out


def copies(record: RunRecord) -> dict[str, str]:
    """Return the texts that the page's copy buttons put on the clipboard."""
    config = nested(record.config)
    return {
        "id": record.id,
        "json": json.dumps(config, indent=2, ensure_ascii=False),
        "python": pprint.pformat(config, sort_dicts=False, width=100),
    }


def summary(record: RunRecord, series: Sequence[SeriesRecord]) -> list[Any]:
    """Return what the user set, and last, best, min and max of each series; nothing where there is neither."""
    if not record.summary and not series:
        return [html.P("Nothing logged yet.", className="none")]
    read = resolve([s.name for s in series], {s.name: s.definition for s in series})
    body: list[Any] = []
    if record.summary:
        body.append(html.Dl(_terms(record.summary.items()), className="pairs"))
    if series:
        names = ("Series", "Points", "Last", "Best", "Lowest", "Highest")
        head = html.Thead(html.Tr([html.Th(n, scope="col") for n in names]))
        rows = [_series_row(s, read[s.name].goal) for s in series]
        table = html.Table(
            [head, html.Tbody(rows, **attributes(data_filtered="summary"))], className="figures"
        )
        body.append(
            html.Div(
                table,
                className="figures-box",
                tabIndex=0,
                role="region",
                **attributes(aria_label="Summary of each series"),
            )
        )
    return body


def environment(record: RunRecord) -> list[Any]:
    """Return where the run was trained: commit, Python, packages, host. Nothing where nothing was recorded."""
    facts = record.environment
    if not facts:
        return []
    first = [(_PLAIN_FACTS[k], facts[k]) for k in _PLAIN_FACTS if facts.get(k) not in (None, "")]
    rest = [(k, v) for k, v in facts.items() if k not in _PLAIN_FACTS]
    body: list[Any] = [html.Dl(_terms(first), className="pairs")]
    if rest:
        body.append(html.Div("Packages and more", className="part"))
        body.append(html.Dl(_terms(rest), className="pairs"))
    return card("Environment", *body)


def sessions(found: Sequence[SessionRecord]) -> list[Any]:
    """Return the processes that wrote a run which was resumed; nothing where there was only one."""
    if len(found) < 2:
        return []
    items = []
    for count, session in enumerate(found, 1):
        status = status_words(session.status)
        ended = f"with {session.exception}" if session.exception else ""
        reached = "no point" if session.reached_ms < 0 else f"up to {duration(session.reached_ms)}"
        items.append(
            html.Li(
                [
                    html.Strong(f"{count}"),
                    html.Span(
                        [icon(status.icon), f" {status.label} {ended}"], className=f"verdict {status.tone}"
                    ),
                    html.Span(["began ", moment(session.started_ms)], className="hint"),
                    html.Span(
                        reached, className="hint", title="Time of its last point since the run's creation"
                    ),
                ]
            )
        )
    return card(
        "Sessions", html.Ul(items, className="sessions"), hint=f"resumed {plural(len(found) - 1, 'time')}"
    )


def written(text: str) -> html.Div:
    """Return the run's notes as they are read."""
    shown: Any = (
        markdown(text)
        if text.strip()
        else html.P(
            "Nothing written yet: what it is for, what you expected, what came out.", className="none"
        )
    )
    return html.Div(shown, **attributes(data_shown="1", data_value=text))


def commit(record: RunRecord) -> str:
    """Return the commit that was checked out, with its branch where that is known; "" where it is not."""
    found = _first(record.environment, _COMMIT)
    branch = _first(record.environment, _BRANCH)
    return "" if not found else f"{branch}@{found[:8]}" if branch else found[:8]


def siblings(record: RunRecord, runs: Sequence[tuple[RunRecord, Mapping[str, Any]]]) -> list[Any]:
    """Return the other runs of the group with their verdicts; Nothing where there are none.

    `runs` holds every run of the group, this one too, each with its row of the lists.
    """
    others = [(r, row) for r, row in runs if r.run_id != record.run_id]
    if not record.group or not others:
        return []
    items = [
        html.Li(
            [
                swatch(other.colour),
                link(run_path(other.project, other.id), other.name, classes="title", title=other.name),
                html.Span(row.get("best_loss_text") or "–", className="hint"),
                badge(verdict_words(row.get("verdict"))),
            ]
        )
        for other, row in others[:MOST_SIBLINGS]
    ]
    more = len(others) - MOST_SIBLINGS
    body: list[Any] = [html.Ul(items, className="siblings")]
    if more > 0:
        body.append(html.P(f"and {plural(more, 'more run')}", className="hint siblings-more"))
    every = View().only(*(r.id for r, _ in runs)).to_query()
    all_of_them = link(compare_path(record.project, every), "Compare all", classes="text-button")
    return card(f"Group {record.group}", *body, tools=[all_of_them])


def card(title: str, *body: Any, hint: str = "", tools: Sequence[Any] = ()) -> list[Any]:
    """Return what a card holds: a heading, a hint beside it, buttons at its right, and what is below."""
    head = html.Div(
        [
            html.H2(title, title=title),
            *([html.Span(hint, className="hint")] if hint else []),
            html.Span(className="spacer"),
            *tools,
        ],
        className="card-head",
    )
    return [head, *body]


def setting_text(setting: Any) -> str:
    """Return a value of the configuration exactly: every digit of a number, words as they are."""
    if setting is None:
        return "None"
    if isinstance(setting, bool):
        return "true" if setting else "false"
    if isinstance(setting, float):
        return repr(setting) if math.isfinite(setting) else value(setting)
    return str(setting)


def _tree(tree: Mapping[str, Any]) -> list[Any]:
    leaves = [(key, v) for key, v in tree.items() if not (isinstance(v, Mapping) and v)]
    branches = [(key, v) for key, v in tree.items() if isinstance(v, Mapping) and v]
    out: list[Any] = [html.Dl(_terms(leaves), className="pairs")] if leaves else []
    for key, inner in branches:
        out.append(html.Details([html.Summary(key), *_tree(inner)], open=True, className="branch"))
    return out


def _terms(pairs: Any) -> list[Any]:
    out = []
    for key, setting in pairs:
        text = setting_text(setting)
        long = len(text) > 34
        out.append(
            html.Div(
                [html.Dt(key), html.Dd(text, className="mono")],
                className="pair long" if long else "pair",
                **attributes(data_words=f"{key} {text}".lower()[:300]),
            )
        )
    return out


def _series_row(s: SeriesRecord, goal: str | None) -> html.Tr:
    lowest = _cell(s.min_value, s.min_epoch, s.min_step)
    highest = _cell(s.max_value, s.max_epoch, s.max_step)
    best = lowest if goal == "min" else highest if goal == "max" else html.Td("–")
    return html.Tr(
        [
            html.Th(s.name, scope="row", title=s.name),
            html.Td(f"{s.count:,}"),
            _cell(s.last_value, s.last_epoch, s.last_step),
            best,
            lowest,
            highest,
        ],
        **attributes(data_words=s.name.lower()[:300]),
    )


def _cell(v: float | None, epoch: float | None, step: int | None) -> html.Td:
    if v is None:
        return html.Td("–")
    at = position(epoch) if epoch is not None else position(step, "step") if step is not None else ""
    return html.Td([value(v), html.Span(at, className="at")], title=f"{v!r} at {at}" if at else repr(v))


def _first(facts: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((str(facts[k]) for k in keys if facts.get(k)), "")

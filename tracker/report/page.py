"""The page of a report: everything that is said stands in it as text, the curves are compressed beside it.

The curves are drawn by a small script of its own (assets/), not by plotly: a tenth of the size, colours that change
with the theme and on paper without being drawn anew, and no inline styles, so that the page's own
Content-Security-Policy needs no exception. The script, the style sheet and nothing else may run: each is named there
by its hash, and no request of any kind is allowed.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import orjson

from tracker.charts.lines import Line, XAxis
from tracker.charts.theme import Theme, theme
from tracker.charts.words import Words, plural, verdict_words
from tracker.errors import BadInput
from tracker.model import PALETTE_SIZE, VERDICTS, Diagnosis, Observation, RunRecord, Standing
from tracker.report.cards import card, moment
from tracker.report.parts import badge, icon, own, plain, swatch
from tracker.report.table import table
from tracker.report.views import Views, views

MOST_RUNS = 200
"""Runs that a report holds at most."""
FOLDED = 12
"""Of more runs than this only the sentence of each is seen at once."""
LONGEST_TITLE = 300

_SCRIPTS = ("scale.js", "chart.js", "report.js")
_ALARMS = ("overfitting", "overconfident")
_STANDINGS: tuple[Standing, ...] = (*VERDICTS, "dismissed")


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made of.

    `records`, `lines` and `diagnoses` are of the same length and order; the lines carry the runs' ids. `baseline` is the
    id of the run that the others are held against, `store` says where the runs were read (without a password),
    `made_ms` when, in milliseconds since 1970. `version` is that of the package. An `embedded` one holds the curves and the table
    alone, for a frame in a page that says the rest.
    """

    records: Sequence[RunRecord]
    lines: Sequence[Line]
    diagnoses: Sequence[Diagnosis]
    observations: Sequence[Observation]
    axis: XAxis
    baseline: str | None
    store: str
    made_ms: int
    version: str
    title: str | None = None
    description: str = ""
    author: str = ""
    embedded: bool = False


def render(report: Report) -> str:
    """Return the report as one HTML document.

    Raises:
        BadInput: it has no run, or more than `MOST_RUNS`.
    """
    count = len(report.records)
    if not 0 < count <= MOST_RUNS:
        raise BadInput(f"a report holds 1 to {MOST_RUNS} runs, got {count}: choose fewer")
    drawn = views(report.lines, report.axis, _focus(report))
    style, script = _style(), _script()
    title = plain(_title(report))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="tracker {plain(report.version)}">
<title>{title}</title>
<style>{style}</style>
</head>
<body{' class="embedded"' if report.embedded else ""}>
<svg class="unseen" aria-hidden="true">{_asset("icons.svg")}</svg>
{"" if report.embedded else _top(report)}
<main>
{chr(10).join(_curves_alone(report, drawn) if report.embedded else _story(report, drawn))}
{"" if report.embedded else _foot(report, drawn)}
</main>
<script type="text/plain" id="curves">{_packed(drawn)}</script>
<script>{script}</script>
</body>
</html>
"""


def _title(report: Report) -> str:
    if report.title:
        return report.title[:LONGEST_TITLE]
    if len(report.records) == 1:
        return report.records[0].name
    projects = list(dict.fromkeys(record.project for record in report.records))
    return f"{plural(len(report.records), 'run')} of {' and '.join(projects[:2])}{' and others' if projects[2:] else ''}"


def _focus(report: Report) -> str | None:
    """Return the run that is annotated when the page opens: the baseline, else the first that overfits."""
    if report.baseline is not None:
        return report.baseline
    pairs = list(zip(report.records, report.diagnoses, strict=True))
    return next((record.id for alarm in _ALARMS for record, d in pairs if d.standing == alarm), None)


# ------------------------------------------------------------------------------------------------------------- sections


def _top(report: Report) -> str:
    made = datetime.fromtimestamp(report.made_ms / 1000, UTC)
    projects = ", ".join(own(name) for name in dict.fromkeys(record.project for record in report.records))
    author = f"<span>by {own(report.author[:LONGEST_TITLE])}</span>" if report.author else ""
    live = sum(record.status == "running" for record in report.records)
    running = f'<span class="live">{plural(live, "run")} still running</span>' if live else ""
    paragraphs = "".join(
        f"<p>{own(part.strip())}</p>"
        for part in report.description.replace("\r\n", "\n").split("\n\n")
        if part.strip()
    )
    return f"""<header class="top">
<div class="bar"><span class="logo">{icon("chart-line")}</span><span class="crumb">{projects}</span><span class="spacer"></span>
<button type="button" class="button square" id="theme" aria-label="Dark or light" title="Dark or light" hidden>{icon("moon")}{icon("sun")}</button></div>
<h1>{own(_title(report))}</h1>
<p class="facts">{author}<span>made {moment(made)}</span><span>{plural(len(report.records), "run")}</span>{running}</p>
{_counts(report)}
{f'<div class="lead">{paragraphs}</div>' if paragraphs else ""}
</header>"""


def _counts(report: Report) -> str:
    """Return how many runs have which verdict."""
    if len(report.records) < 2:
        return ""
    counts = Counter(d.standing for d in report.diagnoses)
    pills = "".join(
        badge(Words(f"{counts[one]} {words.label.lower()}", words.icon, words.tone))
        for one in _STANDINGS
        if counts[one]
        for words in (verdict_words(one),)
    )
    return f'<div class="pills">{pills}</div>'


def _together(report: Report) -> str:
    """Return what the runs show together."""
    if len(report.records) < 2:
        return ""
    said = "".join(f"<li>{plain(one.text)}</li>" for one in report.observations)
    said = said or "<li>Nothing beyond what each run says alone.</li>"
    return f'<section><h2 class="part">Across the runs</h2><ul class="card together">{said}</ul></section>'


def _chart(report: Report, drawn: Views) -> str:
    rows = "".join(
        f'<li class="run-row run-{line.colour % PALETTE_SIZE}" data-run="{at}">'
        f'<button type="button" class="eye" aria-pressed="true" title="Hide or show">{icon("eye")}{icon("eye-off")}'
        f'<span class="unseen">{own(record.name)} shown</span></button>'
        f'<button type="button" class="pick" aria-pressed="false" title="{plain(record.name)}">{swatch(line.colour)}'
        f'<span class="what"><span class="name">{own(record.name)}</span>{badge(verdict_words(d.standing), "")}</span></button></li>'
        for at, (record, line, d) in enumerate(
            zip(report.records, report.lines, report.diagnoses, strict=True)
        )
    )
    many = len(report.records) > 1
    picks = (
        f'<div class="list"><div class="list-head"><h2>{plural(len(report.records), "run")}</h2><span class="spacer"></span>'
        '<button type="button" class="quiet" id="all">All</button><button type="button" class="quiet" id="none">None</button>'
        f"</div><ul>{rows}</ul></div>"
        if many
        else f"<ul hidden>{rows}</ul>"
    )
    sampled = ""
    if drawn.drawn < drawn.logged:
        sampled = f"{drawn.drawn:,} of {drawn.logged:,} points are in this file; the lowest and highest of each stretch are kept, so no spike is lost."
    return f"""<section class="card figure{" alone" if not many else ""}" aria-label="Learning curves">{picks}<div class="plot">
<div class="card-head"><h2>Learning curves</h2><span class="hint" id="how"></span><span class="spacer"></span>
<div class="tools" hidden><label><input type="checkbox" id="log"> Log y</label><label><input type="checkbox" id="marks" checked> Annotations</label>
<label id="clip-field" hidden><input type="checkbox" id="clip" checked> Clip outliers</label>
<button type="button" class="button" id="reset" hidden>{icon("rotate-ccw")}Reset zoom</button></div></div>
<div class="legend"><span><i class="solid"></i>validation</span><span><i class="dashed"></i>training</span><span><i class="ring"></i>best epoch</span><span><i class="onset"></i>onset</span><span><i class="region"></i>overfit region</span></div>
<div id="chart" class="chart" tabindex="0" role="group" aria-label="Loss and accuracy of the runs; arrow keys read values, Escape ends it"></div>
<p class="hint foot" id="notices">{sampled}</p><p class="hint foot trouble" id="trouble"></p>
<noscript><p class="hint foot">The curves are drawn by a script inside this file, which is switched off here. Words and table need none.</p></noscript>
</div></section>"""


def _story(report: Report, drawn: Views) -> list[str]:
    """Return the sections in their order: of one run its words come first, of many the table before the words of each."""
    count = len(report.records)
    cards = (
        f'<section><h2 class="part">What is happening</h2><div class="cards">{_cards(report)}</div></section>'
    )
    held = table(list(zip(report.records, report.lines, report.diagnoses, strict=True)), report.baseline)
    if count == 1:
        return [cards, _chart(report, drawn), held]
    rest = [held, cards] if count > FOLDED else [cards, held]
    return [_chart(report, drawn), _together(report), *rest]


def _curves_alone(report: Report, drawn: Views) -> list[str]:
    parts = list(zip(report.records, report.lines, report.diagnoses, strict=True))
    held = [table(parts, report.baseline)] if len(parts) > 1 else []
    return [_chart(report, drawn), *held]


def _cards(report: Report) -> str:
    folded = len(report.records) > FOLDED
    parts = zip(report.records, report.lines, report.diagnoses, strict=True)
    return "\n".join(card(at, *each, folded=folded) for at, each in enumerate(parts))


def _foot(report: Report, drawn: Views) -> str:
    made = datetime.fromtimestamp(report.made_ms / 1000, UTC)
    rules = sorted({d.rules_version for d in report.diagnoses})
    where = f" from {own(report.store)}" if report.store else ""
    points = (
        plural(drawn.logged, "point")
        if drawn.drawn == drawn.logged
        else f"{drawn.drawn:,} of {drawn.logged:,} points"
    )
    return (
        f"<footer><p>Made {moment(made)}{where} by tracker {plain(report.version)}, rules {', '.join(map(str, rules))}. "
        f"Holds {points}; verdicts were reached on all of them. This file asks no server for anything.</p></footer>"
    )


# ---------------------------------------------------------------------------------------------------- what is inlined


def _packed(drawn: Views) -> str:
    """Return the curves as deflate in base64, whose letters cannot end the element that they stand in."""
    return base64.b64encode(zlib.compress(orjson.dumps(drawn.data), 9)).decode()


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return (files("tracker.report") / "assets" / name).read_text("utf-8").strip()


@cache
def _script() -> str:
    return "\n".join(("(function () {", '"use strict";', *map(_asset, _SCRIPTS), "})();"))


@cache
def _style() -> str:
    light, dark = (_colours(theme(name)) for name in ("light", "dark"))
    slots = "".join(f".run-{slot}{{--run:var(--run-{slot})}}" for slot in range(PALETTE_SIZE))
    return _asset("report.css").replace("/*light*/", light).replace("/*dark*/", dark) + slots


def _colours(look: Theme) -> str:
    """Return the colours of the figures as CSS custom properties."""
    own_names = ("panel", "grid", "text", "text2", "text3", "bad", "region", "shade", "context")
    fixed = "".join(f"--{name}:{getattr(look, name)};" for name in own_names)
    runs = "".join(f"--run-{slot}:{colour};" for slot, colour in enumerate(look.palette))
    return fixed + runs + "".join(f"--ink-{slot}:{look.ink(slot)};" for slot in range(PALETTE_SIZE))

"""Everything on the hyperparameters page that follows from the runs and the view, by component and property."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from tracker.charts.numbers import percent, value
from tracker.charts.parallel import parallel
from tracker.charts.scatter import scatter
from tracker.charts.trials import Measure
from tracker.dashboard.components import hyper
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.components.parts import act_button, attributes, icon
from tracker.dashboard.hyperview import HyperView
from tracker.dashboard.paths import compare_path, run_path
from tracker.dashboard.state import MOST_RUNS, View
from tracker.dashboard.trials import Trials
from tracker.dashboard.words import plural
from tracker.diagnosis.association import Association, sentence

TALL, SMALL = 320, 300
"""Heights of the two pictures in pixels."""

PARTS = (
    "graph.figure",
    "scatter.figure",
    "heads.children",
    "rails.children",
    "wide.style",
    "picker.children",
    "picked.children",
    "pills.children",
    "legend.children",
    "count.children",
    "compare.children",
    "says.children",
    "table.children",
    "logs.children",
    "metric.data",
    "x.data",
    "x.value",
    "now.data",
    "lack.children",
)
"""The components, without the page's prefix, and which of their properties each answer sets."""


def parts(trials: Trials, project: str, view: HyperView, screen: Screen) -> dict[str, Any]:
    """Return everything on the page that follows from the runs and the view, by component and property."""
    look: Any = "dark" if screen.theme == "dark" else "light"
    measure, axes, kept = trials.measure(view), trials.axes(view), trials.kept(view)
    best = f"best:{measure.key}"
    found = trials.associations(measure, kept)
    x = view.x if view.x in _choices(trials) else next((one.key for one in found), "")
    keys = [*axes, best]
    columns = {key: trials.values(key) for key in {*keys, x} if key}
    scales = [trials.scale(key) for key in keys]
    only = kept if view.narrowed else None
    options: Any = {"goal": measure.goal, "colour": view.colour, "kept": only, "look": look}
    across = parallel(trials.runs, columns, scales, height=TALL, **options)
    down, right = trials.scale(best, view.logy), trials.scale(x, view.logx) if x else None
    points = (
        scatter(trials.runs, columns[x], columns[best], right, down, height=SMALL, **options)
        if right
        else _blank()
    )
    together = _together(found, trials, x, measure, kept)
    ids = _best_first(trials, kept, measure)
    return {
        "graph.figure": across,
        "scatter.figure": points,
        "heads.children": hyper.heads(scales, view, measure.goal),
        "rails.children": hyper.rails(scales, view),
        "wide.style": {"minWidth": f"{len(scales) * 112}px"},
        "picker.children": hyper.picker(trials.keys, axes, trials.kinds),
        "picked.children": f"Axes {len(axes)} of {len(trials.keys)}",
        "pills.children": hyper.pills([run.standing for run in trials.runs], view.verdicts),
        "legend.children": hyper.legend(
            [r.standing for r in trials.runs], measure, view.colour, screen.theme
        ),
        "count.children": _count(trials, len(kept), view),
        "compare.children": hyper.compare_link(
            compare_path(project, View(runs=tuple(i for i, _ in ids[:MOST_RUNS])).to_query()),
            min(len(ids), MOST_RUNS),
            len(ids),
        ),
        "says.children": _says(together, measure, x),
        "table.children": hyper.table(found, x),
        "logs.children": _logs(right, down),
        "metric.data": [{"value": m.key, "label": m.title} for m in trials.measures],
        "x.data": [{"value": key, "label": label} for key, label in _choices(trials).items()],
        "x.value": x or None,
        "now.data": {
            "axes": list(axes),
            "x": x,
            "unread": trials.unread,
            "base": run_path(project, ""),
            "list": _items(trials, ids, percent if measure.percent else value),
        },
        "lack.children": _lack(trials),
    }


def _choices(trials: Trials) -> dict[str, str]:
    """Return what the scatter plot can have across: settings, then metrics."""
    return {key: key for key in trials.keys} | {f"best:{m.key}": m.title for m in trials.measures}


def _together(
    found: list[Association], trials: Trials, x: str, measure: Measure, kept: frozenset[str]
) -> Association | None:
    known = next((one for one in found if one.key == x), None)
    return known if known or not x else trials.together(x, _choices(trials)[x], measure, kept)


def _best_first(trials: Trials, kept: frozenset[str], measure: Measure) -> list[tuple[str, float | None]]:
    sign = -1 if measure.goal == "max" else 1
    listed = [(run.id, run.best.get(measure.key)) for run in trials.runs if run.id in kept]
    return sorted(listed, key=lambda one: (one[1] is None, sign * (one[1] or 0.0)))


def _items(
    trials: Trials, ids: list[tuple[str, float | None]], write: Callable[[float | None], str]
) -> list[dict[str, Any]]:
    """Return the rows of the run list: those that are left, the best first."""
    rows = {row["id"]: row for row in trials.rows}
    fields = ("id", "name", "status", "verdict", "label", "tone", "icon", "colour")
    return [
        {name: rows[run].get(name) for name in fields} | {"best": write(best) if best is not None else ""}
        for run, best in ids
    ]


def _count(trials: Trials, kept: int, view: HyperView) -> list[Any]:
    of = plural(len(trials.runs), "run")
    text = f"{kept:,} of {of}" if view.narrowed else of
    if trials.total > len(trials.runs):
        text += f" (the newest of {trials.total:,})"
    if trials.unread:
        text += f", {trials.unread:,} still being read"
    clear = act_button("clear", "Show all", classes="text-button") if view.narrowed else ""
    return [html.Span(text), html.Span(className="spacer"), clear]


def _says(together: Association | None, measure: Measure, x: str) -> str:
    if together is None:
        return ""
    if x == f"best:{measure.key}":
        return "This is the metric against itself: choose a setting, or another metric."
    return sentence(together, measure.title, measure.goal)


def _lack(trials: Trials) -> Any:
    """Return what the page says instead of its pictures when there is nothing to hold against each other."""
    if not trials.runs:
        return _notice(
            "No runs yet", "Runs appear here as soon as they log; their settings come with config."
        )
    if len(trials.runs) == 1:
        return _notice(
            "One run has nothing to be held against",
            "Start another one with a different setting, and both stand here side by side.",
        )
    if not trials.keys:
        return _notice(
            "These runs carry no setting that differs",
            "Give each run its settings when it starts, and they become axes here.",
        )
    return None


def _notice(title: str, text: str) -> html.Div:
    code = 'tracker.init(project="…", config={"lr": 3e-4, "batch_size": 64})'
    return html.Div(
        [
            html.Span(icon("layers"), className="mark"),
            html.H1(title),
            html.P(text),
            html.Div(code, className="code", tabIndex=0, role="region", **attributes(aria_label="Example")),
        ],
        className="notice",
    )


def _blank() -> dict[str, Any]:
    axis = {"visible": False}
    clear = "rgba(0,0,0,0)"
    return {
        "data": [],
        "layout": {"xaxis": axis, "yaxis": axis, "paper_bgcolor": clear, "plot_bgcolor": clear},
    }


def _logs(x: Any, y: Any) -> list[Any]:
    """Return a switch for each axis that has numbers; pressed is what is drawn."""
    return [
        act_button(
            act,
            label,
            classes="button small",
            **attributes(
                data_id=str(int(scale.kind != "log")), aria_pressed=str(scale.kind == "log").lower()
            ),
        )
        for act, label, scale in (("logx", "Log x", x), ("logy", "Log y", y))
        if scale is not None and scale.kind != "category" and (scale.kind == "log" or scale.low > 0)
    ]

"""The frame around every page: the top bar with where one is, what else there is, and how many runs are live."""

from __future__ import annotations

from typing import Any

from dash import html

from tracker.dashboard.components.parts import act_button, attributes, icon, link
from tracker.dashboard.paths import compare_path, hyperparameters_path, runs_path, views_path
from tracker.dashboard.words import plural

_THEMES = (("light", "sun", "light"), ("dark", "moon", "dark"), ("auto", "monitor", "system"))


def shell(
    body: Any,
    *,
    project: str | None = None,
    tab: str = "",
    run: str | None = None,
    live: int = 0,
    extra: Any = (),
) -> html.Div:
    """Return a page in its frame.

    Args:
        body: The page; it fills what the top bar leaves.
        project: The project's name where the page belongs to one.
        tab: Which tab is on: runs, compare, hyperparameters, saved or none.
        run: The run's name where the page is about one.
        live: How many runs are running, as far as known when the page is made.
        extra: Buttons at the right of the bar.
    """
    return html.Div([_bar(project, tab, run, live, list(extra)), body], className="frame")


def live_children(count: int) -> list[Any]:
    """Return what the live indicator holds: nothing when no run is running."""
    return [html.I(), html.Span(f"{plural(count, 'run')} live")] if count else []


def _bar(project: str | None, tab: str, run: str | None, live: int, extra: list[Any]) -> html.Header:
    crumbs: list[Any] = [
        link("/", html.Span(icon("chart-line"), className="logo"), title="All projects", classes="home")
    ]
    names: list[Any]
    if project is None:
        names = [html.Span("tracker", className="here")]
    else:
        names = [link("/", "Projects", classes="up"), html.Span("/", className="sep")]
        if run is None:
            names.append(html.Span(project, className="here", title=project))
        else:
            names += [
                link(runs_path(project), project, classes="up", title=project),
                html.Span("/", className="sep"),
                html.Span(run, className="here", title=run),
            ]
    crumbs.append(html.Div(names, className="crumbs"))
    if project is not None:
        tabs = [
            _tab("Runs", runs_path(project), on=tab == "runs"),
            _tab("Compare", compare_path(project), on=tab == "compare"),
            _tab("Hyperparameters", hyperparameters_path(project), on=tab == "hyperparameters"),
            _tab("Saved", views_path(project), on=tab == "saved"),
        ]
        crumbs.append(html.Nav(tabs, className="tabs", **attributes(aria_label="Pages of the project")))
    return html.Header(
        [
            *crumbs,
            html.Span(className="spacer"),
            html.Span(live_children(live), id="live", className="live", role="status"),
            html.Span(
                id="connection", className="live away", role="status", **attributes(aria_live="polite")
            ),
            *extra,
            _square("palette", icon("search"), "Go to a project, run or page (Ctrl K)", "Go to"),
            _square("keys", html.Span("?", className="cap"), "Keys (?)", "Keys ?", classes=" desk-only"),
            act_button(
                "theme",
                *(
                    html.Span(
                        [icon(name), html.Span(f"Theme: {said}", className="unseen")],
                        className=f"theme-choice theme-{choice}",
                    )
                    for choice, name, said in _THEMES
                ),
                classes="button square",
                title="Light, dark or system (Alt M)",
            ),
        ],
        className="topbar",
    )


def _square(what: str, child: Any, title: str, label: str, *, classes: str = "") -> html.Button:
    return act_button(
        what, child, classes=f"button square{classes}", title=title, **attributes(aria_label=label)
    )


def _tab(text: str, href: str, *, on: bool) -> Any:
    return link(href, text, classes="on" if on else "")

"""The pages as one Dash application: what is loaded, which address shows which page, and what is said when it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import dash_mantine_components as dmc
import flask
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.dependencies import DashDependency

from tracker.dashboard import loading, paths
from tracker.dashboard.browser import in_browser
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.components.keylist import keys_overlay
from tracker.dashboard.components.parts import attributes
from tracker.dashboard.components.shell import shell
from tracker.dashboard.components.static import still
from tracker.dashboard.data import Data
from tracker.dashboard.packing import pack
from tracker.dashboard.pages import compare, hyperparameters, missing, projects, run, runs, saved
from tracker.dashboard.sharing import Frozens
from tracker.errors import NotFound, PublicError, SchemaMismatch, StoreError, TrackerError

_log = logging.getLogger("tracker.dashboard")

_SET_BY_SCRIPTS = ("connection",)
"""Ids of elements that no callback names and whose children assets/*.js set."""


class Pages(Dash):
    """Dash with the basic bundle of plotly.js, a quarter of the full one, and with markup drawn as one component.

    What no callback names is markup; see `components.static`.

    Attributes:
        named: The ids that callbacks name.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.named: set[Any] = set(_SET_BY_SCRIPTS)

    def _setup_plotlyjs(self) -> None:
        self._plotlyjs_url = ""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """Return the page that loads everything."""
        parts["scripts"] = loading.scripts(parts["scripts"], flask.request.path)
        whole: str = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return whole

    def callback(self, *args: Any, **named: Any) -> Any:
        """Register a callback whose answers go out with their markup static."""
        self._name([*args, *named.values()])
        register = super().callback(*args, **named)

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def answered(*given: Any, **more: Any) -> Any:
                answer = function(*given, **more)
                if isinstance(answer, tuple):
                    return tuple(still(part, self.named) for part in answer)
                if isinstance(answer, dict):
                    return {name: still(part, self.named) for name, part in answer.items()}
                return still(answer, self.named)

            register(answered)
            return function

        return add

    def clientside_callback(self, *args: Any, **named: Any) -> Any:
        """Register a callback that runs in the browser."""
        self._name([*args, *named.values()])
        return super().clientside_callback(*args, **named)  # type: ignore[no-untyped-call]

    def _name(self, dependencies: Sequence[Any]) -> None:
        for one in dependencies:
            if isinstance(one, DashDependency):
                self.named.add(one.component_id)
            elif isinstance(one, dict):
                self._name(list(one.values()))
            elif isinstance(one, list | tuple):
                self._name(one)


def build(data: Data, notice: str = "") -> tuple[flask.Flask, list[str]]:
    """Return the pages' WSGI application and the hashes of its inline scripts for the security policy.

    Args:
        data: The pages' way to the store.
        notice: One sentence that says why the store takes no changes; it stands on every page, and what would change
            something is switched off.
    """
    app = application(data, notice)
    pack(app.server)
    return app.server, list(app.csp_hashes())


def application(data: Data, notice: str = "") -> Pages:
    """Return the pages as Dash's application; see `build`."""
    app = Pages(
        "tracker.dashboard",
        assets_folder="assets",
        assets_ignore=r"\.(js|css)$",
        compress=True,
        include_pages_meta=False,
        suppress_callback_exceptions=True,
        title="tracker",
        update_title="",
        enable_mcp=False,
        index_string="{%app_entry%}{%config%}{%scripts%}{%renderer%}",
    )
    app.index_string = loading.index(app.server)
    app.layout = layout = dmc.MantineProvider(
        [
            html.A("Skip to the page", href="#page", className="skip"),
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="screen"),
            dcc.Store(id="title"),
            html.Main(html.Div(className="skeleton"), id="page"),
            keys_overlay(),
            *([_standing(notice)] if notice else []),
        ],
        defaultColorScheme="auto",
        theme={"fontFamily": "Inter, system-ui, sans-serif", "primaryColor": "indigo"},
    )
    frozens = Frozens(data)
    _route(app, data, frozens)
    saved.register(app, data, frozens)
    for page in (projects, runs, compare, hyperparameters, run):
        page.register(app, data)
    layout.children = still(layout.children, app.named)
    return app


def _standing(notice: str) -> html.Div:
    return html.Div(notice, className="standing", role="status", **attributes(data_read_only="1"))


def _route(app: Dash, data: Data, frozens: Frozens) -> None:
    in_browser(
        app,
        "navigate",
        Output("screen", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        initial=True,
    )
    in_browser(
        app,
        "title",
        Output("title", "data", allow_duplicate=True),
        Input("title", "data"),
    )

    @app.callback(Output("page", "children"), Output("title", "data"), Input("screen", "data"))
    def show(screen: dict[str, Any] | None) -> tuple[Any, str]:
        where = screen or {}
        path, search = str(where.get("path", "/")), str(where.get("search", ""))
        return page(data, frozens, paths.read(path), search, Screen.of(where))

    @app.callback(
        Output("page", "children", allow_duplicate=True),
        Output("title", "data", allow_duplicate=True),
        Input("waiting", "n_intervals"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def look_again(_: int, screen: dict[str, Any] | None) -> tuple[Any, Any]:
        where = screen or {}
        path, search = str(where.get("path", "/")), str(where.get("search", ""))
        try:
            found = _page(data, frozens, paths.read(path), search, Screen.of(where))
        except TrackerError:
            return no_update, no_update  # still not there
        return found or (no_update, no_update)


def page(data: Data, frozens: Frozens, place: paths.Place, search: str, screen: Screen) -> tuple[Any, str]:
    """Return the page for a place and its title; what cannot be shown becomes a page that says so."""
    try:
        found = _page(data, frozens, place, search, screen)
    except NotFound as error:
        return shell(missing.not_found(str(error), place, _names(data, place))), "Not found · tracker"
    except PublicError as error:
        return shell(missing.refused(str(error))), "Cannot be shown · tracker"
    except SchemaMismatch as error:
        _log.warning("%s", error)
        return shell(missing.other_version()), "Store version · tracker"
    except StoreError as error:
        _log.warning("%s", error)
        return shell(missing.store_away()), "Store unavailable · tracker"
    return found or (shell(missing.unknown_address()), "Not found · tracker")


def _names(data: Data, place: paths.Place) -> list[tuple[str, str]]:
    """Return what there is beside what was asked for: the project's runs by name, or the projects."""
    try:
        if place.page == "run":
            return [(r.name, paths.run_path(place.project, r.id)) for r in data.runs(place.project)]
        return [(p.name, paths.runs_path(p.name)) for p in data.projects()]
    except TrackerError:
        return []  # the page says what is not there, without a proposal


def _page(
    data: Data, frozens: Frozens, place: paths.Place, search: str, screen: Screen
) -> tuple[Any, str] | None:
    match place.page:
        case "projects":
            return projects.layout(data, search), "Projects · tracker"
        case "runs":
            return runs.layout(data, place.project, search), f"{place.project} · tracker"
        case "compare":
            body = compare.layout(data, place.project, search, screen)
            return body, f"Compare · {place.project} · tracker"
        case "hyperparameters":
            body = hyperparameters.layout(data, place.project, search, screen)
            return body, f"Hyperparameters · {place.project} · tracker"
        case "views":
            return saved.listing(data, place.project), f"Saved · {place.project} · tracker"
        case "view":
            return saved.layout(data, frozens, place.run, search, screen)
        case "run":
            return run.layout(data, place.project, place.run, search, screen)
    return None

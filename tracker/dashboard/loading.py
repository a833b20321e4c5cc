"""What a browser loads before a page stands: in few requests, and nothing that no page uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import dash_ag_grid
import flask

from tracker.charts.theme import css_variables
from tracker.dashboard import paths

ASSETS = Path(__file__).parent / "assets"
HEAD = ("theme.js", "first.js")
"""Scripts that stand in the head, in this order: what they do must not wait for the others."""

PLOTLY = "plotly-basic.min.js"

_UNUSED = re.compile(r'<script src="[^"]*/(?:deps/polyfill@|dash_table/)[^"]*"></script>\n?')
"""Dash's own tables, and what teaches browsers of 2016 the language of 2015: ours speaks that of 2022."""

_WITH_GRID = ("runs", "compare", "hyperparameters", "view")
"""Pages that show a grid at once; on the others one may come later, and fetches its second part then."""

_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>tracker</title>
    <link rel="icon" href="data:image/svg+xml,{icon}">
    <script src="{head}" data-plotly="{plotly}"></script>
    {{%css%}}
    <link rel="stylesheet" href="{style}">
    <style>:root{{{light}}}:root[data-mantine-color-scheme=dark]{{{dark}}}</style>
  </head>
  <body>
    {{%app_entry%}}
    <div class="skeleton first" aria-hidden="true"></div>
    <noscript>This dashboard draws with JavaScript; please allow it for this address.</noscript>
    <footer>{{%config%}}{{%scripts%}}<script src="{script}"></script>{{%renderer%}}</footer>
  </body>
</html>"""
_ICON = (
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' rx='6' "
    "fill='%2314171c'/%3E%3Cpath d='M6 6v12h12M9 14l3-4 3 2 3-5' fill='none' stroke='%23fff' stroke-width='1.8' "
    "stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E"
)


def index(server: flask.Flask) -> str:
    """Return the page that loads everything, as Dash's template, and let the server answer for what it names.

    All scripts of assets/ are one file, and all styles: each request takes its turn, and there would be fifty.
    """
    ours = [file.name for file in sorted(ASSETS.glob("*.js")) if file.name not in (*HEAD, PLOTLY)]
    return _INDEX.format(
        icon=_ICON,
        head=_joined(server, "head.js", HEAD),
        plotly=_address(PLOTLY, (ASSETS / PLOTLY).read_bytes()),
        style=_joined(server, "all.css", [file.name for file in sorted(ASSETS.glob("*.css"))]),
        script=_joined(server, "all.js", ours),
        light=css_variables("light"),
        dark=css_variables("dark"),
    )


def scripts(given: str, path: str) -> str:
    """Return the script elements of a page at an address: Dash's without those that no page uses, and the grid's."""
    wanted = _UNUSED.sub("", given)
    return wanted + _grid() if paths.read(path).page in _WITH_GRID else wanted


def _joined(server: flask.Flask, name: str, files: Iterable[str]) -> str:
    """Let the server answer with these assets as one file of this name; return its address."""
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    whole = b"\n".join((ASSETS / file).read_bytes() for file in files)

    def answer() -> flask.Response:
        return flask.Response(whole, content_type=f"{kind}; charset=utf-8")

    server.add_url_rule(f"/assets/{name}", f"tracker-{name}", answer)
    return _address(name, whole)


def _grid() -> str:
    """Return the element that loads the grid's second part, which the grid would only ask for when it is laid out."""
    part = Path(dash_ag_grid.__file__).parent / "async-community.js"
    if not part.is_file():
        return ""  # another version of the grid keeps it elsewhere and fetches it by itself
    return f'<script src="/_dash-component-suites/dash_ag_grid/{part.name}?m={dash_ag_grid.__version__}"></script>'


def _address(name: str, content: bytes) -> str:
    """Return the address of an asset, another one for each content, so that browsers may keep what they have."""
    return f"/assets/{name}?m={blake2b(content, digest_size=6).hexdigest()}"

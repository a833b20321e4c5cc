"""Markdown as people write it, shown without HTML of its own."""

from __future__ import annotations

from typing import Any

from dash import dcc, html


def markdown(text: str, **named: Any) -> html.Div:
    """Return a text in Markdown as it is read."""
    return html.Div(dcc.Markdown(text, link_target="_blank", **named), className="markdown")

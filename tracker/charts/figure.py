"""A figure dict as a plotly object, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def to_plotly(figure: dict[str, Any]) -> Figure:
    """Return a figure of this room, {"data", "layout"}, as a `plotly.graph_objects.Figure`.

    plotly is imported only here: it takes a second, and no page needs it.
    """
    import plotly.graph_objects as go

    return go.Figure(figure)

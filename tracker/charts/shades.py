"""Colours of runs where a picture shows what they came to and not which they are: by verdict, or by how good they are."""

from __future__ import annotations

from tracker.charts.lines import ThemeName
from tracker.model import Goal, Standing

_GREY = {"light": "#8b94a3", "dark": "#7d8694"}
_STANDINGS: dict[Standing, tuple[str, str]] = {
    "overfitting": ("#c8372d", "#ff7a6e"),
    "overconfident": ("#d98a1c", "#f5b85a"),
    "underfitting": ("#2f6fd0", "#7db8f7"),
    "diverged": ("#8a1f6d", "#d77cc0"),
    "healthy": ("#14875a", "#4fd1a0"),
    "improving": ("#1793a5", "#56cfe0"),
}
_SHADES: dict[ThemeName, tuple[str, ...]] = {
    "light": ("#c9d3e6", "#a9bbdf", "#85a0d6", "#6283c9", "#4566b6", "#2e4a9c", "#1b2f78"),
    "dark": ("#2a3350", "#34457a", "#4259a3", "#5a75c6", "#7d97e0", "#a6bbf3", "#d6e1ff"),
}


def standing_colour(standing: Standing | None, look: ThemeName) -> str:
    """Return the colour of a verdict; too early, uncertain, dismissed and not yet read are grey."""
    light, dark = _STANDINGS.get(standing, ("", "")) if standing is not None else ("", "")
    return (dark if look == "dark" else light) or _GREY[look]


def best_shade(place: float | None, goal: Goal | None, look: ThemeName) -> str:
    """Return the shade of a metric's value by its place on the axis (0 to 1): the better, the stronger; grey for none."""
    if place is None:
        return _GREY[look]
    share = 1 - place if goal == "min" else place
    shades = _SHADES[look]
    return shades[min(len(shades) - 1, int(max(0.0, share) * len(shades)))]


def run_colour(
    colour: str, standing: Standing | None, place: float | None, goal: Goal | None, look: ThemeName
) -> str:
    """Return a run's colour in a picture of all runs: by its verdict, or ("metric") by its metric's place on the axis."""
    return standing_colour(standing, look) if colour == "verdict" else best_shade(place, goal, look)


def shades(look: ThemeName) -> tuple[str, ...]:
    """Return the shades of a metric from worst to best."""
    return _SHADES[look]

"""The small picture of a run in the run list: its validation loss, best epoch and overfit region as SVG text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.charts.lines import ThemeName
from tracker.charts.theme import theme as tokens
from tracker.curves.sampling import sample
from tracker.model import PALETTE_SIZE, Diagnosis, Series

WIDTH, HEIGHT = 58, 24
_PAD = 4.0
_POINTS = 56


def sparkline(
    val: Series | None,
    diagnosis: Diagnosis | None,
    colour: int | None,
    theme: ThemeName = "light",
) -> str:
    """Return an SVG of 58 x 24 pixels; nothing to draw gives an empty picture of that size.

    Colours are CSS custom properties (`--run-0` to `--run-11`, `--bad`, `--panel`, `--text-3`) with the theme's own colours as
    fallback, so that a page changes its theme without asking the server.

    Args:
        val: validation loss as logged, or any other curve.
        diagnosis: where its best epoch and onset are.
        colour: palette slot, None for a hidden run's grey.
        theme: whose colours are the fallback.
    """
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
    body = "" if val is None else _body(val, diagnosis, colour, theme)
    return f"{head}{body}</svg>"


def _body(val: Series, diagnosis: Diagnosis | None, colour: int | None, theme: ThemeName) -> str:
    look = tokens(theme)
    y = np.where(np.isfinite(val.value), np.asarray(val.value, np.float64), np.nan)
    by_epoch = diagnosis is None or diagnosis.axis == "epoch"
    x = np.asarray(val.epoch, np.float64) if by_epoch else val.step.astype(np.float64)
    x = x if np.isfinite(x).all() else val.step.astype(np.float64)
    known = np.flatnonzero(np.isfinite(y))
    if len(known) == 0:
        return ""
    low, high = float(y[known].min()), _top(y[known])
    left, right = float(x.min()), float(x.max())
    px = _PAD + (x - left) / (right - left or 1.0) * (WIDTH - 2 * _PAD)
    py = HEIGHT - _PAD - (np.clip(y, low, high) - low) / (high - low or 1.0) * (HEIGHT - 2 * _PAD)
    stroke = f"var(--text-3,{look.text3})"
    if colour is not None:
        stroke = f"var(--run-{colour % PALETTE_SIZE},{look.colour(colour)})"
    out = []
    onset = diagnosis.marked_onset if diagnosis is not None else None
    if onset is not None:
        at = float(np.interp(onset, x, px))
        wide = max(float(px[-1]) + _PAD - at, 1.0)
        out.append(
            f'<rect x="{at:.1f}" y="0" width="{wide:.1f}" height="{HEIGHT}" style="fill:var(--bad,{look.bad})" opacity=".1"/>'
        )
    for path in _paths(px, py, sample(y, _POINTS)):
        out.append(
            f'<polyline points="{path}" style="fill:none;stroke:{stroke}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>'
        )
    best = diagnosis.best_epoch if diagnosis is not None and diagnosis.verdict != "too_early" else None
    if best is not None and colour is not None:
        bx = float(np.interp(best, x, px))
        by = float(np.interp(best, x[known], py[known]))
        out.append(
            f'<circle cx="{bx:.1f}" cy="{by:.1f}" r="2.2" style="fill:var(--panel,{look.panel});stroke:{stroke}" stroke-width="1.4"/>'
        )
    return "".join(out)


def _top(values: NDArray[Any]) -> float:
    """Return the highest value to show: a spike or a wild start must not flatten the rest."""
    settled = values[min(2, len(values) - 1) :]
    cut = max(float(np.quantile(settled, 0.985)), float(values[-1]))
    span = cut - float(values.min())
    return min(float(values.max()), cut + span) if span > 0 else float(values.max())


def _paths(px: NDArray[Any], py: NDArray[Any], chosen: NDArray[Any]) -> list[str]:
    """Return the points of each unbroken stretch; a single point becomes a dot by its round cap."""
    paths: list[list[str]] = [[]]
    for i in chosen.tolist():
        if np.isfinite(py[i]):
            paths[-1].append(f"{px[i]:.1f},{py[i]:.1f}")
        elif paths[-1]:
            paths.append([])
    return [" ".join(p if len(p) > 1 else p * 2) for p in paths if p]

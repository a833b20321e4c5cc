"""The key figures of a run: its best epochs, where it began to overfit, and how far it has gone since."""

from __future__ import annotations

import numpy as np
from dash import html

from tracker.charts.numbers import change, number, position, short, value
from tracker.curves.align import places
from tracker.dashboard.components import verdict
from tracker.dashboard.components.parts import icon
from tracker.dashboard.data import Curves
from tracker.dashboard.words import score_name
from tracker.model import Axis, Diagnosis, Series


def tiles(curves: Curves) -> html.Div:
    """Return the five figures as a row of tiles."""
    d = curves.diagnosis
    percent = verdict.accuracy_text(curves)
    return html.Div(
        [
            _tile("target", "Best validation loss", value(d.best_loss), _best_loss(curves)),
            _tile(
                "star",
                f"Best validation {score_name(curves.accuracy_pair)}",
                percent(d.best_accuracy),
                _place(d.best_accuracy_epoch, d.axis, curves.accuracy[1]),
            ),
            _onset(d, reached(curves)),
            _since_best(curves),
            _gap(curves),
        ],
        className="tiles",
    )


def reached(curves: Curves) -> float | None:
    """Return how far the losses of a run have come, on the axis of its diagnosis; None: there are none."""
    ends = [
        places(s, curves.diagnosis.axis, curves.logged)[-1] for s in curves.loss if s is not None and len(s)
    ]
    return max((float(end) for end in ends if np.isfinite(end)), default=None)


def _best_loss(curves: Curves) -> str:
    """Return where the loss was best, with its lowest point where noise has put that elsewhere."""
    d, series = curves.diagnosis, curves.loss[1]
    at = d.best_epoch if d.best_loss is not None else None
    under = _place(at, d.axis, series)
    score = curves.loss_pair is not None and curves.loss_pair.goal == "max"
    if at is None or series is None or score or not np.isfinite(series.value).any():
        return under
    lowest = int(np.argmin(np.where(np.isfinite(series.value), series.value, np.inf)))
    there = float(places(series, d.axis, curves.logged)[lowest])
    if there == at or not np.isfinite(there) or not float(series.value[lowest]) < (d.best_loss or 0.0):
        return under
    return f"{under}, lowest {value(float(series.value[lowest]))} at {number(there)}"


def _onset(d: Diagnosis, reached: float | None) -> html.Div:
    """Return the tile that says from where the run overfits, or why nothing of the kind is said."""
    what = "Overfitting onset"
    if d.overfitting and d.onset_epoch is not None:
        past = "" if reached is None else f"{_count(reached - d.onset_epoch, d.axis)} past it"
        return _tile("flag", what, position(d.onset_epoch, d.axis), past)
    if d.verdict == "diverged":
        start = d.main.start if d.main is not None else None
        return _tile("flag", "Diverged", position(start, d.axis) if start is not None else "yes", "")
    if d.best_loss is None or d.verdict == "too_early":
        return _tile("flag", what, "–", "too early to tell" if d.verdict == "too_early" else "")
    if d.verdict == "uncertain":
        return _tile("flag", what, "not certain", "see the reason above")
    return _tile("flag", what, "none", "validation loss does not rise for good")


def _since_best(curves: Curves) -> html.Div:
    d, last, what = curves.diagnosis, _last(curves.loss[1]), "Validation loss since best"
    if last is not None and not np.isfinite(last):
        return _tile("trending-up", what, f"became {'NaN' if np.isnan(last) else 'infinite'}", "")
    if d.best_loss is None or last is None:
        return _tile("trending-up", what, "–", "")
    if last <= d.best_loss:
        return _tile("trending-up", what, "none", f"it is at its best, {value(last)}")
    if d.best_loss <= 0:  # a share of a loss below zero says nothing
        return _risen_below_zero(d, d.best_loss, last, what)
    grown, under = (last - d.best_loss) / d.best_loss, f"{value(d.best_loss)} to {value(last)}"
    if d.rise is not None and d.main is not None:  # the sentence speaks of levels, not of single points
        levels = [value(d.main.evidence[at]) for at in ("best", "end")]  # type: ignore[arg-type]
        grown, under = d.rise, f"{levels[0]} to {levels[1]}, smoothed"
    return _tile("trending-up", what, change(grown), under)


def _risen_below_zero(d: Diagnosis, best: float, last: float, what: str) -> html.Div:
    said = d.main.evidence if d.overfitting and d.main is not None else {}
    low, high, how = said.get("best"), said.get("end"), ", smoothed"
    if not isinstance(low, float) or not isinstance(high, float):
        low, high, how = best, last, ""
    return _tile("trending-up", what, f"+{short(high - low)}", f"{value(low)} to {value(high)}{how}")


def _gap(curves: Curves) -> html.Div:
    train, val = _last(curves.loss[0]), _last(curves.loss[1])
    both = train is not None and val is not None and np.isfinite([train, val]).all()
    under = f"train {short(train)}, val {short(val)}" if both else ""
    gap = curves.diagnosis.gap
    if gap is None and None in curves.loss:
        under = "needs training and validation loss"
    return _tile("activity", "Generalisation gap", short(gap) if gap is not None else "–", under)


def _tile(icon_name: str, what: str, text: str, under: str) -> html.Div:
    return html.Div(
        [
            html.Div([icon(icon_name), what], className="what"),
            html.Div(text, className="figure", title=text),
            html.Div(under, className="under"),
        ],
        className="card tile",
    )


def _count(length: float, axis: Axis) -> str:
    text = number(length)
    return f"{text} {axis}" + ("" if text == "1" else "s")


def _place(at: float | None, axis: Axis, series: Series | None) -> str:
    return position(at, axis) if at is not None else "" if series is not None else "none is logged"


def _last(series: Series | None) -> float | None:
    return float(series.value[-1]) if series is not None and len(series) else None

"""The view: all that a comparison page shows, as one dataclass that stands in the URL and is read back from it.

A URL is written by people too, so reading never fails: what makes no sense falls back to its default.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, quote, urlencode

from tracker.model import VERDICTS, is_id

XAxis = Literal["epoch", "step", "time", "relative"]
X_AXES: tuple[XAxis, ...] = get_args(XAxis)

NEWEST = 10
"""How many runs a page shows before anybody chose some."""

MOST_RUNS = 200
"""The most runs that one comparison draws."""

MOST_SMOOTHING = 0.99
_MOST_SEARCH = 256


@dataclass(frozen=True, slots=True)
class View:
    """What a comparison page shows of a project.

    `runs` are the ids drawn: "newest" follows the ten newest as they come, "all" every one (at most `MOST_RUNS`).
    `focus` is the id of the run that is explained. `sm` is the smoothing, 0 to 0.99. `clip` cuts outliers off the
    loss axis, `ann` draws the annotations. `x0` and `x1` are the zoomed range of the x axis in its own units, both
    None when all is seen. `q` and `verdicts` narrow the run list, not the chart.
    """

    runs: tuple[str, ...] | Literal["newest", "all"] = "newest"
    focus: str | None = None
    x: XAxis = "epoch"
    sm: float = 0.0
    log: bool = False
    clip: bool = True
    ann: bool = True
    x0: float | None = None
    x1: float | None = None
    q: str = ""
    verdicts: tuple[str, ...] = ()

    def to_query(self) -> str:
        """Return the view as a URL's query without the question mark; defaults are left out, so a fresh view is ""."""
        pairs = [
            (name, text)
            for name, text in (
                ("runs", self.runs if isinstance(self.runs, str) else ",".join(self.runs)),
                ("focus", self.focus or ""),
                ("x", self.x),
                ("sm", _number(self.sm)),
                ("log", _flag(self.log)),
                ("clip", _flag(self.clip)),
                ("ann", _flag(self.ann)),
                ("x0", _number(self.x0)),
                ("x1", _number(self.x1)),
                ("q", self.q),
                ("verdicts", ",".join(self.verdicts)),
            )
            if text != _DEFAULT_TEXT[name]
        ]
        return urlencode(pairs, quote_via=quote, safe=",")

    @classmethod
    def from_query(cls, query: str) -> View:
        """Return the view that a URL's query describes; whatever cannot be read is left at its default."""
        given: dict[str, str] = {}
        for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            given.setdefault(name, value)
        return cls.from_dict(
            {
                **given,
                "runs": _runs(given["runs"]) if "runs" in given else "newest",
                "verdicts": given.get("verdicts", "").split(","),
                **{name: given[name] != "0" for name in ("log", "clip", "ann") if name in given},
            }
        )

    @classmethod
    def from_dict(cls, data: Any) -> View:
        """Return the view that the page's own store holds (see `to_dict`), as forgiving as `from_query`."""
        data = data if isinstance(data, dict) else {}
        runs = data.get("runs", "newest")
        if runs not in ("newest", "all"):
            ids = [str(r) for r in runs] if isinstance(runs, Sequence) and not isinstance(runs, str) else None
            runs = "newest" if ids is None else tuple(dict.fromkeys(r for r in ids if is_id(r)))[:MOST_RUNS]
        focus = data.get("focus")
        x0, x1 = _float(data.get("x0")), _float(data.get("x1"))
        if x0 is None or x1 is None or not x0 < x1:
            x0 = x1 = None
        verdicts = data.get("verdicts") or ()
        return cls(
            runs=runs,
            focus=focus if isinstance(focus, str) and is_id(focus) else None,
            x=data["x"] if data.get("x") in X_AXES else "epoch",
            sm=min(max(_float(data.get("sm")) or 0.0, 0.0), MOST_SMOOTHING),
            log=bool(data.get("log", False)),
            clip=bool(data.get("clip", True)),
            ann=bool(data.get("ann", True)),
            x0=x0,
            x1=x1,
            q=str(data.get("q") or "")[:_MOST_SEARCH],
            verdicts=tuple(v for v in (*VERDICTS, "dismissed") if v in verdicts),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the view as the page's own store holds it, ready for JSON."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        out["runs"] = self.runs if isinstance(self.runs, str) else list(self.runs)
        out["verdicts"] = list(self.verdicts)
        return out

    def shown(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return which of a project's run ids (newest first) are drawn, in that order."""
        if self.runs == "newest":
            return tuple(ids[:NEWEST])
        if self.runs == "all":
            return tuple(ids[:MOST_RUNS])
        chosen = set(self.runs)
        return tuple(i for i in ids if i in chosen)

    def focused(self, ids: Sequence[str]) -> str | None:
        """Return the id of the run that is explained: the chosen one while it is drawn, else the first drawn."""
        shown = self.shown(ids)
        return self.focus if self.focus in shown else next(iter(shown), None)

    def only(self, *run_ids: str) -> View:
        """Return this view with just these runs drawn."""
        return replace(self, runs=run_ids, focus=None)


def _runs(text: str) -> Any:
    return text if text in ("newest", "all") else [part for part in text.split(",") if part]


def _flag(on: bool) -> str:
    return "1" if on else "0"


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value)).removesuffix(".0")


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


_DEFAULT_TEXT = {
    "runs": "newest",
    "focus": "",
    "x": "epoch",
    "sm": "0",
    "log": "0",
    "clip": "1",
    "ann": "1",
    "x0": "",
    "x1": "",
    "q": "",
    "verdicts": "",
}

"""The view: all that a page of curves shows, as one dataclass that stands in the URL and is read back from it.

A URL is written by people too, so reading never fails: what makes no sense falls back to its default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, quote, urlencode

from tracker.model import VERDICTS, is_id

XAxis = Literal["epoch", "step", "time", "relative"]
X_AXES: tuple[XAxis, ...] = get_args(XAxis)
Smoother = Literal["time_weighted", "ema", "mean", "gaussian"]
SMOOTHERS: tuple[Smoother, ...] = get_args(Smoother)
Band = Literal["std", "minmax", "ci95"]
BANDS: tuple[Band, ...] = get_args(Band)
Sort = Literal["newest", "name", "loss", "accuracy", "duration", "verdict"]
SORTS: tuple[Sort, ...] = get_args(Sort)

NEWEST = 10
"""How many runs a page shows before anybody chose some."""

MOST_RUNS = 200
"""The most runs that one comparison draws."""

MOST_SMOOTHING = 0.99

MOST_KEYS = 100
"""The most cards that one view chooses, and the most sections and groups that it folds."""

MOST_TEXT = 256
"""Characters of a search."""

MOST_NAME = 600
"""Characters of a metric's name, a config key or a card's key."""

METRIC = "metric:"
CONFIG = "config:"


@dataclass(frozen=True, slots=True)
class View:
    """What a page of curves shows.

    Which runs:
        `runs` are the ids drawn: "newest" follows the ten newest as they come, "all" every one (at most `MOST_RUNS`).
        `off` are ids left out of those and `on` ids drawn beside them, so that "newest" goes on following what comes
        after one run was hidden. `pins` stay on top of the list and are always drawn. `archived` runs are left out of
        "newest" and "all" unless it is set. `focus` is the id of the run that is explained, `base` that of the one
        that the others are held against.

    The list:
        `q` (a regular expression when `regex`) and `verdicts` narrow it, `group` ("", "group" or "config:<key>")
        parts it, `sort` orders it. `folded` are the groups ("g:<name>") and sections of cards ("s:<name>") that are
        closed.

    The charts:
        `x` is the x axis: one of `X_AXES` or "metric:<name>". `sm` is the smoothing, 0 to 0.99, by `smoother`. `clip`
        cuts outliers off, `ann` draws the annotations. `x0` and `x1` are the zoomed range of the x axis in its own
        units, both None when all is seen. `band` says what is drawn around a group's mean. `cards` are the keys of
        the chosen metric cards in their order, none for all of them, and `less` those that are hidden of them; `mq`
        narrows them; `full` is the key of the chart that fills the screen.

    The table:
        `order` is the key of the column that it is sorted by, with "-" before it for the highest first, "" for the
        order of the list. `equal` shows settings that are equal in all runs too.
    """

    runs: tuple[str, ...] | Literal["newest", "all"] = "newest"
    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    base: str | None = None
    focus: str | None = None
    x: str = "epoch"
    sm: float = 0.0
    smoother: Smoother = "time_weighted"
    log: bool = False
    clip: bool = True
    ann: bool = True
    x0: float | None = None
    x1: float | None = None
    band: Band = "std"
    q: str = ""
    regex: bool = False
    verdicts: tuple[str, ...] = ()
    group: str = ""
    sort: Sort = "newest"
    archived: bool = False
    folded: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    mq: str = ""
    full: str | None = None
    order: str = ""
    equal: bool = False

    def to_query(self) -> str:
        """Return the view as a URL's query without the question mark; defaults are left out, so a fresh view is ""."""
        pairs = [(name, _written(name, value)) for name, value in self._items()]
        return urlencode(
            [(name, text) for name, text in pairs if text != _DEFAULT_TEXT[name]], quote_via=quote, safe=","
        )

    @classmethod
    def from_query(cls, query: str) -> View:
        """Return the view that a URL's query describes; whatever cannot be read is left at its default."""
        given: dict[str, str] = {}
        for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            given.setdefault(name, value)
        return cls.from_dict({name: _parsed(name, text) for name, text in given.items()})

    @classmethod
    def from_dict(cls, data: Any) -> View:
        """Return the view that the page's own store holds (see `to_dict`), as forgiving as `from_query`."""
        data = data if isinstance(data, dict) else {}
        x0, x1 = _float(data.get("x0")), _float(data.get("x1"))
        if x0 is None or x1 is None or not x0 < x1:
            x0 = x1 = None
        runs, verdicts = data.get("runs"), _keys(data.get("verdicts"))
        x, group = _text(data.get("x"), MOST_NAME), _text(data.get("group"), MOST_NAME)
        return cls(
            runs=runs if runs in ("newest", "all") else _ids(runs) if _is_list(runs) else "newest",
            off=_ids(data.get("off")),
            on=_ids(data.get("on")),
            pins=_ids(data.get("pins")),
            base=_id(data.get("base")),
            focus=_id(data.get("focus")),
            x=x if x in X_AXES or (x.startswith(METRIC) and x != METRIC) else "epoch",
            sm=min(max(_float(data.get("sm")) or 0.0, 0.0), MOST_SMOOTHING),
            smoother=_one_of(SMOOTHERS, data.get("smoother")),
            log=bool(data.get("log", False)),
            clip=bool(data.get("clip", True)),
            ann=bool(data.get("ann", True)),
            x0=x0,
            x1=x1,
            band=_one_of(BANDS, data.get("band")),
            q=_text(data.get("q"), MOST_TEXT),
            regex=bool(data.get("regex", False)),
            verdicts=tuple(v for v in _VERDICTS if v in verdicts),
            group=group if group == "group" or (group.startswith(CONFIG) and group != CONFIG) else "",
            sort=_one_of(SORTS, data.get("sort")),
            archived=bool(data.get("archived", False)),
            folded=_keys(data.get("folded")),
            cards=_keys(data.get("cards")),
            less=_keys(data.get("less")),
            mq=_text(data.get("mq"), MOST_TEXT),
            full=_text(data.get("full"), MOST_NAME) or None,
            order=_text(data.get("order"), MOST_NAME),
            equal=bool(data.get("equal", False)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the view as the page's own store holds it, ready for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self._items()}

    def shown(self, ids: Sequence[str], archived: Collection[str] = ()) -> tuple[str, ...]:
        """Return which of a project's run ids are drawn, in the order given.

        Args:
            ids: All ids, the newest first.
            archived: Those of archived runs, which only an id or `archived` brings in.
        """
        offered = ids if self.archived or not archived else [i for i in ids if i not in archived]
        if self.runs == "newest":
            chosen = set(offered[:NEWEST])
        elif self.runs == "all":
            chosen = set(offered[:MOST_RUNS])
        else:
            chosen = set(self.runs)
        chosen = chosen.difference(self.off).union(self.on, self.pins)
        return tuple(i for i in ids if i in chosen)[:MOST_RUNS]

    def focused(self, ids: Sequence[str], archived: Collection[str] = ()) -> str | None:
        """Return the id of the run that is explained: the chosen one while it is drawn, else the first drawn."""
        shown = self.shown(ids, archived)
        return self.focus if self.focus in shown else next(iter(shown), None)

    def baseline(self, ids: Sequence[str], archived: Collection[str] = ()) -> str | None:
        """Return the id of the run that the others are held against.

        It is the chosen one while it is drawn, else the first pinned one, else the run in focus.
        """
        shown = self.shown(ids, archived)
        first = next((i for i in (self.base, *self.pins) if i in shown), None)
        return first or self.focused(ids, archived)

    def only(self, *run_ids: str) -> View:
        """Return this view with just these runs drawn."""
        return replace(self, runs=run_ids, focus=None, base=None, on=(), off=(), pins=())

    def _items(self) -> list[tuple[str, Any]]:
        return [(f.name, getattr(self, f.name)) for f in fields(self)]


_VERDICTS = (*VERDICTS, "dismissed")
_LISTS = frozenset({"runs", "off", "on", "pins", "verdicts", "folded", "cards", "less"})
_FLAGS = frozenset({"log", "clip", "ann", "regex", "archived", "equal"})
_HALF = re.compile("[\ud800-\udfff]")


def _written(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _FLAGS:
        return "1" if value else "0"
    if isinstance(value, float | int):
        return repr(float(value) + 0.0).removesuffix(".0")  # no minus before a zero, as in the browser
    if isinstance(value, tuple):
        return ",".join(part.replace("%", "%25").replace(",", "%2C") for part in value)
    return str(value)


def _parsed(name: str, text: str) -> Any:
    if name in _FLAGS:
        return text != "0"
    if name not in _LISTS or (name == "runs" and text in ("newest", "all")):
        return text
    return [part.replace("%2C", ",").replace("%25", "%") for part in text.split(",") if part]


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)


def _ids(given: Any) -> tuple[str, ...]:
    ids = [str(one) for one in given] if _is_list(given) else []
    return tuple(dict.fromkeys(one for one in ids if is_id(one)))[:MOST_RUNS]


def _id(given: Any) -> str | None:
    return given if isinstance(given, str) and is_id(given) else None


def _keys(given: Any) -> tuple[str, ...]:
    keys = [_text(one, MOST_NAME) for one in given] if _is_list(given) else []
    return tuple(dict.fromkeys(key for key in keys if key))[:MOST_KEYS]


def _text(given: Any, most: int) -> str:
    """Return a text of at most `most` characters; half a character, from a broken paste, has no place in an address."""
    return _HALF.sub("\ufffd", given)[:most] if isinstance(given, str) else ""


def _one_of(choices: Sequence[Any], given: Any) -> Any:
    return given if isinstance(given, str) and given in choices else choices[0]


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


_DEFAULT_TEXT = {name: _written(name, value) for name, value in View()._items()}

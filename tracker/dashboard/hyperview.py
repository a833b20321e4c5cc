"""What the hyperparameters page shows, as one dataclass that stands in the URL and is read back from it.

assets/hyper.js writes the same query letter for letter. As with every view, reading never fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tracker.charts.trials import UNSET, Value
from tracker.model import VERDICTS

Colour = Literal["verdict", "metric"]
COLOURS: tuple[Colour, ...] = get_args(Colour)

MOST_AXES = 24
"""The most settings that are drawn side by side."""

STANDARD_AXES = 7
"""How many settings stand side by side before anybody chose some."""

_MOST_TEXT = 256
_MOST_KEY = 600
_MOST_VALUES = 64
_STANDINGS = (*VERDICTS, "dismissed")


@dataclass(frozen=True, slots=True)
class Brush:
    """A range of one axis: the runs whose value lies in it are kept.

    Numbers from `low` to `high`, None where the axis has none in the range; `values` are the categories that are
    kept, `UNSET` among them for runs without a value.
    """

    key: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()

    def keeps(self, value: Value) -> bool:
        """Tell whether a run with this value (see `trials.column`) is kept."""
        if value is None:
            return UNSET in self.values
        if isinstance(value, str):
            return value in self.values
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    def to_text(self) -> str:
        """Return the brush as one text, its parts with escapes of their own."""
        parts = [self.key, _number(self.low), _number(self.high), *self.values]
        return ",".join(quote(part, safe="~") for part in parts)

    @classmethod
    def from_text(cls, text: str) -> Brush | None:
        """Return the brush that `to_text` wrote; None for any other text."""
        key, *rest = [unquote(part) for part in text.split(",")]
        return (
            cls.from_dict({"key": key, "low": rest[0], "high": rest[1], "values": rest[2:]})
            if len(rest) > 1
            else None
        )

    @classmethod
    def from_dict(cls, data: Any) -> Brush | None:
        """Return the brush that the page's own store holds; None where it makes no sense."""
        if not isinstance(data, Mapping):
            return None
        key, low, high = (
            str(data.get("key") or "")[:_MOST_KEY],
            _float(data.get("low")),
            _float(data.get("high")),
        )
        values = tuple(dict.fromkeys(str(v)[:_MOST_KEY] for v in _listed(data.get("values"))))[:_MOST_VALUES]
        if low is None or high is None or low > high:
            low = high = None
        return cls(key, low, high, values) if key and (low is not None or values) else None


@dataclass(frozen=True, slots=True)
class HyperView:
    """What the hyperparameters page shows of a project.

    `metric` is the key of the metric that settings are held against ("loss", "accuracy", or "of:" and a card's key).
    `axes` are the settings side by side, in order; () leaves the choice to the page. `colour` says what a line's colour
    means. `x` is the setting of the scatter plot, "" the one that goes with the metric most. `logx` and `logy` force
    that plot's axes to be logarithmic or not, None: by the spread. `q`, `verdicts` and `brushes` narrow the runs.
    """

    metric: str = "loss"
    axes: tuple[str, ...] = ()
    colour: Colour = "verdict"
    x: str = ""
    logx: bool | None = None
    logy: bool | None = None
    q: str = ""
    verdicts: tuple[str, ...] = ()
    brushes: tuple[Brush, ...] = ()

    @property
    def narrowed(self) -> bool:
        """True when some runs may be left out."""
        return bool(self.q.strip() or self.verdicts or self.brushes)

    def to_query(self) -> str:
        """Return the view as a URL's query without the question mark; defaults are left out."""
        pairs = [
            *([("metric", self.metric)] if self.metric != "loss" else []),
            *(("axis", key) for key in self.axes),
            *([("colour", self.colour)] if self.colour != "verdict" else []),
            *([("x", self.x)] if self.x else []),
            *([("logx", "1" if self.logx else "0")] if self.logx is not None else []),
            *([("logy", "1" if self.logy else "0")] if self.logy is not None else []),
            *([("q", self.q)] if self.q else []),
            *([("verdicts", ",".join(self.verdicts))] if self.verdicts else []),
            *(("brush", brush.to_text()) for brush in self.brushes),
        ]
        return urlencode(pairs, quote_via=quote, safe=",")

    @classmethod
    def from_query(cls, query: str) -> HyperView:
        """Return the view that a URL's query describes; whatever cannot be read is left at its default."""
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            given.setdefault(name, []).append(value)
        once = {name: values[0] for name, values in given.items() if name not in ("axis", "brush")}
        flags = {"0": False, "1": True}
        return cls.from_dict(
            {
                **once,
                "axes": given.get("axis", []),
                "verdicts": once.get("verdicts", "").split(","),
                "brushes": [brush for text in given.get("brush", []) if (brush := _brush_dict(text))],
                **{name: flags.get(once.get(name, "")) for name in ("logx", "logy")},
            }
        )

    @classmethod
    def from_dict(cls, data: Any) -> HyperView:
        """Return the view that the page's own store holds (see `to_dict`), as forgiving as `from_query`."""
        data = data if isinstance(data, dict) else {}
        axes = dict.fromkeys(key for one in _listed(data.get("axes")) if (key := str(one)[:_MOST_KEY]))
        brushes = {b.key: b for one in _listed(data.get("brushes")) if (b := Brush.from_dict(one))}
        verdicts = _listed(data.get("verdicts"))
        return cls(
            metric=str(data.get("metric") or "loss")[:_MOST_KEY],
            axes=tuple(axes)[:MOST_AXES],
            colour=data["colour"] if data.get("colour") in COLOURS else "verdict",
            x=str(data.get("x") or "")[:_MOST_KEY],
            logx=data["logx"] if isinstance(data.get("logx"), bool) else None,
            logy=data["logy"] if isinstance(data.get("logy"), bool) else None,
            q=str(data.get("q") or "")[:_MOST_TEXT],
            verdicts=tuple(v for v in _STANDINGS if v in verdicts),
            brushes=tuple(brushes.values())[: MOST_AXES + 1],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the view as the page's own store holds it, ready for JSON."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        return out | {
            "axes": list(self.axes),
            "verdicts": list(self.verdicts),
            "brushes": [{**asdict(brush), "values": list(brush.values)} for brush in self.brushes],
        }


def _brush_dict(text: str) -> dict[str, Any] | None:
    brush = Brush.from_text(text)
    return None if brush is None else asdict(brush)


def _listed(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else []


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value)).removesuffix(".0")


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

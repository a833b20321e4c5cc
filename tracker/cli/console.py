"""What the command line prints: tables, JSON, a verdict in its colour; wrapped on a terminal, whole lines in a pipe."""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import markup
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tracker.model import Diagnosis, RunRecord, Verdict
from tracker.store.base import Check

__all__ = [
    "coloured",
    "count",
    "encodes",
    "escape",
    "line_of_check",
    "on_terminal",
    "out",
    "print_check",
    "print_json",
    "print_runs",
    "print_text",
    "printable",
    "progress_bar",
    "run_as_dict",
]

# A pipe has no width: what is printed into one is not cut.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 10_000)

SHORTEST_NAME = 30
"""Columns of a run's name in a table, when it has to be shortened."""

_STATES = {"ok": ("ok", "green"), "note": ("note", "blue"), "problem": ("to do", "bold yellow")}
"""How the state of a check is said, and its colour."""

_COLOURS: dict[Verdict, str] = {
    "healthy": "green",
    "improving": "blue",
    "underfitting": "blue",
    "overconfident": "yellow",
    "overfitting": "red",
    "diverged": "red",
}


def on_terminal() -> bool:
    """Tell whether somebody looks, rather than a program that reads line by line."""
    return out.is_terminal


def encodes(text: str) -> bool:
    """Tell whether what is printed can hold a text: the encoding of an old terminal may not."""
    try:
        text.encode(out.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def escape(text: str) -> str:
    """Return text as rich prints it literally; control characters, which could steer a terminal, are spelled out."""
    return markup.escape(printable(text))


def printable(text: str) -> str:
    """Return text with what steers a terminal or turns the direction of writing spelled out."""
    return "".join(c if _is_shown(c) else c.encode("unicode_escape").decode() for c in text)


def _is_shown(character: str) -> bool:
    joins = character == "\u200d"  # holds emoji together
    return joins or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def print_check(check: Check) -> None:
    """Print a check for somebody who looks: wrapped, but paths and commands whole, so that they can be copied."""
    word, colour = _STATES[check.state]
    fact, *more = _wrapped(f"{check.name}: {check.fact}")
    name = fact[: len(check.name)] if fact.startswith(check.name) else ""
    out.print(f"  [{colour}]{word:<6}[/] [bold]{escape(name)}[/]{escape(fact[len(name) :])}")
    for line in more:
        out.print(f"{_INDENT}{escape(line)}")
    for place, line in enumerate(_wrapped(check.remedy, 3)):
        out.print(f"{_INDENT}[{colour}]{'-> ' if place == 0 else '   '}[/]{escape(line)}")


def progress_bar(unit: str = "points") -> Progress:
    """Return a bar: what is worked on, how many of how many, how fast, how much longer."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        _Count(unit),
        _Rate(),
        TimeRemainingColumn(),
        console=out,
    )


class _Count(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        whole = "" if task.total is None else f" of {task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{whole} {self._unit}")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def line_of_check(section: str, check: Check) -> str:
    """Return a check as one line for a program or a log file."""
    remedy = f" -- {check.remedy}" if check.remedy else ""
    return printable(f"{_STATES[check.state][0]:<5}  {section}: {check.name}: {check.fact}{remedy}")


def coloured(diagnosis: Diagnosis, width: int = 0) -> str:
    """Return the verdict in plain words and its colour, as rich markup padded to `width`."""
    colour = _COLOURS.get(diagnosis.verdict, "default")
    dismissed = " (dismissed)" if diagnosis.standing == "dismissed" else ""
    return f"[bold {colour}]{_spoken(diagnosis.verdict):<{width}}[/]{dismissed}"


def run_as_dict(record: RunRecord, diagnosis: Diagnosis | None) -> dict[str, Any]:
    """Return what `tracker runs --json` says of a run; its times are UTC."""
    created = datetime.fromtimestamp(record.created_ms / 1000, UTC)
    return {
        "id": record.id,
        "project": record.project,
        "name": record.name,
        "group": record.group,
        "status": record.status,
        "exception": record.exception,
        "verdict": diagnosis.standing if diagnosis else None,
        "sentence": diagnosis.sentence if diagnosis else None,
        "onset_epoch": diagnosis.onset_epoch if diagnosis else None,
        "best_epoch": diagnosis.best_epoch if diagnosis else None,
        "best_loss": diagnosis.best_loss if diagnosis else None,
        "best_accuracy_epoch": diagnosis.best_accuracy_epoch if diagnosis else None,
        "best_accuracy": diagnosis.best_accuracy if diagnosis else None,
        "gap": diagnosis.gap if diagnosis else None,
        "created": created.isoformat(timespec="seconds"),
        "duration_s": record.duration_ms / 1000,
        "tags": list(record.tags),
        "notes": record.notes,
        "config": dict(record.config),
        "summary": dict(record.summary),
    }


def print_runs(rows: Sequence[dict[str, Any]], sparks: Mapping[str, str] | None = None) -> None:
    """Print the dicts of `run_as_dict`: as a table, or on a terminal too narrow for one as a few lines a run.

    Long names are shortened in the middle as long as they can still be told apart; the id stands beside them.
    `sparks` are the runs' curves as characters, by id.
    """
    sparks = sparks if sparks and encodes("▁") else {}
    longest = max((cell_len(printable(_called(row))) for row in rows), default=0)
    whole = out.measure(_run_table(rows, sparks, longest), options=out.options.update(width=10_000)).maximum
    room = longest - max(0, whole - out.width)
    if room >= min(longest, SHORTEST_NAME):
        out.print(_run_table(rows, sparks, room), soft_wrap=False)
        return
    for row in rows:
        out.print(f"[bold]{escape(_called(row))}[/]")
        said = [row["id"], row["status"], _spoken(row["verdict"]), _best(row) and f"best loss {_best(row)}"]
        print_text(", ".join(filter(None, said)), "  ")
        print_text(f"{sparks.get(row['id'], '')} started {_started(row)} UTC".strip(), "  ")


def print_text(text: str, indent: str = "") -> None:
    """Print a text: broken between its words on a terminal, a whole line in a pipe."""
    width = out.width if on_terminal() else 10**9
    for line in textwrap.wrap(
        printable(text),
        max(20, width),
        initial_indent=indent,
        subsequent_indent=indent or "  " * text.startswith("- "),
        break_long_words=False,
        break_on_hyphens=False,
    ):
        out.print(line, markup=False)


def _run_table(rows: Sequence[dict[str, Any]], sparks: Mapping[str, str], room: int) -> Table:
    """Return the dicts of `run_as_dict` as a table; the first column is how a run is named to other commands.

    `room` is how wide the names may be.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", no_wrap=True)
    for heading, width in (("id", 13), ("status", 11), ("verdict", 13)):
        table.add_column(heading, no_wrap=True, min_width=width)
    table.add_column("best loss", no_wrap=True, min_width=9, justify="right")
    if sparks:
        table.add_column("val loss", no_wrap=True)
    table.add_column("started (UTC)", no_wrap=True, min_width=16)
    for row in rows:
        cells = (_shortened(_called(row), room), row["id"], row["status"], _spoken(row["verdict"]))
        curve = (sparks.get(row["id"], ""),) if sparks else ()
        table.add_row(*map(escape, cells), _best(row), *curve, _started(row))
    return table


def _called(row: dict[str, Any]) -> str:
    return f"{row['project']}/{row['name']}"


def _shortened(name: str, room: int) -> str:
    """Return a name with its middle left out where it is wider than `room`: its ends tell it from others."""
    shown = printable(name)
    if cell_len(shown) <= room:
        return name
    gap = "…" if encodes("…") else "~"
    ends = room - 1
    return f"{set_cell_size(shown, ends - ends // 2)}{gap}{set_cell_size(shown[::-1], ends // 2)[::-1]}"


def _best(row: dict[str, Any]) -> str:
    return "" if row["best_loss"] is None else f"{row['best_loss']:.4g}"


def _started(row: dict[str, Any]) -> str:
    return str(row["created"])[:16].replace("T", " ")


def print_json(thing: Any) -> None:
    """Print as JSON; NaN and infinities, which have no form in it, become null."""
    import orjson

    print(orjson.dumps(thing, option=orjson.OPT_INDENT_2).decode())


def count(number: int, what: str) -> str:
    """Return "1 journal" or "3 journals"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _spoken(verdict: str | None) -> str:
    return (verdict or "").replace("_", " ")


_INDENT = " " * 9


def _wrapped(text: str, indent: int = 0) -> list[str]:
    width = max(30, min(out.width, 110) - len(_INDENT) - indent)
    return textwrap.wrap(printable(text), width, break_long_words=False, break_on_hyphens=False)

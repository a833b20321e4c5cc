"""What the command line prints: runs as a table or as JSON, a verdict in its colour."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tracker.model import Diagnosis, RunRecord, Verdict

__all__ = ["coloured", "count", "escape", "out", "print_json", "run_as_dict", "run_table"]

# A pipe has no width: what is printed into one is not cut.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)

_COLOURS: dict[Verdict, str] = {
    "healthy": "green",
    "improving": "blue",
    "underfitting": "blue",
    "overconfident": "yellow",
    "overfitting": "red",
    "diverged": "red",
}


def coloured(diagnosis: Diagnosis, width: int = 0) -> str:
    """Return the verdict in plain words and its colour, as rich markup padded to `width`."""
    colour = _COLOURS.get(diagnosis.verdict, "default")
    return f"[bold {colour}]{_spoken(diagnosis.verdict):<{width}}[/]"


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
        "verdict": diagnosis.verdict if diagnosis else None,
        "sentence": diagnosis.sentence if diagnosis else None,
        "created": created.isoformat(timespec="seconds"),
        "duration_s": record.duration_ms / 1000,
        "tags": list(record.tags),
        "notes": record.notes,
        "config": dict(record.config),
        "summary": dict(record.summary),
    }


def run_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the dicts of `run_as_dict` as a table; the first column is how a run is named to other commands."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", no_wrap=True)
    for heading, width in (("id", 13), ("status", 11), ("verdict", 13), ("started (UTC)", 16)):
        table.add_column(heading, no_wrap=True, min_width=width)
    for row in rows:
        cells = (f"{row['project']}/{row['name']}", row["id"], row["status"], _spoken(row["verdict"]))
        table.add_row(*map(escape, cells), row["created"][:16].replace("T", " "))
    return table


def print_json(thing: Any) -> None:
    """Print as JSON; NaN and infinities, which have no form in it, become null."""
    import orjson

    print(orjson.dumps(thing, option=orjson.OPT_INDENT_2).decode())


def count(number: int, what: str) -> str:
    """Return "1 journal" or "3 journals"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _spoken(verdict: str | None) -> str:
    return (verdict or "").replace("_", " ")

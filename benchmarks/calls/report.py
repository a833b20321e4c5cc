"""What is printed: tables as they come, targets at the end, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Cell = str | float | None


class Target(NamedTuple):
    what: str
    limit: str
    measured: str
    reached: bool


class Report:
    """Prints tables in Markdown, so that they can be read and pasted, and keeps them for the JSON file."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.targets: list[Target] = []
        self.machine = {
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "system": platform.system(),
        }

    def begin(self) -> None:
        """Say what machine this is and whether its load spoils figures of time."""
        load, cores = self.machine["load"], self.machine["cores"]
        print(f"Python {self.machine['python']}, {self.machine['system']}, {cores} cores, load {load}")
        if float(str(load)) > 0.5 * float(str(cores)):
            print(
                f"Warning: others use this machine (load {load} on {cores} cores): times are too long and rates too "
                "low. Ratios within this run hold better."
            )
        sys.stdout.flush()

    def say(self, line: str) -> None:
        """Print a line between the tables, such as why a contender is missing."""
        print(f"\n{line}", flush=True)

    def table(self, title: str, note: str, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Print rows that have the same columns, under a title and a sentence on how they were measured."""
        self.tables[title] = [dict(row) for row in rows]
        print(f"\n## {title}\n\n{note}\n")
        if not rows:
            print("(nothing was measured)", flush=True)
            return
        lines = [list(rows[0]), *([text(cell) for cell in row.values()] for row in rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        lines.insert(1, ["-" * width for width in widths])
        for line in lines:
            cells = [
                c.ljust(w) if i == 0 else c.rjust(w)
                for i, (c, w) in enumerate(zip(line, widths, strict=True))
            ]
            print(f"| {' | '.join(cells)} |")
        sys.stdout.flush()

    def at_most(self, what: str, measured: float, limit: float, unit: str) -> None:
        """Hold a figure to the most that it may be."""
        self.targets.append(
            Target(what, f"<= {text(limit)} {unit}", f"{text(measured)} {unit}", measured <= limit)
        )

    def at_least(self, what: str, measured: float, limit: float, unit: str) -> None:
        """Hold a figure to the least that it must be."""
        self.targets.append(
            Target(what, f">= {text(limit)} {unit}", f"{text(measured)} {unit}", measured >= limit)
        )

    def end(self, file: Path | None) -> None:
        """Print the targets and write everything to `file`."""
        rows = [
            {
                "target": t.what,
                "limit": t.limit,
                "measured": t.measured,
                "": "reached" if t.reached else "NOT REACHED",
            }
            for t in self.targets
        ]
        self.table("Targets", "Of this run, on this machine, at its load.", rows)
        if file:
            kept = {
                "machine": self.machine,
                "tables": self.tables,
                "targets": [target._asdict() for target in self.targets],
            }
            file.write_text(json.dumps(kept, indent=1) + "\n")


def text(cell: Cell) -> str:
    """Return a cell as it is printed: three figures that count, thousands apart."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if cell == int(cell) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.3g}" if abs(cell) >= 0.001 else f"{cell:.1e}"

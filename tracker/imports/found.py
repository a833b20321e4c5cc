"""What a source finds: a run of another tool in our words, and what could not be read of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tracker.errors import BadInput
from tracker.model import MetricDefinition, Status


class Row(NamedTuple):
    """The values that were logged together, as one call of `log` would hold them.

    `elapsed_ms` counts from the run's creation; `epoch` is None where none is known.
    """

    elapsed_ms: int
    step: int
    epoch: float | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller says about the runs of a source; None leaves it to the source.

    `step`, `epoch` and `time` name a table's columns, `columns` the metrics that are taken (empty: all numbers).
    """

    project: str | None = None
    name: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    step: str | None = None
    epoch: str | None = None
    time: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class FoundRun:
    """One run of another tool, ready to be stored.

    `key` names it for good within its source, so that a second import finds the same run; `state` tells one state of
    its data from another. `rows` is read once, in the order of logging. `troubles` are sentences about what could not
    be read, and grow while `rows` is read. `created_ms` is milliseconds since 1970 (UTC).
    """

    key: str
    state: str
    name: str
    project: str
    created_ms: int
    rows: Iterable[Row]
    group: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, MetricDefinition] = field(default_factory=dict)
    status: Status = "finished"
    exception: str | None = None
    duration_ms: int | None = None
    troubles: list[str] = field(default_factory=list)

    def asked(self, asked: Asked) -> FoundRun:
        """Return this run as the caller wants it: its project, name, group and tags where they were given."""
        self.project = asked.project or self.project
        self.name = asked.name or self.name
        self.group = asked.group or self.group
        self.tags = tuple(dict.fromkeys((*self.tags, *asked.tags)))
        return self


def each(
    paths: Iterable[Path],
    build: Callable[[Path], FoundRun | None],
    asked: Asked,
    troubles: list[str],
    only: Path,
) -> Iterator[FoundRun]:
    """Yield the run that each path holds. One that cannot be read is named and passed over, unless it is `only` it.

    Raises:
        BadInput: the path that the caller named cannot be read.
    """
    for path in paths:
        try:
            run = build(path)
        except Exception as error:  # files of strangers are broken in many ways, and none may cost the others
            said = (
                str(error)
                if isinstance(error, BadInput)
                else f"{str(path)!r} cannot be read: {reason(error)}"
            )
            if path == only:
                raise BadInput(said) from None
            troubles.append(said)
            continue
        if run is not None:
            yield run.asked(asked)


def reason(error: BaseException) -> str:
    """Return why something could not be read, as one short line."""
    told = (getattr(error, "strerror", None) or str(error)).strip().splitlines()
    return f"{type(error).__name__}: {told[0][:200]}" if told else type(error).__name__


def number(value: Any) -> float | None:
    """Return what a file holds as a number, its word for one that JSON lacks included; None: it is none."""
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value.replace("Infinity", "inf"))
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def whole(value: Any) -> int | None:
    """Return what a file holds as an integer; None: it is none."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def files(path: Path, *names: str) -> list[Path]:
    """Return the file at `path`, or all files below it whose name fits one of these patterns, in the order of names."""
    if path.is_file():
        return [path]
    return sorted({found for name in names for found in path.rglob(name) if found.is_file()})


def state_of(*paths: Path) -> str:
    """Return what tells one state of some files from another: their sizes and times of change."""
    stats = [path.stat() for path in paths]
    return " ".join(f"{s.st_size}:{s.st_mtime_ns}" for s in stats)

"""Several runs held against each other: a table, what they show together, and one figure."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import __version__, pictures, reader
from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.charts.image import to_image
from tracker.charts.lines import ThemeName
from tracker.diagnosis import Told, observe
from tracker.errors import BadInput
from tracker.model import PALETTE_SIZE, Axis, Diagnosis, Observation, RunRecord
from tracker.notebook import MOST_TOLD, show_comparison
from tracker.report import Report, render
from tracker.settings import safe_url, store_url
from tracker.store import open_store

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """What `tracker.compare` returns; `print` says it in words.

    `records` and `diagnoses` are of the same length, in the order in which the runs were given; `observations` tell
    what was seen together, never a cause. `baseline` is the id of the run that the others are held against, None where
    none was named; `store` says where the runs were read, without a password.
    """

    records: tuple[RunRecord, ...]
    diagnoses: tuple[Diagnosis, ...]
    observations: tuple[Observation, ...]
    baseline: str | None = None
    store: str = ""

    def __iter__(self) -> Iterator[tuple[RunRecord, Diagnosis]]:
        return zip(self.records, self.diagnoses, strict=True)

    @property
    def table(self) -> pd.DataFrame:
        """One row a run.

        Name, id, group, status, duration_s, verdict, onset_epoch, best_epoch, best_loss, best_accuracy_epoch,
        best_accuracy, gap, and a column `config.KEY` for each key in which the runs differ.
        """
        import pandas as pd

        keys = {key for record in self.records for key in record.config}
        keys = {key for key in keys if len({repr(record.config.get(key)) for record in self.records}) > 1}
        return pd.DataFrame([_row(record, diagnosis, sorted(keys)) for record, diagnosis in self])

    def figure(self, baseline: str | None = None) -> Any:
        """Return the curves of all runs as one plotly figure; `baseline` is the id of the run in focus."""
        focus = self.baseline if baseline is None else baseline
        return to_plotly(loss_accuracy(self._lines, Options(x=self._axis, focus=focus)))

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        description: str = "",
        author: str = "",
    ) -> Path:
        """Write the comparison as one HTML file that opens from disk, needs no network and can be mailed and printed.

        Args:
            path: the file; one that exists is replaced.
            title: its heading; None: the projects' names, of one run its own.
            description: what a reader should know first, in paragraphs.
            author: whose report it is.

        Returns:
            The file's path.

        Raises:
            BadInput: the file cannot be written there, or there are more runs than a report holds.
        """
        text = render(
            Report(
                self.records,
                self._lines,
                self.diagnoses,
                self.observations,
                self._axis,
                self.baseline,
                self.store,
                time.time_ns() // 1_000_000,
                __version__,
                title,
                description,
                author,
            )
        )
        return _written(Path(path).expanduser(), text.encode(), "report")

    def to_image(
        self,
        path: str | os.PathLike[str],
        *,
        width: int = 1100,
        height: int = 620,
        theme: ThemeName = "light",
    ) -> Path:
        """Write the curves of all runs as a picture, a .png or .svg by the file's name; needs `curvetracker[png]`.

        Args:
            path: the file; one that exists is replaced.
            width: in CSS pixels; a PNG has twice as many.
            height: in CSS pixels.
            theme: "light" or "dark".

        Returns:
            The file's path.

        Raises:
            BadInput: the name ends otherwise, kaleido or a browser is missing, or the file cannot be written there.
        """
        file = Path(path).expanduser()
        kind = file.suffix.lower().removeprefix(".")
        if kind not in ("png", "svg"):
            raise BadInput(f"a picture is a .png or a .svg file, got {str(path)!r}: to_html writes a report")
        options = Options(x=self._axis, focus=self.baseline, theme=theme, width=width, height=height)
        drawn = to_image(
            loss_accuracy(self._lines, options), "png" if kind == "png" else "svg", width, height
        )
        return _written(file, drawn, "picture")

    @property
    def _lines(self) -> list[Line]:
        return [
            replace(
                pictures.line(d), id=record.id, name=record.name, colour=colour, created_ms=record.created_ms
            )
            for (record, d), colour in zip(self, _colours(self.records), strict=True)
        ]

    @property
    def _axis(self) -> Axis:
        return "step" if any(d.axis == "step" for d in self.diagnoses) else "epoch"

    def __str__(self) -> str:
        each = (
            [f"{record.name}: {d.sentence}" for record, d in self] if len(self.records) <= MOST_TOLD else []
        )
        together = [f"- {one.text}" for one in self.observations] or ["- nothing beyond what each says alone"]
        return "\n".join([*each, f"{len(self.records)} runs together:", *together])

    def _repr_html_(self) -> str:
        return show_comparison(
            self.records, self._lines, self.diagnoses, self.observations, self._axis, self.baseline
        )


def compare(runs: Sequence[Any], baseline: Any = None, store: reader.StoreLike = None) -> Comparison:
    """Hold several runs against each other.

    Args:
        runs: two or more runs, each the Run itself, its id (13 characters), or `project/name`.
        baseline: one of them, that each other is held against.
        store: where they are; default TRACKER_URL, else the default store.

    Returns:
        The comparison: `.table`, `.observations`, `.figure()`, `.to_html(path)`, and words by `print`.

    Raises:
        BadInput: fewer than two different runs, or a `baseline` that is not among them.
        NotFound: there is no such run.
    """
    if isinstance(runs, str) or len(runs) < 2:
        raise BadInput(
            f"compare needs two runs or more, got {runs!r}: give a list of Runs, ids or project/name"
        )
    return gather(runs, baseline, store)


def gather(runs: Sequence[Any], baseline: Any = None, store: reader.StoreLike = None) -> Comparison:
    """Read runs as `compare` does; one alone is told too, though there is nothing to hold it against.

    Raises:
        BadInput: the same run twice, or a `baseline` that is not among them.
        NotFound: there is no such run.
    """
    # Diagnosed now and not read from the store: a kept diagnosis has no curves to draw.
    diagnoses = [reader.diagnose(run, store=store) for run in runs]
    source = open_store(store_url(store), readonly=True)
    try:
        records = [source.find_run(_reference(run)) for run in runs]
        first = source.find_run(_reference(baseline)).id if baseline is not None else None
    finally:
        source.close()
    ids = [record.id for record in records]
    if len(set(ids)) < len(ids):
        twice = next(record.name for record in records if ids.count(record.id) > 1)
        raise BadInput(f"run {twice!r} was given twice: give each run once")
    if first is not None and first not in ids:
        raise BadInput(f"the baseline {baseline!r} is not among the runs: add it to the list")
    told = [Told.of(record, diagnosis) for record, diagnosis in zip(records, diagnoses, strict=True)]
    # What follows the question mark says how to connect, not where to, and may hold further secrets.
    where = safe_url(store_url(store)).partition("?")[0].replace(":***@", "@")
    return Comparison(tuple(records), tuple(diagnoses), observe(told, first), first, where)


def _written(file: Path, content: bytes, what: str) -> Path:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"the {what} cannot be written to {file}: {error.strerror or error}") from None
    return file


def _reference(run: Any) -> str:
    return run if isinstance(run, str) else str(run.id)


def _colours(records: Sequence[RunRecord]) -> list[int]:
    """Return each run's own colour; of two runs that share one, as those of two projects may, the later gets a free one."""
    slots: list[int] = []
    free = [slot for slot in range(PALETTE_SIZE) if slot not in {record.colour for record in records}]
    for record in records:
        slots.append(free.pop(0) if record.colour in slots and free else record.colour)
    return slots


def _row(record: RunRecord, d: Diagnosis, keys: Sequence[str]) -> dict[str, Any]:
    return {
        "name": record.name,
        "id": record.id,
        "group": record.group,
        "status": record.status,
        "duration_s": record.duration_ms / 1000,
        "verdict": d.verdict,
        "onset_epoch": d.onset_epoch,
        "best_epoch": d.best_epoch,
        "best_loss": d.best_loss,
        "best_accuracy_epoch": d.best_accuracy_epoch,
        "best_accuracy": d.best_accuracy,
        "gap": d.gap,
        **{f"config.{key}": record.config.get(key) for key in keys},
    }

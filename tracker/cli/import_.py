"""`tracker import`: runs that other tools left behind, brought into the store and judged."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli import completing
from tracker.cli.console import count, on_terminal, out, print_runs, printable, progress_bar, run_as_dict
from tracker.cli.options import Store, refuse_password, store_url
from tracker.errors import BadInput, Refused, RunClash
from tracker.model import id_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracker.imports import FoundRun
    from tracker.model import Diagnosis, RunRecord
    from tracker.store.base import Store as Target

TROUBLES_SHOWN = 10
"""Unreadable places of one run that are printed; `--all-troubles` prints every one."""

RUNS_SHOWN = 20


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="What to read; `tracker import list` names the sources.", autocompletion=completing.sources
        ),
    ],
    path: Annotated[str, typer.Argument(help="A file, a folder that is searched, or a database's URL.")] = "",
    project: Annotated[
        str | None, typer.Option(help="Into this project, instead of the one that the source names.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The run's name, where the path holds one run.")] = None,
    group: Annotated[str | None, typer.Option(help="Put the runs into this group.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tag the runs; may be given several times.")] = None,
    step: Annotated[str | None, typer.Option(help="csv: the column of steps.")] = None,
    epoch: Annotated[str | None, typer.Option(help="csv: the column of epochs.")] = None,
    time: Annotated[str | None, typer.Option(help="csv: the column of times.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="csv: take only this metric; may be given several times.")
    ] = None,
    all_troubles: Annotated[
        bool, typer.Option("--all-troubles", help="Name every place that could not be read.")
    ] = False,
    store: Store = None,
) -> None:
    """Bring runs of another tool into the store, and say what their curves mean.

    May be repeated: what is there already is left alone, what grew is continued. Nothing of the source is changed.

    Exit code 0: all was read; 1: something could not be read.
    """
    from tracker import imports
    from tracker.imports.writing import bring
    from tracker.store import open_store

    if source == "list":
        for known, what in imports.SOURCES.items():
            out.print(f"[bold]{known:12}[/] {what}")
        return
    if not path:
        raise BadInput(f"tracker import {source} needs a path: what to read")
    if "://" in path:
        refuse_password(path)
    asked = imports.Asked(project, name, group, tuple(tag or ()), step, epoch, time, tuple(column or ()))
    target = open_store(store_url(store))
    brought: dict[int, bool] = {}
    passed: list[str] = []
    points = failed = 0
    try:
        target.prepare()
        with _shown() as show:
            for found in imports.read(source, path, asked, passed):
                show(found, 0)
                try:
                    result = bring(target, source, found, partial(show, found))
                except (RunClash, Refused) as error:  # of this run alone: the others come in
                    found.troubles.append(f"the run was left out: {error}")
                else:
                    brought[result.run_id] = brought.get(result.run_id, True) and result.known
                    points += result.points
                failed += _tell_troubles(found, every=all_troubles)
        for sentence in passed:
            print(printable(f"tracker: {sentence}"), file=sys.stderr)
        failed += len(passed)
        records = target.runs(run_ids=list(brought))
        for run_id in brought.keys() - {record.run_id for record in records}:
            undo = f"tracker delete --undo {id_text(run_id)}"
            print(
                f"tracker: the run {id_text(run_id)} was deleted in this store and stays so: {undo}",
                file=sys.stderr,
            )
        judged = _judged(target, records)
        _tell(records, judged, list(brought.values()), points)
    finally:
        target.close()
    if failed:
        raise typer.Exit(1)


def _judged(target: Target, records: list[RunRecord]) -> dict[int, Diagnosis]:
    from tracker import verdicts

    found = verdicts.of_runs(target, records)
    for record in records:
        target.keep_diagnosis(record.run_id, record.version, found[record.run_id])
    return found


def _tell(records: list[RunRecord], judged: dict[int, Diagnosis], known: list[bool], points: int) -> None:
    """Print what came in and what its curves say."""
    old = sum(known)
    print_runs([run_as_dict(record, judged.get(record.run_id)) for record in records[:RUNS_SHOWN]])
    if len(records) > RUNS_SHOWN:
        out.print(f"and {len(records) - RUNS_SHOWN:,} more: tracker runs")
    told = Counter(d.verdict.replace("_", " ") for d in judged.values())
    losses = [
        (d.best_loss, d.loss[1] or d.loss[0] or "loss", record.name)
        for record in records
        if (d := judged[record.run_id]).best_loss is not None
    ]
    best = min(losses, default=None)
    out.print()
    out.print(
        printable(
            f"{count(len(records), 'run')}"
            + (f" ({old:,} known before)" if old else "")
            + f", {count(points, 'new value')}: "
            + ", ".join(f"{number} {verdict}" for verdict, number in told.most_common())
            + (f"; best {best[1]} {best[0]:.4g} ({best[2]})" if best else "")
            + "."
        ),
        markup=False,
    )


def _tell_troubles(found: FoundRun, *, every: bool) -> int:
    shown = found.troubles if every else found.troubles[:TROUBLES_SHOWN]
    for sentence in shown:
        print(printable(f"tracker: {found.name}: {sentence}"), file=sys.stderr)
    if len(found.troubles) > len(shown):
        more = len(found.troubles) - len(shown)
        print(f"tracker: {found.name}: and {more:,} more: see --all-troubles", file=sys.stderr)
    return len(found.troubles)


@contextmanager
def _shown() -> Iterator[Callable[[FoundRun, int], None]]:
    """Show on a terminal which run is read and how many values came in."""
    if not on_terminal():
        yield lambda run, points: None
        return
    with progress_bar("values") as bar:
        task = bar.add_task("", total=None)

        def show(run: FoundRun, points: int) -> None:
            bar.update(task, advance=points, description=printable(run.name)[:30])

        yield show

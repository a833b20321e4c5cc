"""`tracker copy`, `tracker backup` and `tracker export`: runs into another store, into a safe place, into files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli import completing
from tracker.cli.console import count, on_terminal, out, printable, progress_bar
from tracker.cli.options import Store, refuse_password, store_url
from tracker.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracker.model import RunRecord
    from tracker.store.base import Store as Source

Project = Annotated[
    str | None, typer.Option(help="Only this project's runs.", autocompletion=completing.projects)
]


def copy(
    from_url: Annotated[str, typer.Argument(help="The store to read: a URL, or a SQLite file's path.")],
    to_url: Annotated[str, typer.Argument(help="The store to write.")],
    project: Project = None,
    run: Annotated[
        list[str] | None,
        typer.Option(help="Only this run (an id or project/name); may be given several times."),
    ] = None,
) -> None:
    """Copy runs into another store with all that people said of them, for example a laptop's into the team's.

    May be repeated: what is there already is left alone, what grew is continued. Nothing of the source is changed.

    Exit code 0: all were copied; 1: a run was left out, because it was deleted in the other store.
    """
    from tracker.store import open_store

    refuse_password(from_url)
    refuse_password(to_url)
    source_url, target_url = store_url(from_url), store_url(to_url)
    if source_url == target_url:
        raise BadInput("the two stores are the same: give another one to copy to")
    source = open_store(source_url, readonly=True)
    target = open_store(target_url)
    try:
        records = _chosen(source, project, run)
        target.prepare()
        _copy(source, target, records, views=not run)
    finally:
        source.close()
        target.close()


def backup(
    path: Annotated[Path, typer.Argument(help="The new SQLite file.")],
    store: Store = None,
) -> None:
    """Copy the whole store into a SQLite file of its own, while training goes on; of PostgreSQL what copy carries.

    The file is a store like any other: `tracker serve --store FILE` shows it, `tracker copy` brings it back.
    """
    from tracker.store import open_store
    from tracker.store.sqlite import SqliteStore

    if path.exists():
        raise BadInput(f"there is already a file {str(path)!r}: give the backup a new name")
    source = open_store(store_url(store), readonly=True)
    if isinstance(source, SqliteStore):
        with closing(source):
            source.back_up(path.absolute())
            kept = len(source.runs())
        out.print(printable(f"{count(kept, 'run')}: {path}"), markup=False)
        return
    target = open_store(store_url(str(path.absolute())))
    try:
        records = _chosen(source, None, None)
        target.prepare()
        _copy(source, target, records, views=True)
        target.sync()
    finally:
        source.close()
        target.close()


def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The file; its suffix says the format: .csv, .parquet or .jsonl."
        ),
    ],
    run: Annotated[
        list[str] | None,
        typer.Argument(help="Runs: an id or project/name each; none: all.", autocompletion=completing.runs),
    ] = None,
    project: Project = None,
    store: Store = None,
) -> None:
    """Write every logged value into one long table: project, run_id, run, metric, step, epoch, time, value."""
    from tracker.exporting import export as write
    from tracker.store import open_store

    source = open_store(store_url(store), readonly=True)
    try:
        records = _chosen(source, project, run)
        with _shown(len(records)) as show:
            points = write(source, records, output, lambda record, _: show(record))
    finally:
        source.close()
    out.print(printable(f"{count(len(records), 'run')}, {count(points, 'value')}: {output}"), markup=False)


def _chosen(source: Source, project: str | None, references: list[str] | None) -> list[RunRecord]:
    if references:
        records = [source.find_run(reference) for reference in references]
        return [record for record in records if project in (None, record.project)]
    records = source.runs(project)
    if not records:
        raise NotFound(
            "the store holds no runs" if project is None else f"there is no run of a project {project!r}"
        )
    return records


def _copy(source: Source, target: Source, records: list[RunRecord], *, views: bool) -> None:
    from tracker.copying import copy as send
    from tracker.copying import copy_views

    points = known = 0
    left: list[str] = []
    with _shown(len(records)) as show:
        for copied in send(source, target, records):
            points, known = points + copied.points, known + copied.known
            show(copied.record)
            if copied.problem is not None:
                left.append(f"{copied.record.project}/{copied.record.name} was left out: {copied.problem}")
    if views:
        copy_views(source, target, dict.fromkeys(record.project for record in records))
    for sentence in left:
        print(printable(f"tracker: {sentence}"), file=sys.stderr)
    there = f" ({known:,} were there already)" if known else ""
    done = count(len(records) - len(left), "run")
    out.print(printable(f"{done}{there}, {count(points, 'value')} sent."), markup=False)
    if left:
        raise typer.Exit(1)


@contextmanager
def _shown(total: int) -> Iterator[Callable[[RunRecord], None]]:
    """Show on a terminal how many runs are done."""
    if not on_terminal():
        yield lambda record: None
        return
    with progress_bar("runs") as bar:
        task = bar.add_task("", total=total)
        done: set[int] = set()

        def show(record: RunRecord) -> None:
            done.add(record.run_id)
            bar.update(task, completed=len(done), description=printable(record.name)[:30])

        yield show

"""`tracker tag`, `archive`, `delete` and `gc`: what people change about runs that are there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli import completing
from tracker.cli.console import count, escape, on_terminal, out, printable
from tracker.cli.options import Store, store_url
from tracker.errors import BadInput

if TYPE_CHECKING:
    from tracker.model import RunRecord
    from tracker.store.base import Store as Target

DAY_MS = 86_400_000

Runs = Annotated[
    list[str], typer.Argument(help="Runs: an id or project/name each.", autocompletion=completing.runs)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def tag(
    runs: Runs,
    add: Annotated[
        list[str] | None, typer.Option(help="Put this tag on; may be given several times.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="Take this tag off; may be given several times.")
    ] = None,
    store: Store = None,
) -> None:
    """Put tags on runs and take tags off."""
    if not add and not drop:
        raise BadInput("tracker tag needs --add TAG or --drop TAG")
    with _opened(store) as target:
        records = [target.find_run(run) for run in runs]
        target.edit([r.run_id for r in records], add_tags=add or (), drop_tags=drop or ())
        for record in target.runs(run_ids=[r.run_id for r in records]):
            told = ", ".join(record.tags) or "no tags"
            out.print(printable(f"{record.project}/{record.name}: {told}"), markup=False)


def archive(
    runs: Runs,
    undo: Annotated[bool, typer.Option("--undo", help="Take runs back out of the archive.")] = False,
    store: Store = None,
) -> None:
    """Take runs out of the lists without deleting anything."""
    with _opened(store) as target:
        records = [target.find_run(run) for run in runs]
        number = target.archive([r.run_id for r in records], not undo)
    out.print(f"{count(number, 'run')} {'taken out of' if undo else 'put into'} the archive.")


def delete(
    runs: Runs,
    undo: Annotated[bool, typer.Option("--undo", help="Bring deleted runs back, by their ids.")] = False,
    yes: Yes = False,
    store: Store = None,
) -> None:
    """Delete runs. They can be brought back by --undo until tracker gc clears them away.

    Exit code 0: done; 1: you said no.
    """
    with _opened(store) as target:
        if undo:
            _restore(target, runs)
            return
        records = [target.find_run(run) for run in runs]
        _confirm(f"Delete {_named(records)}?", yes)
        number = target.delete([r.run_id for r in records])
    ids = " ".join(r.id for r in records)
    out.print(f"{count(number, 'run')} deleted. To bring back: tracker delete --undo {ids}", soft_wrap=True)


def gc(
    days: Annotated[
        float, typer.Option(min=0, help="Only runs that were deleted at least so many days ago.")
    ] = 7.0,
    yes: Yes = False,
    store: Store = None,
) -> None:
    """Clear deleted runs away for good, with all their points, and deleted saved views.

    Exit code 0: done; 1: you said no.
    """
    with _opened(store) as target:
        before_ms = time.time_ns() // 1_000_000 - round(days * DAY_MS)
        old = [r for r in target.deleted() if (r.deleted_ms or 0) < before_ms]
        views = target.deleted_views(before_ms)
        what = [f"{count(len(old), 'run')} ({_named(old)})"] * bool(old) + [count(views, "view")] * bool(
            views
        )
        if what:
            _confirm(
                f"Clear away {' and '.join(what)} deleted more than {days:g} days ago? They cannot be brought back.",
                yes,
            )
        number = target.purge(before_ms)
        left = target.deleted()
    live = sum((r.deleted_ms or 0) < before_ms for r in left)
    gone = [count(number, "run")] * bool(number or not views) + [count(views, "view")] * bool(views)
    told = [f"{' and '.join(gone)} cleared away."]
    if live:
        told.append(f"{count(live, 'run')} still running: cleared away once ended.")
    if len(left) > live:
        told.append(f"{count(len(left) - live, 'run')} deleted later can still be brought back.")
    out.print(" ".join(told), soft_wrap=True)


def _restore(target: Target, runs: list[str]) -> None:
    """Bring deleted runs back, named by their ids or project/name."""
    found = {r.id: r for r in target.deleted()}
    by_name: dict[str, list[RunRecord]] = {}
    for record in found.values():
        by_name.setdefault(f"{record.project}/{record.name}", []).append(record)
    chosen = []
    for run in runs:
        fits = [found[run]] if run in found else by_name.get(run, [])
        if len(fits) != 1:
            ids = ", ".join(r.id for r in fits)
            raise BadInput(
                f"{run!r} names {len(fits)} deleted runs: give one of the ids {ids}"
                if fits
                else f"no deleted run is {run!r}: give its id, or project/name"
            )
        chosen.append(fits[0])
    number = target.restore([r.run_id for r in chosen])
    out.print(printable(f"{count(number, 'run')} brought back: {_named(chosen)}"), markup=False)


def _named(records: list[RunRecord]) -> str:
    names = [f"{r.project}/{r.name}" for r in records]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _confirm(question: str, yes: bool) -> None:
    """Ask a person before something is taken away; a script has to say --yes.

    Raises:
        BadInput: nobody can be asked.
    """
    if yes:
        return
    if not on_terminal():
        raise BadInput("nobody can be asked here: add --yes")
    answer = out.input(f"{escape(question)} \\[y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        out.print("Nothing was changed.")
        raise typer.Exit(1)


@contextmanager
def _opened(store: str | None) -> Iterator[Target]:
    from tracker.store import open_store

    target = open_store(store_url(store))
    try:
        target.prepare()
        yield target
    finally:
        target.close()

"""`tracker sync`: journals that were left behind, sent to the store that they name."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import typer

from tracker import settings
from tracker.cli.console import count, on_terminal, out, printable, progress_bar
from tracker.cli.options import Store, store_url
from tracker.errors import SchemaMismatch, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracker.journal.recovery import Progress, Recovered
    from tracker.journal.survey import Found

LINE_S = 5.0
"""Seconds between two lines about the same journal where nobody watches a bar."""

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended."""


def sync(store: Store = None) -> None:
    """Send journals that dead or offline runs left behind to the store that they name.

    A journal is deleted once the store holds all of it. Ctrl-C ends it at any time, and the rest stays.

    Exit code 0: all was sent; 1: something stays; 130: Ctrl-C.
    """
    from tracker.journal.survey import journals

    url = store_url(store)
    ours = settings.without_password(url)
    found = journals()
    live = [journal for journal in found if journal.owned]
    waiting = [journal for journal in found if not journal.owned and journal.store == ours]
    unreadable = [journal.trouble for journal in found if journal.trouble and not journal.owned]
    code = _send(url, waiting) if waiting else _tell(None, unreadable)
    for journal in live:
        out.print(printable(f"Left alone: {journal.run}: a living process writes or sends it."), markup=False)
    _tell_others(journal for journal in found if not journal.owned and journal.store not in (None, ours))
    if code:
        raise typer.Exit(code)


def _send(url: str, waiting: list[Found]) -> int:
    """Send all journals of the store at `url`, say how it went, and return the exit code."""
    from tracker.journal.recovery import Recovered, recover_stepwise
    from tracker.store import open_store

    target = open_store(url)
    done = Recovered()
    trouble: BaseException | None = None
    try:
        target.prepare()
        total = sum(journal.unsent(target) for journal in waiting)
        with _shown(total) as show, closing(recover_stepwise(target, url, done)) as steps:
            for step in steps:
                show(step)
    except (StoreUnavailable, SchemaMismatch, KeyboardInterrupt) as error:
        trouble = error
    finally:
        target.close()
    return _tell(done, done.failed, trouble)


def _tell(done: Recovered | None, stays: list[str], trouble: BaseException | None = None) -> int:
    """Say what was sent (None: there was nothing to send) and what stays, and return the exit code."""
    for sentence in stays:
        print(printable(f"tracker: stays: {sentence}"), file=sys.stderr)
    if done is None:
        out.print("Nothing to send.")
        return 1 if stays else 0
    if trouble is not None and not isinstance(trouble, KeyboardInterrupt):
        print(f"tracker: {trouble}", file=sys.stderr)
    refused = f", {count(done.rejected, 'value')} refused (see tracker doctor)" if done.rejected else ""
    damaged = (
        f", {count(done.damaged, 'byte')} damaged and set aside (see tracker doctor)" if done.damaged else ""
    )
    rest = "" if trouble is None else " The rest stays where it is: run tracker sync again."
    stopped = "Interrupted. " if isinstance(trouble, KeyboardInterrupt) else ""
    out.print(
        f"{stopped}Sent {count(done.journals, 'journal')} with {count(done.points, 'new point')}{refused}{damaged}.{rest}"
    )
    if isinstance(trouble, KeyboardInterrupt):
        return INTERRUPTED
    return 1 if stays or trouble is not None else 0


def _tell_others(found: Iterable[Found]) -> None:
    stores: dict[str, list[Found]] = {}
    for journal in found:
        stores.setdefault(journal.store or "", []).append(journal)
    for store, theirs in sorted(stores.items()):
        points = count(sum(journal.count().points for journal in theirs), "point")
        out.print(
            printable(
                f"{count(len(theirs), 'journal')} with {points} for another store: {store}. Send with: "
                f"tracker sync --store {shlex.quote(store)}"
            ),
            markup=False,
        )


# ---------------------------------------------------------------------------------------------------------- on the way


@contextmanager
def _shown(total: int) -> Iterator[Callable[[Progress], None]]:
    """Show how far sending is: a bar on a terminal, else a line now and then."""
    if not on_terminal():
        yield _Lines(total)
        return
    with progress_bar() as bar:
        task = bar.add_task("", total=total)

        def show(step: Progress) -> None:
            name = printable(step.left_over.run)
            bar.update(
                task,
                completed=step.points,
                description=f"journal {step.journal} of {step.journals}",
                run=name,
            )

        yield show


class _Lines:
    """Progress as lines: one a journal, and one every few seconds."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._journal = 0
        self._next = 0.0

    def __call__(self, step: Any) -> None:
        now = time.monotonic()
        if step.journal == self._journal and now < self._next:
            return
        self._journal, self._next = step.journal, now + LINE_S
        place = f"journal {step.journal} of {step.journals}, {step.points:,} of {self._total:,} points"
        out.print(printable(f"{place}: {step.left_over.run}"), markup=False)

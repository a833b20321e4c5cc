"""`tracker doctor`: what is wrong between `log()` and the store, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.console import line_of_check, on_terminal, out, print_check, print_json
from tracker.cli.options import AsJson, Store, store_url

if TYPE_CHECKING:
    from tracker.doctor import Section


def doctor(
    store: Store = None,
    as_json: AsJson = False,
    full: Annotated[
        bool, typer.Option("--full", help="Look at all of a large store, however long it takes.")
    ] = False,
) -> None:
    """Look for trouble: journals left over, damage, full disks, old versions. Changes nothing.

    Exit code 0: nothing to do; 1: something needs doing, and is said.
    """
    from tracker.doctor import Report, examine

    url = store_url(store)
    report = Report()
    for section in examine(url, full=full):
        report.sections.append(section)
        if not as_json:
            _print(section)
            if on_terminal():
                out.print()
    if as_json:
        print_json(report.to_dict())
    else:
        colour = "yellow" if report.count("problem") else "green"
        out.print(f"[bold {colour}]{report.summary}[/]")
    if report.count("problem"):
        raise typer.Exit(1)


def _print(section: Section) -> None:
    if on_terminal():
        out.print(f"[bold]{section.title.capitalize()}[/]")
    for check in section.checks:
        if on_terminal():
            print_check(check)
        else:
            out.print(line_of_check(section.title, check), markup=False)

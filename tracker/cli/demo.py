"""`tracker demo`: eight real trainings and a page that shows them grow."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from tracker import settings
from tracker.cli.console import coloured, escape, out
from tracker.cli.options import NoBrowser, Port, browse
from tracker.errors import BadInput

if TYPE_CHECKING:
    from tracker.demo.processes import Outcome, Trainings


def demo(
    port: Port = settings.DEFAULT_PORT,
    no_browser: NoBrowser = False,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Train, say how it went, and exit.")] = False,
) -> None:
    """Train eight real models and serve their curves while they grow."""
    if find_spec("sklearn") is None:
        raise BadInput('the demo trains on data of scikit-learn: pip install "curvetracker[demo]"')
    from tracker.demo.folder import claim
    from tracker.demo.processes import Trainings

    folder = claim()
    kept = f"tracker serve --store {folder.store}"
    if no_serve:
        trainings = Trainings(folder)
        try:
            failed = _watch(trainings)
        finally:
            trainings.stop()
        out.print(f"The runs stay until the next demo: {kept}", markup=False)
        raise typer.Exit(1 if failed else 0)

    from tracker.dashboard.paths import compare_path
    from tracker.dashboard.server import serve as serve_forever
    from tracker.demo.table import PROJECT, SHOWN_FIRST

    started: list[Trainings] = []

    def ready(address: str) -> None:
        trainings = Trainings(folder, address)
        page = f"{address}{compare_path(PROJECT)}?focus={trainings.ids[SHOWN_FIRST]}"
        out.print(
            f"Curves: {page}\nEight models train now, each in a process of its own. Ctrl-C ends the demo.\n"
        )
        started.append(trainings)
        threading.Thread(target=_watch, args=(started[0], True), name="demo", daemon=True).start()
        if not no_browser:
            browse(page)

    try:
        serve_forever(settings.store_url(folder.store), port=port, on_ready=ready)
    except KeyboardInterrupt:
        pass  # the way to end it
    finally:
        for trainings in started:
            trainings.stop()
    out.print(f"\nThe demo has ended. Its runs stay until the next one: {kept}", markup=False)


def _watch(trainings: Trainings, stays: bool = False) -> int:
    """Start the demo's trainings, print a line as each ends, and return how many failed."""
    from tracker.demo.processes import watch

    failed = 0

    def tell(outcome: Outcome) -> None:
        nonlocal failed
        name = f"{outcome.run.name:<19}"
        if outcome.diagnosis is None:
            failed += 1
            out.print(f"{name} [red]failed[/]  {escape(outcome.trouble or '')}")
        else:
            out.print(f"{name} {coloured(outcome.diagnosis, 14)} {escape(outcome.diagnosis.sentence)}")

    def done(seconds: float) -> None:
        page = " The page stays up until Ctrl-C." if stays else ""
        out.print(f"\nAll {len(trainings.runs)} runs are done, after {seconds:.0f} s.{page}")

    watch(trainings, tell, done)
    return failed

"""The command line: parses, calls, prints. Everything that costs time is imported by the command that needs it.

Exit codes: 0 done, 1 the answer is no or the world failed, 2 the call was wrong.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker import __version__, settings
from tracker.console import coloured, count, escape, out, print_json, run_as_dict, run_table
from tracker.errors import BadInput, NotFound, TrackerError
from tracker.model import VERDICTS

if TYPE_CHECKING:
    from tracker.demo.processes import Outcome, Trainings

app = typer.Typer(
    name="tracker",
    help="Log training runs, watch their curves, be told what they mean.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="Look after the schema of a store.", no_args_is_help=True)
app.add_typer(db, name="db")

Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The store; TRACKER_URL, else a file in your data folder."),
]
Host = Annotated[str, typer.Option(help="The address to bind.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The first port to try; 0 takes any.")]
JUDGED_AT_ONCE = 100
"""Runs without a kept diagnosis, the newest, that `tracker runs` diagnoses itself; the dashboard does the rest."""

NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; an error of ours is one line on stderr, never a traceback."""
    try:
        app()
    except TrackerError as error:
        print(f"tracker: {error}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, BadInput | NotFound) else 1) from None
    except BrokenPipeError:
        # The reader of a pipe has gone (`tracker runs | head`); Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _version(asked: bool) -> None:
    if asked:
        print(f"tracker {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


# ------------------------------------------------------------------------------------------------------- demo and serve


@app.command()
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
            _browse(page)

    try:
        serve_forever(settings.store_url(folder.store), port=port, on_ready=ready)
    except KeyboardInterrupt:
        pass  # the way to end it
    finally:
        for trainings in started:
            trainings.stop()
    out.print(f"\nThe demo has ended. Its runs stay until the next one: {kept}", markup=False)


@app.command()
def serve(
    host: Host = settings.DEFAULT_HOST,
    port: Port = settings.DEFAULT_PORT,
    store: Store = None,
    insecure_public: Annotated[
        bool, typer.Option("--insecure-public", help="Allow an address that other machines can reach.")
    ] = False,
    no_browser: NoBrowser = False,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from tracker.dashboard.server import serve as serve_forever

    url = _store_url(store)

    def ready(address: str) -> None:
        out.print(f"Dashboard: {address} (store: {settings.safe_url(url)})", markup=False)
        if not no_browser:
            _browse(address)

    try:
        serve_forever(url, host, port, insecure_public=insecure_public, on_ready=ready)
    except KeyboardInterrupt:
        pass  # the way to end it


# ----------------------------------------------------------------------------------------------------- runs and verdicts


@app.command()
def runs(
    project: Annotated[str | None, typer.Option(help="Only this project's runs.")] = None,
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """List runs, newest first."""
    from tracker import reader
    from tracker.store import open_store

    url = _store_url(store)
    source = open_store(url, readonly=True)
    try:
        records = source.runs(project)
        if project is not None and not records:
            raise NotFound(f"the store holds no run of a project {project!r}")
        kept = {
            run_id: diagnosis
            for run_id, (_, diagnosis) in source.diagnoses([record.run_id for record in records]).items()
        }
    finally:
        source.close()
    unjudged = [record for record in records if record.run_id not in kept]
    for record in unjudged[:JUDGED_AT_ONCE]:
        kept[record.run_id] = reader.diagnose(record.id, store=url)
    rows = [run_as_dict(record, kept.get(record.run_id)) for record in records]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(run_table(rows))
    else:
        out.print("No runs yet: log one with tracker.init() and tracker.log(), or see tracker demo.")


@app.command()
def diagnose(
    file_or_run: Annotated[str, typer.Argument(help="A CSV or JSON file, a run's id, or project/name.")],
    as_json: AsJson = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERDICT",
            help="Exit with 1 on this verdict; may be given several times. overfitting holds overconfident too.",
        ),
    ] = None,
    store: Store = None,
) -> None:
    """Say what the curves of a file or a run mean."""
    from tracker import reader

    _refuse_password(store)
    unknown = sorted(set(fail_on or ()) - set(VERDICTS))
    if unknown:
        raise BadInput(f"--fail-on {unknown[0]}: there is no such verdict; there are {', '.join(VERDICTS)}")
    # Not made a URL here: a file needs no store, so that a TRACKER_URL that cannot be used is no reason to refuse it.
    found = reader.diagnose(file_or_run, store=store)
    if as_json:
        print_json({**found.to_dict(), "advice": list(found.advice)})
    else:
        out.print(f"{coloured(found)}\n{escape(found.sentence)}")
        for finding in found.findings:
            if finding.fact != found.sentence:
                out.print(f"- {finding.fact}", markup=False)
        for advice in found.advice:
            out.print(f"Try: {advice}", markup=False)
    if fail_on and (found.verdict in fail_on or (found.overfitting and "overfitting" in fail_on)):
        raise typer.Exit(1)


# ------------------------------------------------------------------------------------------------ journals and the schema


@app.command()
def sync(store: Store = None) -> None:
    """Send journals that dead or offline runs left behind to the store that they name."""
    from tracker.journal.recovery import left_over, recover
    from tracker.store import open_store

    url = _store_url(store)
    target = open_store(url)
    try:
        target.prepare()
        done = recover(target, url)
    finally:
        target.close()
    for sentence in done.failed:
        print(f"tracker: stays: {sentence}", file=sys.stderr)
    refused = f", {done.rejected} refused" if done.rejected else ""
    out.print(f"Sent {count(done.journals, 'journal')} with {count(done.points, 'new point')}{refused}.")
    waiting = sorted({left.store for left in left_over() if left.store != settings.without_password(url)})
    for other in waiting:
        out.print(f"Journals of another store wait too: {other}", markup=False)
    if done.failed:
        raise typer.Exit(1)


@db.command()
def upgrade(store: Store = None) -> None:
    """Create the schema, or bring it to this version's revision."""
    from tracker.store import open_store

    target = open_store(_store_url(store))
    try:
        before = target.schema().revision
        target.upgrade()
        after = target.schema().revision
    finally:
        target.close()
    out.print(f"At revision {after} already." if before == after else f"Upgraded to revision {after}.")


@db.command()
def current(store: Store = None) -> None:
    """Print the revision of the store's schema."""
    print(_schema(store).revision or "none: the store is empty")


@db.command()
def check(store: Store = None) -> None:
    """Tell whether the store's schema is the one that this version works with; exit code 1 when not."""
    schema = _schema(store)
    if schema.state == "current":
        out.print(f"Current: revision {schema.revision}.")
        return
    remedies = {
        "empty": "The store is empty: the first run or `tracker db upgrade` makes the schema.",
        "older": f"Revision {schema.revision} is older than {schema.expected}: run `tracker db upgrade`.",
        "newer": f"Revision {schema.revision} is newer than {schema.expected}: pip install -U curvetracker",
    }
    out.print(remedies[schema.state], markup=False)
    raise typer.Exit(1)


# -------------------------------------------------------------------------------------------------------------- helpers


def _schema(store: str | None) -> Any:
    from tracker.store import open_store

    source = open_store(_store_url(store), readonly=True)
    try:
        return source.schema()
    finally:
        source.close()


def _store_url(store: str | None) -> str:
    _refuse_password(store)
    return settings.store_url(store)


def _refuse_password(store: str | None) -> None:
    if store is not None and settings.has_password(store):
        raise BadInput(
            "a password has no place on a command line, where every user of this machine can read it: set TRACKER_URL, "
            "or keep it in ~/.pgpass"
        )


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


def _browse(address: str) -> None:
    """Open a browser beside us, where there is a screen: on a server a text browser would take the terminal over."""
    screen = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    if screen and sys.stdout.isatty():
        import webbrowser

        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


if __name__ == "__main__":
    main()

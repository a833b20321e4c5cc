"""The command line: parses, calls, prints; one command a file. What costs time is imported by the command that needs it.

Exit codes: 0 done, 1 the answer is no or the world failed, 2 the call was wrong.
"""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from tracker import __version__
from tracker.cli import (
    db,
    demo,
    diagnose,
    dismiss,
    doctor,
    import_,
    manage,
    moving,
    report,
    runs,
    serve,
    show,
    sync,
)
from tracker.errors import BadInput, NotFound, TrackerError


def main() -> None:
    """Run the command line; an error of ours is one line on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name that the terminal's encoding lacks is spelled out, and ends no command.
            codecs.register_error("tracker", _spelled)
            stream.reconfigure(errors="tracker")
    try:
        app()
    except TrackerError as error:
        print(f"tracker: {error}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, BadInput | NotFound) else 1) from None
    except OSError as error:
        # What reads a pipe has gone (`tracker runs | head`), or the disk that stdout goes to is full.
        if not isinstance(error, BrokenPipeError):
            where = f": {error.filename}" if error.filename is not None else ""
            print(f"tracker: {error.strerror or error}{where}", file=sys.stderr)
        # Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


_PLAIN = {"\u202f": " ", "\xa0": " ", "\xb7": ",", "\u2026": "~", "\u2501": "-", "\u2500": "-"}
"""What stands for characters of our own where an encoding lacks them."""


def _spelled(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and (plain := _PLAIN.get(error.object[error.start])):
        return plain, error.start + 1
    return codecs.backslashreplace_errors(error)


def _version(asked: bool) -> None:
    if asked:
        print(f"tracker {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Log training runs, watch their curves, be told what they mean."""


app = typer.Typer(
    name="tracker",
    callback=_root,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
_schema = typer.Typer(help="Look after the schema of a store.", no_args_is_help=True)

app.command(epilog="Example: tracker demo --no-serve")(demo.demo)
app.command(epilog="Example: tracker serve --store runs.db --port 8800")(serve.serve)
app.command(epilog="Example: tracker runs --project vision --verdict overfitting --sort best_loss")(runs.runs)
app.command(epilog="Example: tracker show vision/baseline")(show.show)
app.command(epilog="Example: tracker compare vision/baseline vision/mixup --baseline vision/baseline")(
    show.compare
)
app.command(epilog="Example: tracker watch vision --every 5")(show.watch)
app.command(epilog="Example: tracker diagnose history.csv --n-val 2000 --fail-on overfitting")(
    diagnose.diagnose
)
app.command(
    epilog="Example: tracker dismiss vision/distilled overfitting --reason 'the teacher overfits too'"
)(dismiss.dismiss)
app.command(
    epilog="Example: tracker report vision/baseline vision/mixup -o mixup.html --title 'Mixup helps'"
)(report.report)
app.command(epilog="Example: tracker tag vision/baseline vision/mixup --add paper --drop draft")(manage.tag)
app.command(epilog="Example: tracker archive vision/old-1 vision/old-2")(manage.archive)
app.command(epilog="Example: tracker delete vision/typo")(manage.delete)
app.command(epilog="Example: tracker gc --days 30")(manage.gc)
app.command(epilog="Example: tracker copy ~/laptop.db postgresql://me@db/tracker --project vision")(
    moving.copy
)
app.command(epilog="Example: tracker backup tracker-2026-11.db")(moving.backup)
app.command(epilog="Example: tracker export vision/baseline vision/mixup -o curves.parquet")(moving.export)
app.command("import", epilog="Example: tracker import lightning lightning_logs/ --project vision")(
    import_.import_
)
app.command(epilog="Example: TRACKER_URL=postgresql://me@db/tracker tracker sync")(sync.sync)
app.command(epilog="Example: tracker doctor --store runs.db --json")(doctor.doctor)
app.add_typer(_schema, name="db")
_schema.command(epilog="Example: tracker db upgrade --store runs.db")(db.upgrade)
_schema.command(epilog="Example: tracker db current --store runs.db")(db.current)
_schema.command(epilog="Example: tracker db check && tracker serve")(db.check)

"""`tracker diagnose`: what the curves of a file or a run mean."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.console import coloured, out, print_json, print_text
from tracker.cli.options import AsJson, Store, refuse_password
from tracker.errors import BadInput
from tracker.model import VERDICTS


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
    n_val: Annotated[
        int | None, typer.Option("--n-val", min=1, help="Examples in the validation set: weighs small rises.")
    ] = None,
    class_counts: Annotated[
        str | None,
        typer.Option(
            "--class-counts",
            metavar="900,100",
            help="Training examples of each class: tells learning from guessing.",
        ),
    ] = None,
    pair: Annotated[
        str | None,
        typer.Option(
            "--pair", metavar="NAME", help="Which loss, validation set or series to judge among several."
        ),
    ] = None,
    store: Store = None,
) -> None:
    """Say what the curves of a file or a run mean.

    Exit code 0: said; 1: the verdict is one of --fail-on, or the store does not answer; 2: the call was wrong.
    """
    from tracker import reader

    refuse_password(store)
    unknown = sorted(set(fail_on or ()) - set(VERDICTS))
    if unknown:
        raise BadInput(f"--fail-on {unknown[0]}: there is no such verdict; there are {', '.join(VERDICTS)}")
    # Not made a URL here: a file needs no store, so that a TRACKER_URL that cannot be used is no reason to refuse it.
    found = reader.diagnose(file_or_run, n_val, _counts(class_counts), store, pair)
    if as_json:
        print_json({**found.to_dict(), "advice": list(found.advice)})
    else:
        out.print(coloured(found))
        print_text(found.sentence)
        for finding in found.findings:
            if finding.fact != found.sentence:
                print_text(f"- {finding.fact}")
        for advice in found.advice:
            print_text(f"Try: {advice}")
    failed = set(fail_on or ()) & {found.verdict, "overfitting" if found.overfitting else found.verdict}
    if failed and found.standing != "dismissed":
        raise typer.Exit(1)


def _counts(text: str | None) -> list[int] | None:
    """Return `900,100` (or `cat=900,dog=100`) as numbers.

    Raises:
        BadInput: it is not a list of whole numbers, or of fewer than two.
    """
    if text is None:
        return None
    parts = [part.rpartition("=")[2].strip() for part in text.split(",")]
    if len(parts) < 2 or not all(part.isdecimal() for part in parts):
        raise BadInput(
            f"--class-counts {text!r}: give the training examples of each class, two or more whole numbers such as 900,100"
        )
    return [int(part) for part in parts]

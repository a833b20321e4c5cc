"""`tracker dismiss`: say that a finding does not apply to a run."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli import completing
from tracker.cli.console import out
from tracker.cli.options import Store, refuse_password


def dismiss(
    run: Annotated[str, typer.Argument(help="A run's id, or project/name.", autocompletion=completing.runs)],
    kind: Annotated[str, typer.Argument(help="The finding's kind, for example overfitting.")],
    reason: Annotated[str, typer.Option(help="Why, for those who see it later.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take a dismissal back.")] = False,
    store: Store = None,
) -> None:
    """Dismiss a finding of a run for everybody who looks at the store."""
    from tracker import reader

    refuse_password(store)
    reader.dismiss(run, kind, reason, undo=undo, store=store)
    done = "stands again" if undo else "is dismissed"
    out.print(f"The finding {kind} of {run} {done}.", markup=False)

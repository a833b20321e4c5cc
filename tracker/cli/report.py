"""`tracker report`: runs as one HTML file, or their curves as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli import completing
from tracker.cli.console import count, out, printable
from tracker.cli.options import Store, store_url
from tracker.errors import BadInput, NotFound

if TYPE_CHECKING:
    from tracker.store.base import Store as StoreOf

NEWEST = 10
"""Runs of a project that are taken when nobody says how many."""


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN...", help="Ids, or project/name.", autocompletion=completing.runs),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file to write: .html, or .png and .svg for the curves alone.",
        ),
    ] = Path("report.html"),
    project: Annotated[str | None, typer.Option(help="The newest runs of this project, too.")] = None,
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many runs of --project.")] = NEWEST,
    title: Annotated[str | None, typer.Option(help="The heading.")] = None,
    description: Annotated[str, typer.Option(help="What a reader should know first.")] = "",
    author: Annotated[str, typer.Option(help="Whose report it is.")] = "",
    baseline: Annotated[str | None, typer.Option(metavar="RUN", help="Mark what differs from it.")] = None,
    store: Store = None,
) -> None:
    """Write runs, their curves and what they mean into one HTML file that needs no network."""
    if not runs and project is None:
        raise BadInput("name one run or more (an id, or project/name), or a project with --project")
    from tracker.comparison import gather

    url = store_url(store)
    named = [*(runs or ()), *([baseline] if baseline is not None else ())]
    found = gather(_chosen(url, named, project, newest), baseline, url)
    picture = output.suffix.lower() in (".png", ".svg")
    if picture:
        file = found.to_image(output)
    else:
        file = found.to_html(output, title=title, description=description, author=author)
    size = file.stat().st_size / 1000
    then = "" if picture else " It opens from disk in any browser."
    out.print(
        f"{printable(str(file))}: {count(len(found.records), 'run')}, {size:,.0f} kB.{then}",
        markup=False,
    )


def _chosen(url: str, named: list[str], project: str | None, newest: int) -> list[str]:
    """Return the runs, each once: one may be named by its id and by its name, and be among the newest."""
    from tracker.store import open_store

    source = open_store(url, readonly=True)
    try:
        ids = [_id(source, one) for one in named]
        if project is not None:
            records = source.runs(project)[:newest]
            if not records:
                raise NotFound(f"the store holds no run of a project {project!r}")
            ids += [record.id for record in records]
    finally:
        source.close()
    return list(dict.fromkeys(ids))


def _id(source: StoreOf, reference: str) -> str:
    try:
        return source.find_run(reference).id
    except NotFound:
        return reference  # whoever reads it knows where else a run may be, and says so

"""`tracker show`, `tracker compare` and `tracker watch`: curves and verdicts without a browser."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli import completing
from tracker.cli.console import (
    coloured,
    count,
    escape,
    on_terminal,
    out,
    print_json,
    print_text,
    printable,
    run_as_dict,
)
from tracker.cli.options import AsJson, Store, store_url
from tracker.errors import StoreUnavailable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tracker.model import Diagnosis, RunRecord

CONFIG_SHOWN = 40


def show(
    run: Annotated[
        str, typer.Argument(help="A run: its id, or project/name.", autocompletion=completing.runs)
    ],
    height: Annotated[int, typer.Option(min=3, max=100, help="Lines of the loss's curves.")] = 12,
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """Show a run: its curves with the onset and the best epoch marked, what they mean, its settings."""
    record, found = _look(run, store)
    if as_json:
        print_json({**run_as_dict(record, found), "diagnosis": found.to_dict()})
        return
    from tracker.cli.plot import of_diagnosis

    out.print(f"[bold]{escape(record.name)}[/]  {escape(_facts(record))}", soft_wrap=True)
    out.print(coloured(found))
    print_text(found.sentence)
    out.print()
    out.print(of_diagnosis(found, min(out.width, 100), height), soft_wrap=True)
    for finding in found.findings:
        if finding.fact != found.sentence:
            print_text(f"- {finding.fact}")
    for advice in found.advice:
        print_text(f"Try: {advice}")
    _print_config(record)
    if record.notes:
        print_text(record.notes)


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(help="Two runs or more: an id or project/name each.", autocompletion=completing.runs),
    ],
    baseline: Annotated[
        str | None,
        typer.Option(help="The run that the others are held against.", autocompletion=completing.runs),
    ] = None,
    as_json: AsJson = False,
    store: Store = None,
) -> None:
    """Hold runs against each other: best values, the settings that differ, and what they show together."""
    from tracker.charts.compared import best_percent, setting_text
    from tracker.comparison import compare as hold
    from tracker.pictures import line

    found = hold(runs, baseline=baseline, store=store_url(store))
    if as_json:
        rows = [run_as_dict(record, diagnosis) for record, diagnosis in found]
        print_json({"runs": rows, "observations": [one.to_dict() for one in found.observations]})
        return
    keys = [name.removeprefix("config.") for name in found.table.columns if name.startswith("config.")]
    headings = ("run", "verdict", "best loss", "at", "best score", "at", "gap", *map(escape, keys))
    losses = [d.best_loss for d in found.diagnoses if d.best_loss is not None]
    scores = {record.id: best_percent(line(d), d) for record, d in found}
    highest = max((score for score in scores.values() if score is not None), default=None)
    told: list[tuple[str, ...]] = []
    for record, d in found:
        mark = " (baseline)" if record.id == found.baseline else ""
        told.append(
            (
                escape(record.name) + mark,
                coloured(d),
                _best(d.best_loss, d.best_loss == min(losses, default=None)),
                _at(d.best_epoch),
                _best(d.best_accuracy, scores[record.id] == highest),
                _at(d.best_accuracy_epoch),
                "" if d.gap is None else f"{d.gap:.3g}",
                *(escape(setting_text(record.config.get(key))) for key in keys),
            )
        )
    _print_rows(headings, told)
    out.print()
    for one in found.observations:
        print_text(f"- {one.text}")
    if not found.observations:
        print_text("Nothing beyond what each run says alone: tracker show RUN")


def _print_rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of runs, or run by run on a terminal too narrow for it: cut short, names and numbers mislead."""
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("run", "verdict") else "right")
    for cells in rows:
        table.add_row(*cells)
    whole = out.measure(table, options=out.options.update(width=10_000)).maximum
    if not on_terminal() or whole <= out.width:
        out.print(table, soft_wrap=not on_terminal())
        return
    for name, verdict, *cells in rows:
        out.print(f"[bold]{name}[/]", soft_wrap=True)
        said = (f"{heading} {cell}" for heading, cell in zip(headings[2:], cells, strict=True) if cell)
        out.print(
            Padding(", ".join((verdict, *said)).replace(", at ", " at "), (0, 0, 0, 2)), soft_wrap=False
        )


def watch(
    what: Annotated[
        str | None,
        typer.Argument(help="A run (its id or project/name), or a project.", autocompletion=completing.runs),
    ] = None,
    every: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between two looks.")] = 2.0,
    store: Store = None,
) -> None:
    """Watch runs as they train: a table of a project's runs, or the growing curves of one. Ctrl-C ends it.

    In a pipe it prints a line for each run that changed its verdict or status.
    """
    from tracker.store import open_store

    source = open_store(store_url(store), readonly=True)
    try:
        if on_terminal():
            _watch_live(source, what, every)
        else:
            _watch_lines(source, what, every)
    except KeyboardInterrupt:
        pass
    finally:
        source.close()


# --------------------------------------------------------------------------------------------------------------- inside


def _look(run: str, store: str | None) -> tuple[RunRecord, Diagnosis]:
    from tracker import reader
    from tracker.store import open_store

    url = store_url(store)
    source = open_store(url, readonly=True)
    try:
        record = source.find_run(run)
    finally:
        source.close()
    return record, reader.diagnose(record.id, store=url)


def _facts(record: RunRecord) -> str:
    from tracker.charts.numbers import duration

    parts = [f"{record.project}, {record.id}", record.status, duration(record.duration_ms)]
    parts += [f"group {record.group}"] if record.group else []
    parts += [", ".join(record.tags)] if record.tags else []
    return " · ".join(parts)


def _print_config(record: RunRecord) -> None:
    if not record.config:
        return
    out.print()
    shown = list(record.config.items())[:CONFIG_SHOWN]
    width = max(len(printable(key)) for key, _ in shown)
    for key, value in shown:
        out.print(f"[dim]{escape(key):{width}}[/]  {escape(str(value))}")
    if len(record.config) > len(shown):
        out.print(f"[dim]and {len(record.config) - len(shown)} more: tracker show --json[/]")


def _best(value: float | None, best: bool) -> str:
    if value is None:
        return ""
    return f"[bold green]{value:.4g}[/]" if best else f"{value:.4g}"


def _at(epoch: float | None) -> str:
    return "" if epoch is None else f"{epoch:g}"


def _watched(source: Any, what: str | None) -> tuple[list[RunRecord], dict[int, Diagnosis]]:
    """Return the runs that are watched, running ones first, and what their curves say."""
    from tracker import verdicts

    records = source.runs(what)
    if what is not None and not records:
        records = [source.find_run(what)]
    records.sort(key=lambda r: (r.status != "running", -r.created_ms))
    records = records[:30]
    return records, verdicts.of_runs(source, records)


def _watch_live(source: Any, what: str | None, every: float) -> None:
    from rich.live import Live

    with Live(console=out, auto_refresh=False, screen=False) as live:
        while True:
            try:
                records, found = _watched(source, what)
                live.update(_picture(source, records, found, what), refresh=True)
            except StoreUnavailable as error:
                live.console.print(f"tracker: {error}", markup=False)
            time.sleep(every)


def _picture(
    source: Any, records: list[RunRecord], found: dict[int, Diagnosis], what: str | None
) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from tracker.cli.plot import of_diagnosis, sparkline

    if what is not None and len(records) == 1 and what != records[0].project:
        record = records[0]
        judged = _look(record.id, source.url)[1]
        return Group(
            Text(f"{record.name}  {_facts(record)}"),
            coloured(judged),
            of_diagnosis(judged, min(out.width, 100)),
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("run", "status", "verdict", "best loss", "at", "last", "val loss"):
        table.add_column(heading, justify="right" if heading in ("best loss", "at", "last") else "left")
    names = {r.run_id: d.loss[1] or d.loss[0] for r in records if (d := found.get(r.run_id))}
    points = source.points([(run_id, name) for run_id, name in names.items() if name])
    for record in records:
        judged = found[record.run_id]
        series = points.get((record.run_id, names.get(record.run_id) or ""))
        values = [] if series is None else series.value.tolist()
        table.add_row(
            escape(f"{record.project}/{record.name}" if what is None else record.name),
            f"[bold]{record.status}[/]" if record.status == "running" else record.status,
            coloured(judged),
            _best(judged.best_loss, False),
            _at(judged.best_epoch),
            f"{values[-1]:.4g}" if values else "",
            sparkline(values),
        )
    live = sum(record.status == "running" for record in records)
    return Group(table, Text(f"{count(live, 'run')} live. Ctrl-C ends the watch.", style="dim"))


def _watch_lines(source: Any, what: str | None, every: float) -> None:
    told: dict[int, tuple[str, str]] = {}
    while True:
        try:
            records, found = _watched(source, what)
        except StoreUnavailable:
            time.sleep(every)
            continue
        for record in reversed(records):
            now = (record.status, found[record.run_id].standing)
            if told.get(record.run_id) != now:
                told[record.run_id] = now
                sentence = found[record.run_id].sentence
                out.print(
                    printable(f"{record.project}/{record.name}: {record.status}: {sentence}"), markup=False
                )
        if told and not any(record.status == "running" for record in records):
            return
        time.sleep(every)

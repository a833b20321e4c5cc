"""What notebooks and scripts use: runs and their history as data frames, and a diagnosis of anything.

Also the presenter behind `Diagnosis.figure()` and its look in a notebook, which the rooms below cannot draw.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import choice, foreign, verdicts
from tracker.charts.curves import Line, Options, loss_accuracy
from tracker.charts.figure import to_plotly
from tracker.curves.names import parse
from tracker.diagnosis import diagnose as diagnose_series
from tracker.diagnosis import hints
from tracker.errors import BadInput, NotFound, StoreUnavailable, TrackerError
from tracker.journal.survey import journals
from tracker.model import Diagnosis, MetricDefinition, RunRecord, Series, id_text, is_id
from tracker.settings import store_url, without_password
from tracker.store import open_store
from tracker.store.base import Store

if TYPE_CHECKING:
    import pandas as pd

StoreLike = str | os.PathLike[str] | None

JUDGED_AT_ONCE = 100
"""Runs without a kept diagnosis, the newest, that a list of runs diagnoses itself; the dashboard does the rest."""


def diagnose(
    history: Any,
    n_val: int | None = None,
    class_counts: Sequence[int] | Mapping[str, int] | None = None,
    store: StoreLike = None,
    pair: str | None = None,
) -> Diagnosis:
    """Say what learning curves mean: overfitting, overconfident, underfitting, diverged, healthy and so on.

    Args:
        history: one of
            - a Keras History (what `model.fit` returns) or its `.history`;
            - a dict of lists by any usual names (`loss` and `val_loss`, `train/loss` and `valid/loss`, ...), nested or
              flat, with None where nothing was logged;
            - a list of dicts, one a log call (Hugging Face's `trainer.state.log_history`);
            - a pandas DataFrame; the path of a CSV file, of a Hugging Face `trainer_state.json`, or of JSON of these;
            - a run: the Run itself, its id (13 characters), or `project/name`.
        n_val: examples in the validation set: small sets make small rises uncertain.
        class_counts: training examples of each class, a list or a dict by name.
        store: where the run is, when `history` names one; default TRACKER_URL, else the default store.
        pair: which curves to judge when there are several losses or validation sets: a metric ("box_loss"), a
            validation set ("mnli"), or a name as logged. Without it the main one is, and a finding names the others.

    Returns:
        The diagnosis. Its epochs are in units of the x axis: the list `epoch` or `step` in the data where there is
        one, otherwise 1..n, the first entry being epoch 1. So are the epochs of a Keras History, which counts from 0
        but prints "Epoch 1" and saves its checkpoints under that number.

    Raises:
        BadInput: the input cannot be read as curves, `n_val` is no count, or there is no such pair; the message says
            which.
        NotFound: there is no such run.
    """
    if n_val is not None and (isinstance(n_val, bool) or not isinstance(n_val, Integral) or n_val < 1):
        raise BadInput(f"n_val is {n_val!r}: give the number of examples in the validation set, 1 or more")
    counts = tuple(class_counts.values()) if isinstance(class_counts, Mapping) else class_counts
    series = _foreign(history)
    if series is not None:
        kept = series if pair is None else choice.only(series, pair)
        return choice.with_others(diagnose_series(kept, n_val=n_val, class_counts=counts))
    run, source = _find(history, store)
    try:
        return _judged(run, source, n_val, counts, pair)
    finally:
        source.close()


def runs(project: str | None = None, store: StoreLike = None) -> pd.DataFrame:
    """Return all runs, newest first, as a data frame of one row a run.

    Args:
        project: only this project's runs; None: all.
        store: where to read; default TRACKER_URL, else the default store.

    Returns:
        Columns id, name, project, group, status, created (UTC), duration_s, verdict, tags, notes, then a column
        `config.KEY` and `summary.KEY` for every key of any run. The verdict is None for runs beyond the newest 100
        that nobody has looked at yet: the dashboard or `tracker.diagnose` gives it.
    """
    import pandas as pd

    source = _open(store)
    try:
        records = source.runs(project)
        found = verdicts.of_runs(source, records, most=JUDGED_AT_ONCE)
    finally:
        source.close()
    rows = []
    for record in records:
        row: dict[str, Any] = {
            "id": record.id,
            "name": record.name,
            "project": record.project,
            "group": record.group,
            "status": record.status,
            "created": pd.Timestamp(record.created_ms, unit="ms", tz="UTC"),
            "duration_s": record.duration_ms / 1000,
            "verdict": found[record.run_id].verdict if record.run_id in found else None,
            "tags": list(record.tags),
            "notes": record.notes,
        }
        row.update({f"config.{key}": value for key, value in record.config.items()})
        row.update({f"summary.{key}": value for key, value in record.summary.items()})
        rows.append(row)
    fixed = ["id", "name", "project", "group", "status", "created", "duration_s", "verdict", "tags", "notes"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=fixed)


def history(run: Any, store: StoreLike = None) -> pd.DataFrame:
    """Return what a run logged, one row a step.

    Args:
        run: the Run, its id (13 characters), or `project/name`.
        store: where to read; default TRACKER_URL, else the default store.

    Returns:
        Columns step, epoch (NaN where none was logged), time (UTC, of the step's first value), then a column a name
        as logged, NaN where that step has no value.

    Raises:
        NotFound: there is no such run.
    """
    import pandas as pd

    record, source = _find(run, store)
    try:
        series, _ = _all_series(record, source)
    finally:
        source.close()
    columns = {one.name: pd.Series(one.value, index=one.step) for one in series}
    epochs = [pd.Series(one.epoch, index=one.step).dropna() for one in series]
    times = [pd.Series(one.elapsed_ms, index=one.step) for one in series]
    frame = pd.DataFrame(columns).sort_index()
    elapsed = _first(times, pd).reindex(frame.index)
    frame.insert(
        0, "time", pd.to_datetime(record.created_ms + elapsed, unit="ms", utc=True), allow_duplicates=True
    )
    frame.insert(0, "epoch", _first(epochs, pd).reindex(frame.index).astype("float64"), allow_duplicates=True)
    frame.insert(0, "step", frame.index.astype("int64"), allow_duplicates=True)
    return frame.reset_index(drop=True)


def present(what: str, thing: object) -> Any:
    """Draw a diagnosis: "figure" gives a plotly figure, "html" a small piece of HTML for a notebook.

    Raises:
        TrackerError: the diagnosis was read back without its curves, so there is nothing to draw.
        TypeError: `thing` is nothing that can be drawn.
    """
    if not isinstance(thing, Diagnosis):
        raise TypeError(f"a {type(thing).__name__} cannot be drawn: expected a Diagnosis")
    if what == "html":
        return _html(thing)
    if what != "figure":
        raise TypeError(f"{what!r} is no way to draw: expected 'figure' or 'html'")
    if not thing.history:
        raise TrackerError(
            "this diagnosis holds no curves: it was read back from a store; call tracker.diagnose(run) for one that does"
        )
    return to_plotly(loss_accuracy([line(thing)], Options(x=thing.axis)))


# ------------------------------------------------------------------------------------------------------------- sources


def _foreign(data: Any) -> list[Series] | None:
    """Return the series of data that is no run, None when it names one."""
    if foreign.is_keras(data):
        return foreign.from_keras(data)
    if foreign.is_frame(data):
        return foreign.from_frame(data)
    if isinstance(data, Mapping):
        return foreign.from_mapping(data)
    if isinstance(data, list | tuple):
        if data and all(isinstance(one, Series) for one in data):
            return list(data)
        return foreign.from_rows(data)
    if isinstance(data, os.PathLike):
        return foreign.from_file(Path(data))
    if isinstance(data, str):
        path = Path(data).expanduser()
        if path.suffix.lower() in foreign.FILES or (not is_id(data) and path.is_file()):
            return foreign.from_file(path)
        return None
    if isinstance(getattr(data, "id", None), str):
        return None
    raise BadInput(
        f"a {type(data).__name__} cannot be diagnosed: give a Keras History, a dict of lists, a DataFrame, the path of "
        "a CSV or JSON file, a Run, a run's id, or project/name"
    )


def _open(store: StoreLike) -> Store:
    return open_store(store_url(store), readonly=True)


def _judged(
    run: RunRecord,
    source: Store,
    n_val: int | None = None,
    class_counts: Sequence[int] | None = None,
    pair: str | None = None,
) -> Diagnosis:
    series, definitions = _all_series(run, source)
    told = hints(run.config)
    found = diagnose_series(
        series if pair is None else choice.only(series, pair, definitions),
        definitions=definitions,
        n_val=n_val or told.n_val,
        class_counts=class_counts if class_counts is not None else told.class_counts,
        finished=run.status != "running",
    )
    return choice.with_others(found, definitions)


def _find(run: Any, store: StoreLike) -> tuple[RunRecord, Store]:
    """Return a run's record and the open store that has it."""
    if isinstance(run, str):
        reference = run
    elif isinstance(getattr(run, "id", None), str):
        reference = run.id
        if getattr(run, "disabled", False):
            raise NotFound(
                f"the run {getattr(run, 'name', reference)} is disabled (mode, TRACKER_MODE, or a rank that is silent): "
                "nothing of it is kept, so there is nothing to read. Log with mode='online', or give the curves "
                "themselves: tracker.diagnose({'loss': [...], 'val_loss': [...]})"
            )
        flush = getattr(run, "flush", None)
        if callable(flush):
            flush()  # a live run's last points may still be on their way to the store
    else:
        raise BadInput(
            f"a {type(run).__name__} names no run: give a Run, its id (13 characters), or project/name"
        )
    source = _open(store)
    try:
        return source.find_run(reference), source
    except (NotFound, StoreUnavailable) as error:
        source.close()
        waiting = _in_journal(reference)
        if waiting is not None:
            raise NotFound(waiting) from error
        if isinstance(error, NotFound) and "/" not in reference and not is_id(reference):
            raise NotFound(
                f"{error} (a run is named by its id or by project/name; a file by its path, ending in "
                f"{', '.join(foreign.FILES)})"
            ) from None
        raise
    except BaseException:
        source.close()
        raise


def _in_journal(reference: str) -> str | None:
    """Return one sentence on a run of which only a journal on this machine is known, None when there is none."""
    for journal in reversed(journals()):
        who = journal.identity
        if who is None or reference.lower() not in (
            id_text(journal.run_id or 0),
            f"{who.project}/{who.name}".lower(),
        ):
            continue
        points = journal.count().points
        other = (
            f" --store {shlex.quote(journal.store or '')}"
            if journal.store != without_password(store_url())
            else ""
        )
        then = f"`tracker sync{other}` sends it"
        if journal.owned:
            then = f"finish the run first, if it is offline; then {then}"
        return (
            f"the run {journal.run} is not in the store yet: {points:,} {'point of it waits' if points == 1 else 'points of it wait'} "
            "in a journal on this machine. "
            f"{then[0].upper() if not then.startswith('`') else '`'}{then[1:]}"
        )
    return None


def _all_series(run: RunRecord, source: Store) -> tuple[list[Series], dict[str, MetricDefinition]]:
    records = source.series([run.run_id]).get(run.run_id, ())
    points = source.points([(run.run_id, record.name) for record in records])
    series = [points[run.run_id, record.name] for record in records if (run.run_id, record.name) in points]
    return series, {record.name: record.definition for record in records}


def _first(parts: list[Any], pd: Any) -> Any:
    """Return the first value of each step over several series."""
    if not parts:
        return pd.Series(dtype="float64")
    joined = pd.concat(parts)
    return joined[~joined.index.duplicated(keep="first")]


# ------------------------------------------------------------------------------------------------------------- drawing


def line(diagnosis: Diagnosis) -> Line:
    """Return the curves of a diagnosis as one line of a figure, called "this run"."""
    by_name = {series.name: series for series in diagnosis.history}

    def pair(names: tuple[str | None, str | None]) -> tuple[Series | None, Series | None]:
        train, val = (by_name.get(name) if name is not None else None for name in names)
        return train, val

    def spoken(names: tuple[str | None, str | None], default: str) -> str:
        return next((parse(name).metric or default for name in names if name is not None), default)

    return Line(
        id="history",
        name="this run",
        colour=0,
        loss=pair(diagnosis.loss),
        accuracy=pair(diagnosis.accuracy),
        diagnosis=diagnosis,
        loss_name=spoken(diagnosis.loss, "loss"),
        accuracy_name=spoken(diagnosis.accuracy, "accuracy"),
    )


def _html(diagnosis: Diagnosis) -> str:
    facts = "".join(
        f"<li>{escape(finding.fact)}</li>"
        for finding in diagnosis.findings
        if finding.fact != diagnosis.sentence
    )
    tries = "".join(f"<li>{escape(step)}</li>" for step in diagnosis.advice)
    return (
        '<div style="font:13px/1.5 system-ui,sans-serif;max-width:46em">'
        f"<strong>{escape(diagnosis.verdict.replace('_', ' ').capitalize())}</strong>"
        f"<p style='margin:.2em 0'>{escape(diagnosis.sentence)}</p>"
        + (f"<ul style='margin:.2em 0'>{facts}</ul>" if facts else "")
        + (f"<p style='margin:.2em 0'>To try:</p><ul style='margin:.2em 0'>{tries}</ul>" if tries else "")
        + "</div>"
    )

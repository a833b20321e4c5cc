"""What notebooks and scripts use: runs and their history as data frames, and a diagnosis of anything."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import choice, foreign, foreign_files, verdicts
from tracker.diagnosis import diagnose as diagnose_series
from tracker.diagnosis import hints
from tracker.errors import BadInput, NotFound, StoreUnavailable
from tracker.journal.survey import journals
from tracker.model import (
    Annotation,
    Diagnosis,
    MetricDefinition,
    RunRecord,
    Series,
    id_number,
    id_text,
    is_id,
)
from tracker.settings import store_url, without_password
from tracker.store import open_store
from tracker.store.base import Store

if TYPE_CHECKING:
    import pandas as pd

StoreLike = str | os.PathLike[str] | None

_DESCRIBED = ("id", "name", "project", "group", "status", "created", "duration_s", "verdict")
_JUDGED = ("onset_epoch", "best_epoch", "best_loss", "best_accuracy_epoch", "best_accuracy", "gap")

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
        BadInput: the input cannot be read as curves, `n_val` or one of `class_counts` is no count, or there is no such
            pair; the message says which.
        NotFound: there is no such run.
    """
    if n_val is not None and (isinstance(n_val, bool) or not isinstance(n_val, Integral) or n_val < 1):
        raise BadInput(f"n_val is {n_val!r}: give the number of examples in the validation set, 1 or more")
    counts = _class_counts(class_counts)
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
        Columns id, name, project, group, status, created (UTC), duration_s, verdict ("dismissed" where somebody has
        dismissed it), onset_epoch, best_epoch, best_loss, best_accuracy_epoch, best_accuracy, gap, tags, notes, then a
        column `config.KEY` and `summary.KEY` for every key of any run. What the curves say is None for runs beyond the
        newest 100 that nobody has looked at yet: the dashboard or `tracker.diagnose` gives it.
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
        }
        judged = found.get(record.run_id)
        row["verdict"] = judged.standing if judged else None
        row.update({name: getattr(judged, name, None) for name in _JUDGED})
        row.update({"tags": list(record.tags), "notes": record.notes})
        row.update({f"config.{key}": value for key, value in record.config.items()})
        row.update({f"summary.{key}": value for key, value in record.summary.items()})
        rows.append(row)
    frame = pd.DataFrame(rows, columns=None if rows else [*_DESCRIBED, *_JUDGED, "tags", "notes"])
    return frame.astype(dict.fromkeys(_JUDGED, "float64"))


def dismiss(run: Any, kind: str, reason: str = "", *, undo: bool = False, store: StoreLike = None) -> None:
    """Dismiss a finding of a run for everybody who looks at the store: it then counts for no list or filter.

    Args:
        run: the Run, its id (13 characters), or `project/name`.
        kind: the finding's kind, for example "overfitting".
        reason: why, for those who see it later.
        undo: True takes a dismissal back.
        store: where the run is; default TRACKER_URL, else the default store.

    Raises:
        NotFound: there is no such run, it has no such finding, or, with `undo`, none was dismissed.
    """
    record, source = _find(run, store)
    url = source.url
    try:
        kinds = list(
            dict.fromkeys(f.kind for f in verdicts.of_runs(source, [record])[record.run_id].findings)
        )
    finally:
        source.close()
    writer = open_store(store_url(store))
    try:
        if undo:
            if not writer.retract(record.run_id, "dismissal", kind):
                raise NotFound(f"no finding {kind!r} of run {record.name} ({record.id}) has been dismissed")
            return
        if kind not in kinds:
            listed = ", ".join(kinds) or "none"
            raise NotFound(
                f"run {record.name} ({record.id}) in {url} has no finding {kind!r}: it has {listed}"
            )
        writer.annotate(
            record.run_id, Annotation("dismissal", kind, reason, at_ms=time.time_ns() // 1_000_000)
        )
    finally:
        writer.close()


def history(run: Any, store: StoreLike = None) -> pd.DataFrame:
    """Return what a run logged, one row a step; of several runs, one below the other.

    Args:
        run: the Run, its id (13 characters), or `project/name`; or a list of these, which is read at once.
        store: where to read; default TRACKER_URL, else the default store.

    Returns:
        Columns step, epoch (NaN where none was logged), time (UTC, of the step's first value), then a column a name
        as logged, NaN where that step has no value. Of a list, columns id and run (its name) stand before them.

    Raises:
        NotFound: there is no such run.
    """
    from tracker.stepwise import frame_of

    if isinstance(run, str) or hasattr(run, "id") or not isinstance(run, Iterable):
        record, source = _find(run, store)
        try:
            return frame_of([record], _all_series([record], source)[0], named=False)
        finally:
            source.close()
    source = _open(store)
    try:
        references = [str(getattr(one, "id", one)) for one in run]
        ids = [id_number(one) for one in references if is_id(one)]
        known = {record.id: record for record in source.runs(run_ids=ids)}
        records = [known.get(one.lower()) or source.find_run(one) for one in references]
        series, _ = _all_series(records, source)
    finally:
        source.close()
    return frame_of(records, series, named=True)


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
        return foreign_files.from_file(Path(data))
    if isinstance(data, str):
        path = Path(data).expanduser()
        if path.suffix.lower() in foreign_files.FILES or (not is_id(data) and path.is_file()):
            return foreign_files.from_file(path)
        return None
    if isinstance(getattr(data, "id", None), str):
        return None
    raise BadInput(
        f"a {type(data).__name__} cannot be diagnosed: give a Keras History, a dict of lists, a DataFrame, the path of "
        "a CSV or JSON file, a Run, a run's id, or project/name"
    )


def _class_counts(given: Any) -> tuple[int, ...] | None:
    """Return the examples of each class.

    Raises:
        BadInput: it is no list or dict of two or more whole numbers.
    """
    if given is None:
        return None
    listed = given.values() if isinstance(given, Mapping) else given
    counts = list(listed) if hasattr(listed, "__iter__") and not isinstance(listed, str | bytes) else []
    whole = [isinstance(one, Integral) and not isinstance(one, bool) and int(one) >= 0 for one in counts]
    if len(counts) < 2 or not all(whole):
        raise BadInput(
            f"class_counts is {given!r}: give the training examples of each class, two or more whole numbers such as "
            "[900, 100] or {'cat': 900, 'dog': 100}"
        )
    return tuple(int(one) for one in counts)


def _open(store: StoreLike) -> Store:
    return open_store(store_url(store), readonly=True)


def _judged(
    run: RunRecord,
    source: Store,
    n_val: int | None = None,
    class_counts: Sequence[int] | None = None,
    pair: str | None = None,
) -> Diagnosis:
    of_runs, definitions = _all_series([run], source)
    series = of_runs[run.run_id]
    told = hints(run.config)
    found = diagnose_series(
        series if pair is None else choice.only(series, pair, definitions),
        definitions=definitions,
        n_val=n_val or told.n_val,
        class_counts=class_counts if class_counts is not None else told.class_counts,
        finished=run.status != "running",
    )
    found = verdicts.dismissed(found, source.annotations([run.run_id]).get(run.run_id, ()))
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
                f"{', '.join(foreign_files.FILES)})"
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


def _all_series(
    runs: Sequence[RunRecord], source: Store
) -> tuple[dict[int, list[Series]], dict[str, MetricDefinition]]:
    """Return all series of each run by its number, and what was said about their names."""
    described = source.series([run.run_id for run in runs])
    records = [one for run in runs for one in described.get(run.run_id, ())]
    points = source.points([(one.run_id, one.name) for one in records])
    series: dict[int, list[Series]] = {run.run_id: [] for run in runs}
    for one in records:
        if (one.run_id, one.name) in points:
            series[one.run_id].append(points[one.run_id, one.name])
    return series, {one.name: one.definition for one in records}

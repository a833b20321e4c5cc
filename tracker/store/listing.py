"""The reads of `Lists` for both engines: columns that a list shows, as the driver's own tuples."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from tracker.model import Axis, Diagnosis, Finding, MetricDefinition, RunRecord, SeriesRecord, Verdict
from tracker.store import tables as t
from tracker.store.encoding import from_json, value_of
from tracker.store.fetching import chunks, fetch, status_of
from tracker.store.transactions import Transactions

_RUN = [
    t.run.c[name]
    for name in (
        "run_id", "project", "name", "group_name", "status", "exception", "colour", "created_ms", "changed_ms",
        "duration_ms", "version", "beat_ms", "archived_ms", "deleted_ms",
    )
]  # fmt: skip
_SERIES = [
    t.series.c[name]
    for name in (
        "run_id", "series_no", "name", "count", "last_step", "last_epoch", "last_value", "last_kind", "min_value",
        "min_step", "min_epoch", "max_value", "max_step", "max_epoch", "goal", "split", "metric",
    )
]  # fmt: skip


class ListReads(Transactions):
    """The part of an engine that `Lists` speaks of."""

    def brief(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """See `Lists`."""
        self._check_schema()
        narrow = [] if project is None else [t.run.c.project == project]
        ids = None if run_ids is None else sorted(set(run_ids))
        if ids is None:
            narrow.append(t.run.c.deleted_ms.is_(None))

        def work(connection: Connection) -> list[RunRecord]:
            rows: list[tuple[Any, ...]] = []
            tags: dict[int, list[str]] = defaultdict(list)
            for chunk in [None] if ids is None else chunks(ids):
                here = narrow if chunk is None else [*narrow, t.run.c.run_id.in_(chunk)]
                rows += fetch(connection, select(*_RUN).where(*here))
                tagged = select(t.tag.c.run_id, t.tag.c.tag).order_by(t.tag.c.run_id, t.tag.c.position)
                joined = tagged.join(t.run, t.run.c.run_id == t.tag.c.run_id).where(*here)
                for run_id, tag in fetch(connection, joined):
                    tags[run_id].append(tag)
            now = self._now_ms(connection)
            return [_record(row, tags.get(row[0], ()), now) for row in rows]

        return sorted(self._read(work), key=lambda r: (-r.created_ms, r.run_id))

    def heads(self, run_ids: Iterable[int]) -> dict[int, tuple[int, Diagnosis]]:
        """See `Lists`."""
        self._check_schema()
        d = t.diagnosis.c
        rows = self._of_runs(select(d.run_id, d.version, d.body), d.run_id, run_ids)
        return {run_id: (version, _head(body)) for run_id, version, body in rows}

    def outlines(self, run_ids: Iterable[int], names: Collection[str]) -> dict[int, tuple[SeriesRecord, ...]]:
        """See `Lists`."""
        self._check_schema()
        s = t.series.c
        tested = or_(func.lower(s.name).like("%test%"), s.split == "test")
        query: Select[Any] = select(*_SERIES).where(s.count > 0).order_by(s.run_id, s.series_no)
        query = query.where(or_(tested, s.name.in_(sorted(names))) if names else tested)
        found: dict[int, list[SeriesRecord]] = defaultdict(list)
        for row in self._of_runs(query, s.run_id, run_ids):
            found[row[0]].append(_series(row))
        return {run_id: tuple(some) for run_id, some in found.items()}

    def config_keys(self, project: str) -> dict[str, tuple[int, int]]:
        """See `Lists`."""
        self._check_schema()
        c = t.config.c
        query = (
            select(c.key, func.count(), func.count(c.text.distinct()))
            .join(t.run, t.run.c.run_id == c.run_id)
            .where(t.run.c.project == project, t.run.c.deleted_ms.is_(None))
            .group_by(c.key)
        )
        found = self._read(lambda connection: fetch(connection, query))
        return {key: (runs, values) for key, runs, values in sorted(found)}

    def config_values(self, run_ids: Iterable[int], keys: Collection[str]) -> dict[str, dict[int, Any]]:
        """See `Lists`."""
        self._check_schema()
        out: dict[str, dict[int, Any]] = {key: {} for key in keys}
        c = t.config.c
        query = select(c.key, c.run_id, c.text).where(c.key.in_(sorted(out)))
        for key, run_id, text in self._of_runs(query, c.run_id, run_ids if out else ()):
            out[key][run_id] = from_json(text)
        return out

    def _of_runs(
        self, query: Select[Any], column: ColumnElement[int], run_ids: Iterable[int]
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query whose `column` is one of the runs."""
        ids = list(run_ids)
        return self._read(
            lambda c: [row for some in chunks(ids) for row in fetch(c, query.where(column.in_(some)))]
        )


def _record(row: tuple[Any, ...], tags: Iterable[str], now_ms: int) -> RunRecord:
    run_id, project, name, group, status, exception, colour, created, changed, took, version, beat = row[:12]
    return RunRecord(
        run_id, project, name, group, status_of(status, beat, now_ms), exception, "", tuple(tags), colour, created,
        changed, took, version, archived_ms=row[12], deleted_ms=row[13],
    )  # fmt: skip


def _series(row: tuple[Any, ...]) -> SeriesRecord:
    run_id, series_no, name, count, last_step, last_epoch, last_value, last_kind = row[:8]
    low, low_step, low_epoch, high, high_step, high_epoch, *said = row[8:]
    return SeriesRecord(
        run_id, series_no, name, count, last_step, last_epoch, value_of(last_value, last_kind),
        low, low_step, low_epoch, high, high_step, high_epoch, MetricDefinition(*said) if any(said) else _UNSAID,
    )  # fmt: skip


_UNSAID = MetricDefinition()


class _Seen(msgspec.Struct):
    kind: str
    evidence: dict[str, Any] = {}


class _Head(msgspec.Struct):
    """What is read of a diagnosis: the decoder passes over everything else."""

    verdict: Verdict
    axis: Axis
    rules_version: int
    findings: list[_Seen] = []
    onset_epoch: float | None = None
    best_epoch: float | None = None
    best_loss: float | None = None
    best_accuracy_epoch: float | None = None
    best_accuracy: float | None = None
    gap: float | None = None
    loss: tuple[str | None, str | None] = (None, None)
    accuracy: tuple[str | None, str | None] = (None, None)


_decoder = msgspec.json.Decoder(_Head)
_FAR = ("past_best", "past_best_share")


def _head(body: str) -> Diagnosis:
    try:
        head = _decoder.decode(body)
    except msgspec.DecodeError:  # NaN among the numbers, which is no JSON but is written by json
        return Diagnosis.from_dict(json.loads(body))
    findings = tuple(
        Finding(
            one.kind,
            "note",
            None,
            None,
            "",
            (),
            {key: one.evidence[key] for key in _FAR} if _FAR[0] in one.evidence else {},
        )
        for one in head.findings
    )
    said = {name: getattr(head, name) for name in head.__struct_fields__ if name != "findings"}
    return Diagnosis(sentence="", findings=findings, **said)

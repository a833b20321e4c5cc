"""One answer about what a run's curves say, wherever it is asked: kept where it holds, made anew where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tracker
from tests.support.runs import HEALTHY, OVERFIT, finished_run, log
from tests.support.sessions import Session, row
from tracker import verdicts
from tracker.dashboard.data import Data
from tracker.model import Annotation, RunRecord
from tracker.store.base import Store

IMBALANCED = {**HEALTHY, "val/accuracy": [0.9] * 60, "val/f1": [0.3] * 60}


def only(store: Store, record: RunRecord) -> tracker.reader.Diagnosis:  # type: ignore[name-defined]
    return verdicts.of_runs(store, [record])[record.run_id]


def test_pages_and_scripts_say_the_same_of_every_metric_that_the_rules_read(
    store: Store, sqlite_url: str
) -> None:
    record = finished_run(store, "p", "rare disease", IMBALANCED)
    asked = tracker.diagnose(record.id, store=sqlite_url)
    assert asked.found("misleading_accuracy")
    assert only(store, record) == asked
    assert Data(store).curves([record])[record.run_id].diagnosis == asked


def test_a_run_without_a_loss_is_not_said_to_have_logged_nothing(store: Store, sqlite_url: str) -> None:
    record = finished_run(store, "p", "speed", {"throughput": [3.0] * 20, "temperature": [60.0] * 20})
    asked = tracker.diagnose(record.id, store=sqlite_url)
    assert asked.verdict == "uncertain"
    again = only(store, record)
    assert (again.verdict, again.sentence, again.axis) == (asked.verdict, asked.sentence, asked.axis)


def test_other_series_are_not_read(store: Store) -> None:
    more = {f"grad/{k}": [1.0] * 60 for k in range(20)}
    record = finished_run(store, "p", "a", {**HEALTHY, **more, "val/f1": [0.8] * 60, "lr": [0.1] * 60})
    described = store.series([record.run_id])[record.run_id]
    assert set(verdicts.names_read(described)) == {"train/loss", "val/loss", "val/f1", "lr"}


def test_a_kept_diagnosis_holds_until_rules_or_data_are_newer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = finished_run(store, "p", "a", HEALTHY)
    made = only(store, record)
    marked = replace(made, sentence="kept")
    store.keep_diagnosis(record.run_id, record.version, marked)
    assert only(store, record).sentence == "kept"
    monkeypatch.setattr(verdicts, "RULES_VERSION", made.rules_version + 1)
    assert only(store, record).sentence == made.sentence
    monkeypatch.undo()
    Session(store, record.run_id, resume="must").ship([row(60, 0.5, "grad")], status="finished")
    newer = store.runs(run_ids=[record.run_id])[0]
    assert only(store, newer).sentence == made.sentence


def test_a_running_run_is_always_judged_anew(store: Store) -> None:
    session = Session(store, project="p", name="live")
    log(session, OVERFIT)
    record = store.runs(run_ids=[session.run_id])[0]
    store.keep_diagnosis(record.run_id, record.version, replace(only(store, record), sentence="kept"))
    assert only(store, record).sentence != "kept"


def test_a_dismissed_verdict_stands_as_dismissed_and_keeps_its_words(store: Store) -> None:
    record = finished_run(store, "p", "a", OVERFIT)
    before = only(store, record)
    store.annotate(record.run_id, Annotation("dismissal", before.verdict, "known"))
    store.annotate(record.run_id, Annotation("dismissal", "spike", "not found here"))
    after = only(store, store.runs(run_ids=[record.run_id])[0])
    assert after.standing == "dismissed"
    assert after.dismissed == (before.verdict,)
    assert replace(after, dismissed=()) == before


def test_no_more_runs_are_judged_than_asked(store: Store) -> None:
    records = [finished_run(store, "p", str(k), HEALTHY) for k in range(3)]
    assert set(verdicts.of_runs(store, records, most=2)) == {r.run_id for r in records[:2]}
    store.keep_diagnosis(records[2].run_id, records[2].version, only(store, records[2]))
    assert set(verdicts.of_runs(store, records, most=1)) == {records[0].run_id, records[2].run_id}


def test_a_series_that_nobody_reads_changes_nothing(store: Store, sqlite_url: str) -> None:
    """Only `memory` was logged with epochs: were it looked at, one way would judge along epochs, the other along steps."""
    session = Session(store, project="p", name="a")
    log(session, {"memory": [1.0] * 60})
    session.ship([row(k, v, name) for name, values in OVERFIT.items() for k, v in enumerate(values)])
    session.ship(status="finished")
    record = store.runs(run_ids=[session.run_id])[0]
    assert tracker.diagnose(record.id, store=sqlite_url) == only(store, record)
    assert only(store, record).axis == "step"

"""What a list of many runs reads says the same as what a page of one run reads."""

from __future__ import annotations

import math

from tests.contract.prepared import postgres_url, sqlite_url  # noqa: F401
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.sessions import Session, row
from tracker import verdicts
from tracker.model import Diagnosis, MetricDefinition
from tracker.store import Store


def test_a_brief_run_is_the_run_without_what_no_list_shows(store: Store) -> None:
    kept = finished_run(store, "digits", "calm", HEALTHY, config={"lr": 0.1}, group="g", tags=("b", "a"))
    finished_run(store, "other", "wide", OVERFIT)
    (brief,) = store.brief("digits")
    assert brief.tags == ("b", "a")
    assert (brief.name, brief.group, brief.status, brief.version) == ("calm", "g", "finished", kept.version)
    assert (brief.created_ms, brief.duration_ms, brief.colour) == (
        kept.created_ms,
        kept.duration_ms,
        kept.colour,
    )
    assert not brief.config
    assert store.brief(run_ids=[kept.run_id, 4]) == [brief]


def test_deleted_runs_are_brief_only_by_id(store: Store) -> None:
    kept = finished_run(store, "digits", "calm", HEALTHY)
    store.delete([kept.run_id])
    assert store.brief("digits") == []
    (gone,) = store.brief(run_ids=[kept.run_id])
    assert gone.deleted_ms is not None


def test_a_head_is_the_diagnosis_without_its_words(store: Store) -> None:
    kept = finished_run(store, "digits", "wide", OVERFIT)
    whole = verdicts.of_runs(store, [kept])[kept.run_id]
    store.keep_diagnosis(kept.run_id, kept.version, whole)
    version, head = store.heads([kept.run_id, 5])[kept.run_id]
    assert version == kept.version
    assert (head.verdict, head.axis, head.rules_version) == (whole.verdict, whole.axis, whole.rules_version)
    assert (head.onset_epoch, head.best_epoch, head.best_loss) == (
        whole.onset_epoch,
        whole.best_epoch,
        whole.best_loss,
    )
    assert (head.loss, head.accuracy, head.gap) == (whole.loss, whole.accuracy, whole.gap)
    assert [f.kind for f in head.findings] == [f.kind for f in whole.findings]
    past = {f.kind: f.evidence for f in whole.findings}["best_epoch"]["past_best_share"]
    assert {f.kind: f.evidence for f in head.findings}["best_epoch"]["past_best_share"] == past
    assert not head.sentence


def test_a_head_with_a_number_that_is_none_is_read(store: Store) -> None:
    kept = finished_run(store, "digits", "odd", HEALTHY)
    store.keep_diagnosis(kept.run_id, 9, Diagnosis("diverged", "", "epoch", gap=math.nan))
    _, head = store.heads([kept.run_id])[kept.run_id]
    assert head.verdict == "diverged"
    assert head.gap is not None
    assert math.isnan(head.gap)


def test_outlines_are_the_named_series_and_those_of_test_data(store: Store) -> None:
    session = Session(store)
    points = [row(0, 1.0, name) for name in ("train/loss", "val/loss", "test/loss", "final", "Test acc")]
    session.ship(points, metrics={"final": MetricDefinition(split="test")})
    whole = {one.name: one for one in store.series([session.run_id])[session.run_id]}
    found = store.outlines([session.run_id, 7], ["val/loss"])
    assert [one.name for one in found[session.run_id]] == ["val/loss", "test/loss", "final", "Test acc"]
    assert all(one == whole[one.name] for one in found[session.run_id])
    assert 7 not in found


def test_config_keys_say_how_many_runs_and_values_they_have(store: Store) -> None:
    first = finished_run(store, "digits", "a", HEALTHY, config={"lr": 0.1, "model": "mlp"})
    finished_run(store, "digits", "b", HEALTHY, config={"lr": 0.2, "model": "mlp", "depth": 3})
    finished_run(store, "other", "c", HEALTHY, config={"lr": 0.3})
    assert store.config_keys("digits") == {"depth": (1, 1), "lr": (2, 2), "model": (2, 1)}
    assert store.config_values([first.run_id], ["lr", "depth", "nothing"]) == {
        "lr": {first.run_id: 0.1},
        "depth": {},
        "nothing": {},
    }

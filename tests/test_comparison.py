"""What `tracker.compare` says of runs in a store: words, a table and a figure."""

from __future__ import annotations

import pytest

import tracker
from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tracker.errors import BadInput, NotFound
from tracker.store.base import Store


@pytest.fixture
def store(store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TRACKER_URL", sqlite_url)
    return store


def test_two_runs_are_told_by_what_differs(store: Store) -> None:
    plain = finished_run(store, "reading", "plain", OVERFIT, config={"dropout": 0.0, "lr": 0.1})
    finished_run(store, "reading", "careful", HEALTHY, config={"dropout": 0.3, "lr": 0.1})
    found = tracker.compare([plain.id, "reading/careful"])
    words = str(found)
    assert words.startswith("plain: Overfitting from epoch ")
    assert "careful: Healthy" in words
    assert "plain grows overconfident from epoch " in words
    assert "careful is healthy. They differ in dropout (0 against 0.3): an observation, not a cause." in words
    assert "lr" not in words
    assert {one.kind for one in found.observations} == {"config_difference", "time_past_best"}
    assert list(found.table["verdict"]) == ["overconfident", "healthy"]
    assert list(found.table["config.dropout"]) == [0.0, 0.3]
    assert "config.lr" not in found.table
    assert "an observation, not a cause" in found._repr_html_()
    names = {trace.meta["run"] for trace in found.figure().data if trace.meta}
    assert {plain.id} < names


def test_runs_that_are_alike_say_nothing_together(store: Store) -> None:
    ids = [
        finished_run(store, "reading", name, HEALTHY, config={"seed": i}).id for i, name in enumerate("ab")
    ]
    found = tracker.compare(ids)
    assert found.observations == ()
    assert "nothing beyond what each says alone" in str(found)


def test_the_baseline_is_held_against_each_other(store: Store) -> None:
    first = finished_run(store, "p", "first", HEALTHY, config={"width": 8})
    ids = [finished_run(store, "p", name, OVERFIT, config={"width": 64}).id for name in ("second", "third")]
    found = tracker.compare([*ids, first.id], baseline=first.id)
    said = [one.text for one in found.observations if one.kind == "config_difference"]
    assert len(said) == 2
    assert all(text.startswith("first is healthy, ") and "width (8 against 64)" in text for text in said)


def test_what_cannot_be_compared_is_said(store: Store) -> None:
    one = finished_run(store, "p", "one", HEALTHY)
    two = finished_run(store, "p", "two", HEALTHY)
    for wrong, why in (
        ([one.id], "two runs or more"),
        ("p/one", "two runs or more"),
        ([one.id] * 2, "given twice"),
    ):
        with pytest.raises(BadInput, match=why):
            tracker.compare(wrong)
    other = finished_run(store, "p", "other", HEALTHY)
    with pytest.raises(BadInput, match="not among the runs"):
        tracker.compare([one.id, two.id], baseline=other.id)
    with pytest.raises(NotFound):
        tracker.compare([one.id, "p/nobody"])

"""A journal on its way into a store: exactly once, whatever fails in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journal.test_frames import opening
from tests.support.sessions import now_ms
from tracker.errors import Refused, RunMissing, StoreUnavailable
from tracker.journal.delivery import Delivery
from tracker.journal.frames import HEADER, Kind, Opening, decode, encode, encode_points, segment_name
from tracker.journal.reader import JournalReader
from tracker.journal.writer import Journal
from tracker.model import id_text, new_id
from tracker.store import Store, open_store
from tracker.store.base import Batch, Identity, Shipped


class Unsteady:
    """A store that fails before or after a commit, as told."""

    def __init__(self, store: Store, failures: list[str]) -> None:
        self.store, self.failures = store, failures

    def ship(self, batch: Batch) -> Shipped:
        failure = self.failures.pop() if self.failures else ""
        if failure == "before":
            raise StoreUnavailable("gone before it was stored")
        answer = self.store.ship(batch)
        if failure == "after":
            raise StoreUnavailable("stored, and the answer was lost")
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def written(folder: Path, calls: int = 50) -> Journal:
    kept = Journal(folder, opening(config={"lr": 0.1}, tags=("t",)), print)
    for i in range(calls):
        kept.append(encode_points(i, i, False, None, {"loss": float(i), "acc": 1.0 / (i + 1)}), 2)
    kept.append(encode(Kind.SUMMARY, {"best": 0.5}))
    kept.append(encode(Kind.METRIC, "acc", "max", "val", "accuracy"))
    kept.append(encode(Kind.ALERT, "title", "text", 3, None, 77))
    kept.append(encode(Kind.NAME, "renamed"))
    kept.append(encode(99, "a frame of a newer version"))  # type: ignore[arg-type]
    kept.append(encode(Kind.STATUS, "finished", None, 60))
    kept.close()
    return kept


def ship_all(delivery: Delivery) -> None:
    while True:
        try:
            if not delivery.advance():
                return
        except StoreUnavailable:
            continue


def test_everything_in_a_journal_reaches_the_store(store: Store, tmp_path: Path) -> None:
    kept = written(tmp_path)
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), store)
    ship_all(delivery)
    run_id = kept.opening.identity.run_id
    (run,) = store.runs()
    assert (run.name, run.status, run.tags, run.config, run.summary["best"]) == (
        "renamed",
        "finished",
        ("t",),
        {"lr": 0.1},
        0.5,
    )
    points = store.points([(run_id, "loss")])[run_id, "loss"]
    assert points.value.tolist() == [float(i) for i in range(50)]
    assert delivery.points == 100
    assert delivery.shipped_status
    acc = {s.name: s for s in store.series([run_id])[run_id]}["acc"]
    assert (acc.definition.goal, acc.definition.split, acc.definition.metric) == ("max", "val", "accuracy")
    (alert,) = store.annotations([run_id])[run_id]
    assert (alert.title, alert.step, alert.at_ms) == ("title", 3, 77)


@pytest.mark.parametrize("failures", [["before"] * 3, ["after"] * 3, ["after", "before", "", "after"]])
def test_a_batch_sent_again_changes_nothing(
    store: Store, tmp_path: Path, failures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.journal.delivery.BATCH_POINTS", 16)
    kept = written(tmp_path)
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), Unsteady(store, failures))
    ship_all(delivery)
    run_id = kept.opening.identity.run_id
    records = {s.name: s.count for s in store.series([run_id])[run_id]}
    assert records == {"loss": 50, "acc": 50}
    assert delivery.points == 100
    assert len(store.annotations([run_id])[run_id]) == 1
    # A sender that starts anew, as after a crash, finds nothing to send.
    again = Delivery(JournalReader(tmp_path, kept.session_id), store)
    assert again.advance() == 0


def test_a_poison_value_is_set_aside_and_all_others_are_stored(store: Store, tmp_path: Path) -> None:
    kept = Journal(tmp_path, opening(), print)
    for i in range(20):
        kept.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    kept.append(encode_points(20, 20, False, None, {"loss": 20.0, "bad": "text"}), 2)  # type: ignore[dict-item]
    kept.append(encode(Kind.CONFIG, 5))
    kept.append(encode_points(21, 21, False, None, {"loss": 21.0}), 1)
    kept.close()
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), store)
    ship_all(delivery)
    run_id = kept.opening.identity.run_id
    assert store.points([(run_id, "loss")])[run_id, "loss"].value.tolist() == [float(i) for i in range(22)]
    assert (delivery.rejected, delivery.rejected_keys) == (1, 1)
    (aside,) = tmp_path.glob("*.rejected")
    assert b"bad" in aside.read_bytes()


def test_a_key_that_no_store_takes_keeps_nothing_else_from_it(store: Store, tmp_path: Path) -> None:
    """In the identity, which every batch carries, and in a frame; a key is no point and is not counted as one."""
    kept = Journal(tmp_path, opening(config={"": 1, "k" * 1_025: 2, "lr": 0.1}, tags=("", "t")), print)
    kept.append(encode(Kind.CONFIG, {"": 3, "size": 4}))
    kept.append(encode(Kind.SUMMARY, {"k" * 1_025: 5, "best": 6}))
    kept.append(encode_points(1, 0, False, None, {"loss": 1.0, "acc": 2.0}), 2)
    kept.close()
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), store)
    ship_all(delivery)
    (run,) = store.runs()
    assert (run.config, run.summary["best"], run.tags) == ({"lr": 0.1, "size": 4}, 6, ("t",))
    assert (delivery.points, delivery.rejected, delivery.rejected_keys) == (2, 0, 4)
    aside = decode((tmp_path / f"{id_text(kept.session_id)}.rejected").read_bytes(), len(HEADER))
    assert [frame for frame, _ in aside] == [
        [Kind.CONFIG, {"": 1, "k" * 1_025: 2}],
        [Kind.CONFIG, {"": 3}],
        [Kind.SUMMARY, {"k" * 1_025: 5}],
    ]


def test_what_the_store_itself_refuses_is_set_aside(store: Store, tmp_path: Path) -> None:
    class Picky(Unsteady):
        def ship(self, batch: Batch) -> Shipped:
            if any(p.value == 7.0 for p in batch.points):
                raise Refused("no sevens")
            return self.store.ship(batch)

    kept = written(tmp_path)
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), Picky(store, []))
    ship_all(delivery)
    run_id = kept.opening.identity.run_id
    steps = store.points([(run_id, "loss")])[run_id, "loss"].step.tolist()
    assert steps == [i for i in range(50) if i != 7]
    assert len(store.points([(run_id, "acc")])[run_id, "acc"]) == 50
    assert (delivery.points, delivery.rejected) == (99, 1)


def test_points_that_a_store_lost_are_not_counted_twice(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until they have arrived again, they are not counted as arrived."""
    monkeypatch.setattr("tracker.journal.delivery.BATCH_POINTS", 16)
    kept = written(tmp_path)
    reader = JournalReader(tmp_path, kept.session_id)
    older = open_store(f"sqlite:///{tmp_path}/older/tracker.db")
    older.prepare()
    Delivery(reader, older).advance()
    delivery = Delivery(reader, store)
    while delivery.points < 60:
        delivery.advance()
    delivery.store = older
    delivery.advance()
    assert delivery.points == 16
    ship_all(delivery)
    assert delivery.points == 100
    (run,) = older.runs()
    assert len(older.points([(run.run_id, "loss")])[run.run_id, "loss"]) == 50
    older.close()


def test_a_store_that_lost_power_is_repaired_from_a_kept_journal(tmp_path: Path) -> None:
    kept = written(tmp_path / "j")
    first = open_store(f"sqlite:///{tmp_path}/a.db")
    first.prepare()
    delivery = Delivery(JournalReader(tmp_path / "j", kept.session_id), first)
    ship_all(delivery)
    # The same file as it was before: here, an empty one.
    second = open_store(f"sqlite:///{tmp_path}/b.db")
    second.prepare()
    delivery.store = second
    delivery.beat()
    ship_all(delivery)
    assert second.runs()[0].status == "finished"
    run_id = kept.opening.identity.run_id
    assert len(second.points([(run_id, "loss")])[run_id, "loss"]) == 50


@pytest.mark.parametrize("beating", [True, False])
def test_a_session_whose_run_was_purged_goes_on_as_a_run_of_its_own(
    store: Store, tmp_path: Path, beating: bool
) -> None:
    """All that its journal holds arrives there, and it is told once; a heartbeat finds out as well as a batch."""
    kept = Journal(tmp_path, opening(tags=("gone",)), print)
    told: list[tuple[Identity, bool]] = []
    live = Delivery(
        JournalReader(tmp_path, kept.session_id),
        store,
        lambda: 0,
        lambda who, purged: told.append((who, purged)),
    )
    kept.append(encode_points(0, 0, False, None, {"loss": 3.0}), 1)
    live.advance(kept.end)
    run_id = kept.opening.identity.run_id
    _forget(store, run_id)
    if beating:
        live.beat()
    kept.append(encode_points(9, 1, False, None, {"loss": 2.0}), 1)
    for _ in range(10):
        if not live.advance(kept.end):
            break
    else:
        pytest.fail("it goes round in circles")
    ((who, purged),) = told
    assert purged
    assert who.run_id == live.identity.run_id != run_id
    (run,) = store.runs()
    assert (run.run_id, run.tags) == (who.run_id, ("gone",))
    loss = store.points([(who.run_id, "loss")])[who.run_id, "loss"]
    assert loss.value.tolist() == [3.0, 2.0]
    assert live.points == 2
    # The same again: its new run is as easy to delete.
    _forget(store, who.run_id)
    live.beat()
    while live.advance(kept.end):
        pass
    assert [r.run_id for r in store.runs()] == [told[1][0].run_id]
    kept.close()


def _purged(store: Store, tmp_path: Path) -> tuple[Identity, int]:
    """Return who began a run that was deleted for good, and its id."""
    kept = Journal(tmp_path, opening(), print)
    kept.append(encode_points(0, 0, False, None, {"loss": 3.0}), 1)
    kept.append(encode(Kind.STATUS, "finished", None, 1))
    kept.close()
    ship_all(Delivery(JournalReader(tmp_path, kept.session_id), store))
    (tmp_path / segment_name(kept.session_id, 0)).unlink()
    _forget(store, kept.opening.identity.run_id)
    return kept.opening.identity, kept.opening.identity.run_id


def _left(folder: Path, clock: str, identity: Identity, value: float, step: int) -> None:
    kept = Journal(folder, Opening("sqlite:////store.db", clock, identity), print)
    kept.append(encode_points(5, step, False, None, {"loss": value}), 1)
    kept.close()


@pytest.mark.parametrize("restarted", [False, True])
def test_what_resumes_a_purged_run_is_kept_as_a_run_of_its_own(
    store: Store, tmp_path: Path, restarted: bool
) -> None:
    """Also when the sender starts anew before anything arrived under the new id."""
    first, gone = _purged(store, tmp_path)
    again = replace(first, session_id=new_id(), resume="must")
    _left(tmp_path, "session", again, 2.0, 1)
    reader = JournalReader(tmp_path, again.session_id)
    delivery = Delivery(reader, store)
    delivery.advance()
    assert delivery.identity.run_id != gone
    ship_all(Delivery(reader, store) if restarted else delivery)
    (run,) = store.runs()
    assert run.run_id == delivery.identity.run_id
    assert store.points([(run.run_id, "loss")])[run.run_id, "loss"].value.tolist() == [2.0]


@pytest.mark.parametrize("parent_left", [False, True])
def test_the_children_of_a_purged_run_stay_together(store: Store, tmp_path: Path, parent_left: bool) -> None:
    first, gone = _purged(store, tmp_path)
    parent = replace(first, session_id=new_id(), resume="must")
    if parent_left:
        _left(tmp_path, "session", parent, 1.0, 0)
    children = [replace(parent, session_id=new_id(), helper=True) for _ in range(2)]
    for step, child in enumerate(children, 1):
        _left(tmp_path, id_text(parent.session_id), child, 1.0 + step, step)
    deliveries = [Delivery(JournalReader(tmp_path, child.session_id), store) for child in children]
    if parent_left:
        with pytest.raises(RunMissing):
            deliveries[0].advance()
        ship_all(Delivery(JournalReader(tmp_path, parent.session_id), store))
    for delivery in deliveries:
        ship_all(delivery)
    (run,) = store.runs()
    assert run.run_id != gone
    values = store.points([(run.run_id, "loss")])[run.run_id, "loss"].value.tolist()
    assert values == ([1.0, 2.0, 3.0] if parent_left else [2.0, 3.0])


def test_a_child_that_lived_when_its_run_was_purged_follows_its_parent(store: Store, tmp_path: Path) -> None:
    kept = Journal(tmp_path, opening(), print)
    mine = replace(kept.opening.identity, session_id=new_id(), resume="must", helper=True)
    child = Journal(tmp_path, Opening("sqlite:////store.db", id_text(kept.session_id), mine), print)
    kept.append(encode_points(0, 0, False, None, {"loss": 3.0}), 1)
    kept.append(encode(Kind.STATUS, "finished", None, 1))
    child.append(encode_points(1, 1, False, None, {"loss": 2.0}), 1)
    child.append(encode(Kind.STATUS, "finished", None, 1))
    parents = Delivery(JournalReader(tmp_path, kept.session_id), store, lambda: 0, lambda who, purged: None)
    childs = Delivery(JournalReader(tmp_path, child.session_id), store, lambda: 0, lambda who, purged: None)
    parents.advance(kept.end)
    childs.advance(child.end)
    _forget(store, mine.run_id)
    childs.beat()
    with pytest.raises(RunMissing):
        childs.advance(child.end)
    parents.beat()
    while parents.advance(kept.end):
        pass
    while childs.advance(child.end):
        pass
    (run,) = store.runs()
    assert run.run_id == parents.identity.run_id == childs.identity.run_id != mine.run_id
    assert store.points([(run.run_id, "loss")])[run.run_id, "loss"].value.tolist() == [3.0, 2.0]
    kept.close()
    child.close()


def test_a_journal_of_a_purged_run_that_had_arrived_is_let_go(store: Store, tmp_path: Path) -> None:
    kept = Journal(tmp_path, opening(), print)
    kept.append(encode_points(0, 0, False, None, {"loss": 3.0}), 1)
    kept.close()
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), store)
    ship_all(delivery)
    _forget(store, kept.opening.identity.run_id)
    delivery.bury()
    assert store.runs() == []


def test_what_was_said_before_an_edit_and_arrives_after_it_undoes_nothing(
    store: Store, tmp_path: Path
) -> None:
    kept = Journal(tmp_path, opening(), print)
    delivery = Delivery(JournalReader(tmp_path, kept.session_id), store)
    kept.append(encode_points(0, 0, False, None, {"loss": 3.0}), 1)
    delivery.advance(kept.end)
    run_id = kept.opening.identity.run_id
    store.edit([run_id], name="by hand", notes="by hand")
    for at_ms, expected in (
        (now_ms() - 60_000, "by hand"),
        (None, "by hand"),
        (now_ms() + 3_600_000, "later"),
    ):
        time = () if at_ms is None else (at_ms,)
        kept.append(encode(Kind.NAME, "later", *time))
        kept.append(encode(Kind.NOTES, "later", *time))
        delivery.advance(kept.end)
        (run,) = store.runs()
        assert (run.name, run.notes) == (expected, expected)
    kept.close()


def _forget(store: Store, run_id: int) -> None:
    store.delete([run_id])
    assert store.purge(now_ms() + 3_600_000) == 1

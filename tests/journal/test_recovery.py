"""Journals that were left over: found, sent, kept when they cannot be, and told of when they cannot be read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.journal.test_delivery import written
from tracker.journal.frames import HEADER, Opening, encode_points, segment_name
from tracker.journal.notes import OLD_S
from tracker.journal.owner import OwnerLock
from tracker.journal.recovery import Progress, left_over, recover
from tracker.journal.writer import Journal
from tracker.model import id_text, new_id
from tracker.store import Store
from tracker.store.base import Batch, Identity, Shipped

URL = "sqlite:////store.db"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKER_JOURNAL_DIR", str(tmp_path / "journals"))
    return tmp_path / "journals"


def test_all_that_names_the_store_is_sent_with_progress(store: Store, folder: Path) -> None:
    for _ in range(3):
        written(folder)
    seen: list[Progress] = []
    recovered = recover(store, URL, seen.append)
    assert (recovered.journals, recovered.points, recovered.failed) == (3, 300, [])
    assert [(p.journal, p.journals) for p in seen][-1] == (3, 3)
    assert seen[-1].points == 300
    assert len(store.runs()) == 3
    assert list(folder.iterdir()) == []


def test_a_journal_that_is_owned_is_not_touched(store: Store, folder: Path) -> None:
    kept = written(folder)
    lock = OwnerLock(folder / f"{id_text(kept.session_id)}.lock")
    assert lock.acquire()
    assert left_over(URL) == []
    assert recover(store, URL).journals == 0
    lock.release()
    assert [left.session_id for left in left_over(URL)] == [kept.session_id]


def test_one_journal_that_cannot_be_read_stops_no_other(store: Store, folder: Path) -> None:
    written(folder)
    broken = folder / segment_name(new_id(), 0)
    broken.write_bytes(HEADER + b"no frame at all")
    empty = folder / segment_name(new_id(), 0)
    empty.write_bytes(b"")
    recovered = recover(store, URL)
    assert recovered.journals == 1
    assert len(recovered.failed) == 1
    assert broken.name in recovered.failed[0]
    assert broken.exists()
    assert not empty.exists()


def test_a_journal_that_trips_the_store_stops_no_other(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes out of one journal's sending, the others are sent, and that one stays and is named."""
    first, second = written(folder), written(folder)
    honest = store.ship

    def trips(batch: Batch) -> Shipped:
        if batch.identity.session_id == first.session_id:
            raise KeyError("what nobody expected")
        return honest(batch)

    monkeypatch.setattr(store, "ship", trips)
    recovered = recover(store, URL)
    assert recovered.journals == 1
    assert [r.run_id for r in store.runs()] == [second.opening.identity.run_id]
    (sentence,) = recovered.failed
    assert "what nobody expected" in sentence
    assert [left.session_id for left in left_over(URL)] == [first.session_id]


def test_a_small_file_that_is_no_journal_is_not_deleted(store: Store, folder: Path) -> None:
    folder.mkdir()
    stranger = folder / segment_name(new_id(), 0)
    stranger.write_bytes(b"a note\n")
    assert len(recover(store, URL).failed) == 1
    assert stranger.read_bytes() == b"a note\n"


def test_a_torn_tail_is_kept_aside_and_the_rest_is_sent(store: Store, folder: Path) -> None:
    kept = written(folder)
    path = folder / segment_name(kept.session_id, 0)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert recover(store, URL).points == 100
    assert store.runs()[0].status == "lost"
    assert [p.suffix for p in folder.iterdir()] == [".corrupt"]


def test_what_a_store_does_not_make_durable_is_kept(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.errors import StoreUnavailable

    written(folder)

    def fail() -> None:
        raise StoreUnavailable("the disk does not sync")

    monkeypatch.setattr(store, "sync", fail)
    assert recover(store, URL).points == 100
    assert len(left_over(URL)) == 1
    monkeypatch.undo()
    monkeypatch.setenv("TRACKER_JOURNAL_DIR", str(folder))
    assert recover(store, URL).points == 0
    assert left_over(URL) == []


def _journal(folder: Path, clock: str, identity: Identity, *points: tuple[int, int, float]) -> None:
    kept = Journal(folder, Opening(URL, clock, identity), print)
    for elapsed_ms, step, value in points:
        kept.append(encode_points(elapsed_ms, step, False, None, {"loss": value}), 1)
    kept.close()


def _session(run_id: int, created_ms: int = 5, **more: object) -> Identity:
    return Identity(run_id, new_id(), "p", "n", created_ms, **more)  # type: ignore[arg-type]


def _loss(store: Store, run_id: int) -> list[float]:
    values: list[float] = store.points([(run_id, "loss")])[run_id, "loss"].value.tolist()
    return values


def _make_old(path: Path) -> None:
    then = time.time() - OLD_S - 60
    os.utime(path, (then, then))


@pytest.mark.parametrize("later", [False, True])
def test_a_forked_child_follows_its_parent_to_another_id(store: Store, folder: Path, later: bool) -> None:
    """Also when its journal is opened after its parent's was sent and removed: it never lands in the other run."""
    taken = new_id()
    _journal(folder, "run", _session(taken), (1, 0, 100.0), (2, 1, 101.0))
    assert recover(store, URL).journals == 1
    parent = _session(taken, 6)
    child = _session(taken, 6, resume="must", helper=True)
    _journal(folder, "run", parent, (1, 0, 1.0))
    if later:
        assert recover(store, URL).failed == []
    _journal(folder, id_text(parent.session_id), child, (50, 1, -7.0))
    assert recover(store, URL).failed == []
    (moved,) = {r.run_id for r in store.runs()} - {taken}
    assert (_loss(store, taken), _loss(store, moved)) == ([100.0, 101.0], [1.0, -7.0])


@pytest.mark.parametrize("later", [False, True])
def test_a_forked_child_shares_the_clock_of_a_session_that_resumed(
    store: Store, folder: Path, later: bool
) -> None:
    """Its points are younger than those of the run's earlier sessions, which they replace."""
    run = new_id()
    _journal(folder, "run", _session(run), (10, 0, 10.0), (1_500, 1, 11.0))
    assert recover(store, URL).journals == 1
    parent = _session(run, 6, resume="allow")
    child = _session(run, 6, resume="must", helper=True)
    _journal(folder, "session", parent, (1, 0, 0.5))
    if later:
        assert recover(store, URL).failed == []
    _journal(folder, id_text(parent.session_id), child, (50, 1, 0.6))
    assert recover(store, URL).failed == []
    assert _loss(store, run) == [0.5, 0.6]


def test_a_forked_child_waits_until_its_parent_has_found_its_place(store: Store, folder: Path) -> None:
    taken = new_id()
    _journal(folder, "run", _session(taken), (1, 0, 100.0))
    assert recover(store, URL).journals == 1
    parent = _session(taken, 6)
    child = _session(taken, 6, resume="must", helper=True)
    _journal(folder, "run", parent, (1, 0, 1.0))
    _journal(folder, id_text(parent.session_id), child, (50, 0, -7.0))
    lives = OwnerLock(folder / f"{id_text(parent.session_id)}.lock")
    assert lives.acquire()
    (sentence,) = recover(store, URL).failed
    assert "forked from is still to be sent" in sentence
    lives.release()
    assert recover(store, URL).failed == []
    (moved,) = {r.run_id for r in store.runs()} - {taken}
    assert (_loss(store, taken), _loss(store, moved)) == ([100.0], [-7.0])


def test_an_old_note_goes_once_no_journal_needs_it(store: Store, folder: Path) -> None:
    parent = _session(new_id(), resume="allow")
    child = _session(parent.run_id, resume="must", helper=True)
    _journal(folder, "session", parent, (1, 0, 1.0))
    note = folder / f"{id_text(parent.session_id)}.shipment"
    note.write_text('{"run_id": 77, "age_ms": 0}')
    _make_old(note)
    recover(store, URL)
    assert note.exists(), "it became old while its session lived"
    recover(store, URL)
    assert note.exists(), "it is young since its journal went"
    _make_old(note)
    _journal(folder, id_text(parent.session_id), child, (2, 1, 2.0))
    assert recover(store, URL).failed == []
    assert _loss(store, 77) == [1.0, 2.0]
    recover(store, URL)
    assert list(folder.iterdir()) == []

"""Journals that were left over: found, sent, kept when they cannot be, and told of when they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journal.test_delivery import written
from tracker.journal.frames import HEADER, segment_name
from tracker.journal.owner import OwnerLock
from tracker.journal.recovery import Progress, left_over, recover
from tracker.model import id_text, new_id
from tracker.store import Store
from tracker.store.base import Batch, Shipped

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

"""What lies in the journal folder, told without changing it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.journal.test_delivery import written
from tracker.journal import survey
from tracker.journal.frames import HEADER, Kind, encode, encode_points, segment_name
from tracker.journal.owner import OwnerLock
from tracker.model import id_text, new_id
from tracker.store.base import Offset


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKER_JOURNAL_DIR", str(tmp_path / "journals"))
    monkeypatch.setattr(survey, "journal_folders", lambda: [tmp_path / "journals"])  # not this machine's own
    return tmp_path / "journals"


def state_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_a_journal_is_told_and_left_as_it_is(folder: Path) -> None:
    kept = written(folder)
    path = folder / segment_name(kept.session_id, 0)
    with path.open("ab") as out:
        out.write(b"half a frame")
    (folder / f"{id_text(new_id())}.0000.journal").write_bytes(HEADER)  # died before its first frame
    before = state_of(folder)
    (found,) = survey.journals()
    assert found.count() == (100, 12)
    assert found.count(Offset(0, path.stat().st_size - 12)) == (0, 12)
    assert (found.owned, found.trouble, found.size) == (False, "", path.stat().st_size)
    assert found.store == "sqlite:////store.db"
    assert found.run.endswith(f"({id_text(found.run_id)})")
    assert state_of(folder) == before


def test_segments_are_counted_together_and_damage_in_each(folder: Path) -> None:
    kept = written(folder)
    first = folder / segment_name(kept.session_id, 0)
    second = folder / segment_name(kept.session_id, 1)
    second.write_bytes(first.read_bytes() + b"x" * 5)
    with first.open("ab") as out:
        out.write(b"y" * 7)
    (found,) = survey.journals()
    assert found.count() == (200, 12)
    assert found.count(Offset(1, 0)) == (100, 5)


def test_who_owns_a_journal(folder: Path) -> None:
    kept = written(folder)
    lock = OwnerLock(folder / f"{id_text(kept.session_id)}.lock")
    assert lock.acquire()
    assert [found.owned for found in survey.journals()] == [True]
    lock.release()
    assert [found.owned for found in survey.journals()] == [False]
    assert lock.acquire(), "looking must not hold the lock"
    lock.release()


def test_a_journal_goes_by_the_run_that_it_was_moved_to(folder: Path) -> None:
    kept = written(folder)
    (folder / f"{id_text(kept.session_id)}.shipment").write_text('{"run_id": 77, "age_ms": 0}')
    assert [found.run_id for found in survey.journals()] == [77]


def test_a_journal_that_cannot_be_read_says_why(folder: Path) -> None:
    folder.mkdir()
    session = new_id()
    (folder / segment_name(session, 0)).write_bytes(HEADER + b"no frame at all")
    (found,) = survey.journals()
    assert "no whole first frame" in found.trouble
    assert found.run == segment_name(session, 0)


def test_a_journal_that_is_gone_while_we_look(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder)
    kept = survey.sessions(folder)
    for path in folder.iterdir():
        path.unlink()
    monkeypatch.setattr(survey, "sessions", lambda where: kept if where == folder else {})
    assert survey.journals() == []


def test_what_was_set_aside_is_counted(folder: Path) -> None:
    folder.mkdir()
    frames = [encode_points(i, i, False, None, {"loss": 0.5, "acc": 0.1}) for i in range(3)]
    (folder / "a.corrupt").write_bytes(frames[0][:-4])  # the write that the death cut off
    (folder / "b.corrupt").write_bytes(b"\x96\x00 damage" + frames[1] + b"?" + frames[2] + frames[0][:9])
    (folder / "c.rejected").write_bytes(HEADER + frames[0] + encode(Kind.NAME, "n"))
    found = {one.path.name: one for one in survey.asides()}
    assert {name: (one.torn, one.points) for name, one in found.items()} == {
        "a.corrupt": (True, 0),
        "b.corrupt": (True, 4),
        "c.rejected": (False, 2),
    }
    assert found["c.rejected"].names == ("loss", "acc")
    assert found["a.corrupt"].size == len(frames[0]) - 4


def test_no_folder_is_no_journal(folder: Path) -> None:
    assert survey.journals() == []
    assert survey.asides() == []
    assert not os.path.exists(folder)

"""A journal whose file somebody takes away while it is written, or damages: what can still be read is not lost."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from tests.journal.test_frames import journal, read_all
from tracker.journal.frames import encode_points
from tracker.journal.owner import OwnerLock
from tracker.journal.reader import JournalReader
from tracker.journal.survey import Found
from tracker.journal.writer import Journal
from tracker.model import id_text
from tracker.store.base import Offset


def log(kept: Journal, steps: range) -> None:
    for i in steps:
        kept.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)


def steps(folder: Path, session: int) -> list[object]:
    return [frame[2] for frame in read_all(folder, session) if frame[0] == 0]


def test_a_deleted_file_is_followed_by_one_with_what_the_store_lacks(tmp_path: Path) -> None:
    said: list[str] = []
    kept = journal(tmp_path / "j", said)
    log(kept, range(5))
    kept.shipped = kept.end
    log(kept, range(5, 10))
    shutil.rmtree(tmp_path / "j")
    log(kept, range(10, 15))
    kept.sync()
    log(kept, range(15, 20))
    kept.sync()
    kept.close()
    assert steps(tmp_path / "j", kept.session_id) == list(range(5, 20))
    assert len(said) == 1
    assert "was deleted, moved or cut" in said[0]


def test_a_file_that_is_deleted_just_before_the_next_segment_loses_nothing(tmp_path: Path) -> None:
    kept = journal(tmp_path, segment_bytes=2000)
    log(kept, range(10))
    for path in tmp_path.glob("*.journal"):
        path.unlink()
    log(kept, range(10, 100))
    kept.close()
    assert steps(tmp_path, kept.session_id) == list(range(100))


@pytest.mark.parametrize("left", [0, 250])
def test_a_file_that_is_cut_loses_what_was_cut_off_alone(tmp_path: Path, left: int) -> None:
    kept = journal(tmp_path)
    log(kept, range(10))
    kept.shipped = Offset(0, 300)
    (path,) = tmp_path.glob("*.journal")
    with path.open("r+b") as file:
        file.truncate(left)
    log(kept, range(10, 15))
    kept.sync()
    log(kept, range(15, 20))
    kept.close()
    assert set(steps(tmp_path, kept.session_id)) >= set(range(10, 20))


def test_a_journal_that_goes_on_is_still_owned(tmp_path: Path) -> None:
    kept = journal(tmp_path / "j")
    shutil.rmtree(tmp_path / "j")
    kept.sync()
    other = OwnerLock(tmp_path / "j" / f"{id_text(kept.session_id)}.lock")
    assert other.held_elsewhere()
    assert not other.acquire()
    kept.close()
    assert other.acquire()
    other.release()


def test_without_flock_the_soft_lock_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.journal import owner

    monkeypatch.setattr(owner, "fcntl", None)
    lock = OwnerLock(tmp_path / "x.lock")
    assert lock.acquire()
    lock.renew()
    assert [path.name for path in tmp_path.iterdir()] == ["x.lock.soft"]
    (tmp_path / "x.lock.soft").unlink()
    lock.renew()
    assert not OwnerLock(tmp_path / "x.lock").acquire()
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_a_new_file_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    kept = journal(tmp_path / "j", said)
    log(kept, range(5))
    shutil.rmtree(tmp_path / "j")
    with monkeypatch.context() as full:
        full.setattr(Path, "mkdir", _refuse)
        kept.sync()
    log(kept, range(5, 10))
    assert "No space left" in said[0]
    kept.sync()
    kept.close()
    assert steps(tmp_path / "j", kept.session_id) == list(range(10))


def _refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_only_a_damaged_place_is_lost_and_what_follows_it_is_read(tmp_path: Path) -> None:
    kept = journal(tmp_path, segment_bytes=2000)
    log(kept, range(200))
    kept.close()
    paths = sorted(tmp_path.glob("*.journal"))
    for path in paths[1:3]:
        data = bytearray(path.read_bytes())
        data[1000:1004] = bytes(4)
        path.write_bytes(data)
    read = steps(tmp_path, kept.session_id)
    assert len(read) in range(196, 199)
    assert steps(tmp_path, kept.session_id) == read
    assert {"000", "199"} <= {f"{step:03}" for step in read}
    asides = list(tmp_path.glob("*.damaged"))
    assert len(asides) == 2
    assert all(0 < path.stat().st_size < 100 and path.stat().st_mode & 0o777 == 0o600 for path in asides)
    assert list(tmp_path.glob("*.corrupt")) == []
    assert sum(one.count().points for one in [_found(tmp_path, kept)]) == len(read)


def test_a_live_journal_with_a_damaged_place_is_read_on_behind_it(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    log(kept, range(100))
    (path,) = tmp_path.glob("*.journal")
    with path.open("r+b") as file:
        file.seek(1500)
        file.write(b"\xff\xff")
    piece = JournalReader(tmp_path, kept.session_id).read(Offset(0, 0), kept.end)
    while piece.end < kept.end:
        piece = JournalReader(tmp_path, kept.session_id).read(piece.end, kept.end)
    assert piece.end == kept.end
    kept.close()


def _found(folder: Path, kept: Journal) -> Found:
    segments = sorted(int(path.name.split(".")[1]) for path in folder.glob("*.journal"))
    return Found(folder, kept.session_id, tuple(segments), 0, 0.0, False)

"""One owner a journal."""

from __future__ import annotations

from pathlib import Path

from tracker.journal.owner import OwnerLock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = OwnerLock(tmp_path / "a.lock"), OwnerLock(tmp_path / "a.lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_without_flock_a_soft_lock_serves(tmp_path: Path, monkeypatch: object) -> None:
    import tracker.journal.owner as owner

    real, owner.fcntl = owner.fcntl, None  # type: ignore[assignment]
    try:
        first, second = OwnerLock(tmp_path / "a.lock"), OwnerLock(tmp_path / "a.lock")
        assert first.acquire()
        assert not second.acquire()
        first.release()
        assert second.acquire()
        second.release()
    finally:
        owner.fcntl = real

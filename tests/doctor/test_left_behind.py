"""What is said of journals that were left behind, set aside, or that a living process writes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.doctor.test_doctor import found, home, journals, url
from tests.support.journals import left_behind
from tracker.journal.frames import HEADER, encode_points, segment_name
from tracker.journal.owner import OwnerLock
from tracker.model import id_text, new_id
from tracker.store import open_store

__all__ = ["home", "journals", "url"]


def test_what_was_left_behind_is_counted(url: str, journals: Path) -> None:
    for number in range(7):
        left_behind(journals, url, name=f"n{number}", created_ms=number + 1)
    check = found(url, "journals", "left-over journals")
    assert check.state == "problem"
    assert "7 journals (" in check.fact
    assert "of dead or offline processes hold 42 points not in the store yet" in check.fact
    assert "late/n0 (" in check.fact
    assert "and 2 more" in check.fact
    assert "tracker sync" in check.remedy


def test_a_journal_that_the_store_holds_already_needs_nothing(
    url: str, journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.journal import recovery

    left_behind(journals, url)
    monkeypatch.setattr(recovery, "_remove", lambda store, left: False)  # as when the store could not sync
    store = open_store(url)
    assert recovery.recover(store, url).points == 6
    store.close()
    check = found(url, "journals", "left-over journals")
    assert check.state == "note"
    assert "every point is in the store already" in check.fact


def test_how_old_a_journal_is(url: str, journals: Path) -> None:
    who = left_behind(journals, url)
    path = journals / segment_name(who.session_id, 0)
    for seconds, told in (
        (10, "just now"),
        (60, "1 minute ago"),
        (7300, "2 hours ago"),
        (86_400 * 3, "3 days ago"),
    ):
        os.utime(path, (time.time() - seconds, time.time() - seconds))
        assert told in found(url, "journals", "left-over journals").fact


def test_a_living_process_is_named_and_needs_nothing(url: str, journals: Path) -> None:
    who = left_behind(journals, url, environment={"pid": 4711, "host": "gpu7"})
    lock = OwnerLock(journals / f"{id_text(who.session_id)}.lock")
    assert lock.acquire()
    check = found(url, "journals", "live journal")
    lock.release()
    assert check.state == "ok"
    assert "process 4711 on gpu7" in check.fact
    assert "6 points on the way" in check.fact


def test_journals_of_another_store_name_it(url: str, journals: Path) -> None:
    left_behind(journals, "postgresql+psycopg://me:hunter2@host/db")
    check = found(url, "journals", "journals of another store")
    assert check.fact.startswith("1 journal with 6 points, written to ")
    assert check.fact.endswith(", names the store postgresql+psycopg://me@host/db")
    assert check.remedy == "send them there: `tracker sync --store postgresql+psycopg://me@host/db`"


def test_what_was_set_aside_says_whether_it_holds_what_was_logged(url: str, journals: Path) -> None:
    frame = encode_points(1, 1, False, None, {"loss": 0.5, "acc": 0.1})
    (journals / "a b.corrupt").write_bytes(frame[:-4])
    torn = found(url, "journals", "torn tail")
    assert torn.state == "note"
    assert "nothing that was logged is in it" in torn.fact
    assert f"rm '{journals / 'a b.corrupt'}'" in torn.remedy
    (journals / "a b.corrupt").write_bytes(b"damage" + frame)
    damaged = found(url, "journals", "damaged journal")
    assert damaged.state == "problem"
    assert "2 points that were logged (loss, acc)" in damaged.fact
    (journals / "a b.corrupt").unlink()
    (journals / "a.0000.99.damaged").write_bytes(b"damage")
    passed = found(url, "journals", "damaged journal")
    assert passed.state == "problem"
    assert "6 bytes in the midst of a journal were damaged" in passed.fact
    (journals / "c.rejected").write_bytes(HEADER + frame)
    assert (
        "2 points that the store refused for what they are" in found(url, "journals", "refused values").fact
    )


def test_a_single_point_is_spoken_of_as_one(url: str, journals: Path) -> None:
    frame = encode_points(1, 1, False, None, {"loss": 0.5})
    (journals / "b.corrupt").write_bytes(b"damage" + frame)
    (journals / "c.rejected").write_bytes(HEADER + frame)
    damaged = found(url, "journals", "damaged journal").fact
    assert damaged.endswith("1 point that was logged (loss) and is not in the store")
    assert "1 point that the store refused for what it is (" in found(url, "journals", "refused values").fact


def test_journals_that_cannot_be_read(url: str, journals: Path) -> None:
    path = journals / segment_name(new_id(), 0)
    path.write_bytes(HEADER + b"no frame at all")
    assert str(path) in found(url, "journals", "unreadable journal").remedy
    path.write_bytes(HEADER[:-4] + b"\x09\0\0\0" + b"a frame of the future")
    check = found(url, "journals", "unreadable journal")
    assert "version 9" in check.fact
    assert "rm " not in check.remedy, "an upgrade reads it: nobody is told to delete it"

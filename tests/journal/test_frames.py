"""The bytes of a journal: what was written is read back, and nothing that was damaged is."""

from __future__ import annotations

import math
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tracker.errors import JournalError
from tracker.journal.frames import (
    HEADER,
    Call,
    Kind,
    Opening,
    decode,
    encode,
    encode_points,
    opening_frame,
    read_opening,
)
from tracker.journal.reader import JournalReader, sessions
from tracker.journal.writer import Journal
from tracker.model import new_id
from tracker.store.base import START, Identity, Offset


def opening(**more: object) -> Opening:
    identity = Identity(run_id=new_id(), session_id=new_id(), project="p", name="n", created_ms=5, **more)  # type: ignore[arg-type]
    return Opening("sqlite:////store.db", "run", identity)


def journal(folder: Path, troubles: list[str] | None = None, **more: object) -> Journal:
    return Journal(folder, opening(), (troubles if troubles is not None else []).append, **more)  # type: ignore[arg-type]


def read_all(folder: Path, session: int) -> list[list[object]]:
    reader = JournalReader(folder, session)
    frames: list[list[object]] = []
    at = START
    while True:
        piece = reader.read(at)
        if not piece.frames:
            return frames[1:]
        frames += [frame.as_list() if isinstance(frame, Call) else frame for frame, _ in piece.frames]
        at = piece.end


def test_a_frame_comes_back_as_it_was() -> None:
    values = {"train/loss": 0.5, "naïve ☂": -math.inf, "x": math.nan}
    data = encode_points(12, 3, True, 1.5, values) + encode(Kind.NOTES, "text")
    (call, middle), (second, end) = list(decode(data))
    assert isinstance(call, Call)
    first = call.as_list()
    assert first[:5] == [0, 12, 3, True, 1.5]
    assert math.isnan(first[5].pop("x"))
    assert first[5] == {"train/loss": 0.5, "naïve ☂": -math.inf}
    assert second == [Kind.NOTES, "text"]
    assert (middle, end) == (len(encode_points(12, 3, True, 1.5, values)), len(data))


def test_an_opening_comes_back_as_it_was() -> None:
    given = opening(
        config={"lr": 0.1, "big": 2**70}, tags=("a", "b"), environment={"python": "3.11"}, helper=True
    )
    ((frame, _),) = decode(opening_frame(given))
    read = read_opening(frame)
    assert read.identity.config == {"lr": 0.1, "big": str(2**70)}
    assert read._replace(identity=given.identity) == given
    assert replace(read.identity, config=given.identity.config) == given.identity


def test_a_first_frame_that_lacks_something_is_one_sentence() -> None:
    with pytest.raises(JournalError, match="first frame"):
        read_opening([int(Kind.INIT), "sqlite:////x.db", "run", {}])


@pytest.mark.parametrize("length", [2**32 - 1, 17 * 1024 * 1024])
def test_an_absurd_length_is_refused(length: int) -> None:
    assert list(decode(length.to_bytes(4, "little") + b"\0" * 100)) == []


def test_a_too_long_frame_is_never_written() -> None:
    with pytest.raises(JournalError, match="too long"):
        encode(Kind.NOTES, "x" * (16 * 1024 * 1024 + 1))


def test_files_are_private_and_new(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "journals"
    kept = journal(folder)
    kept.append(encode(Kind.NOTES, "x"))
    (path,) = folder.glob("*.journal")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(HEADER)
    kept.close(delete=True)
    assert list(folder.iterdir()) == []


def test_a_planted_link_is_neither_written_nor_read(tmp_path: Path) -> None:
    given = opening()
    target = tmp_path / "victim"
    target.write_bytes(b"precious")
    from tracker.journal.frames import segment_name

    folder = tmp_path / "j"
    folder.mkdir()
    (folder / segment_name(given.identity.session_id, 0)).symlink_to(target)
    with pytest.raises(JournalError):
        Journal(folder, given, print)
    with pytest.raises(JournalError):
        JournalReader(folder, given.identity.session_id)
    assert target.read_bytes() == b"precious"


def test_every_byte_of_a_torn_last_frame_is_cut_and_kept_aside(tmp_path: Path) -> None:
    kept = journal(tmp_path / "whole")
    for i in range(3):
        kept.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    kept.close()
    (path,) = (tmp_path / "whole").glob("*.journal")
    whole = path.read_bytes()
    last = len(encode_points(2, 2, False, None, {"loss": 2.0}))
    for missing in range(1, last + 1):
        folder = tmp_path / f"cut{missing}"
        folder.mkdir()
        torn = whole[: len(whole) - missing]
        (folder / path.name).write_bytes(torn)
        assert [f[2] for f in read_all(folder, kept.session_id)] == [0, 1]
        aside = list(folder.glob("*.corrupt"))
        assert len(aside) == (missing < last)
        assert (folder / path.name).stat().st_size + sum(a.stat().st_size for a in aside) == len(torn)


def test_every_damaged_byte_of_the_last_frame_is_noticed(tmp_path: Path) -> None:
    kept = journal(tmp_path / "whole")
    kept.append(encode_points(0, 0, False, None, {"loss": 0.0}), 1)
    start = kept.end.byte
    kept.append(encode_points(1, 1, False, None, {"loss": 1.0}), 1)
    kept.close()
    (path,) = (tmp_path / "whole").glob("*.journal")
    whole = path.read_bytes()
    for at in range(start, len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert [f[2] for f in read_all(path.parent, kept.session_id)] == [0]


def test_segments_follow_one_another(tmp_path: Path) -> None:
    kept = journal(tmp_path, segment_bytes=2_000)
    for i in range(500):
        kept.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    numbers = sessions(tmp_path)[kept.session_id]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 5
    frames = [f for f in read_all(tmp_path, kept.session_id) if f[0] == Kind.POINT]
    assert [f[2] for f in frames] == list(range(500))
    kept.remove_before(3)
    assert sessions(tmp_path)[kept.session_id] == numbers[3:]
    assert JournalReader(tmp_path, kept.session_id).opening == kept.opening
    kept.close()


def test_a_live_journal_is_never_read_beyond_its_end_nor_cut(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(encode(Kind.NOTES, "one"))
    end = kept.end
    (path,) = tmp_path.glob("*.journal")
    with path.open("ab") as file:
        file.write(encode(Kind.NOTES, "two")[:-1])
    reader = JournalReader(tmp_path, kept.session_id)
    piece = reader.read(START, end)
    assert [frame for frame, _ in piece.frames][1:] == [[Kind.NOTES, "one"]]
    assert reader.read(piece.end, end).frames == []
    assert reader.read(piece.end, Offset(0, end.byte + 5)).frames == []
    assert list(tmp_path.glob("*.corrupt")) == []
    kept.close()


def test_a_frame_longer_than_a_piece_is_read(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(encode(Kind.NOTES, "x" * 3_000_000))
    kept.append(encode(Kind.NOTES, "y"))
    kept.close()
    assert [len(str(f[1])) for f in read_all(tmp_path, kept.session_id)] == [3_000_000, 1]


def test_a_journal_that_begins_with_a_huge_config_is_read(tmp_path: Path) -> None:
    given = opening(config={"text": "x" * 3_000_000})
    Journal(tmp_path, given, print).close()
    assert JournalReader(tmp_path, given.identity.session_id).opening == given


def test_a_journal_of_a_newer_version_is_one_sentence(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.close()
    (path,) = tmp_path.glob("*.journal")
    data = bytearray(path.read_bytes())
    data[8] = 9
    path.write_bytes(data)
    with pytest.raises(JournalError, match=r"version 9.*pip install -U curvetracker"):
        JournalReader(tmp_path, kept.session_id)


def test_a_failing_write_is_kept_in_memory_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles: list[str] = []
    kept = journal(tmp_path, troubles)
    real, failing = os.write, [True]

    def write(fd: int, data: bytes) -> int:
        if failing[0]:
            return real(fd, data[: len(data) // 2])  # a short write, as on a full disk
        return real(fd, data)

    monkeypatch.setattr(os, "write", write)
    for i in range(10):
        kept.append(encode_points(i, i, False, None, {"loss": float(i)}), 1)
    assert kept.in_memory == 10
    assert len(troubles) == 1
    assert "No space left" in troubles[0]
    failing[0] = False
    assert kept.drain()
    kept.append(encode_points(10, 10, False, None, {"loss": 10.0}), 1)
    kept.close()
    assert [f[2] for f in read_all(tmp_path, kept.session_id)] == list(range(11))

"""The bytes of a journal: a header, then frames `u32 length | u32 crc32 | payload`, each payload one msgpack array.

The first item of a payload is its kind. Nothing is ever unpickled: a journal may be read by another user's server.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec
import msgspec.structs

from tracker.errors import JournalError
from tracker.model import id_text
from tracker.store.base import Identity

VERSION = 1
MAGIC = b"\x89TRKJRN\n"
HEADER = MAGIC + struct.pack("<I", VERSION)
"""What every segment starts with. The first byte is no text, so that no tool takes a journal for a text file."""

MAX_PAYLOAD = 16 * 1024 * 1024
"""Bytes; a longer frame is never written and never read."""

MAX_VALUES = 5_000
"""Values in one point frame; a call that logs more names becomes several frames."""


class Kind(IntEnum):
    """What a frame says; the numbers are on disk and never change their meaning."""

    POINT = 0  # elapsed_ms, step, counted, epoch, {name: value}
    INIT = 1  # version of tracker, store URL without password, clock, identity
    CONFIG = 2  # {key: value}
    TAGS = 3  # [tag]
    NOTES = 4  # text, at_ms (older versions did not say it)
    NAME = 5  # text, at_ms (older versions did not say it)
    METRIC = 6  # name, goal, split, metric
    SUMMARY = 7  # {key: value}
    ALERT = 8  # title, text, step, epoch, at_ms
    STATUS = 9  # status, exception, elapsed_ms


class Call(msgspec.Struct, array_like=True, gc=False):
    """A POINT frame that has been checked: the values of one call of `log`.

    Thousands of them stand in memory for a moment, in a process whose garbage collector has the user's objects to go
    through each time it is called: it is not told of these.
    """

    kind: int
    elapsed_ms: int
    step: int
    counted: bool
    epoch: float | None
    values: dict[str, float]

    def as_list(self) -> list[Any]:
        """Return the frame as any other is decoded."""
        return list(msgspec.structs.astuple(self))


Frame = list[Any] | Call
"""A decoded payload: its kind, then what the kind's comment says."""

_PREFIX = struct.Struct("<II")
_decoder = msgspec.msgpack.Decoder(list)
_point_decoder = msgspec.msgpack.Decoder(Call)
_PEEK = struct.Struct("<IIH")  # the prefix and the first two bytes of the payload; none is shorter
_POINT_HEAD = 0x0096  # an array of six, the first 0
_encode = msgspec.msgpack.Encoder().encode
_pack = _PREFIX.pack
_crc32 = zlib.crc32

PREFIX_SIZE = _PREFIX.size
_HEAD = re.compile(rb"(?=[\x91-\x9f][\x00-\x1f])")  # how a payload begins: a short array, a kind


class Opening(NamedTuple):
    """What the first frame of every segment tells.

    `store` is the URL of the store that the journal is for, without password. `clock` says what `elapsed_ms` counts
    from: "run" (the run's creation), "session" (this session's start; the shipper adds the run's age), or, for a helper,
    the id text of the session that it was forked from, whose clock and run id it shares.
    """

    store: str
    clock: str
    identity: Identity


def encode(kind: Kind, *parts: Any) -> bytes:
    """Return one frame, ready to be written.

    Raises:
        JournalError: the payload is longer than `MAX_PAYLOAD`.
    """
    payload = _encode((int(kind), *parts))
    if len(payload) > MAX_PAYLOAD:
        raise JournalError(
            f"a journal frame of {len(payload):,} bytes is too long: the limit is {MAX_PAYLOAD:,}"
        )
    return _pack(len(payload), _crc32(payload)) + payload


def encode_points(
    elapsed_ms: int, step: int, counted: bool, epoch: float | None, values: dict[str, float]
) -> bytes:
    """Return the frame of one call's values (at most `MAX_VALUES`): what `log` does on every call, hence its own way."""
    payload = _encode((0, elapsed_ms, step, counted, epoch, values))
    return _pack(len(payload), _crc32(payload)) + payload


def decode(data: bytes, start: int = 0, at: int = 0) -> list[tuple[Frame, int]]:
    """Return each whole frame of `data` from byte `start` with the byte after it, up to the first bad one.

    The bytes are counted from `at`, which is where `data` begins in its file.
    """
    frames: list[tuple[Frame, int]] = []
    end = len(data)
    view = memoryview(data)
    crc32, peek, read, read_point = _crc32, _PEEK.unpack_from, _decoder.decode, _point_decoder.decode
    last = end - _PEEK.size
    while start <= last:
        length, checksum, head = peek(data, start)
        after = start + PREFIX_SIZE + length
        if after > end or length > MAX_PAYLOAD:
            break
        payload = view[start + PREFIX_SIZE : after]
        if crc32(payload) != checksum:
            break
        frame: Frame
        try:
            frame = read_point(payload) if head == _POINT_HEAD else read(payload)
        except msgspec.ValidationError:
            frame = read(payload)  # whole, but not what a point is: the sender sets it aside
        except msgspec.MsgspecError:
            break
        frames.append((frame, at + after))
        start = after
    return frames


def next_frame(data: bytes, start: int) -> int:
    """Return where the first whole frame at or after byte `start` of `data` begins, -1 where there is none."""
    end = len(data)
    for found in _HEAD.finditer(data, start + PREFIX_SIZE):
        begin = found.start() - PREFIX_SIZE
        length, checksum = _PREFIX.unpack_from(data, begin)
        after = begin + PREFIX_SIZE + length
        if (
            1 < length <= min(end - found.start(), MAX_PAYLOAD)
            and _crc32(memoryview(data)[found.start() : after]) == checksum
        ):
            return begin
    return -1


def whole_frames(data: bytes) -> bytes:
    """Return the frames of `data` that are whole, without whatever stands between them."""
    kept = bytearray()
    start = next_frame(data, 0)
    while start >= 0:
        frames = decode(data, start)
        end = frames[-1][1] if frames else start + 1
        kept += data[start:end] if frames else b""
        start = next_frame(data, end)
    return bytes(kept)


def opening_frame(opening: Opening) -> bytes:
    """Return the frame that every segment begins with."""
    who = opening.identity
    return encode(
        Kind.INIT,
        opening.store,
        opening.clock,
        {
            "run_id": who.run_id,
            "session_id": who.session_id,
            "project": who.project,
            "name": who.name,
            "created_ms": who.created_ms,
            "group": who.group,
            "tags": who.tags,
            "notes": who.notes,
            "resume": who.resume,
            "config": plain(who.config),
            "environment": plain(who.environment),
            "helper": who.helper,
        },
    )


def read_opening(frame: Frame) -> Opening:
    """Return what an INIT frame tells.

    Raises:
        JournalError: the frame is of another kind or lacks something.
    """
    try:
        if isinstance(frame, Call):
            raise JournalError("a journal begins with a frame of points")
        kind, store, clock, who = frame
        if kind != Kind.INIT:
            raise JournalError(f"a journal begins with a frame of kind {kind}, expected {int(Kind.INIT)}")
        # What a newer version tells beyond that is passed over.
        return msgspec.convert((store, clock, who), Opening)
    except (ValueError, TypeError, msgspec.ValidationError) as error:
        raise JournalError(f"the first frame of a journal is not understood: {error}") from error


def plain(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping as a dict whose values msgpack can hold: what it cannot hold becomes text."""
    return {str(key): _plain_value(value) for key, value in mapping.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def segment_name(session_id: int, segment: int) -> str:
    """Return the file name of a session's segment."""
    return f"{id_text(session_id)}.{segment:04d}.journal"

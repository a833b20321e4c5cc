"""TensorBoard's event files, read without TensorFlow: records in a row, each a small protocol buffer.

The format: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto and summary.proto
(field numbers below), framed as TFRecord: length, checksum of the length, data, checksum of the data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tracker.imports.writing import trouble

MOST_RECORD = 16_000_000
"""Bytes of a record that is read; a longer one holds pictures or a graph."""

Field = tuple[int, int, Any]
_FAR = 1e11
"""Seconds since 1970 that no clock shows."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT, _DOUBLE, _INT32, _INT64 = 1, 2, 3, 9  # TensorProto.dtype


class Scalar(NamedTuple):
    """One logged number: seconds since 1970, the step, the tag and the value."""

    seconds: float
    step: int
    tag: str
    value: float


class Settings(NamedTuple):
    """What the hparams plugin kept of a run's settings."""

    values: dict[str, Any]


def read(path: Path, troubles: list[str]) -> Iterator[Scalar | Settings]:
    """Yield the scalars and settings of an event file; a broken record is named, and a torn end, which ends the file."""
    try:
        for number, data in enumerate(_records(path, troubles), start=1):
            try:
                yield from _event(data)
            except (ValueError, IndexError, TypeError, struct.error):
                trouble(troubles, f"{path.name}: record {number} cannot be read")
    except OSError as error:
        trouble(troubles, f"{path.name} cannot be read: {error.strerror or error}")


def _records(path: Path, troubles: list[str]) -> Iterator[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        while head := file.read(12):
            if len(head) < 12:
                trouble(troubles, f"{path.name} ends within a record")
                return
            (length,) = struct.unpack("<Q", head[:8])
            if file.tell() + length + 4 > size:
                trouble(
                    troubles, f"{path.name} ends within a record, or is broken at byte {file.tell() - 12}"
                )
                return
            if length > MOST_RECORD:
                file.seek(length + 4, 1)
                continue
            yield file.read(length)
            file.seek(4, 1)


def _event(data: bytes) -> Iterator[Scalar | Settings]:
    seconds, step, summary = 0.0, 0, b""
    for number, kind, value in fields(data):
        if number == 1 and kind == _FIXED64:
            told = struct.unpack("<d", value)[0]
            seconds = told if 0 < told < _FAR else 0.0
        elif number == 2 and kind == _VARINT:
            step = value - (1 << 64) if value >> 63 else value
        elif number == 5 and kind == _BYTES:
            summary = value
    for number, kind, value in fields(summary):
        if number == 1 and kind == _BYTES:
            found = _value(value, seconds, step)
            if found is not None:
                yield found


def _value(data: bytes, seconds: float, step: int) -> Scalar | Settings | None:
    tag, scalar, tensor, plugin, content = "", None, b"", "", b""
    for number, kind, value in fields(data):
        if number == 1 and kind == _BYTES:
            tag = value.decode("utf-8", "replace")
        elif number == 2 and kind == _FIXED32:
            scalar = struct.unpack("<f", value)[0]
        elif number == 8 and kind == _BYTES:
            tensor = value
        elif number == 9 and kind == _BYTES:
            plugin, content = _plugin(value)
    if plugin == "hparams":
        found = _settings(content)
        return Settings(found) if found else None
    if scalar is None and tensor and plugin in ("", "scalars"):
        scalar = _tensor(tensor)
    return None if scalar is None or not tag else Scalar(seconds, step, tag, scalar)


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    name, content = "", b""
    for number, _, value in fields(metadata):
        if number == 1:
            for inner, kind, item in fields(value):
                if inner == 1 and kind == _BYTES:
                    name = item.decode("utf-8", "replace")
                elif inner == 2 and kind == _BYTES:
                    content = item
    return name, content


def _tensor(data: bytes) -> float | None:
    """Return the number of a tensor that holds just one."""
    dtype, content, listed = 0, b"", None
    for number, kind, value in fields(data):
        if number == 1:
            dtype = value
        elif number == 4:
            content = value
        elif number == 5:
            listed = value if kind == _BYTES else struct.unpack("<f", value)[0]
            listed = (
                struct.unpack("<f", listed)[0] if isinstance(listed, bytes) and len(listed) == 4 else listed
            )
        elif number == 6:
            listed = value if kind == _BYTES else struct.unpack("<d", value)[0]
            listed = (
                struct.unpack("<d", listed)[0] if isinstance(listed, bytes) and len(listed) == 8 else listed
            )
    if isinstance(listed, float):
        return listed
    form = {_FLOAT: "<f", _DOUBLE: "<d", _INT32: "<i", _INT64: "<q"}.get(dtype)
    if form is None or len(content) != struct.calcsize(form):
        return None
    return float(struct.unpack(form, content)[0])


def _settings(content: bytes) -> dict[str, Any]:
    """Return the settings in HParamsPluginData.session_start_info.hparams, a map of google.protobuf.Value."""
    out: dict[str, Any] = {}
    for number, _, start in fields(content):
        if number != 3:
            continue
        for inner, _, entry in fields(start):
            if inner != 1:
                continue
            key, value = "", None
            for part, _, item in fields(entry):
                if part == 1:
                    key = item.decode("utf-8", "replace")
                elif part == 2:
                    value = _plain(item)
            out[key] = value
    return out


def _plain(data: bytes) -> Any:
    for number, _, value in fields(data):
        if number == 2:
            plain = struct.unpack("<d", value)[0]
            return int(plain) if plain.is_integer() and abs(plain) < 2**53 else plain
        if number == 3:
            return value.decode("utf-8", "replace")
        if number == 4:
            return bool(value)
    return None


def fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a protocol buffer: number, wire type and value (an int, or the bytes as they stand).

    Raises:
        ValueError, IndexError: these bytes are none.
    """
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key & 0x80:
            key, at = _varint(data, at - 1)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value: Any
            value, at = _varint(data, at)
        elif kind == _FIXED64:
            value, at = data[at : at + 8], at + 8
        elif kind == _FIXED32:
            value, at = data[at : at + 4], at + 4
        elif kind == _BYTES:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            raise ValueError(f"wire type {kind}")
        if at > end:
            raise ValueError("cut short")
        yield number, kind, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("no integer")

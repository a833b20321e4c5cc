"""Columns as PostgreSQL's binary arrays, made by the interpreter's own loops: the driver would adapt each element.

Source of the format: `array_recv` of PostgreSQL. Dimensions, a flag for NULLs, the element's type, length and lower
bound; then each element behind its size, -1 for NULL.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Double, Integer, SmallInteger
from sqlalchemy.types import TypeEngine

NULL = b"\xff\xff\xff\xff"


class BinaryArray(NamedTuple):
    """An array on its way to the server: the type of the array there, and its bytes."""

    oid: int
    data: bytes


def adapt(connection: Any) -> None:
    """Let a connection of psycopg send a `BinaryArray` as it is."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class ArrayDumper(Dumper):
        format = Format.BINARY

        def get_key(self, obj: BinaryArray, format: Any) -> Any:
            return (self.cls, obj.oid)

        def upgrade(self, obj: BinaryArray, format: Any) -> ArrayDumper:
            dumper = ArrayDumper(self.cls)
            dumper.oid = obj.oid
            return dumper

        def dump(self, obj: BinaryArray) -> bytes:
            return obj.data

    connection.adapters.register_dumper(BinaryArray, ArrayDumper)


class _Element(NamedTuple):
    code: str  # of struct and array
    size: int
    oid: int
    array_oid: int


_ELEMENTS = (
    (SmallInteger, _Element("h", 2, 21, 1005)),
    (BigInteger, _Element("q", 8, 20, 1016)),
    (Integer, _Element("i", 4, 23, 1007)),
    (Double, _Element("d", 8, 701, 1022)),
)


def binary_array(column_type: TypeEngine[Any], values: Sequence[Any]) -> BinaryArray:
    """Return a column of numbers, None for NULL, as an array of its SQL type."""
    element = next(e for kind, e in _ELEMENTS if isinstance(column_type, kind))
    nulls = None in values
    head = struct.pack(">iiIii", 1, nulls, element.oid, len(values), 1)
    body = _with_nulls(element, values) if nulls else _packed(element, values)
    return BinaryArray(element.array_oid, head + body)


def big_endian(code: str, values: Sequence[Any]) -> bytes:
    """Return numbers as the server reads them; `code` is that of `array`."""
    numbers = array(code, values)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def spread(body: bytearray, start: int, width: int, size: int, raw: bytes) -> None:
    """Put numbers of `size` bytes, which stand one behind the other in `raw`, `width` bytes apart from `start` on."""
    for byte in range(size):
        body[start + byte :: width] = raw[byte::size]


def _packed(element: _Element, values: Sequence[Any]) -> bytes:
    width = 4 + element.size
    body = bytearray(struct.pack(">i", element.size).ljust(width, b"\0") * len(values))
    spread(body, 4, width, element.size, big_endian(element.code, values))
    return bytes(body)


def _with_nulls(element: _Element, values: Sequence[Any]) -> bytes:
    if values.count(None) == len(values):
        return NULL * len(values)
    pack = struct.Struct(f">i{element.code}").pack
    size = element.size
    return b"".join([NULL if value is None else pack(size, value) for value in values])

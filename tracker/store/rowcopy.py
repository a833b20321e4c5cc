"""Points as the rows of PostgreSQL's binary COPY, made by the interpreter's own loops, none by itself.

Source of the format: PostgreSQL's documentation of COPY, "Binary Format". A head; for each row the number of its
fields, then each field behind its size, -1 for NULL; at the end -1 for a number of fields.
"""

from __future__ import annotations

import struct

from tracker.store.arrays import NULL, big_endian, spread
from tracker.store.bulk import POINTS
from tracker.store.stretches import Stretch
from tracker.store.tables import FINITE

STATEMENT = f"COPY {POINTS.table.name} ({', '.join(POINTS.columns)}) FROM STDIN (FORMAT BINARY)"
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"

assert POINTS.columns == ("run_id", "series_no", "step", "value", "kind", "epoch", "elapsed_ms")
_START = struct.Struct(">hiqiiiqidih")
_STEP, _VALUE = struct.calcsize(">hiqiii"), struct.calcsize(">hiqiiiqi")


def fits(stretch: Stretch) -> bool:
    """Tell whether all rows have the same fields NULL, so that they are equally wide."""
    return stretch.kind is None and (stretch.epoch is None or None not in stretch.epoch)


def rows_of(run_id: int, series_no: int, stretch: Stretch) -> bytearray:
    """Return the rows of a stretch that `fits`; between `HEAD` and `END` there is room for any number of stretches."""
    start = _START.pack(len(POINTS.columns), 8, run_id, 4, series_no, 8, 0, 8, 0.0, 2, FINITE)
    epoch = NULL if stretch.epoch is None else struct.pack(">id", 8, 0.0)
    one = start + epoch + struct.pack(">iq", 8, 0)
    width = len(one)
    body = bytearray(one * len(stretch.step))
    spread(body, _STEP, width, 8, big_endian("q", stretch.step))
    spread(body, _VALUE, width, 8, big_endian("d", stretch.value))
    if stretch.epoch is not None:
        spread(body, len(start) + 4, width, 8, big_endian("d", stretch.epoch))
    spread(body, width - 8, width, 8, big_endian("q", stretch.elapsed_ms))
    return body

"""Calls of any shape and order become columns a series; numbers become what PostgreSQL reads as arrays."""

from __future__ import annotations

import math
import random
import struct

import pytest
from sqlalchemy import BigInteger, Double

from tracker.store.arrays import binary_array
from tracker.store.base import PointRow, Points
from tracker.store.encoding import kind_of
from tracker.store.stretches import stretches
from tracker.store.tables import FINITE


def calls(chance: random.Random, names: list[str], count: int) -> Points:
    """Return calls that log one to all of the names, at steps that repeat and go back."""
    shapes = [chance.sample(names, chance.randint(1, len(names))) for _ in range(3)]
    values = [0.5, -0.0, math.nan, math.inf, -math.inf, 1e308, 7.0]
    chosen = [chance.choice(shapes) for _ in range(count)]
    return Points(
        list(range(count)),
        [chance.choice([i, i, chance.randint(0, count)]) for i in range(count)],
        [chance.random() < 0.5 for _ in range(count)],
        [chance.choice([None, i / 10]) for i in range(count)],
        [{name: chance.choice(values) for name in shape} for shape in chosen],
    )


@pytest.mark.parametrize("seed", range(30))
def test_columns_say_the_same_as_the_points_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    points = calls(chance, ["a", "b", "c", "d"][: 1 + seed % 4], 1 + seed * 2)
    base = seed % 3 * 100
    expected: dict[str, dict[int, PointRow]] = {}
    for p in points:
        expected.setdefault(p.name, {})[p.step + base if p.counted else p.step] = p
    found = stretches(points, base)
    assert list(found) == list(expected)
    for name, stretch in found.items():
        rows = expected[name]
        assert list(stretch.step) == sorted(rows)
        kinds = stretch.kind or [FINITE] * len(stretch.step)
        assert list(zip(stretch.value, kinds, strict=True)) == [kind_of(rows[s].value) for s in stretch.step]
        assert all(math.copysign(1, v) > 0 for v in stretch.value if v is not None)
        assert list(stretch.epoch or [None] * len(stretch.step)) == [rows[s].epoch for s in stretch.step]
        assert list(stretch.elapsed_ms) == [rows[s].elapsed_ms for s in stretch.step]


def test_calls_without_a_value_are_nothing() -> None:
    assert stretches(Points([1], [1], [False], [None], [{}]), 0) == {}
    assert not Points([1], [1], [False], [None], [{}])
    assert len(Points()) == 0


def test_an_array_is_what_the_server_reads() -> None:
    head = struct.pack(">iiIii", 1, 0, 20, 2, 1)
    sent = binary_array(BigInteger(), [1, -(2**62)])
    assert sent == (1016, head + struct.pack(">iqiq", 8, 1, 8, -(2**62)))
    head = struct.pack(">iiIii", 1, 1, 701, 2, 1)
    assert binary_array(Double(), [None, 0.5]).data == head + struct.pack(">iid", -1, 8, 0.5)
    assert binary_array(Double(), [None, None]).data == head + struct.pack(">ii", -1, -1)

"""What `log` takes as a number, and what it says about everything else."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tracker.client.values import check_epoch, check_name, check_step, check_value


class Scalar:
    """Looks like a zero-dimensional tensor of a framework."""

    def __init__(self, item: Any, ndim: Any = 0) -> None:
        self._item, self.ndim = item, ndim

    def item(self) -> Any:
        if isinstance(self._item, Exception):
            raise self._item
        return self._item


class OnlyFloat:
    def __float__(self) -> float:
        return 2.5


ACCEPTED = [
    (0.5, 0.5),
    (1, 1.0),
    (True, 1.0),
    (False, 0.0),
    (-0.0, 0.0),
    (2**53 + 1, float(2**53)),
    (Decimal("0.1"), 0.1),
    (Decimal("NaN"), math.nan),
    (Decimal("sNaN"), math.nan),
    (Fraction(1, 4), 0.25),
    (math.nan, math.nan),
    (-math.inf, -math.inf),
    (np.float64(0.5), 0.5),
    (np.float32(0.5), 0.5),
    (np.float16("nan"), math.nan),
    (np.longdouble(0.5), 0.5),
    (np.int64(7), 7.0),
    (np.uint8(7), 7.0),
    (np.bool_(True), 1.0),
    (np.array(0.5), 0.5),
    (np.array(3, dtype=np.int32), 3.0),
    (Scalar(0.5), 0.5),
    (Scalar(3), 3.0),
    (Scalar(True), 1.0),
    (Scalar(np.float32(0.5)), 0.5),
    (Scalar(0.5, ndim=lambda: 0), 0.5),
    (OnlyFloat(), 2.5),
]


@pytest.mark.parametrize(("value", "stored"), ACCEPTED, ids=lambda v: repr(v)[:30])
def test_numbers_are_taken(value: Any, stored: float) -> None:
    got = check_value("loss", value)
    assert type(got) is float
    assert got == stored or (math.isnan(got) and math.isnan(stored))


REFUSED = [
    ("0.3", "text"),
    (b"0.3", "text"),
    (None, "None"),
    (1 + 2j, "complex"),
    ({"a": 1.0}, "dict"),
    ([1.0], "list"),
    ((1.0,), "tuple"),
    ({1.0}, "set"),
    pytest.param(object(), "object", id="object"),
    (np.array([1.0]), "shape (1,)"),
    (np.zeros((2, 3)), "shape (2, 3)"),
    (np.complex128(1j), "complex"),
    (np.str_("x"), "text"),
    (np.datetime64("2020-01-01"), "datetime64"),
    (np.timedelta64(1, "s"), "timedelta64"),
    (Scalar(RuntimeError("device lost")), "device lost"),
    (Scalar(0.5, ndim=1), "array"),
    (Scalar("x"), "not a number"),
]


@pytest.mark.parametrize(("value", "said"), REFUSED, ids=lambda v: repr(v)[:30])
def test_what_is_no_number_is_a_type_error_that_names_the_key(value: Any, said: str) -> None:
    got = check_value("val/loss", value)
    assert isinstance(got, TypeError)
    assert "'val/loss'" in str(got)
    assert said in str(got)
    assert "log" in str(got).split(":", 1)[1] or "float()" in str(got)


def test_an_integer_beyond_float_is_a_value_error() -> None:
    got = check_value("x", 10**400)
    assert isinstance(got, ValueError)
    assert "'x'" in str(got)


def test_no_framework_is_imported() -> None:
    assert not {"torch", "jax", "tensorflow"} & set(sys.modules)


@pytest.mark.parametrize(
    "name", ["loss", "train/loss", "ünï ☂ 🎉", "a" * 512, "é" * 256, "Loss (val) %{x}", "0"]
)
def test_names_that_are_kept_as_they_are(name: str) -> None:
    assert check_name(name) == name


def test_a_name_is_kept_in_its_composed_form() -> None:
    assert check_name("e\u0301") == "é"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "needs a name"),
        ("   ", "needs a name"),
        ("a\nb", "control character"),
        ("a\x00", "control character"),
        ("a\x7f", "control character"),
        ("\ud800", "control character"),
        ("a" * 513, "513 bytes"),
        ("é" * 257, "514 bytes"),
    ],
)
def test_names_that_are_refused(name: str, said: str) -> None:
    got = check_name(name)
    assert isinstance(got, ValueError)
    assert said in str(got)
    str(got).encode("utf-8")


@pytest.mark.parametrize("name", [1, None, 1.5, b"loss", ("a", "b")])
def test_a_name_that_is_no_text_is_a_type_error(name: Any) -> None:
    assert isinstance(check_name(name), TypeError)


@pytest.mark.parametrize(
    ("step", "kept"), [(0, 0), (2**62 - 1, 2**62 - 1), (3.0, 3), (np.int32(4), 4), (np.uint64(5), 5)]
)
def test_steps_that_are_taken(step: Any, kept: int) -> None:
    assert check_step(step) == kept


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (-1, ValueError),
        (0.5, ValueError),
        (2**62, ValueError),
        (2**63, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        (True, TypeError),
        ("3", TypeError),
        (None, TypeError),
        (np.bool_(True), TypeError),
        ([1], TypeError),
    ],
)
def test_steps_that_are_refused(step: Any, kind: type[Exception]) -> None:
    got = check_step(step)
    assert type(got) is kind
    assert "step is" in str(got)


@pytest.mark.parametrize(
    ("epoch", "value", "step"),
    [
        (3, 3.0, 3),
        (np.int64(3), 3.0, 3),
        (3.0, 3.0, None),
        (2.5, 2.5, None),
        (-1, -1.0, None),
        (Decimal("0.5"), 0.5, None),
    ],
)
def test_a_whole_epoch_gives_the_step(epoch: Any, value: float, step: int | None) -> None:
    assert check_epoch(epoch) == (value, step)


@pytest.mark.parametrize("epoch", [math.nan, math.inf, True, "3", [3], None])
def test_epochs_that_are_refused(epoch: Any) -> None:
    assert isinstance(check_epoch(epoch), TypeError | ValueError)

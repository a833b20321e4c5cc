"""Ids of runs and sessions: random 63-bit integers, shown as 13 base32 characters."""

from __future__ import annotations

import os
from functools import lru_cache

from tracker.errors import BadInput

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGIT = {c: i for i, c in enumerate(_ALPHABET)}


def new_id() -> int:
    """Return a random 63-bit id, made without asking anybody, so that runs can start offline."""
    # Not by `secrets`, which takes longer to import than all of this package's own first line.
    return int.from_bytes(os.urandom(8), "big") >> 1


@lru_cache(50_000)
def id_text(number: int) -> str:
    """Return a 63-bit id as 13 base32 characters (Crockford's alphabet, lower case)."""
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -5, -5))


def id_number(text: str) -> int:
    """Return the 63-bit id that `text` (13 base32 characters) stands for.

    Raises:
        BadInput: `text` is not such an id.
    """
    if not is_id(text):
        raise BadInput(
            f"{text!r} is not a run id: expected 13 base32 characters such as {id_text(0x1234567890ABCDEF)!r}"
        )
    number = 0
    for c in text.lower():
        number = number * 32 + _DIGIT[c]
    return number


def is_id(text: str) -> bool:
    """Tell whether `text` can be a run id: 13 base32 characters that fit 63 bits."""
    low = text.lower()
    return len(low) == 13 and low[0] in "01234567" and all(c in _DIGIT for c in low)

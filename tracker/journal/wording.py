"""Sentences with a number in them."""

from __future__ import annotations

import re
from typing import Any

_CHOICE = re.compile(r"\[([^|\]]*)\|([^|\]]*)\]")


def agree(number: int, sentence: str, **parts: Any) -> str:
    """Return a sentence whose words agree with a number.

    Args:
        number: stands where the sentence has `{n}`, with commas between thousands.
        sentence: has `[one|many]` where a word depends on the number: `{n} point[|s] of {label} [is|are] kept`.
        parts: what stands in its other places, taken as it is.
    """
    chosen = _CHOICE.sub(lambda choice: choice[1 if number == 1 else 2], sentence)
    return chosen.format(n=f"{number:,}", **parts)

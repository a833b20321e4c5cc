"""Sentences agree with their numbers."""

from __future__ import annotations

import pytest

from tracker.journal.wording import agree


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 points of a[|s]{b} are kept"),
        (1, "1 point of a[|s]{b} is kept"),
        (1234, "1,234 points of a[|s]{b} are kept"),
    ],
)
def test_words_agree_and_what_is_put_in_stays_as_it_is(number: int, said: str) -> None:
    assert agree(number, "{n} point[|s] of {run} [is|are] kept", run="a[|s]{b}") == said

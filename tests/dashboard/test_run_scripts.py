"""The small scripts of the run page, without a browser: fields that narrow, moments of time, columns by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.scripts import javascript
from tracker.dashboard.words import date, when

NOW = int(datetime(2026, 3, 5, 14, 7, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("LR", True),
        ("  name adam ", True),
        ("adam optimizer", True),
        ("adam sgd", False),
        (".*", False),
        ("[", False),
    ],
)
def test_a_fact_is_found_by_all_words_in_any_order(text: str, found: bool) -> None:
    words = "optimizer.name adam lr 0.1"
    assert javascript("filter.js", "s.matches(words, text)", words=words, text=text) is found


@pytest.mark.parametrize(
    ("ago_ms", "said"),
    [
        (-5 * MINUTE, "just now"),
        (0, "just now"),
        (59 * SECOND, "just now"),
        (12 * MINUTE, "12\u202fmin ago"),
        (3 * HOUR, "3\u202fh ago"),
        (2 * DAY, "3 Mar, 14:07"),
        (100 * DAY, "25 Nov 2025, 14:07"),
    ],
)
def test_a_moment_is_said_by_its_age(ago_ms: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert javascript("moments.js", "s.when(at, now)", at=NOW - ago_ms, now=NOW) == said


def test_a_moment_stands_in_the_zone_of_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    at = NOW + 4 * HOUR + 23 * MINUTE  # 18:30 in UTC is the next day there
    assert javascript("moments.js", "s.date(at, now)", at=at, now=NOW) == "6 Mar, 00:00"


@pytest.mark.parametrize("ago_ms", [0, 59 * SECOND, 90 * SECOND, 150 * MINUTE, 5 * DAY, 400 * DAY])
def test_server_and_browser_say_a_moment_in_the_same_words(ago_ms: int) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    program = "[s.when(at, now), s.date(at, now)]"
    assert javascript("moments.js", program, at=now - ago_ms, now=now) == [
        when(now - ago_ms, now),
        date(now - ago_ms, now),
    ]


def test_columns_are_found_by_name_and_the_first_ones_shown_at_rest() -> None:
    names = ["train/loss", "val/loss", "val/Accuracy", *(f"layer{i}/norm" for i in range(300))]

    def shown(text: str | None) -> list[int]:
        found: list[int] = javascript("rawdata.js", "s.columns(names, text)", names=names, text=text)
        return found

    assert shown("loss val") == [1]
    assert shown("ACC") == [2]
    assert shown(None) == shown("  ") == list(range(20))
    assert len(shown("norm")) == 200
    assert shown("nothing such") == []

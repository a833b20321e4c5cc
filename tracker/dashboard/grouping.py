"""Which group a run belongs to: its own, or the value of one of its settings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from tracker.charts.compared import setting_key
from tracker.dashboard.state import CONFIG
from tracker.diagnosis.configs import flat
from tracker.model import RunRecord

MOST_KEYS = 60
"""Settings that the menu offers."""

MOST_VALUES = 50
"""A setting with more values than this parts runs into nothing but single ones."""

LONGEST = 60
"""Characters of a group's name."""


def group_keys(records: Sequence[RunRecord]) -> list[str]:
    """Return the settings that runs can be grouped by: with two values at least, those that most runs have first."""
    seen: Counter[str] = Counter()
    values: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for key, value in flat(record.config).items():
            seen[key] += 1
            values[key].add(setting_key(value))
    apart = [
        key for key in seen if seen[key] > 1 and 2 <= len(values[key]) <= min(MOST_VALUES, len(records) - 1)
    ]
    return sorted(apart, key=lambda key: (-seen[key], key))[:MOST_KEYS]


def group_of(record: RunRecord, by: str) -> str:
    """Return the name of a run's group: `by` is a view's `group`; "" when it belongs to none."""
    if by == "group":
        return record.group or ""
    if not by.startswith(CONFIG):
        return ""
    value = flat(record.config).get(by.removeprefix(CONFIG))
    return "" if value is None else _named(setting_key(value))


def _named(text: str) -> str:
    """Return a text as the name of a group: of a long one its beginning, and a mark that no other text has."""
    if len(text) <= LONGEST:
        return text
    mark = blake2b(text.encode("utf-8", "replace"), digest_size=3).hexdigest()
    return f"{text[: LONGEST - 8].rstrip()}… {mark}"

"""What a run's config tells the diagnosis: the size of the validation set and the examples of each class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Hints(NamedTuple):
    """Keywords of `diagnose`; None where the config says nothing usable."""

    n_val: int | None
    class_counts: tuple[int, ...] | None


def hints(config: Mapping[str, Any]) -> Hints:
    """Return the config keys `n_val` and `class_counts` as the diagnosis takes them.

    Args:
        config: a run's config, nested or flat. `class_counts` may be a list, a dict of name to count, flat keys such
            as `class_counts.cat`, or the JSON text of one of them.

    Returns:
        Both hints. What cannot be read as whole numbers is left out, since a wrong hint must not spoil a diagnosis.
    """
    size = _whole(config.get("n_val"))
    given = config.get("class_counts")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None  # not JSON: no hint rather than a wrong one
    if given is None:
        given = [value for key, value in config.items() if key.startswith("class_counts.")]
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, list | tuple):
        return Hints(size, None)
    counts = [_whole(count) for count in given]
    known = tuple(count for count in counts if count is not None)
    return Hints(size, known if known and len(known) == len(counts) else None)


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 2**63 and float(value).is_integer() else None

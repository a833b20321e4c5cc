"""What a contender is: something that takes a call of four metrics, ends, and can be read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

VALUES = {"train/loss": 0.4137, "train/accuracy": 0.9123, "val/loss": 0.5271, "val/accuracy": 0.8807}
"""The four metrics of a call; `train/loss` is 1 / (step + 1), so that what is read back can be checked."""

METRICS = len(VALUES)
WATCHED = "train/loss"


def value(step: int) -> float:
    """Return the value that `train/loss` has at a step."""
    return 1.0 / (step + 1)


class Logger(NamedTuple):
    """A run that is being logged.

    `call` takes the step and the values; `finish` returns when everything is stored and may say a word about it;
    `ready` returns when what goes on in the background of the start is over.
    """

    call: Callable[[int, dict[str, float]], None]
    finish: Callable[[], str]
    ready: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Contender:
    """One row of the tables.

    `open(url, name)` starts a run in the working folder, `read(url, name)` returns its `train/loss` by step. `calls` is
    how many a tight loop makes at most, fewer for the slow ones. `requires` is what pip installs into its own virtual
    environment; without it, this interpreter serves. `kind` is "floor", "tracker" or "peer"; `engine` "postgres" when
    a server is needed. `reading` says how it is read back after a SIGKILL.
    """

    name: str
    open: Callable[[str, str], Logger]
    read: Callable[[str, str], dict[int, float]]
    reading: str
    kind: str = "peer"
    engine: str = ""
    calls: int = 200_000
    requires: tuple[str, ...] = ()
    imports: str = ""

"""From a call of `log` to one frame in the journal. The first method is the hot path: some 3 us for four floats."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from tracker.client.media import Media
from tracker.client.speech import due, warn, warn_caller
from tracker.client.values import EXACT_INT, check_epoch, check_name, check_step, check_value
from tracker.journal.frames import MAX_VALUES, encode_points
from tracker.journal.writer import Journal
from tracker.model import LARGEST_STEP

MANY_NAMES = 10_000
NAMES_REMEMBERED = 20_000
_monotonic_ns = time.monotonic_ns


class Recorder:
    """Checks what one run logs and appends it to `journal`.

    Args:
        zero_ns: the monotonic clock at the run's creation, in ns; `elapsed_ms` counts from it.
        lenient: True: the caller's mistakes only warn, and what is good of the call is kept.
        reopen: called when there is no journal; returns the caller's mistake if there is one, else sets `journal` or
            leaves it None when nothing is to be logged.
    """

    def __init__(self, zero_ns: int, lenient: bool, reopen: Callable[[], Exception | None]) -> None:
        self.journal: Journal | None = None
        self.last_step: int | None = None
        """The step and epoch of the last call that gave any: where an alert happened."""
        self.last_epoch: float | None = None
        self._zero_ns = zero_ns
        self._lenient = lenient
        self._reopen = reopen
        self._known: set[str] = set()
        self._counter = itertools.count()
        self._open_step: int | None = None
        self._warned: set[str] = set()

    def record(self, data: Any, step: Any, epoch: Any, metrics: dict[str, Any]) -> Exception | None:
        """Append the points of one call; return the caller's mistake, if any, so that `log` raises it itself."""
        journal = self.journal
        if journal is None:
            problem = self._reopen()
            journal = self.journal
            if journal is None:
                return problem
        if data is None:
            data = metrics
        elif metrics or type(data) is not dict:
            return self._check(journal, _merged(data, metrics), step, epoch)
        known = self._known
        values: dict[str, float] = {}
        for name, value in data.items():
            if type(value) is not float or name not in known:
                return self._check(journal, data, step, epoch)
            values[name] = value
        if step is not None or self._open_step is not None or not 0 < len(values) <= MAX_VALUES:
            return self._append(journal, values, step, epoch, True)
        elapsed = (_monotonic_ns() - self._zero_ns) // 1_000_000
        if epoch is None:
            frame = encode_points(elapsed, next(self._counter), True, None, values)
        elif type(epoch) is int and 0 <= epoch <= LARGEST_STEP:
            self.last_step, self.last_epoch = epoch, float(epoch)
            frame = encode_points(elapsed, epoch, False, self.last_epoch, values)
        else:
            return self._append(journal, values, step, epoch, True)
        journal.append(frame, len(values))
        return None

    def elapsed_ms(self) -> int:
        """Return how long ago the run was created, in ms."""
        return (_monotonic_ns() - self._zero_ns) // 1_000_000

    def count_anew(self) -> None:
        """Count the calls without a step from 0 again: in a session that begins, what is counted follows the store's."""
        self._counter = itertools.count()
        self._open_step = None

    # --------------------------------------------------------------------------------------------- the careful way

    def _check(self, journal: Journal, data: Any, step: Any, epoch: Any) -> Exception | None:
        """Check every entry of a call, one by one."""
        if isinstance(data, Exception):
            return self._mistakes([data])
        values: dict[str, float] = {}
        problems: list[Exception] = []
        commit = True
        for name, value in data.items():
            if name == "step":
                step = value if step is None else step
            elif name == "epoch":
                epoch = value if epoch is None else epoch
            elif name == "commit":
                commit = value is None or bool(value)
            elif name == "sync" and isinstance(value, bool):
                continue  # W&B's
            elif _is_media(value):
                self._once(f"{name!r} is a picture, sound or table: media are not kept, only numbers")
            else:
                stored = check_name(name)
                number = check_value(name, value) if isinstance(stored, str) else None
                if not isinstance(stored, str):
                    problems.append(stored)
                elif isinstance(number, Exception):
                    problems.append(number)
                elif number is not None:
                    values[stored] = number
                    if stored not in self._known:
                        self._remember(stored)
                    if type(value) is int and abs(value) > EXACT_INT:
                        self._once(
                            f"{stored!r} was logged as {value}: integers beyond 2**53 are stored as the nearest float64"
                        )
        if problems and not self._lenient:
            return problems[0]
        problem = self._append(journal, values, step, epoch, commit)
        return problem if problem is not None or not problems else self._mistakes(problems)

    def _append(
        self, journal: Journal, values: dict[str, float], step: Any, epoch: Any, commit: bool
    ) -> Exception | None:
        """Check step and epoch and append checked values."""
        problems: list[Exception] = []
        counted = False
        from_epoch: int | None = None
        if epoch is not None:
            checked = check_epoch(epoch)
            epoch = None
            if isinstance(checked, Exception):
                problems.append(checked)
            else:
                epoch, from_epoch = checked
        if step is not None and not (type(step) is int and 0 <= step <= LARGEST_STEP):
            step = check_step(step)
            if isinstance(step, Exception):
                problems.append(step)
                step = None
        if problems and not self._lenient:
            return problems[0]
        if values:
            if step is None:
                step, counted = (from_epoch, False) if from_epoch is not None else (self._count(commit), True)
            self.last_step, self.last_epoch = None if counted else step, epoch
            for part in _parts(values):
                journal.append(encode_points(self.elapsed_ms(), step, counted, epoch, part), len(part))
        return self._mistakes(problems) if problems else None

    def _count(self, commit: bool) -> int:
        """Return the next counted step; calls with `commit=False` share theirs with the next one."""
        step = next(self._counter) if self._open_step is None else self._open_step
        self._open_step = None if commit else step
        return step

    def _mistakes(self, problems: list[Exception]) -> Exception | None:
        if not self._lenient:
            return problems[0]
        told = [str(p) for p in problems if due(str(p).partition(" is ")[0])]
        if told:
            warn_caller("; ".join(told[:5]) + " (not logged)")
        return None

    def _remember(self, name: str) -> None:
        if len(self._known) >= NAMES_REMEMBERED:
            self._known.clear()
        self._known.add(name)
        if len(self._known) == MANY_NAMES:
            self._once(
                f"this run logs {MANY_NAMES:,} different names: charts and lists grow slow; put what varies (a batch, "
                "a file, a step) into step= or into a run of its own"
            )

    def _once(self, text: str) -> None:
        what = text.partition(" ")[2][:20]
        if what not in self._warned:
            self._warned.add(what)
            warn(text)


def _merged(data: Any, metrics: dict[str, Any]) -> Mapping[Any, Any] | Exception:
    """Return a call's dict and keywords as one, or the error when the first argument is no dict."""
    if isinstance(data, Mapping):
        return {**data, **metrics} if metrics else data
    example = (
        f"log(loss={data!r})" if isinstance(data, int | float) else "log({'loss': 0.41}) or log(loss=0.41)"
    )
    shown = repr(data)[:60]
    return TypeError(
        f"log() takes a dict or keywords, not {shown} of type {type(data).__name__}: write {example}"
    )


def _parts(values: dict[str, float]) -> list[dict[str, float]]:
    if len(values) <= MAX_VALUES:
        return [values]
    items = list(values.items())
    return [dict(items[i : i + MAX_VALUES]) for i in range(0, len(items), MAX_VALUES)]


def _is_media(value: Any) -> bool:
    """Tell whether a value is a medium, or a list of some."""
    several = isinstance(value, list | tuple) and len(value) > 0
    return isinstance(value, Media) or (several and all(isinstance(one, Media) for one in value))

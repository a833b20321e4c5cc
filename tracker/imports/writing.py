"""A found run on its way into a store: the same door as every other point, so that a second import doubles nothing.

The run's id follows from the source and the run's key there, the session's from the state of its data as well. So what
was imported is found again and left alone, and data that grew or changed comes in as one more session of the same run.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from tracker.client.checks import MAX_TAGS as MOST_TAGS
from tracker.client.checks import text
from tracker.client.redaction import clean_config
from tracker.errors import Refused
from tracker.imports.found import FoundRun, Row, reason
from tracker.journal.wording import agree
from tracker.model import NAME_BYTES
from tracker.store.base import START, Batch, Identity, Offset, Points, Store

BATCH = 20_000
"""Values in one transaction."""

MOST_TROUBLES = 1_000
"""Sentences about unreadable places that are kept of one run; the rest is counted."""


class Brought(NamedTuple):
    """What came of one found run: its id in the store, how many values were new to it, and whether it was there."""

    run_id: int
    points: int
    known: bool


MOST_MS = 4_102_444_800_000
"""A moment, or a duration, behind which no run lies: the year 2100."""


def identity_of(source: str, found: FoundRun) -> Identity:
    """Return who a found run is in a store: the same for the same run, whenever it is imported."""
    found.project = _label(found.project) or "default"
    found.name = _label(found.name) or "run"
    tags = dict.fromkeys(filter(None, map(_label, found.tags)))
    run_id = _number(source, found.project, found.key)
    return Identity(
        run_id,
        _number(str(run_id), found.state),
        found.project,
        found.name,
        min(max(0, found.created_ms), MOST_MS),
        group=_label(found.group or "") or None,
        tags=tuple(islice(tags, MOST_TAGS)),
        notes=text(found.notes),
        resume="allow",
        config=clean_config(found.config, found.troubles.append),
        environment=clean_config(found.environment, found.troubles.append, "environment"),
    )


def bring(
    store: Store, source: str, found: FoundRun, progress: Callable[[int], None] = lambda points: None
) -> Brought:
    """Put a found run into a store; what is there already stays as it is.

    Args:
        store: where to; it must be prepared.
        source: the name of the run's source.
        found: the run; its troubles grow while it is read.
        progress: told after each transaction how many values it held.

    Raises:
        StoreUnavailable: the store went away; calling again goes on where this one ended.
    """
    identity = identity_of(source, found)
    kept = store.shipped(identity.run_id, identity.session_id)
    at = START if kept is None else kept.offset
    known = kept is not None or bool(store.runs(run_ids=[identity.run_id]))
    done = 0
    for first, behind, points in _batches(found):
        if Offset(0, behind) <= at:
            continue  # sent by an earlier import, that may have been interrupted later
        batch = Batch(identity, Offset(0, first), Offset(0, behind), beat_ms=0, points=points)
        done += _ship(store, batch, found.troubles)
        progress(len(points))
        at = batch.end
    end = Offset(1, 0)
    if kept is None or kept.offset != end:
        last = Batch(
            identity,
            at,
            end,
            beat_ms=0,
            summary=clean_config(found.summary, found.troubles.append, "summary"),
            metrics=dict(found.metrics),
            status=found.status,
            exception=None if found.exception is None else text(found.exception),
            elapsed_ms=None if found.duration_ms is None else min(max(0, found.duration_ms), MOST_MS),
            dead=True,
        )
        _ship(store, last, found.troubles)
    return Brought(identity.run_id, done, known)


def _ship(store: Store, batch: Batch, troubles: list[str]) -> int:
    try:
        answer = store.ship(batch)
    except Refused as error:
        said = "{n} value[|s] [was|were] refused by the store: {error}"
        trouble(troubles, agree(len(batch.points), said, error=error))
        store.ship(Batch(batch.identity, batch.start, batch.end, beat_ms=0))
        return 0
    return len(batch.points) if answer.offset == batch.end else 0


def _batches(found: FoundRun) -> Iterator[tuple[int, int, Points]]:
    """Yield the run's values in bundles, each with the numbers of the first row in it and of the first behind it."""
    rows: list[Row] = []
    held = start = number = 0
    for number, row in enumerate(_clean(found.rows, found.troubles), start=1):
        rows.append(row)
        held += len(row.values)
        if held >= BATCH:
            yield start, number, _points(rows)
            rows, held, start = [], 0, number
    if rows:
        yield start, number, _points(rows)


def _points(rows: list[Row]) -> Points:
    return Points(
        [row.elapsed_ms for row in rows],
        [row.step for row in rows],
        [False] * len(rows),
        [row.epoch for row in rows],
        [row.values for row in rows],
    )


def _clean(rows: Iterable[Row], troubles: list[str]) -> Iterator[Row]:
    """Yield rows that a store takes: names that can be stored, steps of 0 or more, an epoch that is a number."""
    names: dict[str, str | None] = {}
    for row in _readable(rows, troubles):
        if not 0 <= row.step < 2**62:
            trouble(troubles, f"a row at step {row.step} was left out: steps are whole numbers from 0 on")
            continue
        values = {}
        for name, value in row.values.items():
            if name not in names:
                names[name] = _name(name)
                if names[name] is None:
                    trouble(troubles, f"the metric {name[:60]!r} was left out: its name cannot be stored")
            stored = names[name]
            if stored is not None:
                values[stored] = float(value)
        epoch = row.epoch if row.epoch is not None and math.isfinite(row.epoch) else None
        if values:
            yield Row(min(max(0, row.elapsed_ms), MOST_MS), row.step, epoch, values)


def _readable(rows: Iterable[Row], troubles: list[str]) -> Iterator[Row]:
    try:
        yield from rows
    except Exception as error:  # files of strangers are broken in many ways; what was read before is kept
        trouble(troubles, f"reading ended early: {reason(error)}")


def trouble(troubles: list[str], sentence: str) -> None:
    """Note what could not be read; a broken file of millions of lines must not fill the memory."""
    if len(troubles) < MOST_TROUBLES:
        troubles.append(sentence)
    elif len(troubles) == MOST_TROUBLES:
        troubles.append("more could not be read and is not named here")


def _name(name: str) -> str | None:
    stored = unicodedata.normalize("NFC", name).strip()
    bad = any(unicodedata.category(c) in ("Cc", "Cs") for c in stored)
    return None if bad or not stored or len(stored.encode()) > NAME_BYTES else stored


def _label(told: str) -> str:
    """Return a project, name, group or tag as it can be stored."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in told)
    return unicodedata.normalize("NFC", shown).strip().encode()[:NAME_BYTES].decode(errors="ignore").strip()


def _number(*parts: str) -> int:
    digest = blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1

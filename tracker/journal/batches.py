"""Journal frames become one batch for the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tracker.journal.frames import Call, Frame, Kind
from tracker.model import KEY_BYTES, Annotation, MetricDefinition
from tracker.store.base import Batch, Identity, Offset, Points


def storable(identity: Identity) -> tuple[Identity, dict[str, Any]]:
    """Return an identity that a store takes, without the config keys and tags that none does, and those keys.

    They would stand in the way of every batch.
    """
    left_out = {key: value for key, value in identity.config.items() if not _is_key(key)}
    if not left_out and all(map(_is_key, identity.tags)):
        return identity, left_out
    config = {key: value for key, value in identity.config.items() if key not in left_out}
    return replace(identity, config=config, tags=tuple(filter(_is_key, identity.tags))), left_out


def _is_key(text: str) -> bool:
    return 0 < len(text.encode()) <= KEY_BYTES and "\0" not in text


def points_in(frame: Frame) -> int:
    """Return how many points a frame holds."""
    return len(frame.values) if isinstance(frame, Call) else 0


def make_batch(
    identity: Identity, start: Offset, end: Offset, frames: Sequence[Frame], beat_ms: int, age_ms: int
) -> Batch:
    """Return the batch of `frames`, which stand in the journal from `start` to `end`.

    `age_ms` is added to every `elapsed_ms`: how old the run was when a session began that counts from its own start.

    Raises:
        ValueError: a frame is not what its kind promises; `well_formed` tells which.
    """
    batch = Batch(identity, start, end, beat_ms)
    calls = [frame for frame in frames if isinstance(frame, Call)]
    if calls:
        batch.points = Points(
            [call.elapsed_ms + age_ms for call in calls],
            [call.step for call in calls],
            [call.counted for call in calls],
            [call.epoch for call in calls],
            [call.values for call in calls],
        )
    if len(calls) < len(frames):
        for frame in frames:
            if not isinstance(frame, Call):
                _apply(batch, frame, age_ms)
    return batch


def _apply(batch: Batch, frame: list[Any], age_ms: int) -> None:
    kind, *parts = frame
    if kind == Kind.CONFIG:
        batch.config.update(parts[0])
    elif kind == Kind.SUMMARY:
        batch.summary.update(parts[0])
    elif kind == Kind.TAGS:
        batch.tags = tuple(parts[0])
    elif kind == Kind.NOTES:
        batch.notes = parts[0]
        batch.said_ms.update(notes=parts[1] if parts[1:] else batch.identity.created_ms)
    elif kind == Kind.NAME:
        batch.name = parts[0]
        batch.said_ms.update(name=parts[1] if parts[1:] else batch.identity.created_ms)
    elif kind == Kind.METRIC:
        name, goal, split, metric = parts
        batch.metrics[name] = MetricDefinition(goal, split, metric)
    elif kind == Kind.ALERT:
        title, text, step, epoch, at_ms = parts
        batch.annotations.append(Annotation("alert", title, text, step, epoch, at_ms))
    elif kind == Kind.STATUS:
        batch.status, batch.exception, elapsed = parts
        batch.elapsed_ms = elapsed + age_ms


def well_formed(frame: Frame) -> bool:
    """Tell whether a frame holds what its kind promises; a kind of a newer version of tracker is passed over."""
    if isinstance(frame, Call):
        return True
    if not frame or type(frame[0]) is not int or frame[0] == Kind.POINT:
        return False
    kind, *parts = frame
    if kind not in _PARTS:
        return True
    wanted = _PARTS[kind]
    if kind in (Kind.NOTES, Kind.NAME) and len(parts) == 1:
        wanted = wanted[:1]
    return len(parts) == len(wanted) and all(map(isinstance, parts, wanted)) and _deep(kind, parts)


def _deep(kind: int, parts: list[Any]) -> bool:
    if kind in (Kind.CONFIG, Kind.SUMMARY):
        return all(isinstance(key, str) for key in parts[0])
    return kind != Kind.TAGS or all(isinstance(tag, str) for tag in parts[0])


_TEXT: Any = (str, type(None))
_PARTS: dict[int, tuple[Any, ...]] = {
    Kind.INIT: (str, str, dict),
    Kind.CONFIG: (dict,),
    Kind.TAGS: (list,),
    Kind.NOTES: (str, int),
    Kind.NAME: (str, int),
    Kind.METRIC: (str, _TEXT, _TEXT, _TEXT),
    Kind.SUMMARY: (dict,),
    Kind.ALERT: (str, str, (int, type(None)), (float, int, type(None)), int),
    Kind.STATUS: (str, _TEXT, int),
}

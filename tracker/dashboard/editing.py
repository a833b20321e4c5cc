"""What people change on a run, and what they are told when it cannot be or when somebody was there before them.

A form sends what it started from (`base`). When the run says something else by now, nothing is written: the writer
keeps his text, learns what stands there, and may send again, which then replaces it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.dashboard.data import Data
from tracker.errors import BadInput, NotFound, Refused, TrackerError
from tracker.model import Annotation, RunRecord, id_number

LONGEST_NAME = 512
"""Longest name, group or tag, in bytes of UTF-8."""

LONGEST_TEXT = 10_000
"""Longest note at an epoch, reason or author's name, in characters."""

LONGEST_NOTES = 100_000
"""Longest notes of a run, in characters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a change: whether it was made, what to say, and what stands there now where that is another text."""

    ok: bool
    said: str = ""
    base: str | None = None

    def to_dict(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a form's message as the browser takes it (assets/forms.js)."""
        return {"n": sent["n"], "what": sent["what"], "ok": self.ok, "said": self.said, "base": self.base}


def change(data: Data, project: str, run: str, sent: Mapping[str, Any]) -> Answer:
    """Carry out what a form sent, and say what came of it; errors of the world become sentences."""
    try:
        record = data.run(project, run)
        return _WAYS[str(sent["what"])](data, record, sent)
    except KeyError:
        return Answer(False, "This page is older than the server. Reload it and try again.")
    except NotFound:
        return Answer(False, "Not saved: the run is no longer there; somebody may have deleted it.")
    except (BadInput, Refused) as error:
        return Answer(False, f"Not saved: {error}")
    except TrackerError as error:
        return Answer(False, f"Not saved, your text is still here: {error}")


def _name(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    name = _line(sent, "text", "name")
    if not name:
        return Answer(False, "A run needs a name: write one, or press Esc to keep the old one.")
    if (clash := _clash(sent, record.name)) is not None:
        return clash
    if name != record.name:
        data.store.edit([record.run_id], name=name)
    return Answer(True)


def _group(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    group = _line(sent, "text", "group")
    if (clash := _clash(sent, record.group or "")) is not None:
        return clash
    if group != (record.group or ""):
        data.store.edit([record.run_id], group=group)
    return Answer(True)


def _notes(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    text = str(sent.get("text") or "")
    if len(text) > LONGEST_NOTES:
        return Answer(
            False, f"Not saved: the notes have {len(text):,} characters; {LONGEST_NOTES:,} are the most."
        )
    if (clash := _clash(sent, record.notes)) is not None:
        return clash
    if text != record.notes:
        data.store.edit([record.run_id], notes=text)
    return Answer(True)


def _tag(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    tag = _line(sent, "text", "tag")
    if not tag:
        return Answer(False, "Write a tag, or press Esc to leave.")
    if tag in record.tags:
        return Answer(False, f"The run already has the tag “{tag}”.")
    data.store.edit([record.run_id], add_tags=[tag])
    return Answer(True)


def _dismiss(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    reason, author = _line(sent, "reason", "reason"), _line(sent, "author", "name")
    data.store.annotate(
        record.run_id, Annotation("dismissal", str(sent["id"]), reason, at_ms=_now_ms(), author=author)
    )
    return Answer(True)


def note(data: Data, record: RunRecord, sent: Mapping[str, Any]) -> Answer:
    """Put a note at a place of the run; without a place it is about the whole run."""
    text, author = str(sent.get("text") or "").strip(), _line(sent, "author", "name")
    if not text:
        return Answer(False, "Write what you saw, then press “Add note”.")
    if len(text) > LONGEST_TEXT:
        return Answer(
            False, f"Not saved: the note has {len(text):,} characters; {LONGEST_TEXT:,} are the most."
        )
    given, steps = str(sent.get("at") or "").strip().replace(",", "."), sent.get("axis") == "step"
    try:
        at = float(given) if given else None
    except ValueError:
        at = float("nan")
    if at is not None and (not 0 <= at < 1e15 or (steps and at % 1)):
        what, example = ("step", "1200") if steps else ("epoch", "12")
        return Answer(
            False, f"“{given[:40]}” is no {what}: write a number such as {example}, or leave it empty."
        )
    step, epoch = (None if at is None else int(at), None) if steps else (None, at)
    data.store.annotate(
        record.run_id, Annotation("note", "", text, step=step, epoch=epoch, at_ms=_now_ms(), author=author)
    )
    return Answer(True)


def take_off(data: Data, project: str, run: str, number: str, at_ms: str) -> dict[str, Any]:
    """Take a note off a run and return what `put_back` needs to bring it back.

    The page may be old, and the number of a note that was deleted is given out again: its time tells the two apart.

    Raises:
        NotFound: the run or the note is no longer there.
    """
    record = data.run(project, run)
    notes = (n for n in data.notes(record) if n.kind == "note")
    found = next((n for n in notes if (str(n.number), str(n.at_ms)) == (number, at_ms)), None)
    if (
        found is None
        or found.number is None
        or not data.store.retract_note(record.run_id, found.number, found.at_ms)
    ):
        raise NotFound("the note is no longer there; somebody else has deleted it.")
    return {
        "run": run,
        "title": found.title,
        "text": found.text,
        "step": found.step,
        "epoch": found.epoch,
        "at_ms": found.at_ms,
        "author": found.author,
    }


def put_back(data: Data, project: str, gone: Mapping[str, Any] | None) -> None:
    """Put a note back on the run that `take_off` took it from; asked twice, it stands there once."""
    if gone:
        record = data.run(project, gone["run"])
        note = Annotation("note", **{name: said for name, said in gone.items() if name != "run"})
        if note not in data.notes(record):
            data.store.annotate(record.run_id, note)


def decide(data: Data, project: str, run: str, what: str, about: Any) -> Answer:
    """Carry out what a single click asks for, one of `DECISIONS`, and say what came of it."""
    try:
        if what == "restore-run":
            return _restored(data, run)
        record = data.run(project, run)
        return DECISIONS[what](data, record, str(about))
    except NotFound:
        return Answer(False, "Not changed: the run is no longer there; somebody may have deleted it.")
    except TrackerError as error:
        return Answer(False, f"Not changed: {error}")


def _archive(data: Data, record: RunRecord, _: str) -> Answer:
    data.store.archive([record.run_id])
    return Answer(True, "Archived: lists leave this run out until it is asked for.")


def _unarchive(data: Data, record: RunRecord, _: str) -> Answer:
    data.store.archive([record.run_id], on=False)
    return Answer(True, "Taken out of the archive.")


def _delete(data: Data, record: RunRecord, _: str) -> Answer:
    data.store.delete([record.run_id])
    return Answer(True)


def _restored(data: Data, run: str) -> Answer:
    back = data.store.restore([id_number(run)])
    return (
        Answer(True, "Restored.")
        if back
        else Answer(False, "There is nothing to restore: the run is gone for good.")
    )


def _restore_finding(data: Data, record: RunRecord, kind: str) -> Answer:
    data.restore(record, kind)
    return Answer(True)


def _untag(data: Data, record: RunRecord, tag: str) -> Answer:
    data.store.edit([record.run_id], drop_tags=[tag])
    return Answer(True)


DECISIONS: dict[str, Callable[[Data, RunRecord, str], Answer]] = {
    "archive": _archive,
    "unarchive": _unarchive,
    "delete": _delete,
    "restore-run": lambda data, record, _: _restored(data, record.id),
    "restore-finding": _restore_finding,
    "untag": _untag,
}

_WAYS: dict[str, Callable[[Data, RunRecord, Mapping[str, Any]], Answer]] = {
    "name": _name,
    "group": _group,
    "notes": _notes,
    "tag": _tag,
    "dismiss": _dismiss,
    "note": note,
}


def _clash(sent: Mapping[str, Any], now: str) -> Answer | None:
    """Return the answer for a form that started from another text than stands there now."""
    if str(sent.get("base") or "") == now:
        return None
    short = now if len(now) <= 60 else now[:60] + "…"
    what = f"Changed meanwhile to “{short}”." if now else "Emptied meanwhile by somebody else."
    return Answer(False, f"{what} What you wrote is still here; save again to replace it.", now)


def _line(sent: Mapping[str, Any], field: str, word: str) -> str:
    text = " ".join(str(sent.get(field) or "").split())
    if len(text.encode(errors="replace")) > LONGEST_NAME:
        raise BadInput(f"the {word} is longer than {LONGEST_NAME} bytes; shorten it")
    return text


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

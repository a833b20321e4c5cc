"""The arguments of `init`: each is checked once, and what is wrong is said with what would be right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from tracker.client.redaction import as_mapping
from tracker.errors import BadInput

MAX_LABEL_BYTES = 512
MAX_TAGS = 64
MAX_TEXT_BYTES = 64 * 1024


def one_of(what: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """Return `value` if it is allowed.

    Raises:
        BadInput: it is not; the message lists what is.
    """
    if value not in allowed:
        raise BadInput(f"{what} is {value!r}: use one of {', '.join(map(repr, allowed))}")
    return value


def label(what: str, value: Any) -> str:
    """Return a project, name, group or tag as it is stored (Unicode NFC).

    Raises:
        BadInput: it is not text, empty, longer than 512 bytes, or holds control characters.
    """
    if not isinstance(value, str):
        raise BadInput(f"{what} is {value!r} of type {type(value).__name__}: give a text")
    stored = unicodedata.normalize("NFC", value).strip()
    if not stored:
        raise BadInput(f"{what} is empty: give a text")
    bad = next((c for c in stored if unicodedata.category(c) in ("Cc", "Cs")), None)
    if bad is not None:
        raise BadInput(f"{what} {value[:60]!r} holds the control character {bad!r}: leave it out")
    if len(stored.encode()) > MAX_LABEL_BYTES:
        raise BadInput(
            f"{what} {value[:40]!r}... is {len(stored.encode())} bytes long, the limit is {MAX_LABEL_BYTES}: shorten it"
        )
    return stored


def tags(value: Any) -> tuple[str, ...]:
    """Return tags without doubles, in the order given; one text is one tag.

    Raises:
        BadInput: one of them is no label, or there are more than 64.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Iterable):
        raise BadInput(f"tags is {value!r}: give a list of texts")
    found = tuple(dict.fromkeys(label("a tag", tag) for tag in value))
    if len(found) > MAX_TAGS:
        raise BadInput(f"{len(found)} tags were given, the limit is {MAX_TAGS}: put what varies into config")
    return found


def text(value: Any) -> str:
    """Return notes or an alert's text as it is stored: at most 64 KiB, the rest is cut off."""
    stored = ("" if value is None else str(value)).replace("\0", "").encode("utf-8", "replace")
    return stored[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


def mapping(what: str, value: Any) -> dict[Any, Any]:
    """Return a config as a dict.

    Raises:
        BadInput: it cannot be read as one.
    """
    if value is None:
        return {}
    found = as_mapping(value)
    if found is None:
        raise BadInput(
            f"{what} is of type {type(value).__name__}: give a dict, a dataclass or an argparse namespace, such as "
            f'{what}={{"lr": 0.001}}'
        )
    return dict(found)

"""A config on its way to the journal: flattened with dots, values as JSON scalars, secrets replaced, size bounded.

A secret is known by its key's last word or by the anchored shape of its value, so that `tokenizer`, `num_tokens` and
`author` stay. What is replaced here never touches a disk.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

from tracker.journal.wording import agree
from tracker.model import KEY_BYTES

REDACTED = "[redacted]"
MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_TEXT = 4_000
"""Characters of one value; a longer text is cut."""
NO_NAME = "(no name)"
"""Stands for an empty key, which no store takes."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {
        "password",
        "passwords",
        "passwd",
        "secret",
        "secrets",
        "credential",
        "credentials",
        "dsn",
        "apikey",
        "privatekey",
    }
)
_SECRET_PAIRS = frozenset((word, "key") for word in ("api", "private", "access", "secret", "auth", "account"))
_SECRET_VALUES = re.compile(
    r"""sk-[A-Za-z0-9_-]{20,}$
    | (?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}$
    | github_pat_[A-Za-z0-9_]{20,}$
    | glpat-[A-Za-z0-9_-]{20,}$
    | hf_[A-Za-z0-9]{20,}$
    | xox[abprs]-[A-Za-z0-9-]{10,}$
    | (?:AKIA|ASIA)[A-Z0-9]{16}$
    | AIza[A-Za-z0-9_-]{35}$
    | eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*$
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----
    | [A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:[^\s]+@""",
    re.VERBOSE,
)
_SECRET_IN_TEXT = re.compile(
    r"""(?ix) \b [\w.-]* (?: password | passwd | secret | credential | api_?key | private_?key )
    ['"]? \s* [=:] \s* (?: '[^']*' | "[^"]*" | [^\s,)}\]]+ )"""
)


def clean_config(
    config: Mapping[str, Any], warn: Callable[[str], None], what: str = "config"
) -> dict[str, Any]:
    """Return a nested config as one flat dict of JSON scalars without secrets, at most 64 KiB of it.

    Args:
        config: nested as the user wrote it; it is not changed.
        warn: called with one sentence when something had to be cut.
        what: what to call it in that sentence.
    """
    flat: dict[str, Any] = {}
    deep = _flatten(config, "", 1, flat, set())
    if deep:
        warn(f"{what}: what lies deeper than {MAX_DEPTH} levels is kept as text only (first at {deep!r})")
    size = 0
    kept: dict[str, Any] = {}
    cut = ""
    for whole, value in flat.items():
        key = _storable(whole)
        cut = cut or (whole if key != whole else "")
        size += len(key.encode("utf-8", "replace")) + _size(value) + 4
        if size > MAX_BYTES:
            said = "{what} is larger than 64 KiB: {n} of {all} keys [was|were] cut, from {key!r} on"
            warn(agree(len(flat) - len(kept), said, what=what, all=len(flat), key=key))
            break
        kept[key] = value
    if cut:
        warn(f"{what}: keys longer than {KEY_BYTES} bytes are cut, the first is {cut[:40]!r}...")
    return kept


def is_secret(key: str, value: Any) -> bool:
    """Tell whether a value must not be kept, by its key's last word or by its own shape."""
    if value is None or isinstance(value, bool):
        return False
    words = [w.lower() for w in _WORDS.findall(key)]
    last = words[-1] if words else ""
    if last in _SECRET_WORDS or tuple(words[-2:]) in _SECRET_PAIRS:
        return True
    if not isinstance(value, str):
        return False
    if last == "token" and len(value) >= 20 and not re.search(r"\s", value):
        return True
    return _SECRET_VALUES.match(value.strip()) is not None


def scalar(key: str, value: Any) -> Any:
    """Return one config value as a JSON scalar: what is none becomes text, a secret `[redacted]`."""
    if is_secret(key, value):
        return REDACTED
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, str):
        return _cut(_text(value))
    if isinstance(value, list | tuple | set | frozenset):
        return _cut(_text(json.dumps(_plain(value, 1), ensure_ascii=False)))
    number = _number(value)
    if number is not None:
        return number
    try:
        text = str(value)
    except Exception as error:  # an object that cannot be shown must not end a training run
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    if is_secret(key, text):
        return REDACTED
    return _cut(_SECRET_IN_TEXT.sub(REDACTED, _text(text)))


def as_mapping(value: Any) -> Mapping[Any, Any] | None:
    """Return what can be read as a dict (a mapping, a dataclass, an argparse namespace) as one, else None."""
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name, None) for f in fields(value)}
    if type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return dict(vars(value))
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        try:
            dumped = dump()
        except Exception:  # a model that cannot dump itself is kept as text
            return None
        return dumped if isinstance(dumped, Mapping) else None
    return None


def _flatten(
    value: Mapping[Any, Any], prefix: str, depth: int, out: dict[str, Any], above: set[int]
) -> str | None:
    """Write `value` into `out`; return the first key that lay too deep."""
    deep = None
    for raw, item in list(value.items()):
        key = prefix + (_text(str(raw)) or NO_NAME)
        nested = as_mapping(item)
        if nested is None:
            out[key] = scalar(key, item)
        elif is_secret(key, "x"):
            out[key] = REDACTED
        elif depth >= MAX_DEPTH or id(item) in above:
            deep = deep or key
            out[key] = "..."
        elif not nested:
            out[key] = "{}"
        else:
            deep = _flatten(nested, key + ".", depth + 1, out, above | {id(item)}) or deep
    return deep


def _storable(key: str) -> str:
    """Return a key that the store takes; one that had to be cut still differs from others that begin alike."""
    data = key.encode()
    if len(data) <= KEY_BYTES:
        return key
    mark = f"...{blake2b(data, digest_size=4).hexdigest()}"
    return data[: KEY_BYTES - len(mark)].decode(errors="ignore") + mark


def _plain(value: Any, depth: int) -> Any:
    """Return a list's content as JSON can hold it, with secrets replaced at every level."""
    nested = as_mapping(value)
    if depth > MAX_DEPTH:
        return "..."
    if nested is not None:
        return {
            str(k): REDACTED if is_secret(str(k), "x") else _keyed(str(k), v, depth)
            for k, v in nested.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in list(value)[:1000]]
    return scalar("", value)


def _keyed(key: str, value: Any, depth: int) -> Any:
    if as_mapping(value) is not None or isinstance(value, list | tuple | set | frozenset):
        return _plain(value, depth + 1)
    return scalar(key, value)


def _number(value: Any) -> Any:
    """Return the Python number in a framework's scalar, None when it is none."""
    if getattr(value, "ndim", None) != 0 or not hasattr(value, "item"):
        return None
    try:
        item = value.item()
    except Exception:  # not a scalar after all: it is kept as text
        return None
    return item if isinstance(item, bool | int) or (isinstance(item, float) and math.isfinite(item)) else None


def _text(text: str) -> str:
    """Return text that every store takes: no NUL, no lone surrogate."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."


def _size(value: Any) -> int:
    return len(value.encode("utf-8")) if isinstance(value, str) else 9

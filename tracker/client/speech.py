"""How the logger speaks: one line on stderr, and warnings that can never stop a training run."""

from __future__ import annotations

import re
import sys
import time
import warnings

from tracker.errors import TrackerWarning

EVERY_S = 30.0
_last: dict[str, float] = {}
_unknown: set[tuple[str, str]] = set()


def say(text: str) -> None:
    """Write one line to stderr; a closed or missing stderr is no trouble."""
    try:
        sys.stderr.write(f"tracker: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError, RuntimeError):
        pass  # nobody is there to tell, or a signal handler speaks while stderr is being written


def warn(text: str) -> None:
    """Warn of something that is not the caller's mistake, as one line; never raises, even under `-W error`.

    The same sentence, whatever its numbers, is said at most once in 30 s, so that a trouble that lasts does not fill a log.
    """
    if not due(text):
        return
    try:
        warnings.warn_explicit(text, TrackerWarning, "tracker", 1)
    except Exception:
        # warnings are errors here, or stderr is gone: the sentence is still said where possible
        say(text)


def due(about: str) -> bool:
    """Tell whether this has not been said in the last 30 s, whatever its numbers; it counts as said then."""
    now = time.monotonic()
    sentence = re.sub(r"\d+", "#", about)
    if now - _last.get(sentence, -EVERY_S) < EVERY_S:
        return False
    _last[sentence] = now
    return True


def warn_caller(text: str) -> None:
    """Warn of the caller's own mistake, at the caller's line: the first frame outside of this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "tracker":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(text, TrackerWarning, stacklevel=depth)


def warn_unknown(where: str, keywords: dict[str, object]) -> None:
    """Name keywords that are not ours, once each, at the caller's line."""
    new = [k for k in keywords if (where, k) not in _unknown]
    _unknown.update((where, k) for k in new)
    if new:
        warn_caller(f"{where} does not know {', '.join(sorted(new))}: ignored")

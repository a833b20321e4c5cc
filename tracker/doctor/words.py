"""How sizes and times are said."""

from __future__ import annotations


def ago(seconds: float) -> str:
    """Return "3 days ago" for a time that lies so far back."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {name}{'' if number == 1 else 's'} ago"
    return "just now"


def amount(size: float) -> str:
    """Return a number of bytes as "12 bytes", "3.4 kB", "5.6 MB" or "7.8 GB"."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,.0f} bytes"

"""What is installed and set here: versions, packages, TRACKER_* variables, and whether a dashboard answers."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, requires, version
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from tracker import __version__
from tracker.errors import BadInput
from tracker.model import id_number
from tracker.settings import (
    VARIABLES,
    dashboard_url,
    finishes_on_sigterm,
    is_sqlite,
    journal_limits,
    mode,
    safe_url,
)
from tracker.store.base import Check
from tracker.store.filesystem import sqlite_version

PATIENCE_S = 2.0
OLDEST_SQLITE = (3, 24, 0)
"""The first that knows `ON CONFLICT DO UPDATE`."""


def checks(url: str) -> Iterator[Check]:
    """Yield what there is to say about this installation, for a store at `url`."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Check("versions", "ok", f"tracker {__version__}, Python {platform.python_version()}, {system}")
    if is_sqlite(url):
        yield sqlite_library(sqlite_version())
    yield _packages(url)
    yield _settings()
    yield from _unknown_settings()
    yield from _unusable_settings()
    yield _mode()
    yield _dashboard()


def sqlite_library(found: tuple[int, ...]) -> Check:
    """Return what is known of a version of the SQLite library."""
    name, shown = "SQLite library", ".".join(map(str, found))
    if found < OLDEST_SQLITE:
        return Check(
            name, "problem", f"{shown} is too old", "use a Python that comes with SQLite 3.24 or later"
        )
    fixed = found >= (3, 51, 3) or (3, 50, 7) <= found < (3, 51) or (3, 44, 6) <= found < (3, 45)
    if not fixed:
        return Check(
            name,
            "note",
            f"{shown} has the WAL-reset bug (sqlite.org/wal.html): very rarely, a file that two processes write at the "
            "same instant is damaged. Points are kept in journals until a checkpoint has put them into the file",
            "use a Python whose SQLite is 3.51.3 or later (or 3.50.7, 3.44.6) when one is at hand; keep backups",
        )
    return Check(name, "ok", shown)


def _packages(url: str) -> Check:
    try:
        named = requires("curvetracker") or []
    except PackageNotFoundError:
        return Check(
            "packages", "note", "tracker runs from a folder that was not installed", "pip install -e ."
        )
    core = [re.split(r"[\s<>=!~\[;]", line)[0] for line in named if "extra ==" not in line]
    if not is_sqlite(url):
        core.append("psycopg")
    versions = {package: _version(package) for package in core}
    missing = sorted(package for package, there in versions.items() if there is None)
    if missing:
        extra = "[postgres]" if "psycopg" in missing else ""
        return Check(
            "packages",
            "problem",
            f"not installed: {', '.join(missing)}",
            f"pip install 'curvetracker{extra}'",
        )
    return Check(
        "packages", "ok", ", ".join(f"{package} {there}" for package, there in sorted(versions.items()))
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _settings() -> Check:
    given = {name: safe_url(os.environ[name]) for name in VARIABLES if os.environ.get(name)}
    told = ", ".join(f"{name}={'***' if name.endswith('TOKEN') else value}" for name, value in given.items())
    return Check("settings", "ok", told or "no TRACKER_* variable is set: defaults hold")


def _unknown_settings() -> Iterator[Check]:
    for name in sorted(os.environ):
        if name.startswith("TRACKER_") and name not in VARIABLES:
            meant = get_close_matches(name, VARIABLES, 1)
            remedy = f"do you mean {meant[0]}?" if meant else "unset it, unless another program reads it"
            yield Check("settings", "note", f"{name} is set, and is no setting of tracker", remedy)


def _unusable_settings() -> Iterator[Check]:
    """Yield what `tracker.init` would refuse, for the next run may be days away."""
    run_id = os.environ.get("TRACKER_RUN_ID")
    for look in (journal_limits, finishes_on_sigterm, lambda: id_number(run_id) if run_id else None):
        try:
            look()
        except BadInput as error:
            yield Check("settings", "problem", str(error), "correct the variable, or unset it")


def _mode() -> Check:
    try:
        now = mode()
    except BadInput as error:
        return Check("mode", "problem", str(error), "set TRACKER_MODE to one of them, or unset it")
    if now == "disabled":
        return Check(
            "mode", "note", "TRACKER_MODE is disabled: nothing is logged", "unset TRACKER_MODE to log"
        )
    if now == "offline":
        fact = "TRACKER_MODE is offline: runs write their journals and send nothing"
        return Check("mode", "note", fact, "`tracker sync` sends them")
    return Check("mode", "ok", "online: runs send what they log")


def _dashboard() -> Check:
    """Ask the dashboard that links to runs lead to whether it is there."""
    name, address = "dashboard", dashboard_url()
    shown = safe_url(address)
    if not address.startswith(("http://", "https://")):
        fact = f"TRACKER_DASHBOARD_URL is {shown!r}, which is no address"
        return Check(name, "problem", fact, "set it to one such as http://127.0.0.1:8700, or unset it")
    try:
        # Without a proxy: what asks for this machine must not leave it.
        with build_opener(ProxyHandler({})).open(f"{address}/healthz", timeout=PATIENCE_S) as answer:
            told = json.loads(answer.read(10_000))
        state = str(told["store"])
    except HTTPError as error:
        return Check(name, "note", f"{shown} answers with HTTP {error.code}", "see what runs there")
    except OSError:
        fact = f"none answers at {shown}"
        if os.environ.get("TRACKER_DASHBOARD_URL"):
            return Check(
                name, "note", fact, "start it with `tracker serve`, or correct TRACKER_DASHBOARD_URL"
            )
        return Check(name, "ok", f"{fact}; `tracker serve` starts one")
    except (ValueError, KeyError, TypeError):
        fact = f"{shown} is answered by another program"
        return Check(name, "note", fact, "`tracker serve --port N` takes another port")
    if state != "ok":
        return Check(name, "note", f"{shown} answers; its store is {state}", "see the log of that server")
    return Check(name, "ok", f"one answers at {shown}")

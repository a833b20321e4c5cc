"""Where a setting comes from: the argument, else the TRACKER_* environment variable, else the default.

TRACKER_MODE alone wins over its argument, so that a cluster can switch logging off without touching code.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from tracker.errors import BadInput

Mode = Literal["online", "offline", "disabled"]
MODES: tuple[Mode, ...] = ("online", "offline", "disabled")

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8700

VARIABLES = {
    "TRACKER_URL": "the store: a database URL or the path of a SQLite file",
    "TRACKER_MODE": "online, offline or disabled; wins over the argument of `tracker.init`",
    "TRACKER_HOME": "the folder of the default store and of the journals",
    "TRACKER_JOURNAL_DIR": "the folder of the journals alone",
    "TRACKER_JOURNAL_WARN_MB": "from how many MB on that wait for the store a run warns; 1024",
    "TRACKER_JOURNAL_MAX_MB": "how many MB of a run's journal may wait for the store; no limit",
    "TRACKER_PROJECT": "the project when `tracker.init` names none",
    "TRACKER_RUN_ID": "the run's id when `tracker.init` gives none; a launcher sets it for its workers",
    "TRACKER_SIGTERM": "finish: SIGTERM ends the runs as interrupted before it ends the process",
    "TRACKER_DASHBOARD_URL": "the address that `run.url` starts with",
    "TRACKER_DASHBOARD_TOKEN": "the token that opens the dashboard; otherwise one is made and kept in TRACKER_HOME",
}
"""Every environment variable that is read, with its meaning; the README's table is held against it by a test."""


def home() -> Path:
    """Return the folder that holds the default store and the journals (TRACKER_HOME, else the user's data folder)."""
    given = os.environ.get("TRACKER_HOME")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tracker", appauthor=False)


def journal_dir() -> Path:
    """Return the folder that journals are written to."""
    given = os.environ.get("TRACKER_JOURNAL_DIR")
    return Path(given).expanduser() if given else home() / "journals"


def journal_limits() -> tuple[int, int | None]:
    """Return how many bytes of a journal may wait for the store: from where on that is said, and at most (None: any).

    Raises:
        BadInput: TRACKER_JOURNAL_WARN_MB or TRACKER_JOURNAL_MAX_MB is not a number above 0.
    """
    warn = _bytes("TRACKER_JOURNAL_WARN_MB", os.environ.get("TRACKER_JOURNAL_WARN_MB"))
    return warn or 1024**3, _bytes("TRACKER_JOURNAL_MAX_MB", os.environ.get("TRACKER_JOURNAL_MAX_MB"))


def _bytes(name: str, given: str | None) -> int | None:
    if not given:
        return None
    try:
        size = float(given)
    except ValueError:
        size = 0.0
    if not 0 < size < 2**40:
        raise BadInput(f"{name} is {given!r}: give a number of megabytes above 0")
    return max(1, int(size * 1024**2))


def store_url(store: str | os.PathLike[str] | None = None) -> str:
    """Return the store's URL in one normal form.

    A bare path means a SQLite file. `postgres://` and `postgresql://` are read as `postgresql+psycopg://`.
    SQLite paths come out absolute.

    Raises:
        BadInput: the URL names another kind of database, no port that can be one, or no file.
    """
    if store is not None and not isinstance(store, str | os.PathLike):
        raise BadInput(f"the store is {store!r}: give a database URL or the path of a SQLite file")
    given = os.fspath(store) if store is not None else os.environ.get("TRACKER_URL", "")
    if not given:
        return _sqlite_url(home() / "tracker.db")
    scheme, separator, rest = given.partition("://")
    if not separator or (sys.platform == "win32" and re.match(r"^[A-Za-z]:[\\/]", given)):
        return _sqlite_url(Path(given))
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        host = rest.partition("?")[0].rpartition("@")[2].partition("/")[0]
        if not re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(:\d*)?", host):
            raise BadInput(
                f"the store {safe_url(given)!r} names no host and port that can be used: write "
                "postgresql://USER@HOST:5432/DATABASE"
            )
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        path = unquote(rest.removeprefix("/").partition("?")[0])
        if not path or path == ":memory:":
            raise BadInput(
                f"the store {given!r} names no file: use sqlite:///runs.db, or sqlite:////absolute/path/runs.db"
            )
        return _sqlite_url(Path(path))
    raise BadInput(
        f"the store {safe_url(given)!r} is of an unknown kind: use sqlite:///PATH, postgresql://USER@HOST/DATABASE, "
        "or the path of a SQLite file"
    )


def _sqlite_url(path: Path) -> str:
    whole = Path(os.path.abspath(path.expanduser()))
    if whole.is_dir():
        raise BadInput(f"the store {whole} is a folder: name a file in it, such as {whole / 'runs.db'}")
    return "sqlite:///" + quote(str(whole), safe="/\\:~ ")


def sqlite_path(url: str) -> Path:
    """Return the file of a SQLite URL in normal form."""
    return Path(unquote(url.removeprefix("sqlite:///")))


def is_sqlite(url: str) -> bool:
    """Tell whether a URL in normal form names a SQLite file."""
    return url.startswith("sqlite:///")


def safe_url(url: str) -> str:
    """Return `url` with its password replaced by ***, fit for messages, pages and journals."""
    # Greedy up to the last @: an unescaped @ or / in a password must not leave half of it readable.
    hidden = re.sub(r"(://[^:/@\s?]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&]password=)[^&#]*", r"\1***", hidden)


def without_password(url: str) -> str:
    """Return `url` with no password and no marker for one: what a journal names its store by."""
    return re.sub(r"(?i)[?&]password=[^&#]*", "", safe_url(url).replace(":***@", "@"))


def has_password(url: str) -> bool:
    """Tell whether `url` carries a password, which has no place on a command line."""
    return safe_url(url) != url


def mode(argument: str | None = None) -> Mode:
    """Return the mode: TRACKER_MODE, else the argument, else "online".

    Raises:
        BadInput: neither is one of the three modes.
    """
    environment = os.environ.get("TRACKER_MODE")
    value = environment or argument or "online"
    if value not in MODES:
        where = "TRACKER_MODE" if environment else "mode"
        raise BadInput(f"{where} is {value!r}: use one of {', '.join(MODES)}")
    return value


def finishes_on_sigterm() -> bool:
    """Tell whether SIGTERM ends the runs of a process before it ends the process (TRACKER_SIGTERM=finish).

    Raises:
        BadInput: the variable holds anything else.
    """
    given = os.environ.get("TRACKER_SIGTERM", "")
    if given not in ("", "finish"):
        raise BadInput(f"TRACKER_SIGTERM is {given!r}: set it to finish, or leave it unset")
    return given == "finish"


def dashboard_url() -> str:
    """Return the address that links to runs start with, without a trailing slash."""
    given = os.environ.get("TRACKER_DASHBOARD_URL", "")
    return given.rstrip("/") or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"


def project_path(project: str) -> str:
    """Return the path of a project's runs page on a dashboard; its other pages and its runs lie below it."""
    # browsers take a part of dots alone for a step up, escaped or not
    escape = "~" if project.startswith("~") or not project.strip(".") else ""
    return f"/p/{escape}{quote(project, safe='')}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine."""
    name = host.strip("[]").lower()
    return name == "localhost" or name == "::1" or name.startswith("127.")


def dashboard_token() -> str | None:
    """Return the token that opens the dashboard, where the environment names one."""
    return os.environ.get("TRACKER_DASHBOARD_TOKEN") or None

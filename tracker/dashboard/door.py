"""Who may come in: whoever opened the address that the server printed, or sends its token.

The loopback address of a login node is open to every user of the machine, so an address alone is not enough. The
token stands in the printed address; the first request with it is answered with a cookie and sent on to the same page
without it. It is kept in the user's data folder, so that open pages and bookmarks outlive a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from tracker import settings
from tracker.errors import BadInput

OPEN_TO_ALL = "/healthz"
"""The only path that is answered without the token: it says that the server and its store are up, and nothing else."""

LASTS_S = 30 * 24 * 3600
"""How long a browser keeps the cookie, in seconds; each new visit by the printed address starts it again."""

SHORTEST = 16
"""The fewest characters of a token that a person chooses."""

_FILE = "dashboard-token"
_SENTENCE = "This dashboard is closed: open the address that “tracker serve” printed, or give its token."
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Closed · tracker</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; max-width: 34em; margin: 16vh auto 0; padding: 0 20px }
h1 { font-size: 20px; margin: 0 0 8px }
form { display: flex; gap: 8px; flex-wrap: wrap; align-items: end; margin-top: 20px }
label { display: grid; gap: 4px; flex: 1 1 16em }
input, button { font: inherit; padding: 8px 10px; border: 1px solid #8a8f98; border-radius: 7px; min-height: 40px }
button { cursor: pointer }
code { overflow-wrap: anywhere }
</style>
<main><h1>This dashboard is closed</h1>
<p>It opens by the address that <code>tracker serve</code> printed, with a token at its end. This browser has not been
here by that address, or the token is another one now.</p>
<form method="get"><label>Token<input name="token" type="password" autocomplete="off" required></label>
<button>Open</button></form></main></html>"""
"""What a browser without the cookie sees."""


class Reply(NamedTuple):
    """What the door answers instead of the application."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Door:
    """Lets requests pass that carry the token, or the cookie made from it.

    Args:
        token: The secret.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        # Cookies of one host are shared by all its ports: each token has a cookie of its own, which is not the token.
        self._name = "tracker-" + hashlib.sha256(b"name:" + self._token).hexdigest()[:12]
        self._pass = hmac.new(self._token, b"dashboard cookie", hashlib.sha256).hexdigest()

    def reply(self, scope: MutableMapping[str, Any]) -> Reply | None:
        """Return what to answer instead of the application, None for a request that may pass."""
        if scope["path"] == OPEN_TO_ALL:
            return None
        given, rest = self._asked(scope)
        if given is not None and scope["method"] in ("GET", "HEAD"):
            return self._open(scope, rest) if _same(given, self._token) else _closed(scope)
        if self._carries_cookie(scope) or self._carries_token(scope):
            return None
        return _closed(scope)

    def _asked(self, scope: MutableMapping[str, Any]) -> tuple[str | None, str]:
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        given = next((value for key, value in query if key == "token"), None)
        return given, urlencode([(key, value) for key, value in query if key != "token"])

    def _open(self, scope: MutableMapping[str, Any], rest: str) -> Reply:
        sent = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        path = "/" + sent.lstrip("/\\")  # one slash at the start: two would name another host
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{self._name}={self._pass}; Path=/; Max-Age={LASTS_S}; HttpOnly; SameSite=Lax{secure}"
        target = path + (f"?{rest}" if rest else "")
        return Reply(303, ((b"location", target.encode()), (b"set-cookie", cookie.encode())), b"")

    def _carries_cookie(self, scope: MutableMapping[str, Any]) -> bool:
        cookies = (
            part.strip().partition("=") for line in _lines(scope, b"cookie") for part in line.split(";")
        )
        return any(name == self._name and _same(value, self._pass.encode()) for name, _, value in cookies)

    def _carries_token(self, scope: MutableMapping[str, Any]) -> bool:
        for line in _lines(scope, b"authorization"):
            kind, _, value = line.partition(" ")
            if kind.lower() == "bearer" and _same(value.strip(), self._token):
                return True
        return False


def kept_token() -> str:
    """Return this user's token: TRACKER_DASHBOARD_TOKEN, else the one kept in TRACKER_HOME, made on first use.

    Raises:
        BadInput: the token is too short to be one, or its file cannot be read, written, or is open to others.
    """
    given = settings.dashboard_token()
    if given:
        return _checked(given, "TRACKER_DASHBOARD_TOKEN")
    path = settings.home() / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        return _checked(_read(path), str(path))
    except OSError as error:
        raise BadInput(
            f"the dashboard's token cannot be kept in {path} ({error}): set TRACKER_DASHBOARD_TOKEN, or add --no-token "
            "if every user of this machine may read every run"
        ) from error


def _make(path: Path) -> None:
    """Write a new token unless there is one; whoever comes second finds a whole file, never a half one."""
    if path.exists():
        return
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24))
        try:
            os.link(new, path)
        except FileExistsError:
            pass  # another server was first: its token is the one
        except OSError:
            new.replace(path)  # a file system without links
    finally:
        new.unlink(missing_ok=True)


def _read(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(handle, encoding="ascii", errors="replace") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise BadInput(
                f"{path} can be read by other users of this machine: delete it, and a new token is made at the next start"
            )
        return file.read().strip()


def _checked(token: str, where: str) -> str:
    if len(token) < SHORTEST or not re.fullmatch(r"[A-Za-z0-9._~-]+", token):
        raise BadInput(
            f"{where} holds no token: it has at least {SHORTEST} characters, letters, digits and . _ ~ - only"
        )
    return token


def _closed(scope: MutableMapping[str, Any]) -> Reply:
    wants_page = any("text/html" in line for line in _lines(scope, b"accept"))
    kind, body = ("text/html", PAGE) if wants_page else ("text/plain", _SENTENCE)
    headers = ((b"content-type", f"{kind}; charset=utf-8".encode()), (b"www-authenticate", b"Bearer"))
    return Reply(401, headers, body.encode())


def _same(given: str, secret: bytes) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret)


def _lines(scope: MutableMapping[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]

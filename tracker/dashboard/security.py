"""The one guard in front of everything the server answers: pages, callbacks, assets and REST.

It is ASGI middleware because a hook inside Dash would leave the REST routes open. A browser may be led here by any
web page, so the guard asks two questions that a page cannot fake: which host the browser believes it talks to
(a rebinding attack shows a strange name), and whether a changing request comes from our own pages.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from tracker.dashboard.door import Door
from tracker.settings import is_loopback

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
BODY_LIMIT = 1 << 20
"""The largest request body, in bytes."""

_READING = ("GET", "HEAD", "OPTIONS")
_CACHED = ("/assets/", "/_dash-component-suites/")
_log = logging.getLogger("tracker.dashboard")


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """Return the header under which the pages work: nothing from elsewhere, no script but ours and Dash's own.

    Inline styles have to be allowed, since the grid and the charts set them.
    """
    scripts = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class Guard:
    """ASGI middleware: host and origin checks, a limit on bodies, and the security headers on every answer.

    Args:
        app: What stands behind the guard.
        hosts: Host names that the server answers to besides the loopback names; None lets any name in.
        csp: The Content-Security-Policy header.
        door: Who may come in; None lets everybody in who reaches the port.
    """

    def __init__(
        self, app: App, *, hosts: Iterable[str] | None = (), csp: str, door: Door | None = None
    ) -> None:
        self._app = app
        self._door = door
        self._hosts = None if hosts is None else {h.lower() for h in (*LOOPBACK_NAMES, *hosts)}
        self._csp = csp.encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: refuse it, or hand it on and put the headers on what comes back."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": self._headers(scope, message)}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await _answer(guarded_send, *refusal)
            return
        reply = None if self._door is None else self._door.reply(scope)
        if reply is not None:
            length = (b"content-length", str(len(reply.body)).encode())
            await guarded_send(
                {"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, length]}
            )
            await guarded_send({"type": "http.response.body", "body": reply.body})
            return
        try:
            await self._app(scope, _limited(receive), guarded_send)
        except _TooLarge:
            if not started:
                await _answer(guarded_send, 413, f"The request is larger than {BODY_LIMIT // 1024} KiB.")
        except Exception:  # the reason belongs in the server's log, never in a page that anybody may see
            _log.exception("the request %s %s failed", scope["method"], scope["path"])
            if not started:
                await _answer(
                    guarded_send, 500, "Something went wrong in the server; its log names the reason."
                )

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        hosts = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
        if len(hosts) != 1 or not hosts[0]:
            return 421, "The request does not name one host."
        if self._hosts is not None and not self._known(hosts[0]):
            return (
                421,
                "This server does not answer to that host name; open it by the address that it printed.",
            )
        if scope["method"] in _READING:
            return None
        length = _header(scope, b"content-length")
        if length is not None and (not length.isdigit() or int(length) > BODY_LIMIT):
            return 413, f"The request is larger than {BODY_LIMIT // 1024} KiB."
        if not _own_page(scope, hosts[0]):
            return 403, "The request came from another site's page and was refused."
        return None

    def _known(self, host: str) -> bool:
        assert self._hosts is not None
        name = _without_port(host)
        return name in self._hosts or (is_loopback(name) and name.replace(".", "").isdigit())

    def _headers(self, scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
        ours = [
            (b"content-security-policy", self._csp),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        drop = {b"server", *(k for k, _ in ours)}
        # a fingerprint in the name or query of a file changes with its content, so the browser may keep it
        fingerprint = b"m=" in scope.get("query_string", b"") or ".v" in scope["path"]
        kept = scope["path"].startswith(_CACHED) and message["status"] == 200
        if not kept:
            drop.add(b"cache-control")
            ours.append((b"cache-control", b"no-store"))
        elif fingerprint:
            drop.add(b"cache-control")
            ours.append((b"cache-control", b"public, max-age=31536000, immutable"))
        return [(k, v) for k, v in message.get("headers", ()) if k.lower() not in drop] + ours


def _own_page(scope: Scope, host: str) -> bool:
    """Tell whether a changing request comes from our own pages, or from no browser at all.

    Browsers send `Sec-Fetch-Site` themselves and no page can forge it; older ones send `Origin`. A request with
    neither was made by a program, which carries nobody's session.
    """
    site = _header(scope, b"sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = _header(scope, b"origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def _without_port(host: str) -> str:
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.rpartition(":")[0] if ":" in name else name


class _TooLarge(Exception):
    """A body grew over the limit while it was read."""


def _limited(receive: Receive) -> Receive:
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > BODY_LIMIT:
            raise _TooLarge
        return message

    return limited


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

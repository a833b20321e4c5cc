"""The server: health and REST at the root, the pages mounted below it, one guard around both.

Everything heavy is imported inside, so that a command line that only prints its help stays quick.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tracker.errors import BadInput, SchemaMismatch, StoreError, TrackerError
from tracker.settings import DEFAULT_HOST, DEFAULT_PORT, is_loopback, is_sqlite, sqlite_path

if TYPE_CHECKING:
    from tracker.dashboard.security import App
    from tracker.store.base import Store

PORTS_TRIED = 50
READ_ONLY = "This store is read-only here: it is shown as it is, and nothing that you change is kept."
_log = logging.getLogger("tracker.dashboard")


def create_app(
    url: str, *, host: str = DEFAULT_HOST, insecure_public: bool = False, token: str | None = None
) -> App:
    """Return the ASGI application that serves the store at `url`.

    Args:
        url: The store's URL.
        host: The address that the server binds; requests may name it besides the loopback names.
        insecure_public: Let requests name any host.
        token: What a browser or a program has to bring; None lets everybody in who reaches the application.

    Raises:
        SchemaMismatch: the store needs an upgrade or was made by a newer version.
    """
    from tracker.dashboard.door import Door
    from tracker.dashboard.security import Guard, content_security_policy
    from tracker.store import open_store
    from tracker.store.filesystem import is_read_only

    notice = ""
    if is_sqlite(url) and is_read_only(sqlite_path(url)):
        store = open_store(url, readonly=True)
        notice = READ_ONLY
        _log.warning("the store %s is read-only here: it is shown as it is", sqlite_path(url))
    else:
        store = open_store(url)
        if _prepare(store):
            _tidy_up(store, url)
    root, script_hashes = _root(store, notice)
    return Guard(
        root,
        hosts=None if insecure_public else (host,),
        csp=content_security_policy(script_hashes),
        door=None if token is None else Door(token),
    )


def serve(
    url: str,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    on_ready: Callable[[str], None] | None = None,
    insecure_public: bool = False,
    token: str | None = None,
) -> None:
    """Serve the dashboard until interrupted.

    Args:
        url: The store's URL.
        host: The address to bind.
        port: The first port to try; the next free one is taken when it is in use. 0 takes any.
        on_ready: Called with the dashboard's address once it answers.
        insecure_public: Allow an address that other machines can reach, although there are no accounts.
        token: What a browser or a program has to bring (`door.kept_token()`); None lets everybody in.

    Raises:
        BadInput: `host` is reachable from other machines and `insecure_public` was not given, or no port is free.
    """
    if not is_loopback(host) and not insecure_public:
        raise BadInput(
            f"{host} can be reached from other machines and the dashboard has no accounts: serve on 127.0.0.1, "
            "or add --insecure-public if whoever can reach this port and has its address may read every run."
        )
    listener = _listen(host, port)
    actual = listener.getsockname()[1]
    if port not in (0, actual):
        print(f"Port {port} is taken; serving on {actual}.", file=sys.stderr, flush=True)
    import uvicorn

    app = create_app(url, host=_bracketed(host), insecure_public=insecure_public, token=token)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    if on_ready is not None:
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        _call_when_started(server, lambda: on_ready(f"http://{_bracketed(shown)}:{actual}"))
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _root(store: Store, notice: str) -> tuple[App, list[str]]:
    from a2wsgi import WSGIMiddleware
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import JSONResponse

    from tracker import __version__
    from tracker.dashboard import api, search
    from tracker.dashboard.app import build
    from tracker.dashboard.data import Data

    described = "/api/v1/openapi.json"
    root = FastAPI(title="tracker", version=__version__, docs_url=None, redoc_url=None, openapi_url=described)
    data = Data(store)
    root.include_router(api.router(data))
    root.include_router(search.router(data))

    @root.exception_handler(TrackerError)
    def refuse(_: Request, error: TrackerError) -> JSONResponse:
        status, text = api.explain(error)
        return JSONResponse({"detail": text}, status)

    @root.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok", "store": _store_state(store)}

    # The pages answer every unknown path with a page; a mistyped REST address must be a 404 instead.
    @root.api_route(
        "/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    def unknown(rest: str) -> None:
        raise HTTPException(404, "There is nothing at this address.")

    pages, script_hashes = build(data, notice)
    root.mount("/", WSGIMiddleware(pages, workers=16))  # type: ignore[arg-type]
    return root, script_hashes


def _store_state(store: Store) -> str:
    try:
        return "ok" if store.schema().state == "current" else store.schema().state
    except TrackerError:
        return "unavailable"


def _prepare(store: Store) -> bool:
    try:
        store.prepare()
        return True
    except SchemaMismatch:
        raise
    except StoreError as error:
        # A read-only or sleeping store is still worth a page: it shows what can be read and says what is wrong.
        _log.warning("%s", error)
        return False


def _tidy_up(store: Store, url: str) -> None:
    """Send what earlier sessions could not ship and fold long series, beside the server: no page waits for either."""
    from tracker.journal.recovery import recover

    def work() -> None:
        try:
            for sentence in recover(store, url).failed:
                _log.warning("a journal left by an earlier run stays: %s", sentence)
        except TrackerError as error:
            _log.warning("journals left by earlier runs could not be sent yet: %s", error)
        try:
            store.fold_long()
        except TrackerError as error:
            _log.debug("long series were not folded yet: %s", error)

    threading.Thread(target=work, name="tracker-tidying", daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last: OSError | None = None
    for candidate in [0] if port == 0 else range(port, min(port + PORTS_TRIED, 65536)):
        # asyncio sends at once only where the protocol is named; else a small answer waits 40 ms for the other side's word
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            last = error
            continue
        return listener
    raise BadInput(
        f"no port from {port} on can be bound on {host} ({last}): choose another with --port or --host"
    )


def _call_when_started(server: Any, call: Callable[[], None]) -> None:
    startup = server.startup

    async def started(*args: Any, **kwargs: Any) -> None:
        await startup(*args, **kwargs)
        if server.started:
            call()

    server.startup = started


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host

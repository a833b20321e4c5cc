"""`tracker serve`: the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker import settings
from tracker.cli.console import out
from tracker.cli.options import Host, NoBrowser, Port, Store, browse, store_url


def serve(
    host: Host = settings.DEFAULT_HOST,
    port: Port = settings.DEFAULT_PORT,
    store: Store = None,
    insecure_public: Annotated[
        bool, typer.Option("--insecure-public", help="Allow an address that other machines can reach.")
    ] = False,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let everybody in who reaches the port.")
    ] = False,
    no_browser: NoBrowser = False,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from tracker.dashboard.door import kept_token
    from tracker.dashboard.server import serve as serve_forever

    url = store_url(store)
    token = None if no_token else kept_token()

    def ready(address: str) -> None:
        opened = address if token is None else f"{address}/?token={token}"
        out.print(f"Dashboard: {opened} (store: {settings.safe_url(url)})", markup=False, soft_wrap=True)
        if not no_browser:
            browse(opened)

    try:
        serve_forever(url, host, port, insecure_public=insecure_public, token=token, on_ready=ready)
    except KeyboardInterrupt:
        pass  # the way to end it

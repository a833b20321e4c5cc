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
    no_browser: NoBrowser = False,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from tracker.dashboard.server import serve as serve_forever

    url = store_url(store)

    def ready(address: str) -> None:
        out.print(f"Dashboard: {address} (store: {settings.safe_url(url)})", markup=False)
        if not no_browser:
            browse(address)

    try:
        serve_forever(url, host, port, insecure_public=insecure_public, on_ready=ready)
    except KeyboardInterrupt:
        pass  # the way to end it

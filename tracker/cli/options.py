"""Options that several commands share, and what is made of them."""

from __future__ import annotations

import os
import sys
import threading
from typing import Annotated

import typer

from tracker import settings
from tracker.errors import BadInput

Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The store; TRACKER_URL, else a file in your data folder."),
]
Host = Annotated[str, typer.Option(help="The address to bind.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The first port to try; 0 takes any.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def store_url(store: str | None) -> str:
    """Return the URL of the store that `--store` names, else the one of the settings.

    Raises:
        BadInput: it carries a password, or names no store.
    """
    refuse_password(store)
    return settings.store_url(store)


def refuse_password(store: str | None) -> None:
    """Refuse a password on the command line.

    Raises:
        BadInput: `store` carries one.
    """
    if store is not None and settings.has_password(store):
        raise BadInput(
            "a password has no place on a command line, where every user of this machine can read it: set TRACKER_URL, "
            "or keep it in ~/.pgpass"
        )


def browse(address: str) -> None:
    """Open a browser beside us, where there is a screen: on a server a text browser would take the terminal over."""
    screen = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    if screen and sys.stdout.isatty():
        import webbrowser

        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

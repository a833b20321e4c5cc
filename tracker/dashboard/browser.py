"""How a page names the functions of assets/*.js that must not wait for the server."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash


def in_browser(app: Dash, name: str, *arguments: Any, initial: bool | str = False) -> None:
    """Register a callback that runs `dash_clientside.tracker[name]`, a function of one of assets/*.js, in the browser.

    Args:
        app: The application.
        name: The function's name.
        arguments: Outputs, inputs and states.
        initial: Run it when the page is laid out: True, False, or "duplicate" beside duplicate outputs.
    """
    register: Any = app.clientside_callback
    prevent: bool | str = "initial_duplicate" if initial == "duplicate" else not initial
    register(ClientsideFunction("tracker", name), *arguments, prevent_initial_call=prevent)

"""The keys of every page, in one table: assets/keys.js obeys it, the overlay of `?` shows it, the guide prints it."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """One key: where it works, what it says, and what it does in the browser.

    `press` is a selector: the first visible match is clicked, or entered where it is a field. `act` is what the page
    is told, with the focused run where `on_focus`; `by` is how far that moves.
    """

    key: str
    shown: str
    what: str
    where: str = "Every page"
    press: str = ""
    act: str = ""
    on_focus: bool = False
    by: int = 0
    alt: bool = False
    ctrl: bool = False


KEYS = (
    Key("k", "Ctrl K", "Go to a project, run or page, or do something by name", act="palette", ctrl=True),
    Key("/", "/", "Search on this page", press=".search input, [data-search] input"),
    Key("?", "?", "Show these keys", act="keys"),
    Key("m", "Alt M", "Switch between light, dark and the system’s theme", act="theme", alt=True),
    Key("Escape", "Esc", "Close what is open; leave and empty the search"),
    Key("ArrowDown", "↓", "Focus on the next shown run", "Compare", act="move", by=1),
    Key("ArrowUp", "↑", "Focus on the previous shown run", "Compare", act="move", by=-1),
    Key(" ", "Space", "Show or hide the focused run", "Compare", act="eye", on_focus=True),
    Key("p", "P", "Pin the focused run", "Compare", act="pin", on_focus=True),
    Key("b", "B", "Make the focused run the baseline", "Compare", act="base", on_focus=True),
    Key("s", "S", "Share this view", "Compare", press="[data-share], #share"),
    Key("l", "L", "Logarithmic y axis", "Charts", press="#log, #run-log"),
    Key("a", "A", "Annotations on or off", "Charts", press="#ann, #run-ann"),
    Key("r", "R", "Reset the zoom", "Charts", act="reset"),
)
"""All keys. Letters work where nobody types; a letter means the same with and without Shift."""

PLACES = {"Compare": ".compare", "Charts": ".chart"}
"""What has to stand on a page for the keys of a place to work there."""

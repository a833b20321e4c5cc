"""A figure as a picture file, PNG or SVG: drawn by kaleido, an extra, which lets a Chrome or Chromium do it.

Nothing is fetched: plotly.js comes from the installed plotly, and no formula renderer is loaded.
"""

from __future__ import annotations

import os
import shutil
from typing import Any, Literal

from tracker.errors import BadInput

Format = Literal["png", "svg"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def to_image(figure: dict[str, Any], kind: Format, width: int, height: int, scale: float = 2.0) -> bytes:
    """Return a figure of this room, {"data", "layout"}, as a picture.

    Args:
        figure: what is drawn.
        kind: "png" or "svg".
        width: in CSS pixels.
        height: in CSS pixels.
        scale: pixels of a PNG for each CSS pixel.

    Raises:
        BadInput: kaleido is not installed, or there is no browser that it could use; it says what to install.
    """
    try:
        import kaleido
    except ImportError:
        raise BadInput(
            f"a {kind.upper()} picture needs kaleido, which is not installed: pip install 'curvetracker[png]', "
            "or write an HTML report (-o report.html), which needs nothing"
        ) from None
    browser = _browser()
    layout = {**figure["layout"], "width": width, "height": height, "autosize": False}
    options: dict[str, Any] = {
        "format": kind,
        "width": width,
        "height": height,
        "scale": scale if kind == "png" else 1,
    }
    page = kaleido.PageGenerator(mathjax=False)
    kept = os.environ.get("BROWSER_PATH")
    if browser is not None:
        os.environ["BROWSER_PATH"] = browser
    try:
        drawn = kaleido.calc_fig_sync(
            {"data": figure["data"], "layout": layout}, opts=options, kopts={"page_generator": page}
        )
    except Exception as error:
        if type(error).__name__ not in ("ChromeNotFoundError", "BrowserFailedError", "BrowserClosedError"):
            raise
        raise BadInput(
            f"a {kind.upper()} picture is drawn by Chrome or Chromium, and none {_trouble(error)}: install one (on "
            "Debian: apt-get install chromium) or name it in BROWSER_PATH, or write an HTML report (-o report.html)"
        ) from None
    finally:
        if kept is None:
            os.environ.pop("BROWSER_PATH", None)
        else:
            os.environ["BROWSER_PATH"] = kept
    return bytes(drawn)


def _trouble(error: Exception) -> str:
    return "was found" if type(error).__name__ == "ChromeNotFoundError" else "could be started"


def _browser() -> str | None:
    """Return a browser that kaleido would not find by itself; None leaves the search to it."""
    if os.environ.get("BROWSER_PATH"):
        return None
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)

"""Every page and every state of it that tests walk through: accessibility, stillness, hostile names and phones.

A new page belongs in `PLACES`; a test holds the list against the modules of tracker/dashboard/pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.window import Open

PLOT = ".js-plotly-plot .main-svg"
PATIENCE_S = 30


def until(page: Page, expression: str) -> None:
    """Wait until a JavaScript expression is true; the pages' own policy forbids what Playwright would wait with."""
    end = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"did not happen: {expression}"
        page.wait_for_timeout(60)


@dataclass(frozen=True)
class Place:
    """A page in one of its states.

    Attributes:
        name: What a failing test calls it.
        module: The module of tracker/dashboard/pages that shows it.
        path: Its address, with {project} and ids in it: of two runs {run} and {other}, a {view} and a {frozen} one.
        ready: What stands on it once it is whole.
        do: What brings it into its state once it is ready.
        sight: A list that has to be scrolled to once, since its rows are laid out when somebody sees them.
        phone: Whether the state can be reached on a phone.
    """

    name: str
    module: str
    path: str
    ready: str
    do: Callable[[Page], None] | None = None
    sight: str | None = None
    phone: bool = True

    def open(self, visit: Open, ids: dict[str, str], **screen: object) -> Page:
        """Open the place and bring it into its state."""
        page = visit(self.path.format(**ids), ready=self.ready, **screen)
        if self.sight is not None:
            page.locator(self.sight).scroll_into_view_if_needed()
            page.locator(f"{self.sight} .ag-row").first.wait_for()
            page.evaluate("window.scrollTo(0, 0)")  # what the page's head lies over cannot be pressed
        if self.do is not None:
            self.do(page)
        return page


def press(key: str, then: str) -> Callable[[Page], None]:
    """Return what presses a key and waits for what it opens."""

    def do(page: Page) -> None:
        page.keyboard.press(key)
        page.wait_for_selector(then)

    return do


def search(text: str, then: str) -> Callable[[Page], None]:
    """Return what opens the palette, types into it and waits for what is found."""

    def do(page: Page) -> None:
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette[open]")
        page.keyboard.type(text)
        page.wait_for_selector(then)

    return do


COMPARE = f".compare {PLOT}"
RUN = f".run-page {PLOT}"

PLACES = (
    Place("projects", "projects", "/", ".plain, .projects"),
    Place("runs", "runs", "/p/{project}", ".runs-grid .ag-row"),
    Place("compare", "compare", "/p/{project}/compare", COMPARE),
    Place(
        "compare, focused, smoothed, searched",
        "compare",
        "/p/{project}/compare?runs={run},{other}&focus={other}&sm=0.6&log=1&q=a&x=step",
        COMPARE,
    ),
    Place("compare, nothing drawn", "compare", "/p/{project}/compare?runs=", ".compare"),
    Place(
        "hyperparameters", "hyperparameters", "/p/{project}/hyperparameters", ".hyper", sight="#hyper-list"
    ),
    Place("run", "run", "/p/{project}/r/{run}", RUN),
    Place("saved views", "saved", "/p/{project}/views", ".sheet"),
    Place("saved view", "saved", "/v/{view}", COMPARE),
    Place("frozen comparison", "saved", "/v/{frozen}", f".is-frozen, {PLOT}"),
    Place("keys", "compare", "/p/{project}/compare", COMPARE, press("?", "#keys[open]")),
    Place(
        "palette",
        "compare",
        "/p/{project}/compare",
        COMPARE,
        search("a", "#palette [role=group][aria-label=Runs]"),
    ),
    Place("no such run", "missing", "/p/{project}/r/0000000000000", ".notice"),
    Place("no such project", "missing", "/p/nowhere", ".notice"),
    Place("no such address", "missing", "/what/is/this", ".notice"),
)

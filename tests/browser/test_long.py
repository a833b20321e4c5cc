"""A long series in the browser: its spike is seen at once and at every zoom, and a near drag shows each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.comparing import CHART, until
from tests.support.sessions import Session
from tracker.store.base import Points, Store
from tracker.store.windows import LONG

STEPS, SPIKE_AT, HEIGHT = LONG + 10_000, 30_000, 9.0


def fill(store: Store) -> None:
    session = Session(store, project="long", name="spiked")
    for start in range(0, STEPS, 10_000):
        steps = range(start, start + 10_000)
        values = [
            {"train/loss": HEIGHT if s == SPIKE_AT else 2 - s / STEPS, "val/loss": 2.2 - s / STEPS}
            for s in steps
        ]
        session.ship(
            Points([s * 10 for s in steps], list(steps), [False] * len(steps), [None] * len(steps), values)
        )
    session.ship(status="finished")


def seen(page: Page) -> dict[str, Any]:
    """Return the training curve within the range that is seen: how many points, the highest, and how many steps."""
    found: dict[str, Any] = page.evaluate(
        f"""() => {{
          const gd = {CHART};
          const trace = gd?.data?.find(t => t.meta && !t.meta.marks && !t.meta.raw && t.meta.split === "train");
          if (!trace) return {{ points: 0, highest: null, steps: 0 }};
          const [low, high] = gd._fullLayout.xaxis.range.map(Number);
          const inside = [...trace.x].flatMap((x, i) => (x >= low && x <= high ? [trace.y[i]] : []));
          return {{ points: inside.length, highest: Math.max(...inside), steps: high - low }};
        }}"""
    )
    return found


def drag_over_the_spike(page: Page) -> None:
    x, y = page.evaluate(
        f"""() => {{
          const gd = {CHART}, box = gd.getBoundingClientRect(), {{ xaxis, yaxis }} = gd._fullLayout;
          return [box.left + xaxis._offset + xaxis.l2p({SPIKE_AT}), box.top + yaxis._offset + yaxis._length / 2];
        }}"""
    )
    page.mouse.move(x - 25, y)
    page.mouse.down()
    page.mouse.move(x + 25, y, steps=4)
    page.mouse.up()


def test_a_spike_of_one_step_is_seen_at_every_zoom(store: Store, visit: Callable[..., Page]) -> None:
    fill(store)
    page = visit("/p/long/compare?x=step")
    until(page, lambda: seen(page)["highest"] == HEIGHT, "the whole curve with its spike")
    assert seen(page)["points"] < 1_000
    for _ in range(2):
        before = seen(page)["steps"]
        drag_over_the_spike(page)

        def nearer(before: float = before) -> bool:
            now = seen(page)
            return now["steps"] < before / 5 and now["points"] > 50 and now["highest"] == HEIGHT

        until(page, nearer, "a nearer look with the spike in it")
    # so near, the curve is drawn by its points, not by the buckets of 16 that stand for them
    until(page, lambda: seen(page)["points"] > seen(page)["steps"] / 4, "points in place of buckets")

"""What a reader sees of a page, and when: the frames that the browser drew, whatever the page is made of."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.window import ARGUMENTS

SIZE = {"width": 1440, "height": 900}
STILL_S = 3.0
"""A picture that has not changed for so long stands still."""

CURVES = 200
"""Coloured pixels, in a picture of half the size, that are more than a page has without curves."""

PATIENCE_S = 180.0


class Seen(NamedTuple):
    """When the curves of a page stood and when nothing changed any more, in seconds from the request; its weight."""

    curves_s: float
    still_s: float
    bytes: int


@dataclass(frozen=True)
class Area:
    """The part of the page where the curves are, in shares of its width and height."""

    x0: float
    y0: float
    x1: float
    y1: float


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    names = [os.environ.get("TRACKER_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("no Chromium: install it, or name it with TRACKER_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


def look(started: Browser, address: str, area: Area) -> Seen:
    """Open a page with an empty cache and watch it until it stands still."""
    context = started.new_context(viewport=SIZE, device_scale_factor=1)
    page = context.new_page()
    session = context.new_cdp_session(page)
    frames: list[tuple[float, str]] = []
    weight = [0]

    def frame(event: Any) -> None:
        frames.append((float(event["metadata"]["timestamp"]), event["data"]))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", frame)
    session.on(
        "Network.loadingFinished",
        lambda event: weight.__setitem__(0, weight[0] + int(event["encodedDataLength"])),
    )
    session.send("Network.enable")
    session.send("Page.enable")
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 40, "maxWidth": 720, "maxHeight": 450})
    start = time.time()
    page.goto(address, wait_until="commit")
    while time.time() - start < PATIENCE_S:
        page.wait_for_timeout(200)
        if not frames or min(time.time() - frames[-1][0], (time.time() - start) / 2) < STILL_S:
            continue
        if _coloured(started, frames[-1:], area)[-1][0] > CURVES:
            break
    session.send("Page.stopScreencast")
    told = _coloured(started, frames, area)
    context.close()
    if not told or told[-1][0] <= CURVES:
        return Seen(float("nan"), float("nan"), weight[0])
    last = told[-1][0]
    there = next(at for (at, _), (count, _) in zip(frames, told, strict=True) if count >= 0.5 * last)
    moved = [at for (at, _), (_, other) in zip(frames, told, strict=True) if other > 0.002]
    still = next((at for at, _ in frames if at > max(moved, default=start)), frames[-1][0])
    return Seen(there - start, still - start, weight[0])


def _coloured(started: Browser, frames: list[tuple[float, str]], area: Area) -> list[tuple[int, float]]:
    """Return of each frame how many pixels of the area are coloured, and the share that differs from the last frame."""
    helper = started.new_page()
    try:
        found = helper.evaluate(_COUNT, [[data for _, data in frames], [area.x0, area.y0, area.x1, area.y1]])
        return [(int(count), float(other)) for count, other in found]
    finally:
        helper.close()


_COUNT = """async ([frames, [x0, y0, x1, y1]]) => {
  const pixels = [];
  for (const data of frames) {
    const image = await createImageBitmap(await (await fetch("data:image/jpeg;base64," + data)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height), g = canvas.getContext("2d");
    g.drawImage(image, 0, 0);
    const x = Math.round(x0 * image.width), y = Math.round(y0 * image.height);
    pixels.push(g.getImageData(x, y, Math.round(x1 * image.width) - x, Math.round(y1 * image.height) - y).data);
  }
  const last = pixels[pixels.length - 1];
  return pixels.map(p => {
    let coloured = 0, other = 0;
    for (let i = 0; i < p.length; i += 4) {
      if (Math.max(p[i], p[i + 1], p[i + 2]) - Math.min(p[i], p[i + 1], p[i + 2]) > 40) coloured++;
      if (p.length !== last.length || Math.abs(p[i] - last[i]) + Math.abs(p[i + 1] - last[i + 1]) + Math.abs(p[i + 2] - last[i + 2]) > 60) other++;
    }
    return [coloured, other / (p.length / 4)];
  });
}"""


def timed(page: Page, act: str, done: str, patience_s: float = 20.0) -> float:
    """Return the milliseconds from `act` until the frame after `done` first holds; both are JavaScript.

    `done` is asked at every frame; infinity when it never holds.
    """
    return float(page.evaluate(_TIMED, [act, done, patience_s * 1000]) or float("inf"))


_TIMED = """([act, done, patience]) => new Promise(resolve => {
  const start = performance.now(), holds = new Function("return (" + done + ")");
  new Function(act)();
  const ask = () => {
    if (holds()) requestAnimationFrame(() => resolve(performance.now() - start));
    else if (performance.now() - start > patience) resolve(null);
    else requestAnimationFrame(ask);
  };
  requestAnimationFrame(ask);
})"""

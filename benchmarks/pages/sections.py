"""The sections of the benchmark: what is opened or done, and what it has to reach."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from calls.report import Cell, Report
from playwright.sync_api import Browser, Page

from pages import workloads
from pages.looking import SIZE, Area, Seen, look, timed
from pages.servers import tensorboard, tracker

RUNS, STEPS = 100, 1000
OURS = Area(0.22, 0.14, 0.76, 0.62)
THEIRS = Area(0.22, 0.2, 0.8, 0.98)
"""Where the two pages draw their curves at this size."""

GRAPH = 'document.querySelector("#graph .js-plotly-plot")'
TRACES = f"({GRAPH} && {GRAPH}.data || []).filter(t => t.meta && t.meta.run && !t.meta.marks)"
VISIBLE = f"trackerCurves.seen({TRACES})"


@dataclass
class Bench:
    """One run of the benchmark; `python` is TensorBoard's interpreter, empty when there is none."""

    browser: Browser
    report: Report
    folder: Path
    rounds: int
    python: str

    def store(self, name: str) -> str:
        """Return the URL of a store of its own."""
        return f"sqlite:///{self.folder}/{name}.db"


def first(bench: Bench) -> None:
    """100 runs of 1,000 steps and four metrics: until their curves are there and until the picture stands still."""
    url, runs = bench.store("first"), [workloads.curves(n, STEPS) for n in range(RUNS)]
    workloads.fill(url, "bench", runs)
    found: dict[str, list[Seen]] = {"tracker": [], "TensorBoard": []}
    with tracker(url, bench.folder) as ours:
        page = f"{ours}/p/bench/compare?runs=all"
        look(bench.browser, page, OURS)
        if bench.python:
            workloads.write_events(bench.python, bench.folder / "events", runs)
            with tensorboard(bench.python, bench.folder / "events", RUNS, len(workloads.METRICS)) as theirs:
                other = f"{theirs}/#timeseries"
                look(bench.browser, other, THEIRS)
                for _ in range(bench.rounds):
                    found["tracker"].append(look(bench.browser, page, OURS))
                    found["TensorBoard"].append(look(bench.browser, other, THEIRS))
        else:
            found["tracker"] = [look(bench.browser, page, OURS) for _ in range(bench.rounds)]
        opened = _open(bench, page)
        opened.wait_for_function(f"{VISIBLE}.length >= {4 * RUNS}")
        drawn = opened.evaluate(f"{VISIBLE}.map(t => [t.meta.name, t.meta.metric, t.meta.split, t.y, t.x])")
        opened.context.close()
    kept = _spikes_kept(drawn)
    rows: list[dict[str, Cell]] = [
        {
            "page": name,
            "curves there, s": _middle([s.curves_s for s in seen]),
            "still, s": _middle([s.still_s for s in seen]),
            "cold, MB": _middle([s.bytes / 1e6 for s in seen]),
        }
        for name, seen in found.items()
        if seen
    ]
    note = f"Median of {bench.rounds} openings with an empty cache, in turns. {kept} of {4 * RUNS} one-step spikes are drawn."
    bench.report.table("100 runs x 1,000 steps x 4 metrics", note, rows)
    bench.report.at_least("one-step spikes drawn", kept, 4 * RUNS, "curves")
    bench.report.at_most("page weight, cold", _number(rows[0]["cold, MB"]), 2, "MB")
    if found["TensorBoard"]:
        for what, key, limit in (
            ("curves there", "curves there, s", 1.0),
            ("picture still", "still, s", 1 / 3),
        ):
            ratio = _number(rows[0][key]) / _number(rows[1][key])
            bench.report.at_most(f"{what}, of TensorBoard's time", ratio, round(limit, 3), "x")


def hands(bench: Bench) -> None:
    """What the reader does: hide, show, smooth, and a run that grows, with 12 runs and with 100."""
    rows: list[dict[str, Cell]] = []
    for count, steps in ((12, 300), (100, STEPS)):
        url = bench.store(f"hands{count}")
        sessions = workloads.fill(
            url, "bench", [workloads.curves(n, steps) for n in range(count)], running=True
        )
        with tracker(url, bench.folder) as ours:
            page = _open(bench, f"{ours}/p/bench/compare?runs=all")
            page.wait_for_function(f"{VISIBLE}.length >= {4 * count}")
            page.wait_for_selector(".list .ag-row .eye")
            page.wait_for_timeout(3000)
            times: dict[str, list[float]] = {}
            for number in range(bench.rounds):
                for what, ms in _one_round(page, count, sessions, steps, number).items():
                    times.setdefault(what, []).append(ms)
            page.context.close()
        rows.append({"visible runs": count, **{what: _middle(ms) for what, ms in times.items()}})
    note = "Milliseconds from the click to the frame that shows it; a live point from the moment it was stored, and from its tick."
    bench.report.table("Hands on the compare page", note, rows)
    few, many = rows
    for what in ("hide: curves", "show: curves"):
        bench.report.at_most(f"12 runs, {what}", _number(few[what]), 150, "ms")
        bench.report.at_most(f"100 runs, {what}", _number(many[what]), 800, "ms")
    bench.report.at_most("12 runs, smoothing", _number(few["smoothing"]), 400, "ms")
    bench.report.at_most(
        "12 runs, live update behind the tick", _number(few["live: behind its tick"]), 150, "ms"
    )
    for what in ("hide: list", "show: list"):
        bench.report.at_most(f"100 runs, {what}", _number(many[what]), 50, "ms")


def table(bench: Bench) -> None:
    """10,000 runs: until the first row of the table is there."""
    from tests.support.many_runs import fill
    from tracker.store import open_store

    url = bench.store("many")
    store = open_store(url)
    store.prepare()
    fill(store, 10_000, project="sweep")
    seconds = []
    with tracker(url, bench.folder) as ours:
        for _ in range(bench.rounds + 1):
            context = bench.browser.new_context(viewport=SIZE)
            page = context.new_page()
            start = time.monotonic()
            page.goto(f"{ours}/p/sweep", wait_until="commit")
            page.wait_for_selector(".ag-row .ag-cell", timeout=60_000)
            seconds.append(time.monotonic() - start)
            context.close()
    rows: list[dict[str, Cell]] = [
        {"page": "runs", "first after the start, s": seconds[0], "then, s": _middle(seconds[1:])}
    ]
    bench.report.table("10,000 runs", "Seconds until the first row, with an empty cache.", rows)
    bench.report.at_most("10,000 runs, first row", _middle(seconds[1:]) or math.inf, 2, "s")


def long(bench: Bench) -> None:
    """A series of 1,000,000 points: the first picture, and a drag to a thousandth of it."""
    steps = 1_000_000
    url = bench.store("long")
    workloads.fill(url, "bench", [{n: v for n, v in workloads.curves(0, steps).items() if "loss" in n}])
    rows: list[dict[str, Cell]] = []
    with tracker(url, bench.folder) as ours:
        for number in range(bench.rounds + 1):
            start = time.monotonic()
            page = _open(bench, f"{ours}/p/bench/compare?x=step")
            page.wait_for_function(f"{VISIBLE}.length >= 2", timeout=120_000)
            there = time.monotonic() - start
            page.wait_for_timeout(1500)
            spikes = _spikes_kept(
                page.evaluate(f"{VISIBLE}.map(t => [t.meta.name, t.meta.metric, t.meta.split, t.y, t.x])")
            )
            zooms = [_drag(page, share) for share in (0.3, 0.5, 0.5)]
            rows.append(
                {"opening": number + 1, "picture, s": there, "spikes": spikes, "zoom, ms": _middle(zooms)}
            )
            page.context.close()
    bench.report.table("1,000,000 points a curve", "The first opening folds the points into buckets.", rows)
    bench.report.at_most(
        "1,000,000 points, zoom", _middle([_number(r["zoom, ms"]) for r in rows]) or math.inf, 300, "ms"
    )
    bench.report.at_least(
        "1,000,000 points, one-step spikes drawn", min(_number(r["spikes"]) for r in rows), 2, "curves"
    )


ALL: dict[str, Callable[[Bench], None]] = {"first": first, "hands": hands, "table": table, "long": long}


def _one_round(
    page: Page, count: int, sessions: Sequence[workloads.Session], steps: int, number: int
) -> dict[str, float]:
    eye = "document.querySelector(\".list .ag-row[row-index='2'] .eye\")"
    pressed = f'{eye} && {eye}.getAttribute("aria-pressed")'
    shown = f"{VISIBLE}.length"
    times = {}
    click = f"{eye}.click()"
    for what, state, curves in (("hide", "false", 4 * count - 4), ("show", "true", 4 * count)):
        times[f"{what}: list"] = timed(page, click, f'{pressed} === "{state}"')
        page.wait_for_function(f"{shown} === {curves}")
        page.wait_for_timeout(1200)
        times[f"{what}: curves"] = timed(
            page, click, f"{shown} === {4 * count if what == 'hide' else 4 * count - 4}"
        )
        page.wait_for_timeout(1200)
        timed(page, click, f"{shown} === {curves}")
        page.wait_for_timeout(1200)
    amount = 0.5 if number % 2 == 0 else 0.0
    smooth = f"{TRACES}.some(t => t.meta.raw)" if amount else f"!{TRACES}.some(t => t.meta.raw)"
    times["smoothing"] = timed(page, f'dash_clientside.set_props("sm", {{ value: {amount} }})', smooth)
    page.wait_for_timeout(1500)
    timed(page, 'dash_clientside.set_props("sm", { value: 0 })', f"!{TRACES}.some(t => t.meta.raw)")
    page.wait_for_timeout(1500)
    last = steps + number
    reach = f"Math.max(...{TRACES}.map(t => t.x[t.x.length - 1]))"
    page.evaluate(_WATCH % reach)
    workloads.log(sessions[-1], {name: [0.5] for name in workloads.METRICS}, last)
    stored = time.monotonic()
    page.wait_for_function("window.benchSeen", polling="raf")
    times["live: point seen"] = (time.monotonic() - stored) * 1000
    times["live: behind its tick"] = float(page.evaluate("window.benchSeen"))
    page.wait_for_timeout(1500)
    return times


_WATCH = """() => {
  const reach = () => %s, before = reach();
  window.benchSeen = null;
  const look = () => {
    if (reach() > before) requestAnimationFrame(() => { window.benchSeen = performance.now() - window.benchTick; });
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  if (window.benchTick !== undefined) return;
  window.benchTick = 0;
  const send = window.fetch;
  window.fetch = async function (...given) {
    const start = performance.now(), answer = await send.apply(this, given);
    if (String(given[1]?.body).includes("change.data") && answer.status === 200) window.benchTick = start;
    return answer;
  };
}"""
"""Time a point from the request of the tick that told of it to the frame after the one in which the chart has it."""


def _open(bench: Bench, address: str) -> Page:
    # What is measured here asks by pieces of JavaScript, which the pages forbid everybody.
    page = bench.browser.new_context(viewport=SIZE, device_scale_factor=1, bypass_csp=True).new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    return page


def _drag(page: Page, share: float) -> float:
    """Zoom to the middle `share` of what is seen by the mouse; return the milliseconds until the new curves are drawn."""
    box = page.locator("#graph .nsewdrag").first.bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle - box["width"] * share / 2, y)
    page.mouse.down()
    page.mouse.move(middle + box["width"] * share / 2, y, steps=4)
    before = page.evaluate(f"{TRACES}[0].x.length + ':' + {TRACES}[0].x[1]")
    page.evaluate(
        "() => { window.benchStart = 0; addEventListener('mouseup', () => { window.benchStart = performance.now(); }, { once: true, capture: true }); }"
    )
    page.mouse.up()
    page.wait_for_function(
        f"{TRACES}.length && {TRACES}[0].x.length + ':' + {TRACES}[0].x[1] !== '{before}'",
        polling="raf",
        timeout=20_000,
    )
    ms = float(page.evaluate("performance.now() - window.benchStart"))
    page.wait_for_timeout(1200)
    return ms


def _spikes_kept(drawn: Sequence[Sequence[object]]) -> int:
    """Return how many curves are drawn with their spike: a value well above both neighbours that are drawn."""
    kept = 0
    for _name, metric, _split, y, _x in drawn:
        values = [v for v in y if v is not None]  # type: ignore[attr-defined]
        enough = workloads.SPIKE * (100 if metric == "accuracy" and max(values) > 3 else 1) * 0.8
        around = zip(values, values[1:], [*values[2:], values[-1]], strict=False)
        kept += any(here - max(before, after) > enough for before, here, after in around)
    return kept


def _middle(values: Sequence[float]) -> float | None:
    good = [v for v in values if math.isfinite(v)]
    return statistics.median(good) if good else None


def _number(cell: Cell) -> float:
    return cell if isinstance(cell, int | float) else math.inf

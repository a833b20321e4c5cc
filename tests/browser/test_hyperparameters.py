"""The hyperparameters page as a person uses it: brush an axis, choose and move axes, read what goes with what."""

from __future__ import annotations

import math
import re
import time
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.support.runs import HEALTHY, OVERFIT, finished_run
from tests.support.window import Open
from tracker.store.base import Store

PAGE = "/p/sweep/hyperparameters"
READY = "#hyper-graph .main-svg"
expect.set_options(timeout=30_000)  # a busy machine answers late
EVIL = "<img src=x onerror=alert(1)>"


def curves(best: float, overfit: bool) -> dict[str, list[float]]:
    shape = OVERFIT if overfit else HEALTHY
    return {name: [v + (best if "loss" in name else 0) for v in values] for name, values in shape.items()}


def sweep(store: Store, count: int = 12) -> list[str]:
    """Store runs whose loss is the higher the higher lr is; those without augmentation overfit."""
    ids = []
    for i in range(count):
        config = {
            "lr": 10 ** (-4 + 3 * i / (count - 1)),
            "optimizer": ("adam", "sgd", EVIL)[i % 3],
            "augment": i % 2 == 0,
            "batch_size": 32 * 2 ** (i % 3),
        }
        if i < 3:
            config["momentum"] = 0.9
        ids.append(finished_run(store, "sweep", f"run-{i:02d}", curves(i / 10, i % 2 == 1), config=config).id)
    return ids


def drag(page: Page, key: str, start: float, end: float) -> None:
    """Drag over an axis, from and to a share of its height from the foot."""
    box = page.locator(f'.rail[data-key="{key}"]').bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    at = [box["y"] + box["height"] * (1 - share) for share in (start, (start + end) / 2, end)]
    page.mouse.move(x, at[0])
    page.mouse.down()
    page.mouse.move(x, at[1])
    page.mouse.move(x, at[2])
    page.mouse.up()


def lines(page: Page) -> list[tuple[str, list[float], list[str]]]:
    """Return the lines that are drawn in colour: id, heights, and values in words."""
    return page.evaluate("document.querySelector('#hyper-graph .js-plotly-plot').layout.meta.lines")  # type: ignore[no-any-return]


def drawn(page: Page, count: int) -> None:
    """Wait until so many lines are drawn in colour."""
    until = time.monotonic() + 30
    while len(lines(page)) != count and time.monotonic() < until:
        page.wait_for_timeout(20)
    assert len(lines(page)) == count


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def axes(page: Page) -> list[str]:
    return page.locator(".axis-head .axis-name").all_inner_texts()


def test_a_range_of_an_axis_is_kept_and_shared_and_taken_off(store: Store, visit: Open) -> None:
    sweep(store)
    page = visit(PAGE, ready=READY)
    rows, count = page.locator(".trial-item"), page.locator("#hyper-count")
    expect(rows).to_have_count(12)
    expect(rows.first).to_contain_text("run-00")  # the best comes first
    drag(page, "lr", 0.4, -0.2)
    expect(count).to_contain_text("5 of 12 runs")
    expect(rows).to_have_count(5)
    expect(page.locator(".brushed")).to_contain_text("1e-4 to ")
    expect(page).to_have_url(re.compile(r"brush=lr"))
    expect(page.get_by_role("link", name="Compare these 5")).to_have_attribute(
        "href", re.compile(r"/p/sweep/compare\?runs=(\w{13},){4}\w{13}$")
    )
    page.reload()
    expect(count).to_contain_text("5 of 12 runs")
    page.get_by_role("button", name="1e-4 to").click()
    expect(rows).to_have_count(12)
    expect(page).to_have_url(re.compile(r"/hyperparameters$"))
    # by keyboard: up brushes the top quarter, Escape clears it
    page.locator('.rail[data-key="lr"]').focus()
    page.keyboard.press("ArrowUp")
    expect(count).to_contain_text("3 of 12 runs")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".brushed")).not_to_contain_text("to 0.1")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(12)
    # who dragged it clears it by Escape too
    drag(page, "lr", 0.4, -0.2)
    expect(rows).to_have_count(5)
    expect(page.locator('.rail[data-key="lr"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows).to_have_count(12)


def test_search_and_verdicts_narrow_the_lines(store: Store, visit: Open) -> None:
    sweep(store)
    page = visit(PAGE, ready=READY)
    page.locator("#hyper-pills").get_by_role("button", name="Overconfident").click()
    drawn(page, 6)
    expect(page.locator(".trial-item")).to_have_count(6)
    page.get_by_label("Filter the runs").fill("run-1")
    drawn(page, 1)
    expect(page.locator(".trial-item")).to_have_count(1)
    expect(page.locator(".trial-item")).to_contain_text("run-11")
    assert query(page) == {"q": ["run-1"], "verdicts": ["overconfident"]}
    page.get_by_role("button", name="Show all", exact=True).click()
    drawn(page, 12)
    expect(page.get_by_label("Filter the runs")).to_have_value("")


def test_axes_are_chosen_found_and_moved(store: Store, visit: Open) -> None:
    sweep(store)
    page = visit(PAGE, ready=READY)
    assert axes(page) == ["augment", "batch_size", "lr", "optimizer", "best val/loss"]
    page.locator('button[data-axis="lr"]').focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".axis-name").nth(1)).to_have_text("lr")
    expect(page.locator('button[data-axis="lr"]')).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".axis-name")).to_have_count(4)
    page.get_by_text("Axes 3 of 5").click()
    page.get_by_placeholder("Find a setting").fill("mom")
    entries = page.locator("#hyper-picker li:visible")
    expect(entries).to_have_count(1)
    entries.get_by_role("button").click()
    expect(page.locator(".axis-name").nth(3)).to_have_text("momentum")
    assert query(page)["axis"] == ["augment", "batch_size", "optimizer", "momentum"]
    page.keyboard.press("Escape")
    expect(page.locator(".pick-panel")).to_be_hidden()
    # most runs have no momentum: they stand on a tick of their own, which can be brushed
    expect(page.locator("#hyper-graph .annotation-text", has_text="not set")).to_be_visible()
    drag(page, "momentum", 0.05, -0.1)
    expect(page.locator("#hyper-count")).to_contain_text("9 of 12 runs")
    expect(page.locator(".brushed")).to_contain_text("not set")


def test_what_goes_with_the_metric_is_said_as_an_observation(store: Store, visit: Open) -> None:
    sweep(store)
    page = visit(f"{PAGE}?x=lr", ready="#hyper-scatter .main-svg")
    words = page.locator("#hyper-says")
    expect(words).to_contain_text(
        "Across 12 runs, higher lr goes with higher (worse) best val/loss (rank correlation"
    )
    expect(page.locator("#hyper-scatter .point")).to_have_count(12)
    page.get_by_role("button", name="Log x").click()
    expect(page).to_have_url(re.compile(r"logx=0"))
    expect(page.get_by_role("button", name="Log x")).to_have_attribute("aria-pressed", "false")
    table = page.locator(".settings")
    expect(table.locator("tbody tr").first).to_contain_text("lr")
    expect(table.locator("tr", has_text="momentum")).to_contain_text("too few runs")
    expect(page.locator(".settings-card")).to_contain_text("settings were compared: by chance alone")
    table.get_by_role("button", name="optimizer").click()
    expect(words).to_contain_text("the median best val/loss is lowest with optimizer =")
    expect(words).to_contain_text(EVIL)  # a value that looks like markup is only text
    page.locator("#hyper-pills").get_by_role("button", name="Overconfident").click()
    expect(words).to_contain_text("Across 6 runs")


def test_the_line_under_the_pointer_is_named_and_opens_its_run(store: Store, visit: Open) -> None:
    ids = sweep(store, 2)
    page = visit(PAGE, ready=READY)
    box = page.locator(".parallel-plot").bounding_box()
    assert box is not None
    run, ys, said = next(line for line in lines(page) if line[0] == ids[1])
    step, tall = box["width"] / len(ys), box["height"] - 26
    at = [box["x"] + step, box["y"] + 12 + (1 - (ys[0] + ys[1]) / 2) * tall]
    page.mouse.move(at[0] - 2, at[1])
    page.mouse.move(*at)
    tip = page.locator(".hyper-tip")
    expect(tip).to_contain_text("run-01")
    expect(tip).to_contain_text("Overconfident")
    assert all(text in tip.inner_text() for text in said)
    page.mouse.click(*at)
    page.wait_for_url(f"**/p/sweep/r/{run}")


def test_colour_metric_and_theme(store: Store, visit: Open) -> None:
    sweep(store)
    config = {"lr": 0.2, "optimizer": "adam", "augment": True, "batch_size": 32}
    finished_run(store, "sweep", "tested", OVERFIT | {"test/accuracy": [0.61]}, config=config)
    page = visit(PAGE, theme="dark", ready=READY)
    expect(page.locator("#hyper-legend")).to_contain_text("Overconfident")
    page.locator("#hyper-colour").get_by_text("Metric").click()
    expect(page.locator("#hyper-legend")).to_contain_text("better val/loss")
    page.locator("#hyper-metric").click()
    page.get_by_role("option", name="best val/accuracy").click()
    expect(page.locator(".axis-name").last).to_have_text("best val/accuracy %")
    expect(page.locator(".axis-head").last).to_contain_text("higher is better")
    # runs without augmentation alone log an accuracy here; the others say so on their axis
    expect(page.locator("#hyper-graph .annotation-text", has_text="not set")).to_be_visible()
    assert query(page) == {"metric": ["accuracy"], "colour": ["metric"]}
    # the test accuracy is a metric of its own, not mistaken for the one of the validation
    page.locator("#hyper-metric").click()
    page.get_by_role("option", name="best test/accuracy").click()
    expect(page.locator(".axis-name").last).to_have_text("best test/accuracy %")
    expect(page.locator(".trial-item").first).to_contain_text("tested")
    expect(page.locator(".trial-item").first).to_contain_text("61.0 %")


def test_too_little_to_compare_says_what_to_do(store: Store, visit: Open) -> None:
    finished_run(store, "sweep", "alone", HEALTHY, config={"lr": 0.1})
    page = visit(PAGE, ready=".lack .notice")
    expect(page.locator(".lack")).to_contain_text("One run has nothing to be held against")
    expect(page.locator(".lack")).to_contain_text("config=")
    finished_run(store, "sweep", "same", HEALTHY, config={"lr": 0.1})
    expect(page.locator(".lack")).to_contain_text("These runs carry no setting that differs")
    finished_run(store, "sweep", "other", OVERFIT, config={"lr": 0.2})
    expect(page.locator(".trial-item")).to_have_count(3)
    expect(page.locator("#hyper-parallel")).to_be_visible()
    expect(page.locator("#hyper-says")).to_contain_text("Only 3 runs have both lr and best val/loss: too few")


def test_a_phone_sees_the_scatter_plot_first(store: Store, visit: Open) -> None:
    config = {f"model.block_{i}.a_setting_with_a_long_name": 0 for i in range(6)}
    for i in range(3):
        changed = {key: i + math.sqrt(at) for at, key in enumerate(config)}
        finished_run(store, "sweep", f"{EVIL}-{i}", HEALTHY, config=changed)
    page = visit(PAGE, width=390, height=844, ready=READY)
    expect(page.locator(".trial-item")).to_have_count(3)
    places = [page.locator(name).bounding_box() for name in (".scatter-card", ".parallel-card", ".side")]
    tops = [place["y"] for place in places if place is not None]
    assert len(tops) == 3
    assert tops == sorted(tops)
    assert page.evaluate("document.querySelector('.sideways').scrollWidth > 600")
    assert page.evaluate("document.querySelector('.hyper').scrollWidth") <= 390


def test_a_phone_tells_settings_of_one_section_apart(store: Store, visit: Open) -> None:
    for i in range(3):
        config = {f"a_long_section.of_settings.depth_{at}": i + math.sqrt(at) for at in range(3)}
        finished_run(store, "sweep", f"run-{i}", HEALTHY, config=config)
    page = visit(PAGE, width=390, height=844, ready=READY)
    tails = page.locator(".settings .part-tail")
    expect(tails).to_have_text(["depth_0", "depth_1", "depth_2"])
    cut = "e => e.getBoundingClientRect().right > e.closest('.parted').getBoundingClientRect().right"
    assert not any(tail.evaluate(cut) for tail in tails.all())

"""What the first page loads: few files, each once, and nothing that only a browser of long ago needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dash
import dash_ag_grid
import dash_mantine_components
import pytest

from tests.dashboard.asgi import ask
from tests.support.scripts import javascript
from tracker.dashboard import loading
from tracker.dashboard.loading import ASSETS
from tracker.dashboard.server import create_app


@pytest.fixture
def loaded(sqlite_url: str) -> tuple[Any, list[str]]:
    """The application, and the files that its index names, in order."""
    app = create_app(sqlite_url)
    found = re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', ask(app, "/p/digits").text)
    return app, found


def body(app: Any, address: str) -> str:
    path, _, query = address.partition("?")
    answer = ask(app, path, query=query)
    assert answer.status == 200, address
    return answer.text


def test_every_file_is_there_and_kept_by_the_browser(loaded: tuple[Any, list[str]]) -> None:
    app, addresses = loaded
    assert 10 <= len(addresses) <= 16, addresses
    for address in addresses:
        path, _, query = address.partition("?")
        answer = ask(app, path, query=query)
        assert answer.status == 200, address
        assert "immutable" in answer.headers["cache-control"], address


def test_our_scripts_and_styles_are_one_file_each(loaded: tuple[Any, list[str]]) -> None:
    app, addresses = loaded
    ours = {Path(a.partition("?")[0]).name: body(app, a) for a in addresses if a.startswith("/assets/all.")}
    assert set(ours) == {"all.css", "all.js"}
    for kind in ("css", "js"):
        files = {f for f in ASSETS.glob(f"*.{kind}") if f.name not in (*loading.HEAD, loading.PLOTLY)}
        assert len(files) > 5
        for file in files:
            assert file.read_text() in ours[f"all.{kind}"], file.name
    assert "Plotly" not in ours["all.js"][:1000]
    assert len(ours["all.js"]) < 400_000, "plotly.js is fetched by pages with a chart alone"


def test_an_asset_that_changed_has_another_address() -> None:
    assert (
        loading._address("all.js", b"a")
        == loading._address("all.js", b"a")
        != loading._address("all.js", b"b")
    )


def test_no_page_loads_what_none_uses(loaded: tuple[Any, list[str]]) -> None:
    _, addresses = loaded
    assert not [a for a in addresses if "polyfill" in a or "dash_table" in a], (
        "Dash names these files in another way than before: mend loading._UNUSED"
    )
    assert [a for a in addresses if "dash_renderer" in a]


def test_what_is_left_out_is_what_dash_would_load() -> None:
    plain = dash.Dash("plain", enable_mcp=False)
    plain.layout = dash.html.Div()
    with plain.server.test_request_context("/"):
        whole = plain._generate_scripts_html()
    assert "polyfill" in whole, "Dash itself leaves it out now: drop it from loading._UNUSED"
    kept = loading.scripts(whole, "/")
    assert re.findall("react-dom@|prop-types@|dash_renderer", kept) == [
        "react-dom@",
        "prop-types@",
        "dash_renderer",
    ]
    assert whole.count("<script") - kept.count("<script") == 2


def test_the_second_part_of_the_grid_is_loaded_with_the_first(loaded: tuple[Any, list[str]]) -> None:
    _, addresses = loaded
    names = [Path(a.partition("?")[0]).name for a in addresses]
    assert names.index("async-community.js") > next(
        i for i, n in enumerate(names) if n.startswith("dash_ag_grid")
    )


@pytest.mark.parametrize(
    ("path", "has"),
    [("/p/digits/compare", True), ("/v/00000000000", True), ("/", False), ("/p/digits/r/00000000000", False)],
)
def test_a_page_without_a_grid_goes_without_it(sqlite_url: str, path: str, has: bool) -> None:
    assert ("async-community.js" in ask(create_app(sqlite_url), path).text) is has


def test_a_grid_without_a_second_part_is_loaded_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dash_ag_grid, "__file__", str(tmp_path / "__init__.py"))
    assert loading._grid() == ""


STEPS = """(function () {
  const order = [];
  const run = s.wrap(s.mark(function (t) { for (;;) switch (t.prev = t.next) {
    case 0: order.push("first"); return t.next = 2, "awaited";
    case 2: order.push(t.sent); case 3: case "end": return t.stop(); } }), null);
  return [run.next(), run.next("came"), order];
})()"""


def test_a_compiled_generator_runs_to_its_end() -> None:
    first, last, order = javascript("generators.js", STEPS)
    assert first == {"value": "awaited", "done": False}
    assert last == {"done": True}
    assert order == ["first", "came"]


def test_the_bundles_ask_no_more_of_the_runtime_than_it_does() -> None:
    folders = [Path(module.__file__).parent for module in (dash, dash_ag_grid, dash_mantine_components)]
    bundles = [f for folder in folders for f in folder.rglob("*.js") if "/dash_table/" not in f.as_posix()]
    bundles = [f for f in bundles if f.stat().st_size < 4_000_000 and "/deps/" not in f.as_posix()]
    asked = {
        (f.name, said)
        for f in bundles
        for said in re.findall(r"regeneratorRuntime\.(\w+)", f.read_text(encoding="utf-8", errors="replace"))
    }
    assert asked, "no bundle needs it any more: delete assets/generators.js"
    assert {said for _, said in asked} == {"mark", "wrap"}, asked

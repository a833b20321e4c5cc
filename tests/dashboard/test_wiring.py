"""The script that ties the compare page together, without a browser: what an act does before the server answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.scripts import ASSETS, javascript
from tracker.dashboard.state import View

IDS = [f"000000000000{n}" for n in range(3)]
ROWS = [{"id": one, "name": one, "created": 9 - n} for n, one in enumerate(IDS)]
PAGE = f"""
const folder = {json.dumps(f"{ASSETS}/")}, told = {{}};
globalThis.window = globalThis;
globalThis.location = {{ pathname: "/", search: "" }};
globalThis.trackerView = require(folder + "view.js");
globalThis.trackerHands = require(folder + "hands.js");
globalThis.trackerCurves = require(folder + "curves.js");
globalThis.trackerListed = () => {{}};
globalThis.trackerTheme = {{ current: () => "light" }};
globalThis.addEventListener = (kind, does) => {{ told[kind] = does; }};
globalThis.innerWidth = 1000;
globalThis.dash_clientside = {{ no_update: "kept", callback_context: {{ triggered: [] }}, set_props() {{}} }};
const gd = {{ data: [], layout: {{}}, on() {{}}, querySelectorAll: () => [], closest: () => ({{}}) }};
globalThis.document = {{
  addEventListener() {{}}, querySelector: selector => (selector === "[data-prefix]" ? {{ dataset: {{ prefix: "" }} }} : null),
  querySelectorAll: selector => (selector === ".chart .js-plotly-plot" ? [gd] : []),
}};
const reduce = view => dash_clientside.tracker.reduce(null, 0, false, true, true, "", "", null, view, rows, {{}}, null, {{ n: 0 }})[0];
"""


def page(program: str, **given: Any) -> Any:
    given = {"rows": ROWS, "start": View().to_dict(), **given}
    return javascript("wiring.js", f"(() => {{ {program} }})()", before=PAGE, **given)


@pytest.mark.parametrize("between", ["", "view = reduce(view);"])
def test_a_run_that_is_hidden_and_shown_again_is_seen_in_charts_that_kept_their_figure(between: str) -> None:
    program = (
        "let view = start; gd.data = rows.map(r => ({ meta: { run: r.id } }));"
        "reduce(view); dash_clientside.callback_context.triggered.push({});"
        "const seen = () => rows.map(r => trackerCurves.seen(gd.data).some(t => t.meta.run === r.id));"
        "trackerAct({ do: 'eye', id: rows[1].id });"
        f"{between} const hidden = seen();"
        "trackerAct({ do: 'eye', id: rows[1].id }); reduce(view); return [hidden, seen()]"
    )
    hidden, shown = page(program)
    assert hidden == ([True, False, True] if between else [True] * 3)
    assert shown == [True] * 3

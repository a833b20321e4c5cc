"""The page that is asked for before Dash can ask: its answer is Dash's, once, and only for the very same question."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.scripts import javascript
from tracker.dashboard.loading import ASSETS

SCREEN = {"theme": "dark", "compact": False, "width": 790, "height": 458}
VALUE = {"path": "/p/digits", "search": "?q=a", **SCREEN}
ASKED = {
    "output": "..page.children...title.data..",
    "outputs": [{"id": "page", "property": "children"}, {"id": "title", "property": "data"}],
    "inputs": [{"id": "screen", "property": "data", "value": VALUE}],
    "changedPropIds": ["screen.data"],
}

BROWSER = f"""
const sent = [];
globalThis.window = globalThis;
globalThis.innerWidth = 1440;
globalThis.location = {{ pathname: "/p/digits", search: "?q=a" }};
globalThis.document = {{ querySelector: () => null }};
globalThis.trackerTheme = {{ current: () => "dark" }};
globalThis.fetch = async (address, options) => {{
  sent.push([address, options && options.body]);
  if (fails) throw new TypeError("away");
  return "answer " + sent.length;
}};
let fails = false;
const load = () => require({json.dumps(f"{ASSETS}/first.js")});
const same = given => ["/_dash-update-component?x=1", {{ method: "POST", body: JSON.stringify(asked) }}];
"""


def told(program: str) -> Any:
    return javascript("query.js", f"(async () => {{ {program} }})()", before=BROWSER, asked=ASKED)


def test_the_page_is_asked_for_as_dash_asks() -> None:
    (address, body), *others = told("load(); return sent;")
    assert address == "/_dash-update-component"
    assert json.loads(body) == ASKED
    assert others == [["/_dash-layout", None], ["/_dash-dependencies", None]]


def test_dash_is_given_the_answer_that_came_and_asks_for_the_next_one_itself() -> None:
    assert told("load(); return [await fetch(...same()), await fetch(...same()), sent.length];") == [
        "answer 1",
        "answer 4",
        4,
    ]
    twice = (
        'load(); const ask = () => fetch("/_dash-layout", {}); return [await ask(), await ask(), sent[3][0]];'
    )
    assert told(twice) == ["answer 2", "answer 4", "/_dash-layout"]


@pytest.mark.parametrize(
    "other",
    [
        "asked.inputs[0].value.search = ''",
        "asked.inputs[0].value.width = 700",
        "asked.output = '..page.children@1...title.data..'",
    ],
)
def test_another_question_is_put_to_the_server_and_the_answer_kept(other: str) -> None:
    program = f"load(); const kept = same(); {other}; return [await fetch(...same()), await fetch(...kept), sent.length];"
    assert told(program) == ["answer 4", "answer 1", 4]


def test_what_was_not_asked_early_goes_on_its_way() -> None:
    assert told('load(); return [await fetch("/api/runs"), sent[3][0]];') == ["answer 4", "/api/runs"]


def test_a_page_that_could_not_be_asked_for_is_dashs_to_say_and_to_ask_again() -> None:
    program = "fails = true; load(); const said = await fetch(...same()).catch(e => e.message); fails = false; return [said, await fetch(...same())];"
    assert told(program) == ["away", "answer 4"]

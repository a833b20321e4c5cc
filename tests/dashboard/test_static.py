"""Markup that goes to the browser as one component: what becomes of it, and what stays Dash's own."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from tests.support.runs import OVERFIT, finished_run
from tests.support.scripts import javascript
from tracker.dashboard.app import application, page
from tracker.dashboard.components.chart import Screen
from tracker.dashboard.components.parts import attributes, menu
from tracker.dashboard.components.static import Static, still
from tracker.dashboard.data import Data
from tracker.dashboard.paths import read
from tracker.dashboard.sharing import Frozens
from tracker.store import Store


def test_markup_alone_becomes_one_component() -> None:
    panel = html.Div(
        [html.P(["a", html.B("b"), 3]), html.Br(), html.Label("of", htmlFor="x", **attributes(data_do="it"))],
        className="panel",
    )
    made = still(panel, set())
    assert made.to_plotly_json() == {
        "type": "Static",
        "namespace": "tracker_dashboard",
        "props": {
            "tree": [
                [
                    "div",
                    {"className": "panel"},
                    ["p", {}, "a", ["b", {}, "b"], "3"],
                    ["br", {}],
                    ["label", {"htmlFor": "x", "data-do": "it"}, "of"],
                ]
            ]
        },
    }


def test_what_a_callback_names_stands_in_a_slot_of_the_markup_round_it() -> None:
    page = html.Div(
        [
            html.B("1"),
            "and",
            html.I(),
            html.Span(html.B("here"), id="live"),
            html.P(dcc.Input(id="q")),
            None,
            html.B("2"),
        ]
    )
    made = still(page, {"live"})
    assert isinstance(made, Static)
    assert made.tree == [["div", {}, ["b", {}, "1"], "and", ["i", {}], 0, ["p", {}, 1], ["b", {}, "2"]]]
    live, field = made.children
    assert (live.id, live.children.tree) == ("live", [["b", {}, "here"]])
    assert isinstance(field, dcc.Input)


def test_slots_of_a_named_part_are_its_own() -> None:
    inner = html.Details([html.Summary(html.Span(id="how-many")), html.P(dcc.Store(id="of"))], id="fold")
    made = still([dcc.Store(id="a"), html.Div([dcc.Store(id="b"), inner])], {"how-many", "fold"})
    [whole] = made
    assert whole.tree == [0, ["div", {}, 1, 2]]
    assert [part.id for part in whole.children] == ["a", "b", "fold"]
    held = whole.children[2].children
    assert held[0].tree == [["summary", {}, 0], ["p", {}, 1]]
    assert [part.id for part in held[0].children] == ["how-many", "of"]


def test_components_without_markup_round_them_stay_as_they_are() -> None:
    stores = [dcc.Store(id="a"), dcc.Store(id="b")]
    assert still(stores, ()) == stores


@pytest.mark.parametrize("answer", [None, "text", 3, {"a": 1}, ["a", "b"], [1, 2], [], "no_update"])
def test_answers_without_components_are_left_alone(answer: Any) -> None:
    assert still(answer, set()) is answer


def test_lists_among_children_are_drawn_for_what_they_hold() -> None:
    made = still(html.Div([html.B("lr"), [], [html.I(), ["of", None]]]), set())
    assert made.tree == [["div", {}, ["b", {}, "lr"], ["i", {}], "of"]]
    kept = still(html.Div([html.B("lr"), [html.I(id="x")]]), {"x"})
    assert kept.tree == [["div", {}, ["b", {}, "lr"], 0]]


def test_a_list_of_parts_and_a_text_between_them() -> None:
    assert [part.tree for part in still([html.P("a"), "b", html.P("c")], set())] == [
        [["p", {}, "a"], "b", ["p", {}, "c"]]
    ]
    assert still(["a", dcc.Store(id="x"), "b"], set())[0] == "a"


DRAW = "s.drawn(tree, (tag, given, ...children) => ({ tag, given, children }), url => (url.startsWith('javascript') ? undefined : url), ['in the slot'])"


def test_the_browser_draws_elements_texts_and_addresses() -> None:
    tree = ["p", {"className": "x", "data-act": "go"}, "a <b>", ["a", {"href": "/p"}, "b"], ["br", {}], 0]
    assert javascript("static.js", DRAW, tree=tree) == {
        "tag": "p",
        "given": {"className": "x", "data-act": "go"},
        "children": [
            "a <b>",
            {"tag": "a", "given": {"href": "/p"}, "children": ["b"]},
            {"tag": "br", "given": {}, "children": []},
            "in the slot",
        ],
    }


def test_items_are_told_apart_by_what_they_are_and_not_by_their_place() -> None:
    tree = ["ul", {}, ["li", {"data-key": "overfitting 0"}], ["button", {"data-act": "eye", "data-id": "a"}]]
    item, button = javascript("static.js", DRAW, tree=tree)["children"]
    assert (item["given"]["key"], button["given"]["key"]) == ("overfitting 0", "eye:a")


@pytest.mark.parametrize(
    "given",
    [
        {"onClick": "alert(1)"},
        {"onclick": "alert(1)"},
        {"dangerouslySetInnerHTML": {"__html": "<img src=x onerror=alert(1)>"}},
        {"ref": "x"},
        {"href": "javascript:alert(1)"},
        {"src": "javascript:alert(1)"},
    ],
)
def test_nothing_in_markup_runs(given: dict[str, Any]) -> None:
    assert json.dumps(javascript("static.js", DRAW, tree=["a", given])["given"]) == "{}"


def test_every_id_that_a_callback_names_is_left_to_dash(store: Store) -> None:
    app = application(Data(store))
    inputs = {
        one["id"] for callback in app._callback_list for one in (*callback["inputs"], *callback["state"])
    }
    outputs = {
        name
        for callback in app._callback_list
        for name in re.findall(r"([a-z][a-z-]*)\.[a-z_]+", callback["output"].replace("...", " "))
    }
    assert {"run-name", "notes-add", "cards-menu", "grouping", "view"} <= inputs | outputs
    assert (inputs | outputs) - app.named == set()


def dash_components(part: Any) -> int:
    if isinstance(part, list | tuple):
        return sum(map(dash_components, part))
    if not isinstance(part, Component):
        return 0
    return 1 + dash_components(getattr(part, "children", None))


@pytest.mark.parametrize(
    ("path", "most"), [("", 15), ("/compare", 80), ("/hyperparameters", 45), ("/views", 15)]
)
def test_a_page_has_few_components_of_dash(store: Store, path: str, most: int) -> None:
    made = [finished_run(store, "demo", f"run {n}", OVERFIT) for n in range(12)]
    data = Data(store)
    app = application(data)
    address = f"/p/demo{path}".replace("RUN", made[0].id)
    body, _ = page(data, Frozens(data), read(address), "", Screen())
    assert 0 < dash_components(still(body, app.named)) <= most


@pytest.mark.parametrize(
    "more", [{}, {"find": "Find a setting"}, {"wide": True}, {"wide": True, "hidden": True}]
)
def test_an_empty_menu_is_the_same_from_server_and_browser(more: dict[str, Any]) -> None:
    known = dict(more)
    wide = {"classes": "wide"} if known.pop("wide", False) else {}
    made = menu("group-menu", **known, **wide).tree
    drawn = javascript("static.js", "s.menu('group-menu', [], [], more)", more=more)
    assert json.loads(json.dumps(made)) == drawn


def test_only_what_changed_is_given_to_dash() -> None:
    program = "s.fresh([['a'], 'b', null], [['a'], 'c', null], 'kept')"
    assert javascript("static.js", program) == ["kept", "b", "kept"]

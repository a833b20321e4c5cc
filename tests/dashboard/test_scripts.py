"""The small scripts of the compare page, without a browser: the list, the view, the table, cards and files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scripts import javascript
from tracker.dashboard.paths import compare_path, read, run_path, runs_path
from tracker.dashboard.state import MOST_KEYS, View
from tracker.model import VERDICTS

IDS = [f"000000000000{n}" for n in range(6)]


def row(at: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": IDS[at],
        "name": name,
        "group": "",
        "tags": [],
        "created": 100 - at,
        "verdict": "healthy",
        **more,
    }


ROWS = [
    row(0, "b-2", best_loss=0.5, group="x", verdict="overfitting"),
    row(1, "b-10", best_loss=None, group="y", tags=["sweep"]),
    row(2, "a.c", best_loss=0.1, group="x"),
    row(3, "old", best_loss=0.3, archived=True),
]


def view(**more: Any) -> dict[str, Any]:
    return {**View().to_dict(), **more}


def listed(**more: Any) -> list[str]:
    found = javascript("list.js", "s.listed(view, rows).map(r => r.name)", view=view(**more), rows=ROWS)
    assert isinstance(found, list)
    return found


def test_where_a_name_is_cut_its_end_stays() -> None:
    names = {
        "marketing-torch_mlp-189": ["marketing-torch_mlp", "-189"],
        "rn50-imagenet-mixup-seed17": ["rn50-imagenet-mixup", "-seed17"],
        "calm": ["calm"],
        "nothing-but-one-unforgettable": ["nothing-but-one-unfor", "gettable"],
        "gradient boosting 3": ["gradient boosting", " 3"],
    }
    assert javascript("list.js", "names.map(s.parted)", names=list(names)) == list(names.values())


def test_the_search_is_plain_text_until_asked_otherwise() -> None:
    assert listed() == ["b-2", "b-10", "a.c"]
    assert listed(q="a.c") == ["a.c"]
    assert listed(q="B-1") == ["b-10"]
    assert listed(q=".") == ["a.c"]
    assert listed(q="^b-\\d$", regex=True) == ["b-2"]
    assert listed(q="sweep") == ["b-10"]
    assert listed(verdicts=["overfitting"]) == ["b-2"]
    assert listed(archived=True)[-1] == "old"


def test_a_search_that_cannot_be_read_keeps_the_list_and_is_said() -> None:
    assert listed(q="b-(", regex=True) == ["b-2", "b-10", "a.c"]
    said = javascript("list.js", "s.search(view).error", view=view(q="b-(", regex=True))
    assert "group" in said.lower()
    assert javascript("list.js", "s.search(view).error", view=view(q="b-(")) == ""


@pytest.mark.parametrize(
    ("sort", "names"),
    [("newest", ["b-2", "b-10", "a.c"]), ("name", ["a.c", "b-2", "b-10"]), ("loss", ["a.c", "b-2", "b-10"])],
)
def test_the_order_of_the_list(sort: str, names: list[str]) -> None:
    program = "s.items(view, rows, new Set()).map(r => r.name)"
    assert javascript("list.js", program, view=view(sort=sort), rows=ROWS) == names


def test_groups_have_headers_and_pinned_runs_stand_above_them() -> None:
    program = (
        "s.items(view, rows, new Set(), null).map(r => r.header ? [r.name, r.ids.length, r.folded] : r.name)"
    )
    given = view(group="group", pins=[IDS[2]], folded=["g:y"])
    assert javascript("list.js", program, view=given, rows=ROWS) == [
        "a.c",
        ["x", 1, False],
        "b-2",
        ["y", 1, True],
    ]


def test_hiding_one_of_the_newest_leaves_them_coming() -> None:
    rows = [row(at, f"run {at}") for at in range(5)]
    acts = [
        ({}, {"do": "eye", "id": IDS[1]}, {"runs": "newest", "off": [IDS[1]]}),
        ({"off": [IDS[1]]}, {"do": "eye", "id": IDS[1]}, {"runs": "newest", "off": []}),
        ({"pins": [IDS[1]]}, {"do": "eye", "id": IDS[1]}, {"pins": [], "off": [IDS[1]]}),
        ({"runs": [IDS[0]]}, {"do": "eye", "id": IDS[3]}, {"runs": [IDS[0], IDS[3]]}),
        ({"runs": [IDS[0]]}, {"do": "eyes", "ids": IDS[2:4]}, {"runs": [IDS[0], *IDS[2:4]]}),
        ({}, {"do": "eyes", "ids": IDS[2:4]}, {"off": IDS[2:4]}),
        ({}, {"do": "pin", "id": IDS[4]}, {"pins": [IDS[4]]}),
        ({"base": IDS[4]}, {"do": "base", "id": IDS[4]}, {"base": None}),
        (
            {"x0": 1, "x1": 2},
            {"do": "set", "name": "x", "value": "step"},
            {"x": "step", "x0": None, "x1": None},
        ),
        ({}, {"do": "zoom", "x0": 3, "x1": 8, "x": "step"}, {"x": "step", "x0": 3, "x1": 8}),
    ]
    for before, act, after in acts:
        found = javascript("view.js", "s.act(view, rows, act)", view=view(**before), rows=rows, act=act)
        assert found == view(**{**before, **after}), act


def test_acts_that_change_nothing_say_so() -> None:
    for act in (
        {"do": "eye", "id": "gone"},
        {"do": "pin", "id": "gone"},
        {"do": "reset"},
        {"do": "set", "name": "nothing", "value": 1},
        {"do": "zoom", "x0": 8, "x1": 3},
        {"do": "what"},
    ):
        assert javascript("view.js", "s.act(view, rows, act)", view=view(), rows=ROWS, act=act) is None


SPEC = {
    "columns": [{"key": "run", "label": "Run"}, {"key": "loss", "label": "Best val loss"}, {"key": "config:lr", "label": "lr"}, {"key": "config:bs", "label": "bs", "equal": True}],
    "rows": [
        {"id": "1", "name": "=cmd|1", "baseline": True, "cells": [{"text": "=cmd|1", "sort": "=cmd|1"}, {"text": "0.50", "sort": 0.5, "at": "ep 4"}, {"text": "0.1", "sort": 0.1}, {"text": "8", "sort": 8}]},
        {"id": "2", "name": "two", "cells": [{"text": "two", "sort": "two"}, {"text": "–", "sort": None}, {"text": "-3", "sort": -3}, {"text": "8", "sort": 8}]},
        {"id": "3", "name": "[x](http://e)", "cells": [{"text": "[x](http://e)", "sort": "[x](http://e)"}, {"text": "0.20", "sort": 0.2, "at": "ep 9"}, {"text": "@a", "sort": "@a"}, {"text": "8", "sort": 8}]},
    ],
}  # fmt: skip


def test_the_table_is_sorted_by_a_column_with_the_missing_last() -> None:
    program = "views.map(v => s.arranged(spec, v).rows.map(r => r.id).join(''))"
    views = [view(), view(order="loss"), view(order="-loss"), view(order="config:gone")]
    assert javascript("table.js", program, spec=SPEC, views=views) == ["123", "312", "132", "123"]
    shown = javascript(
        "table.js", "s.arranged(spec, view).columns.map(c => c.key)", spec=SPEC, view=view(equal=True)
    )
    assert shown[-1] == "config:bs"


def test_what_the_table_leaves_out_is_said() -> None:
    rows = [{"baseline": True}, {"baseline": False}]
    some = {"rows": rows, "left": "16 further settings differ"}
    program = "specs.map(spec => s.beside(spec))"
    assert javascript(
        "table.js", program, specs=[some, {**some, "left": ""}, {"rows": rows[:1], "left": ""}]
    ) == [
        "differences from the baseline are marked; 16 further settings differ",
        "differences from the baseline are marked",
        "",
    ]


def test_the_table_as_markdown_has_no_markup_of_names() -> None:
    lines = javascript("table.js", "s.markdown(spec, view)", spec=SPEC, view=view()).splitlines()
    assert lines[0] == "| Run | Best val loss | lr |"
    assert lines[2] == "| =cmd\\|1 (baseline) | 0.50 (ep 4) | 0.1 |"
    assert "\\[x\\](http\\://e)" in lines[4]


def test_the_table_as_csv_holds_no_formula() -> None:
    lines = javascript("table.js", "s.csv(spec, view)", spec=SPEC, view=view()).split("\r\n")
    assert lines[0] == "Run,Best val loss,Best val loss at,lr"
    assert lines[1] == "'=cmd|1,0.5,ep 4,0.1"
    assert lines[2] == "two,,,-3"
    assert lines[3].endswith(",'@a")


def test_file_names_are_plain() -> None:
    assert javascript("table.js", "s.fileName('../a b/<c>', 'loss: val')") == "a-b-c-loss-val"
    assert javascript("table.js", "s.fileName('', '')") == "tracker"


CARDS = [{"key": k, "section": k[0], "title": k} for k in ("g/norm", "g/clip", "h/a", "h/b")]


def test_cards_are_chosen_moved_and_searched() -> None:
    program = "s.arranged(cards, view).map(x => [x.section, x.cards.map(c => c.key).join(' '), x.folded])"
    assert javascript("cards.js", program, cards=CARDS, view=view(folded=["s:h"])) == [
        ["g", "g/norm g/clip", False],
        ["h", "h/a h/b", True],
    ]
    assert javascript("cards.js", program, cards=CARDS, view=view(mq="NORM")) == [["g", "g/norm", False]]
    assert javascript("cards.js", program, cards=CARDS, view=view(cards=["h/b", "gone", "g/clip"])) == [
        ["h", "h/b", False],
        ["g", "g/clip", False],
    ]
    moved = javascript("cards.js", "s.moved(cards, view, 'g/norm', 1)", cards=CARDS, view=view())
    assert moved == {"cards": ["g/clip", "g/norm", "h/a", "h/b"], "less": []}
    assert javascript("cards.js", "s.moved(cards, view, 'g/norm', -1)", cards=CARDS, view=view()) == {}
    program = (
        "targets.map(([key, at, behind]) => (s.placed(cards, view, key, at, behind).cards || []).join(' '))"
    )
    targets = [
        ["g/clip", "g/norm", False],
        ["h/a", "h/b", True],
        ["g/clip", "h/a", True],
        ["h/a", "h/a", True],
    ]
    assert javascript("cards.js", program, cards=CARDS, view=view(), targets=targets) == [
        "g/clip g/norm h/a h/b",
        "g/norm g/clip h/b h/a",
        "",
        "",
    ]
    hidden = javascript("cards.js", "s.toggled(cards, view, 'h/a')", cards=CARDS, view=view())
    assert hidden == {"cards": [], "less": ["h/a"]}
    back = javascript("cards.js", "s.toggled(cards, view, 'h/a')", cards=CARDS, view=view(less=["h/a"]))
    assert back == {"cards": [], "less": []}
    chosen = view(cards=["h/b", "h/a", "g/clip"])
    assert javascript("cards.js", "s.toggled(cards, view, 'h/a')", cards=CARDS, view=chosen) == {
        "cards": ["h/b", "g/clip"],
        "less": [],
    }


def test_one_of_very_many_cards_is_hidden_and_the_others_stay() -> None:
    many = [{"key": f"m{n}", "section": "s", "title": f"m{n}"} for n in range(150)]
    hide = "s.toggled(cards, view, 'm3')"
    hidden = view(**javascript("cards.js", hide, cards=many, view=view()))
    address = javascript("query.js", "s.toQuery(view)", view=hidden)
    assert address == "less=m3"
    found = View.from_query(address).to_dict()
    assert len(javascript("cards.js", "s.arranged(cards, view)[0].cards", cards=many, view=found)) == 149
    # no address has room for their order: the view stays as it was
    assert javascript("cards.js", "s.moved(cards, view, 'm3', 1)", cards=many, view=view()) is None
    few = view(less=[f"m{n}" for n in range(100)])
    more = javascript("cards.js", "s.toggled(cards, view, 'm120')", cards=many, view=few)
    assert more == {"cards": [f"m{n}" for n in range(100, 150) if n != 120], "less": []}
    assert javascript("cards.js", "s.MOST_CARDS") == MOST_KEYS


HANDS = """(() => {
  const shown = { log: false, clip: true };
  const changed = (view, name, value) => ({ ...view, [name]: value });
  const obey = (view, act) => (act.add === "nothing" ? null : { ...view, did: [...view.did, act.add] });
  const next = (view, controls, first = false) => s.next("compare", view, controls, changed, obey, first);
  const open = () => next(view, shown, true);
  return (%s);
})()"""


def test_of_two_things_done_in_one_breath_none_is_lost() -> None:
    start = {"did": [], "log": False, "clip": True}

    def seen(program: str) -> Any:
        return javascript("hands.js", HANDS % program, view=start)

    # what the page is laid out with is no change, and neither is an act without an effect
    assert seen("[open(), (s.did({add: 'nothing'}), next(view, shown))]") == [None, None]
    # two acts before the page could take in the first
    both = seen("(open(), s.did({add: 'pin'}), s.did({add: 'base'}), next(view, shown))")
    assert both == {"did": ["pin", "base"], "log": False, "clip": True}
    # the answer to the first was dropped: the page still shows the view from before it
    late = seen("(open(), s.did({add: 'pin'}), next(view, shown), next(view, {log: true, clip: true}))")
    assert late == {"did": ["pin"], "log": True, "clip": True}
    # there and back again is what it was
    back = "(open(), next(view, {log: true, clip: true}), next({...view, log: true}, shown))"
    assert seen(back) == start
    # a page that is laid out anew, or was never laid out, starts with what it shows
    anew = "(open(), next(view, {log: true, clip: true}), s.did({add: 'pin'}), s.fresh(), %s)"
    assert seen(anew % "next(view, shown)") is None
    assert seen(anew % "open()") is None


def test_a_click_on_a_mark_zooms_to_it_once() -> None:
    shapes = [{"name": "region:a", "x0": 10, "x1": 40}, {"name": "onset:a", "x0": 10}]
    program = "asked.map(([x, range]) => s.target(shapes, x, 0.5, range))"
    asked = [[20, [0, 40]], [9.6, [0, 40]], [5, [0, 40]], [20, [12, 30]]]
    assert javascript("region.js", program, shapes=shapes, asked=asked) == [[5.5, 40], [5.5, 40], None, None]


def test_the_view_stands_in_the_address_of_its_own_page_only() -> None:
    program = """written.map(([pathname, search, path, query]) => {
      const out = [];
      globalThis.location = { pathname, search };
      globalThis.history = { state: null, replaceState: (_, __, address) => out.push(address) };
      s.write(path, query);
      return out;
    }).flat()"""
    for place, address in (
        (["/p/a%20b/compare/", "", "/p/a b/compare", "log=1"], "/p/a%20b/compare/?log=1"),
        (["/p/a/compare", "?log=1", "/p/a/compare", ""], "/p/a/compare"),
        (["/p/a/compare", "?log=1", "/p/a/compare", "log=1"], None),
        (["/p/a", "?q=x", "/p/a/compare", "log=1"], None),
        # of a saved view an address without a query is the view as it was saved
        (["/v/123", "?log=1", "/v/123", ""], "/v/123?runs=newest"),
        (["/v/123", "?runs=newest", "/v/123", ""], None),
        (["/v/123", "", "/v/123", ""], None),
    ):
        assert javascript("query.js", program, written=[place]) == ([address] if address else []), place


@pytest.mark.parametrize("project", ["digits", "a/b c", "~x", "..", "100%", "ü"])
def test_the_project_of_an_address_is_read_as_the_server_reads_it(project: str) -> None:
    for path in (runs_path(project), compare_path(project), run_path(project, IDS[0])):
        assert javascript("query.js", "s.project(path)", path=path) == read(path).project == project
    assert javascript("query.js", "['/', '/v/123', '/p/'].map(s.project)") == ["", "", ""]


KEYS = """
const listening = [], acts = [], row = (key, act) => ({ dataset: { key, do: act } });
globalThis.document = {
  addEventListener: (_, does) => listening.push(does), querySelector: () => null,
  querySelectorAll: () => [row("ArrowDown", "move"), row(" ", "move"), row("p", "move")],
};
globalThis.window = globalThis;
globalThis.trackerOverlays = { acts: {} };
globalThis.trackerAct = act => acts.push(act);
globalThis.getComputedStyle = at => ({ overflowY: at.overflow });
const press = (key, target) => listening.forEach(does => does({ key, target: { closest: () => null, ...target }, preventDefault() {}, stopPropagation() {} }));
"""


def test_a_region_that_scrolls_keeps_the_keys_that_scroll_it() -> None:
    program = "(() => { for (const key of ['ArrowDown', ' ', 'p']) press(key, at); return acts.length })()"
    region = {"tabIndex": 0, "scrollHeight": 900, "clientHeight": 300, "overflow": "auto"}
    for more, obeyed in (
        ({}, 1),
        ({"scrollHeight": 300}, 3),
        ({"tabIndex": -1}, 3),
        ({"overflow": "visible"}, 3),
    ):
        found = javascript("keys.js", program, before=KEYS, at={**region, **more})
        assert found == obeyed, more


def test_the_browser_knows_every_verdict() -> None:
    known = [*VERDICTS, "dismissed"]
    assert javascript("query.js", "s.VERDICTS") == known
    assert sorted(javascript("list.js", "s.VERDICTS")) == sorted(known)  # with the worst first

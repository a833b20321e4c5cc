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
const folder = {json.dumps(f"{ASSETS}/")}, told = {{}}, listed = [], frames = [], sent = [];
globalThis.window = globalThis;
globalThis.location = {{ pathname: "/", search: "" }};
globalThis.trackerView = require(folder + "view.js");
globalThis.trackerHands = require(folder + "hands.js");
globalThis.trackerCurves = require(folder + "curves.js");
globalThis.trackerListed = view => {{ listed.push(view); globalThis.trackerSeen = {{ view, rows }}; }};
globalThis.requestAnimationFrame = then => frames.push(then);
globalThis.setTimeout = then => frames.push(then);
globalThis.trackerScreen = () => ({{ theme: "light", compact: false, width: 600, height: 458 }});
globalThis.addEventListener = (kind, does) => {{ told[kind] = does; }};
globalThis.dash_clientside = {{ no_update: "kept", callback_context: {{ triggered: [] }}, set_props(...given) {{ sent.push(given); }} }};
const gd = {{ data: [], layout: {{}}, on() {{}}, querySelectorAll: () => [], closest: () => ({{}}) }};
const waited = [];
globalThis.document = {{
  documentElement: {{ toggleAttribute(name, on) {{ waited.push(name + ":" + on); }} }},
  addEventListener() {{}}, querySelector: selector => (selector === "[data-prefix]" ? {{ dataset: {{ prefix: "" }} }} : null),
  querySelectorAll: selector => (selector === ".chart .js-plotly-plot" ? [gd] : []),
}};
const reduce = view => dash_clientside.tracker.reduce(null, 0, false, true, true, "", "", null, view, rows, null, {{ n: 0 }})[0];
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


def test_a_click_is_seen_before_anything_follows_from_it_and_is_told_once() -> None:
    program = (
        "let view = start; gd.data = rows.map(r => ({ meta: { run: r.id } }));"
        "trackerSeen = { view, rows };"
        "trackerAct({ do: 'eye', id: rows[1].id });"
        "const early = [trackerCurves.seen(gd.data).length, listed.length, sent.length];"
        "trackerAct({ do: 'eye', id: rows[2].id });"
        "while (frames.length) frames.shift()();"
        "return [early, trackerSeen.view.off, sent.map(([id, { data }]) => [id, data.id]), trackerHands.waiting()]"
    )
    early, off, sent, waiting = page(program)
    assert early == [2, 1, 0]
    assert off == IDS[1:]
    assert sent == [["act", IDS[1]], ["act", IDS[2]]]
    assert waiting is True


def test_only_what_the_reader_asked_for_shows_that_it_is_on_its_way() -> None:
    program = (
        "const last = { n: 1, view: start, paint: null }, ask = view => dash_clientside.tracker.ask(0, null, { n: 1 }, view, last);"
        "return [ask(start).draw, ask({ ...start, sm: 0.5 }).draw, waited]"
    )
    assert page(program) == [False, True, ["data-asked:false", "data-asked:true"]]


def test_the_same_picture_is_drawn_once_and_again_by_a_page_that_is_laid_out_anew() -> None:
    program = (
        "document.querySelector = () => gd; gd._fullLayout = {};"
        "const picture = { data: [], layout: { meta: { asked: [null, null] } } }, { callback_context } = dash_clientside;"
        "const paint = () => typeof dash_clientside.tracker.paint(picture);"
        "const first = paint(); callback_context.triggered = [{}]; const same = paint();"
        "callback_context.triggered = []; return [first, same, paint()]"
    )
    assert page(program) == ["object", "string", "object"]  # a string is Dash's word for: as it is


def test_a_tick_asks_when_the_last_answer_is_there_and_again_when_it_got_lost() -> None:
    program = (
        "const last = { n: 4, view: start, paint: null, draw: true, at: Date.now() - 1000 }, { ask } = dash_clientside.tracker;"
        "const put = (heard, more = {}) => { const found = ask(1, null, heard, start, { ...last, ...more }); return found === 'kept' ? null : [found.n, found.draw]; };"
        "const known = [put({ n: 4 }), put({ n: 3 }), put({ n: 3 }, { at: 0 }), put({ n: 4, failed: true }), put({ n: 4, failed: true }, { at: Date.now() - 2500 })];"
        "told['tracker:lost'](); return [...known, put({ n: 3 }), put({ n: 3 }, { draw: false })]"
    )
    found = page(program)
    # an answer is there, it is out, it has been for long; the store was away a moment ago, and longer; it got lost
    assert found == [[5, False], None, [5, True], None, [5, True], [5, True], [5, False]]


def test_another_view_or_size_asks_for_a_picture_at_once() -> None:
    program = (
        "const last = { n: 4, view: start, paint: null, draw: false, at: Date.now() }, { ask } = dash_clientside.tracker;"
        "return [ask(1, { width: 9 }, { n: 3 }, start, last), ask(1, null, { n: 3 }, { ...start, log: true }, last)].map(q => [q.n, q.draw, q.paint, q.view.log])"
    )
    assert page(program) == [[5, True, {"width": 9}, False], [5, True, None, True]]


def test_the_list_follows_when_the_curves_were_seen() -> None:
    program = (
        "const later = dash_clientside.tracker.merge({ rows: [{ ...rows[1], name: 'new' }], gone: [], marks: { a: 1 } }, rows);"
        "const early = frames.length; while (frames.length) frames.shift()();"
        "return later.then(([now, marks]) => [early > 0, now.map(r => r.name), marks])"
    )
    assert page(program) == [True, [IDS[0], "new", IDS[2]], {"a": 1}]


def test_acts_on_notes_go_to_the_notes_alone() -> None:
    program = (
        "trackerSeen = { view: start, rows }; trackerAct({ do: 'note-delete', id: 'x' });"
        "return [sent.map(s => s[0]), trackerHands.waiting()]"
    )
    assert page(program) == [["notes-act"], False]


def test_an_answer_for_a_page_that_has_gone_is_dropped() -> None:
    before = """
const wait = {}, url = "/_dash-update-component?endId=1";
globalThis.fetch = (address, options) => new Promise(done => { wait[options ? options.body : address] = status => done(new Response(status === 204 ? null : "{}", { status })); });
const call = output => fetch(url, { body: JSON.stringify({ output }) }).then(answer => answer.status), end = (output, status) => wait[JSON.stringify({ output })](status);
"""
    program = """(async () => {
      const late = call("..picture.data...sent.data.."), page = call("..page.children...title.data.."), beside = fetch("/healthz");
      end("..page.children...title.data..", 200);
      const first = await page;
      end("..picture.data...sent.data..", 200);
      wait["/healthz"](200);
      const known = [first, await late, (await beside).status], next = call("..picture.data...sent.data..");
      end("..picture.data...sent.data..", 200);
      const waits = call("change.data"), same = call("..page.children@1...title.data..");
      end("..page.children@1...title.data..", 204);
      await same;
      end("change.data", 200);
      return [...known, await next, await waits];
    })()"""
    # the page, what was asked for before it came, what is no callback; then of the new page, and of one that stayed
    assert javascript("departed.js", program, before=before) == [200, 204, 200, 200, 200]

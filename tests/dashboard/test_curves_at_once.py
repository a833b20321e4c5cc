"""Hiding and showing curves before the server answers, without a browser."""

from __future__ import annotations

from typing import Any

from tests.charts.runs import overfit
from tests.support.scripts import javascript
from tracker.charts.curves import Options, loss_accuracy
from tracker.dashboard.components.chart import _name_by_traces
from tracker.dashboard.components.grid import run_list

PAGE = """
globalThis.window = globalThis;
const text = id => ({ style: {}, __data__: { id } });
function chart(main) {
  const names = { meta: { marks: true, names: true }, ids: ["a", "b"], texts: ["a", "b"].map(text) };
  const notes = ["best:loss:a", "best:loss:b", "note:b:0"];
  const gd = {
    data: [...[["a", "y"], ["b", "y"], ["b", "y2"]].map(([run, yaxis]) => ({ uid: run, meta: { run }, yaxis })), names],
    layout: { annotations: notes.map(name => ({ name })) }, noted: notes.map(() => ({ style: {} })),
    on(what, then) { this.after = then; }, closest: () => (main ? {} : null),
    querySelectorAll: at => (at.startsWith(".scatter") ? gd.lines : at.startsWith(".annotation") ? [gd.noted[Number(at.match(/\\d+/)[0])]] : []),
    // as Plotly does: an element is kept for the trace with its uid, and one of a text for its id
    draw(data) {
      const old = new Map((gd.lines || []).map(el => [el.trace.uid || "names", el]));
      gd.data = data;
      gd.lines = data.map(trace => Object.assign(old.get(trace.uid || "names") || { style: {} }, {
        trace, __data__: [{ trace }], querySelectorAll: () => trace.texts || [],
      }));
      if (gd.after) gd.after();
    },
  };
  gd.draw(gd.data);
  return gd;
}
const gd = chart(true), card = chart(false), FULL = { yaxis: {}, yaxis2: {} };
globalThis.document = { querySelectorAll: () => [gd, card] };
const put = gd => ({ lines: gd.lines.map(l => l.style.display || ""), names: gd.data.flatMap(t => t.texts || []).map(t => t.style.display || ""),
  notes: gd.noted.map(n => n.style.display || "") });
"""


def page(program: str, **given: Any) -> Any:
    return javascript("curves.js", f"(() => {{ {program} }})()", before=PAGE, **given)


def test_a_hidden_run_goes_with_all_that_is_drawn_of_it_and_comes_back() -> None:
    hidden, card, shown = page(
        "s.hide(['b']); const hidden = put(gd), other = put(card); s.show(['b', 'a']); return [hidden, other, put(gd)]"
    )
    for chart in (hidden, card):
        assert chart == {
            "lines": ["", "none", "none", ""],
            "names": ["", "none"],
            "notes": ["", "none", "none"],
        }
    assert shown == {"lines": [""] * 4, "names": [""] * 2, "notes": [""] * 3}


def test_its_curves_rest_in_the_next_figure_out_of_sight() -> None:
    drawn, again, now = page(
        "s.hide(['b']); gd.draw(s.joined({ data: [{ uid: 'a', meta: { run: 'a' } }], layout: FULL }).data);"
        "const drawn = put(gd); s.show(['b']);"
        "return [drawn, put(gd), s.joined({ data: [], layout: FULL }).data.length]"
    )
    assert drawn["lines"] == ["", "none", "none"]
    assert again["lines"] == ["", "", ""]
    assert now == 0


def test_a_panel_that_the_next_figure_lacks_gets_no_resting_curves() -> None:
    found = page("s.hide(['b']); return s.joined({ data: [], layout: { yaxis: {} } }).data.map(t => t.yaxis)")
    assert found == ["y"]


def test_names_out_of_place_come_back_with_the_next_figure() -> None:
    away, back = page("s.ranged(); const away = put(gd); gd.draw(gd.data); return [away, put(gd)]")
    assert (away["lines"], back["lines"]) == (["", "", "", "none"], [""] * 4)


def test_curves_that_are_drawn_in_another_way_do_not_rest() -> None:
    for act in ("changed", "fresh"):
        assert (
            page(f"s.hide(['b']); s.{act}(); return s.joined({{ data: [], layout: FULL }}).data.length") == 0
        )


def test_a_figure_that_still_has_a_hidden_run_does_not_get_it_twice() -> None:
    found = page(
        "s.hide(['b']); return s.joined({ data: [{ meta: { run: 'b' } }], layout: FULL }).data.length"
    )
    assert found == 1


def test_what_reads_the_chart_leaves_hidden_runs_out() -> None:
    assert page("s.hide(['b']); return s.seen(gd.data).map(t => t.uid || 'names')") == ["a", "names"]


def test_names_stand_where_annotations_would_have_put_them() -> None:
    line = overfit()
    for log in (False, True):
        drawn = loss_accuracy([line], Options(log_y=log))
        note = next(n for n in drawn["layout"]["annotations"] if n["name"].startswith("end:loss"))
        _name_by_traces(drawn)
        assert not [n for n in drawn["layout"]["annotations"] if n["name"].startswith("end:")]
        names = next(t for t in drawn["data"] if t["uid"] == "names-y")
        assert names["ids"] == [line.id]
        assert names["text"][0].strip("\N{NO-BREAK SPACE}") == note["text"]
        assert names["x"] == [drawn["layout"]["xaxis"]["range"][1]]
        assert note["yshift"] == 0
        assert names["y"][0] == 10 ** note["y"] if log else note["y"]


def test_groups_whose_names_end_alike_keep_their_names() -> None:
    drawn = loss_accuracy([overfit("group:adam:1"), overfit("group:sgd:1", 1)], Options())
    _name_by_traces(drawn)
    names = next(t for t in drawn["data"] if t["uid"] == "names-y")
    assert sorted(names["ids"]) == ["group:adam:1", "group:sgd:1"]


def test_a_list_without_runs_is_empty_and_not_loading() -> None:
    grid = run_list("list", {}, {}).children
    assert grid.dashGridOptions["loading"] is False
    assert grid.rowData is None


PICTURE = """
const line = (run, y) => ({ uid: run, meta: { run }, x: [0, 1, 2], y });
const texts = (...ids) => ({ uid: "names-y", meta: { names: true }, ids, x: ids.map(() => 9), y: ids.map((_, i) => i), text: ids, textfont: { color: ids } });
const picture = (data, range, clipped) => ({ data, layout: { ...FULL, yaxis: { range }, meta: { clipped } } });
const both = picture([line("a", [1, 2, null]), line("b", [3, 3, 3]), texts("a", "b")], [0, 4], 2);
gd.uids = () => gd.data.map(t => t.uid).join(" ");
gd._fullLayout = {};
const put_in = picture => { const figure = s.figure(gd, picture); if (figure) { gd.layout = figure.layout; gd.draw(figure.data); } return figure && gd.uids(); };
"""


def pictures(program: str) -> Any:
    return javascript("curves.js", f"(() => {{ {program} }})()", before=PAGE + PICTURE)


def test_a_picture_that_only_lacks_what_was_hidden_is_not_drawn_again() -> None:
    first, same, hidden, meta, shown = pictures(
        "const without = picture([line('a', [1, 2, null]), texts('a')], [0, 4], 1);"
        "return [put_in(both), put_in(structuredClone(both)), (s.hide(['b']), put_in(without)),"
        " [gd.layout.meta, gd._fullLayout.meta], (s.show(['b']), put_in(both))]"
    )
    assert first == "a b names-y"
    assert (same, hidden, shown) == (None, None, None)
    assert meta == [{"clipped": 1}] * 2


def test_whatever_else_differs_is_drawn() -> None:
    drawn = pictures(
        "put_in(both); s.hide(['b']);"
        "const a = line('a', [1, 2, null]), other = { ...line('a', [1, 2, 3]), opacity: 0.5 }, names = texts('a'), c = line('c', [1, 1, 1]);"
        "return [picture([a, names], [0, 5]), picture([other, names], [0, 5]), picture([other, texts('other'), c], [0, 5]),"
        " picture([other, c], [0, 5])].map(put_in)"
    )
    # the hidden run rests in each of them, and so do its names
    assert drawn == ["a names-y b", "a names-y b", "a names-y c b", "a c b"]


def test_a_run_that_went_without_being_hidden_is_taken_out() -> None:
    assert (
        pictures("put_in(both); return put_in(picture([line('a', [1, 2, null]), texts('a')], [0, 4]))")
        == "a names-y"
    )


def test_another_page_and_another_range_are_drawn_whatever_stood_before() -> None:
    assert pictures("put_in(both); s.fresh(); return put_in(both)") == "a b names-y"
    assert pictures("put_in(both); s.ranged(); return put_in(both)") == "a b names-y"


def test_a_saved_picture_is_without_what_is_hidden() -> None:
    whole, found = pictures(
        "put_in(both); gd.layout = { ...gd.layout, annotations: [{ name: 'best:loss:a' }, { name: 'best:loss:b' }], shapes: [{ name: 'gap:b' }] };"
        "const whole = s.visible(gd).data === gd.data; s.hide(['a']);"
        "const { data, layout } = s.visible(gd), names = data.find(t => t.uid === 'names-y');"
        "return [whole, { uids: data.map(t => t.uid), names: [names.ids, names.text, names.x, names.y, names.textfont.color],"
        " annotations: layout.annotations.map(a => a.name), shapes: layout.shapes.length, untouched: gd.data[2].ids.length }]"
    )
    assert whole is True
    assert found == {
        "uids": ["b", "names-y"],
        "names": [["b"], ["b"], [9], [1], ["b"]],
        "annotations": ["best:loss:b"],
        "shapes": 1,
        "untouched": 2,
    }


def test_curves_in_another_order_are_drawn_again() -> None:
    """A pinned run is drawn above the others: nothing else of the picture changes then."""
    drawn = pictures(
        "const [a, b, names] = both.data; put_in(both);"
        "return [picture([b, a, names], [0, 4], 2), picture([b, a, names], [0, 4], 2), both].map(put_in)"
    )
    assert drawn == ["b a names-y", None, "a b names-y"]
